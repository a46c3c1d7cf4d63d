"""The plain count: the ranking that any other has to beat."""

from aim.hotspots.grid import Floats, Grid
from aim.hotspots.method import Method, Scores


def score(counts: Floats, grid: Grid) -> Scores:
    """The number of incidents in each cell. It says where most happened, not whether that is more than chance."""
    return Scores(score=counts.copy(), p=None, q=None, chosen={"cells": len(grid), "neighbours": "none"})


METHOD = Method(
    name="count",
    title="Number of incidents",
    citation=(
        "Wheeler, A. P. & Steenbeek, W. (2021). Mapping the risk terrain for crime using machine learning. "
        "Journal of Quantitative Criminology 37, 445-480: prior counts are hard to beat."
    ),
    score=score,
)
