"""How many incidents of each cell fall into each shift, where many are known only to lie between two times."""

import numpy as np

from aim.hotspots.facts import Events
from aim.hotspots.grid import Floats
from aim.hotspots.methods.aoristic import pieces
from aim.vocabulary.shifts import HOURS, Shift


def by_shift(timed: Events, cells: int, shifts: tuple[Shift, ...]) -> Floats:
    """float64[cells, shifts]: each incident counts one in all, spread over the hours it may have happened in.

    `timed` are incidents whose hour is known well enough (`peaks.timed_of`).
    """
    of_hour = np.empty(HOURS, dtype=np.int64)
    for at, shift in enumerate(shifts):
        of_hour[list(shift.hours)] = at
    total = np.zeros(cells * len(shifts))
    for owner, hour, weight in pieces(timed.begins, timed.ends):
        flat = timed.cell[owner] * len(shifts) + of_hour[hour % HOURS]
        total += np.bincount(flat, weights=weight, minlength=len(total))
    return total.reshape(cells, len(shifts))
