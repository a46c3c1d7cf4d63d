"""The forecast of each cell: how many, which rank, how much of it comes from last week and how much from long ago."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from aim.hotspots.forecasting.incidents import Incidents
from aim.hotspots.forecasting.state import HALF_LIVES, State, rings, state_on
from aim.hotspots.forecasting.weights import Weights, fit
from aim.hotspots.grid import Cells, Floats, Grid

TIMESCALES: Final = (*(f"{days}d" for days in HALF_LIVES), "anywhere")
"""The names of the columns of `Forecast.share`."""


@dataclass(frozen=True, eq=False)
class Forecast:
    """What is expected of each of n cells, in the order of the grid, in the `weights.horizon` days after `as_of`.

    `expected` is float64[n], incidents; `rank` int64[n], 1 for the most. `share` is float64[n, 6], how much of
    `expected` comes from each of `TIMESCALES`, summing to 1 (0 throughout where nothing at all is expected); `near`
    float64[n], how much of it comes from other cells than this one.
    """

    as_of: np.datetime64
    expected: Floats
    rank: NDArray[np.int64]
    share: Floats
    near: Floats
    weights: Weights


def forecast(grid: Grid, incidents: Incidents, as_of: np.datetime64, horizon: int) -> Forecast:
    """Forecast 1, 7 or 14 days from what is known at the end of the local day `as_of`; nothing later is looked at.

    A grid Hawkes process with fixed kernels (Mohler et al. 2011 give the idea; Poisson EM fits the weights). Raises
    UsageError for another horizon.
    """
    near = rings(grid)
    weights, state = fit(near, incidents, as_of, horizon)
    return apply(grid, near, state, weights)


def forecast_by(grid: Grid, incidents: Incidents, as_of: np.datetime64, weights: Weights) -> Forecast:
    """The forecast from what is known at the end of `as_of` by weights that were learnt before."""
    return apply(grid, rings(grid), state_on(incidents, as_of), weights)


def apply(grid: Grid, near: Sequence[csr_array], state: State, weights: Weights) -> Forecast:
    """The forecast of frozen weights from a state, both maybe stored before."""
    by_ring = [ring @ (state.decayed * of) for ring, of in zip(near, weights.of.T, strict=True)]
    by_timescale = np.sum(by_ring, axis=0)
    parts = np.column_stack([by_timescale, np.full(len(grid), weights.constant)])
    expected = parts.sum(axis=1)
    share, around = (_share(part, expected) for part in (parts, np.sum(by_ring[1:], axis=0).sum(axis=1)))
    return Forecast(state.day, expected, rank(expected, grid.cells), share, around, weights)


def _share(part: Floats, whole: Floats) -> Floats:
    whole = whole.reshape(-1, *[1] * (part.ndim - 1))
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)


def rank(score: Floats, cells: Cells) -> NDArray[np.int64]:
    """int64[n]: 1 for the highest score. Equal scores go by a hash of the cell.

    The hash is the same in every run and has nothing to do with where a cell lies, as the order of the cells has.
    """
    ranks = np.empty(len(score), dtype=np.int64)
    ranks[order(score, cells)] = np.arange(1, len(score) + 1)
    return ranks


def order(score: Floats, cells: Cells, ties: Floats | None = None) -> NDArray[np.int64]:
    """The positions of the cells from the highest score to the lowest, equal ones by `ties` (the higher first) or hash.

    Scores count as equal where they differ by less than the rounding of sums: a part in 10^12 of the highest.
    """
    largest = np.abs(score).max(initial=0.0)
    settled = np.round(score / largest, 12) if largest > 0 else score
    return np.lexsort((hashed(cells) if ties is None else -ties, -settled))


def hashed(cells: Cells) -> Cells:
    """uint64[n]: a mix of each cell's bits (the finaliser of SplitMix64, Steele et al. 2014), one to one."""
    mixed = cells.astype(np.uint64)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return mixed ^ (mixed >> np.uint64(31))
