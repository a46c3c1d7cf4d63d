"""The rankings that are judged beside each other: ours, and those any analyst can make with a spreadsheet."""

from __future__ import annotations

from typing import Final

import h3.api.numpy_int as h3
import numpy as np

from aim.hotspots.forecasting.forecast import apply
from aim.hotspots.forecasting.incidents import DAY, Incidents, month_start
from aim.hotspots.forecasting.state import State, rings, states
from aim.hotspots.forecasting.weights import Weights, fit
from aim.hotspots.grid import Floats, Grid
from aim.hotspots.hindsight import Ranking
from aim.hotspots.methods.gi_star import confidence, gi_star, steps_for

KDE_BANDWIDTH_M: Final = 250.0
KDE_STEPS: Final = 5
PUBLISHED: Final = "as_published"
YEAR: Final = np.timedelta64(365, "D")
EVER: Final = np.datetime64("0001-01-01")


def every_ranking(grid: Grid, incidents: Incidents, horizon: int, seed: int = 0) -> dict[str, Ranking]:
    """The map as it is published, the forecast of so many days, and the simple rankings."""
    ours = {PUBLISHED: as_published(grid, incidents), "forecast": ForecastRanking(grid, incidents, horizon)}
    return ours | simple_rankings(grid, incidents, seed)


def as_published(grid: Grid, incidents: Incidents) -> Ranking:
    """The order of a published layer: hot cells by the count of the year before, then the others by theirs."""
    near = grid.neighbours(steps_for(grid))

    def score(eve: np.datetime64) -> Floats:
        counts = incidents.known(eve).counts(eve + DAY - YEAR, eve + DAY)
        z, _, q = gi_star(counts, near)
        hot = (confidence(z, q) > 0) & (counts > 0)
        return counts + hot * (counts.max(initial=0.0) + 1)

    return score


def simple_rankings(grid: Grid, incidents: Incidents, seed: int = 0) -> dict[str, Ranking]:
    """Last 28 days, last 365 days, all history, a kernel density of the last 365 days, and chance.

    Each looks at nothing after the day it is asked for. Chance is another order of the cells on each day, by `seed`.
    """
    return {
        "last_28_days": lambda eve: _last(incidents, eve, 28),
        "last_365_days": lambda eve: _last(incidents, eve, 365),
        "all_history": lambda eve: incidents.known(eve).counts(EVER, eve + DAY),
        "kde_250m_365_days": density(grid, incidents, KDE_BANDWIDTH_M, 365),
        "random": lambda eve: np.random.default_rng((seed, int(eve.astype(np.int64)))).random(len(grid)),
    }


def _last(incidents: Incidents, eve: np.datetime64, days: int) -> Floats:
    return incidents.known(eve).counts(eve + DAY - np.timedelta64(days, "D"), eve + DAY)


def density(grid: Grid, incidents: Incidents, bandwidth_m: float, days: int) -> Ranking:
    """The incidents of the last `days`, each spread by a Gaussian over the cells within five steps.

    Every cell k steps away is taken to be k times as far as a neighbour is on average over the earth.
    """
    apart = h3.average_hexagon_edge_length(grid.resolution, unit="m") * np.sqrt(3)
    near = rings(grid, [(k, k) for k in range(KDE_STEPS + 1)])
    worth = [np.exp(-((k * apart) ** 2) / (2 * bandwidth_m**2)) for k in range(KDE_STEPS + 1)]

    def score(eve: np.datetime64) -> Floats:
        counts, total = _last(incidents, eve, days), np.zeros(len(grid))
        for each, ring in zip(worth, near, strict=True):
            total += each * (ring @ counts)
        return total

    return score


class ForecastRanking:
    """The forecast as a ranking: weights refitted with each month's end, the state brought forward from eve to eve."""

    def __init__(self, grid: Grid, incidents: Incidents, horizon: int) -> None:
        self.grid, self.incidents, self.horizon = grid, incidents, horizon
        self.near = rings(grid)
        self.weights: Weights | None = None
        self.state: State | None = None

    def __call__(self, eve: np.datetime64) -> Floats:
        """float64[n]: the incidents expected of each cell. Quickest for eves in ascending order."""
        day = last_month_end(eve)
        if self.weights is None or self.weights.cut_off != day:
            self.weights, self.state = fit(self.near, self.incidents, day, self.horizon)
        start = self.state if self.state is not None and self.state.day <= eve else None
        (self.state,) = states(self.incidents, np.array([eve]), start=start)
        return apply(self.grid, self.near, self.state, self.weights).expected


def last_month_end(eve: np.datetime64) -> np.datetime64:
    """The last day of the latest month that is over at the end of `eve`: when the weights in force were frozen.

    A rule of the calendar, so that a look back split among machines uses the same weights as one in one go.
    """
    day = np.array([eve + DAY])
    return month_start(day)[0] - DAY
