"""Weights of the forecast: how much a faded count of each age and ring is worth, learnt from two years of past weeks.

    w ← w · Fᵀ(y / Fw) / Σ F,  200 times, from equal weights:  F the faded counts by cell, y what came the week after

Once in two ways, of all timescales and of the long run alone, and the mean of both. They are learnt again for each
month and frozen in between, so that the map of a day changes by what happened and not by what is made of it.
"""

from typing import Final

import numpy as np

from aim.hotspots.facts import Facts
from aim.hotspots.forecasting.incidents import DAY
from aim.hotspots.forecasting.state import HALF_LIVES, RINGS, rings
from aim.hotspots.forecasting.weights import FEWEST, STEPS, Weights, fit
from aim.hotspots.method import Answer, AreaMethod, Lacking, Table

HORIZON: Final = 7
NAMES: Final = tuple(str(first) if first == last else f"{first}-{last}" for first, last in RINGS)


def table(facts: Facts) -> Table | Lacking:
    """A row for each half-life and ring; the constant, and what they were learnt from, as figures."""
    if facts.history is None or facts.until is None:
        return Lacking("Weights need all incidents known of the area by cell and day, and the day they are known to.")
    as_of = facts.until - DAY
    if not len(facts.history.known(as_of)):
        return Lacking(f"Nothing is known of the area on {as_of} or before: there is nothing to learn from.")
    weights, _ = fit(rings(facts.grid), facts.history, as_of, HORIZON)
    columns = {
        "half_life_days": np.repeat(np.array(HALF_LIVES), len(RINGS)),
        "ring": np.tile(np.array(NAMES), len(HALF_LIVES)),
        "weight": weights.of.ravel(),
    }
    learnt = {"origins": weights.origins, "incidents": weights.incidents, "fitted": int(weights.fitted)}
    return Table(columns, {"constant": weights.constant, **learnt}, {"horizon_days": HORIZON, "cut_off": str(as_of)})


def weights_of(said: Answer) -> Weights | None:
    """The weights that `table` told; None where it told none."""
    if not isinstance(said, Table):
        return None
    figures = said.figures
    return Weights(
        float(figures["constant"]),
        np.asarray(said.columns["weight"], dtype=np.float64).reshape(len(HALF_LIVES), len(RINGS)),
        int(said.chosen["horizon_days"]),
        np.datetime64(str(said.chosen["cut_off"])),
        int(figures["origins"]),
        float(figures["incidents"]),
        fitted=bool(figures["fitted"]),
    )


METHOD = AreaMethod(
    name="forecast_weights",
    title="Weights of the forecast",
    citation=(
        "Richardson, W. H. (1972). Bayesian-based iterative method of image restoration. Journal of the Optical "
        "Society of America 62, 55-59. Lucy, L. B. (1974). An iterative technique for the rectification of observed "
        "distributions. Astronomical Journal 79, 745-754."
    ),
    formula=(
        "Poisson fit by EM of the incidents of each past week in each cell to a constant and the faded counts of five "
        "half-lives in four rings on its eve; no weight is negative. The mean of a fit of all 21 weights and one of "
        "the constant and the longest half-life."
    ),
    avoid=(
        "To read causes from: timescales overlap, and weight moves between neighbours among them. For an area whose "
        "recording changed in the last two years: the weights then follow the change."
    ),
    defaults={
        "learnt": "each month, of the two years before it",
        "steps": STEPS,
        "fixed weights": f"with fewer than {FEWEST} incidents to learn from",
    },
    table=table,
)
