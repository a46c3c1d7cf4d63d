"""The plain count: the ranking that any other has to beat."""

from aim.hotspots.facts import Facts
from aim.hotspots.method import CellMethod, Scores


def score(facts: Facts) -> Scores:
    """The number of incidents in each cell. It says where most happened, not whether that is more than chance."""
    return Scores(facts.counts.copy(), None, None, {"cells": len(facts.grid), "neighbours": "none"})


METHOD = CellMethod(
    name="count",
    title="Number of incidents",
    citation=(
        "Wheeler, A. P. & Steenbeek, W. (2021). Mapping the risk terrain for crime using machine learning. "
        "Journal of Quantitative Criminology 37, 445-480: prior counts are hard to beat."
    ),
    formula="The number of incidents whose place lies in the cell, over twelve months.",
    avoid=(
        "To say that a place is unusual: the busiest cell of an even map is still the busiest. To compare cells of "
        "different width, or areas of different size."
    ),
    defaults={"window": "12 months"},
    score=score,
)
