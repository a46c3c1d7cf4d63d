"""Peak times: in which hours of the week does most happen in a cell? Told only of a cell's own incidents.

A window is four hours by London's clocks, on one day of the week, on two that follow each other, from Monday to Friday
or every day: 384 in all. The one that stands out most from "any hour alike" is taken (Kulldorff 1997, the likelihood
ratio of a scan), then a second one of the hours that are left. Each has to hold more than chance brings: a binomial
tail of 1 % over the number of windows tried (Bonferroni), with aoristic weights rounded down to whole incidents.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from aim.hotspots.facts import Bools, Events
from aim.hotspots.grid import Floats
from aim.hotspots.methods.aoristic import HOURS, WEEKDAYS, pieces, too_long
from aim.hotspots.placed import placed

LENGTH: Final = 4
"""Hours of a window: half a shift, in which a patrol can be at several places."""
FEWEST: Final = 20
"""Incidents of a cell whose time is known: with fewer, one more moves a share by more than five points."""
MOST: Final = 2
CHANCE: Final = 0.01
HALF: Final = 0.5
DAY_SETS: Final[tuple[tuple[int, ...], ...]] = (
    *((day,) for day in range(7)),
    *((day, (day + 1) % 7) for day in range(7)),
    tuple(range(5)),
    tuple(range(7)),
)

Ints = NDArray[np.int64]


class Window(NamedTuple):
    """`days`, 0 for Monday to 6, are those on which it begins; `hour` is that of London's clocks at which it begins.

    `share` of the `timed` incidents of the cell, those whose time of day is known, lie in it.
    """

    days: tuple[int, ...]
    hour: int
    share: float
    timed: int

    @property
    def label(self) -> str:
        """Such as "Fridays and Saturdays 22:00-02:00"; the day is that on which it begins."""
        return f"{_days(self.days)} {self.hour:02}:00-{(self.hour + LENGTH) % 24:02}:00"


def peak_windows(events: Events, cells: Ints) -> list[tuple[Window, ...]]:
    """For each of `cells` (positions in the grid), its windows, the one that stands out most first.

    None where fewer than `FEWEST` incidents of the cell may be told by place and have a known time of day, and where no
    time of the week stands out. What is known to the day or month, or spans more than a day, is left out.
    """
    timed = events.where(timed_of(events))
    number = np.bincount(timed.cell, minlength=int(cells.max(initial=-1)) + 1)
    enough = np.unique(cells[number[cells] >= FEWEST])
    found = dict(zip(enough.tolist(), windows(hours_by_cell(timed, enough)), strict=True))
    return [found.get(cell, ()) for cell in cells.tolist()]


def timed_of(events: Events) -> Bools:
    """bool[m]: whether each incident may be told by place (`placed`) and says something of the hour."""
    return events.has_hour & ~too_long(events) & placed(events)


def hours_by_cell(timed: Events, cells: Ints) -> Floats:
    """float64[c, 168]: the aoristic weight of each hour of the week in each of `cells`, which ascend."""
    here = timed.where(np.isin(timed.cell, cells))
    at = np.searchsorted(cells, here.cell)
    total = np.zeros(len(cells) * HOURS)
    for owner, hour, weight in pieces(here.begins, here.ends):
        total += np.bincount(at[owner] * HOURS + hour, weights=weight, minlength=len(total))
    return total.reshape(-1, HOURS)


def windows(weights: Floats) -> list[tuple[Window, ...]]:
    """Of float64[c, 168], whose rows sum to whole numbers, the windows of each row that hold more than chance."""
    found: list[tuple[Window, ...]] = [()] * len(weights)
    timed, rows, free = np.rint(weights.sum(axis=1)), np.arange(len(weights)), np.ones_like(weights)
    for _ in range(MOST):
        best, held, p = strongest(weights[rows] * free[rows], free[rows])
        kept = p * len(INSIDE) <= CHANCE
        rows, best, held = rows[kept], best[kept], held[kept]
        for row, which, share in zip(rows.tolist(), best.tolist(), (held / timed[rows]).tolist(), strict=True):
            found[row] += (Window(DAY_SETS[which // 24], which % 24, share, int(timed[row])),)
        free[rows] *= 1 - INSIDE[best]
    return found


def strongest(weights: Floats, free: Floats) -> tuple[Ints, Floats, Floats]:
    """Of each row of float64[c, 168], the window of `free` hours (1, the others 0) that stands out most.

    Gives its position in `INSIDE`, the weight it holds, and p of as much in as many hours where every hour is alike.
    """
    total, hours = weights.sum(axis=1, keepdims=True), free.sum(axis=1, keepdims=True)
    held, wide = weights @ INSIDE.T, free @ INSIDE.T
    expected = total * wide / hours
    more = (wide == INSIDE.sum(axis=1)) & (held > expected)
    ratio = np.zeros_like(held)
    ratio[more] = likelihood_ratio(held[more], expected[more], np.broadcast_to(total, held.shape)[more])
    best = ratio.round(9).argmax(axis=1)
    inside, length = (np.take_along_axis(of, best[:, None], axis=1)[:, 0] for of in (held, wide))
    whole = np.floor(inside + 1e-6) - 1
    return best, inside, binom.sf(whole, np.ceil(total[:, 0] - 1e-6), length / hours[:, 0])


def likelihood_ratio(held: Floats, expected: Floats, total: Floats) -> Floats:
    """The logarithm of how much likelier `held` of `total` is where these hours differ than where they do not."""
    rest = np.maximum(total - held, 1e-12)  # nothing, for the logarithm
    return held * np.log(held / expected) + rest * np.log(rest / (total - expected))


def _inside() -> Floats:
    """float64[384, 168]: 1 for the hours of each window, hour by hour within each set of days."""
    inside = np.zeros((len(DAY_SETS), 24, HOURS))
    for at, days in enumerate(DAY_SETS):
        for hour in range(24):
            begins = np.array(days) * 24 + hour
            inside[at, hour, (begins[:, None] + np.arange(LENGTH)) % HOURS] = 1
    return inside.reshape(-1, HOURS)


INSIDE: Final = _inside()


def _days(days: Sequence[int]) -> str:
    if len(days) == len(WEEKDAYS):
        return "any day"
    names = [f"{WEEKDAYS[day]}s" for day in (days[0], days[-1])]
    return names[0] if len(days) == 1 else f"{names[0]} {'and' if len(days) == 2 else 'to'} {names[1]}"


def phrase(found: Sequence[Window]) -> str:
    """A sentence for the rationale, or nothing where there is no window.

    "Most of it on Fridays and Saturdays 20:00-00:00 (61 % of 37 timed incidents), then on any day 08:00-12:00 (22 %)."
    """
    if not found:
        return ""
    first, *others = found
    often = "Most of it" if first.share > HALF else "Most often"
    then = "".join(f", then on {window.label} ({100 * window.share:.0f} %)" for window in others)
    return f"{often} on {first.label} ({100 * first.share:.0f} % of {first.timed:,} timed incidents){then}."
