"""When in the week: a forecast of days split into hours and shifts by what is known of the hours of past incidents."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from aim.errors import UsageError
from aim.hotspots.grid import Floats

HOURS: Final = 168
"""Hours of the week, the first from midnight on Monday, local time."""
BORROWED: Final = 50.0
"""The weight, in incidents, of the hours of a whole area beside those of one kind of incident or place."""


def hour_profile(sums: Floats, everywhere: Floats, borrowed: float = BORROWED) -> Floats:
    """float64[168]: the probability of each hour of the week, summing to 1.

    `sums` are aoristic sums by hour of the week of the incidents in question, `everywhere` those of the whole area:
    p = (sums + τ · everywhere / Σ everywhere) / (n + τ), n being Σ sums and τ `borrowed`, then the mean of each hour
    and the two beside it, round the week's end. Few incidents so take the area's hours, and many keep their own.
    Where nobody's hours are known, every hour is alike. Raises UsageError where there are not 168.
    """
    if sums.shape != (HOURS,) or everywhere.shape != (HOURS,):
        raise UsageError(f"A week has {HOURS} hours; these sums have {sums.shape} and {everywhere.shape}.")
    total = everywhere.sum()
    usual = everywhere / total if total > 0 else np.full(HOURS, 1 / HOURS)
    blended = (sums + borrowed * usual) / (sums.sum() + borrowed)
    return (np.roll(blended, 1) + blended + np.roll(blended, -1)) / 3


def split_by_hour(profile: Floats, as_of: np.datetime64, horizon: int) -> Floats:
    """float64[horizon, 24]: the share of a forecast's incidents in each hour of the days after `as_of`, summing to 1.

    Days of 24 hours: on the two days a year when clocks change, the hour that is skipped or doubled is not told apart.
    """
    monday = np.datetime64("1970-01-05")
    first = (int((as_of - monday) / np.timedelta64(1, "D")) + 1) % 7
    days = profile.reshape(7, 24)[(first + np.arange(horizon)) % 7]
    return days / days.sum()


def shift_of_hour(starts: tuple[int, ...]) -> NDArray[np.int64]:
    """int64[24]: which of the shifts that begin at these hours each hour of a day belongs to.

    `starts` ascend; the hours before the first belong to the last. Raises UsageError for other starts.
    """
    if not starts or list(starts) != sorted(set(starts)) or not 0 <= starts[0] <= starts[-1] < 24:
        raise UsageError(f"Shifts begin at hours from 0 to 23, each later than the one before; these are {starts}.")
    return (np.searchsorted(starts, np.arange(24), side="right") - 1) % len(starts)


def split_by_shift(expected: Floats, hours: Floats, starts: tuple[int, ...]) -> Floats:
    """float64[n, horizon, shifts]: `expected` (float64[n]) split by `hours` (of `split_by_hour`) into shifts.

    `starts` are the hours at which shifts begin, as `shift_of_hour` has them; the last goes on past midnight to the
    first of the next day, and the hours before the first shift of the first day belong to the last shift of that day.
    """
    shift = shift_of_hour(starts)
    of_day = np.stack([hours[:, shift == at].sum(axis=1) for at in range(len(starts))], axis=1)
    return expected[:, None, None] * of_day
