"""When a collapse of counts is the reporting's, not the world's. Pure: arrays in, verdicts out.

A period is compared with the twelve comparable ones before it: months and weeks with those before, days with the same
weekday of the weeks before. What is expected is their median; the counts are taken as negative binomial round it, with
a variance of max(median, (1.4826 MAD)²), so that a feed that swings by itself is given room and one that does not is a
Poisson count. A period is low where fewer than half of what is expected came, *and* that few would come by chance less
than once in a thousand periods.

Sources: counts against comparable earlier ones with overdispersion, as in Farrington and others (1996), "A statistical
algorithm for the early detection of outbreaks of infectious disease", JRSS A 159, 547-563, looked at from below; the
median and MAD (times 1.4826: the standard deviation, were the counts normal) in place of mean and variance, so that
one earlier outage does not make the next one normal: Rousseeuw and Croux (1993), JASA 88, 1273-1283.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

HISTORY: Final = 3
"""Comparable periods before one that are needed to judge it: the median of fewer is no better than one of them."""
WINDOW: Final = 12
"""Comparable periods looked back on. A lasting change is the new level once half of them have it."""
COLLAPSE: Final = 0.5
"""Of what is expected: crime does not halve from one month to the next, exports do."""
CHANCE: Final = 0.001
MAD_TO_SD: Final = 1.4826
Array = NDArray[np.float64]


class Verdict(StrEnum):
    """What is said of one period."""

    NORMAL = "normal"
    LOW = "low"
    NO_HISTORY = "not enough history"
    TOO_FEW = "too few rows to tell"
    """Even nothing at all would not be surprising."""


@dataclass(frozen=True)
class Judged:
    """One period: what came, what was expected (None without history), what that means."""

    observed: int
    expected: float | None
    verdict: Verdict


def judge(counts: Sequence[int], season: int = 1) -> list[Judged]:
    """Every period of a series without gaps, the oldest first.

    `season`: how many periods back the nearest comparable one is (7 for days, else 1).
    """
    series = np.asarray(counts, np.float64)
    expected, spread, known = _from_before(series, season)
    telling = known & (chance_of_so_few(np.zeros_like(series), expected, spread) < CHANCE)
    low = telling & (series < COLLAPSE * expected) & (chance_of_so_few(series, expected, spread) < CHANCE)
    verdicts = np.select([~known, ~telling, low], [Verdict.NO_HISTORY, Verdict.TOO_FEW, Verdict.LOW], Verdict.NORMAL)
    return [
        Judged(int(count), float(mean) if is_known else None, Verdict(verdict))
        for count, mean, is_known, verdict in zip(counts, expected, known, verdicts, strict=True)
    ]


def _from_before(series: Array, season: int) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Median and scaled MAD of the comparable periods before each (0 where too few), and whether they are enough."""
    before = np.full((len(series), WINDOW), np.nan)
    for back in range(1, WINDOW + 1):
        before[back * season :, back - 1] = series[: max(0, len(series) - back * season)]
    known = np.isfinite(before).sum(axis=1) >= HISTORY
    expected, spread = np.zeros_like(series), np.zeros_like(series)
    if known.any():
        expected[known] = np.nanmedian(before[known], axis=1)
        spread[known] = MAD_TO_SD * np.nanmedian(np.abs(before[known] - expected[known, None]), axis=1)
    return expected, spread, known


def chance_of_so_few(observed: Array, expected: Array, spread: Array) -> Array:
    """P(X <= observed) for negative binomials of these means and standard deviations; Poisson where they are not wider.

    Both by their incomplete beta and gamma functions (DLMF 8.17 and 8.2), which stay exact far out; 1 where nothing is
    expected.
    """
    from scipy.special import betainc, gammaincc  # takes longer to import than most files to load

    variance = spread**2
    wider = variance > expected
    size = expected**2 / np.where(wider, variance - expected, 1.0)
    share = np.where(wider, expected / np.where(wider, variance, 1.0), 1.0)
    chance = np.where(wider, betainc(size, observed + 1, share), gammaincc(observed + 1, expected))
    return np.where(expected > 0, chance, 1.0)
