"""The memory of a forecast: for each cell, counts that fade at five speeds, brought forward one day at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.sparse import csr_array

from aim.hotspots.forecasting.incidents import DAY, Days, Incidents, month_start
from aim.hotspots.grid import Floats, Grid

HALF_LIVES: Final = (7, 30, 120, 365, 1460)
"""Days after which an incident counts half: last week, last month, the season, the year, the long run."""
RINGS: Final = ((0, 0), (1, 1), (2, 2), (3, 5))
"""The cell itself, its neighbours, theirs, and what lies three to five steps away."""
FADE: Final = 2.0 ** (-1 / np.array(HALF_LIVES))


@dataclass(frozen=True, eq=False)
class State:
    """`decayed` is float64[n, half-lives]: the incidents up to the end of `day`, each faded by its age.

    One of that day counts 1, one of h days before it a half under the half-life h.
    """

    day: np.datetime64
    decayed: Floats


def rings(grid: Grid, bounds: Sequence[tuple[int, int]] = RINGS) -> list[csr_array]:
    """For each pair of bounds, float64[n, n] with 1 where the column's cell is that many steps from the row's."""
    reaches = {reach for first, last in bounds for reach in (first - 1, last)}
    disks = {reach: _disk(grid, reach) for reach in reaches}
    found = [csr_array(disks[last] - disks[first - 1]) for first, last in bounds]
    for ring in found:
        ring.eliminate_zeros()
    return found


def _disk(grid: Grid, reach: int) -> csr_array:
    """1 for each cell within reach, the cell itself included; nothing is within reach of -1."""
    if reach < 0:
        return csr_array((len(grid), len(grid)))
    positions = grid.neighbours(reach).positions
    of = np.broadcast_to(np.arange(len(grid), dtype=np.int32), positions.shape)
    inside = positions < len(grid)
    return csr_array((np.ones(inside.sum()), (of[inside], positions[inside])), shape=(len(grid), len(grid)))


def advance(state: State, counts: Floats, month: Floats | None = None) -> State:
    """The state one day on: faded by a day, and the incidents of the new day (float64[n]) added.

    `month` has the incidents known to the month only, where the new day is the last of that month: they enter as if
    spread evenly over its days. The result depends on the state and the counts alone, so bringing a stored state
    forward gives bit for bit what a run from the start would.
    """
    day = state.day + DAY
    decayed = state.decayed * FADE + counts[:, None]
    if month is not None:
        decayed += month[:, None] * _spread(day)
    return State(day, decayed)


def _spread(last: np.datetime64) -> Floats:
    """What one incident spread over the month that ends on `last` counts on that day, for each half-life."""
    length = int((last - month_start(np.array([last]))[0]) / DAY) + 1
    return (FADE[None, :] ** np.arange(length)[:, None]).mean(axis=0)


def states(incidents: Incidents, days: Days, start: State | None = None) -> Iterator[State]:
    """The state at the end of each of `days`, which ascend, from `start` on or from before the first incident."""
    state = _nothing_before(incidents, days) if start is None else start
    for day in days:
        while state.day < day:
            state = advance(state, *_counts_on(incidents, state.day + DAY))
        yield state


def state_on(incidents: Incidents, day: np.datetime64) -> State:
    """The state at the end of `day` at once: each incident faded by its age.

    The same as a walk of `states` but for the rounding of its many small steps.
    """
    known = incidents.known(day)
    days, of = np.unique(known.day, return_inverse=True)
    faded = FADE ** ((day - days) / DAY)[:, None]
    of_month = faded * np.array([_spread(last) for last in days]).reshape(faded.shape) if known.monthly.any() else faded
    decayed = np.empty((incidents.cells, len(FADE)))
    for half_life in range(len(FADE)):
        worth = np.where(known.monthly, of_month[of, half_life], faded[of, half_life])
        decayed[:, half_life] = np.bincount(known.cell, weights=worth, minlength=incidents.cells)
    return State(day, decayed)


def _nothing_before(incidents: Incidents, days: Days) -> State:
    first = incidents.day[0] if len(incidents) else days[0]
    return State(min(first, days[0]) - DAY, np.zeros((incidents.cells, len(HALF_LIVES))))


def _counts_on(incidents: Incidents, day: np.datetime64) -> tuple[Floats, Floats | None]:
    """The incidents known to be of that day, and those that are known, on that day, to be of its month."""
    first, last = np.searchsorted(incidents.day, [day, day + DAY])
    cell, monthly = incidents.cell[first:last], incidents.monthly[first:last]
    daily = np.bincount(cell[~monthly], minlength=incidents.cells).astype(np.float64)
    if not monthly.any():
        return daily, None
    return daily, np.bincount(cell[monthly], minlength=incidents.cells).astype(np.float64)
