"""How much a unit of each faded count in each ring is worth: non-negative weights fitted by Poisson EM."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from aim.errors import UsageError
from aim.hotspots.forecasting.incidents import DAY, Days, Incidents
from aim.hotspots.forecasting.state import HALF_LIVES, RINGS, State, states
from aim.hotspots.grid import Floats

HORIZONS: Final = (1, 7, 14)
LEARNT_FROM: Final = np.timedelta64(730, "D")
"""How far back the periods lie that weights are fitted on: two years hold each season twice."""
SETTLED: Final = np.timedelta64(60, "D")
"""How long the record has to run before what it holds can be held against what came next."""
FEWEST: Final = 200
STEPS: Final = 200
START: Final = 1e-3
OF_TIMESCALE: Final = (0.02, 0.03, 0.05, 0.20, 0.70)
OF_RING: Final = (1.0, 0.10, 0.03, 0.0)


@dataclass(frozen=True, eq=False)
class Weights:
    """The expected incidents of a cell over `horizon` days are `constant` + Σ `of`[h, r] · (faded count h in ring r).

    `of` is float64[half-lives, rings]. Frozen with what they rest on: the last day known (`cut_off`), how many periods
    (`origins`) and incidents they were fitted to; `fitted` is False for the fixed weights used with fewer than 200.
    """

    constant: float
    of: Floats
    horizon: int
    cut_off: np.datetime64
    origins: int
    incidents: float
    fitted: bool


@dataclass(frozen=True, eq=False)
class Lesson:
    """What one past period teaches: `rows` float64[p, 21], `observed` float64[p] for the p cells where anything
    happened, and `totals` float64[21], the features summed over all cells. Empty cells matter through `totals` only.
    """

    rows: Floats
    observed: Floats
    totals: Floats


def fit(near: Sequence[csr_array], incidents: Incidents, as_of: np.datetime64, horizon: int) -> tuple[Weights, State]:
    """Weights fitted to what is known at the end of `as_of`, and the state on that day.

    `near` is `rings(grid)`. The periods fitted to are the `horizon` days before `as_of`'s end, those before them and
    so on for two years, each foretold from the state at its eve. Raises UsageError for a horizon not of `HORIZONS`.
    """
    if horizon not in HORIZONS:
        raise UsageError(f"A forecast for {horizon} days is not made: choose {', '.join(map(str, HORIZONS))}.")
    known = incidents.known(as_of)
    eves = eves_before(known, as_of, horizon)
    walk = states(known, np.append(eves, as_of))
    lessons = [lesson(near, known, next(walk), horizon) for _ in eves]
    return learn(lessons, as_of, horizon), next(walk)


def eves_before(known: Incidents, as_of: np.datetime64, horizon: int) -> Days:
    """The last days before each of the past periods of `horizon` days, oldest first."""
    if not len(known):
        return np.empty(0, dtype="datetime64[D]")
    oldest = max(as_of - LEARNT_FROM, known.day[0] + SETTLED - DAY)
    periods = max(0, int((as_of - oldest) / DAY) // horizon)
    return as_of - np.arange(periods, 0, -1) * np.timedelta64(horizon, "D")


def lesson(near: Sequence[csr_array], known: Incidents, state: State, horizon: int) -> Lesson:
    """What the `horizon` days after `state` teach."""
    counts = known.counts(state.day + DAY, state.day + DAY + np.timedelta64(horizon, "D"))
    at = np.flatnonzero(counts)
    totals = [np.diff(ring.indptr) @ state.decayed for ring in near]  # a cell is in as many rings as it has in its own
    return Lesson(features(near, state, at), counts[at], np.append(len(counts), np.stack(totals, axis=1).ravel()))


def features(near: Sequence[csr_array], state: State, at: NDArray[np.int64]) -> Floats:
    """float64[p, 21] of the cells at these positions: 1, then for each half-life the faded count of each ring."""
    summed = np.stack([ring[at] @ state.decayed for ring in near], axis=2)
    return np.column_stack([np.ones(len(at)), summed.reshape(len(at), summed.shape[1] * summed.shape[2])])


def learn(lessons: Sequence[Lesson], as_of: np.datetime64, horizon: int) -> Weights:
    """The mean of two fits: of all timescales, and of the long run alone.

    One fit of all 21 weights follows bursts that do not come again; one of the long run alone cannot follow any. Their
    mean did better than either on every development set (docs: how the forecast was chosen), and is a fit of the same
    form, so that the shares still explain it.
    """
    seen = float(sum(each.observed.sum() for each in lessons))
    if seen < FEWEST:
        return fixed(as_of, horizon, len(lessons), seen)
    rows = np.concatenate([each.rows for each in lessons])
    observed = np.concatenate([each.observed for each in lessons])
    totals = np.sum([each.totals for each in lessons], axis=0)
    both = [_em(rows, observed, totals, columns) for columns in (slice(None), LONG_RUN)]
    mean = (both[0] + both[1]) / 2
    return Weights(float(mean[0]), mean[1:].reshape(SHAPE), horizon, as_of, len(lessons), seen, fitted=True)


SHAPE: Final = (len(HALF_LIVES), len(RINGS))
LONG_RUN: Final = np.r_[0, 1 + len(RINGS) * (len(HALF_LIVES) - 1) : 1 + len(RINGS) * len(HALF_LIVES)]


def _em(rows: Floats, observed: Floats, totals: Floats, columns: slice | NDArray[np.int64]) -> Floats:
    """float64[21]: the weights of these columns, 0 for the others."""
    weights = np.full(len(totals[columns]), START)
    kept, sums = np.ascontiguousarray(rows[:, columns]), totals[columns]
    for _ in range(STEPS):
        weights = em_step(weights, kept, observed, sums)
    found = np.zeros(len(totals))
    found[columns] = weights
    return found


def em_step(weights: Floats, rows: Floats, observed: Floats, totals: Floats) -> Floats:
    """One step of Richardson (1972) and Lucy (1974), which is EM for a Poisson mean that is a sum of parts.

    w ← w · Fᵀ(y / Fw) / Σ F: never negative, never less likely than before. `rows` float64[p, f] are those of F where
    y (`observed`) is positive, `totals` float64[f] the sums of F over all cells; a feature that is 0 everywhere gets 0.
    """
    explained = rows.T @ (observed / (rows @ weights))
    return np.divide(weights * explained, totals, out=np.zeros_like(weights), where=totals > 0)


def fixed(as_of: np.datetime64, horizon: int, origins: int = 0, incidents: float = 0.0) -> Weights:
    """The weights for too short a record: a mean of daily rates, mostly of the long run and of the cell itself."""
    daily = np.array(OF_TIMESCALE) * np.log(2) / np.array(HALF_LIVES)
    of = np.outer(daily, OF_RING) * horizon
    return Weights(0.0, of, horizon, as_of, origins, incidents, fitted=False)
