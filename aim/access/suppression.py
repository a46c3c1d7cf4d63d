"""Small numbers: which counts must not leave the partnership, and which others must be held back with them.

A count from 1 to 4 may be one household, and is never told (primary suppression). Nought is: that nothing was recorded
says nothing of anybody, and hospitals' and schools' statistics in England tell it too. Where totals are told, a single
count that is held back follows by subtraction, so others are held back with it, the smallest first, until what is left
open has more than one solution (secondary suppression: Cox 1980; Hundepool et al., Statistical Disclosure Control,
2012). Equal ones go together: which of them went would tell too. That a reader knows this rule and the totals is
assumed: `tests/access` lets such a reader try.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

SMALLEST_TOLD: Final = 5
Counts = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Suppressed:
    """What is held back of the counts of cells."""

    totals: Mask
    """By cell."""
    parts: Mask
    """By cell and part (agency); all parts of a cell whose total is held back."""
    sum_told: bool
    """Whether the sum over all cells may be told: not where it would give a count away."""

    @property
    def count(self) -> int:
        """How many cells are held back."""
        return int(self.totals.sum())


def suppress(totals: Counts, parts: Counts, groups: Counts, k: int = SMALLEST_TOLD) -> Suppressed:
    """What to hold back of cells with these totals, each the sum of its `parts` (a row a cell) less what was reported
    twice. The sums by group (the ward of each cell, by number) are taken to be known, where they can be without more.
    """
    hidden = small(totals, k)
    told = [_protect(totals, hidden, groups == group, k) for group in np.unique(groups[hidden])]
    return Suppressed(hidden, hidden[:, None] | _hidden_parts(parts, k), all(told))


def small(counts: Counts, k: int = SMALLEST_TOLD) -> Mask:
    """The counts that are never told: 1 to k - 1."""
    return (counts > 0) & (counts < k)


def _protect(totals: Counts, hidden: Mask, within: Mask, k: int) -> bool:
    """Hold back the smallest that are told (changes `hidden`) until the sum gives none away; False: it still does."""
    for count in np.unique(totals[within & ~hidden & (totals > 0)]):
        if sum_may_be_told(totals, hidden, within, k):
            return True
        hidden |= within & (totals == count)
    return sum_may_be_told(totals, hidden, within, k)


def sum_may_be_told(totals: Counts, hidden: Mask, within: Mask, k: int = SMALLEST_TOLD) -> bool:
    """Whether the sum of some of the cells gives none of those away that are held back."""
    held = totals[within & hidden]
    return bool(_safe(np.array(len(held)), held.sum(), k))


def _safe(number: Counts, total: Counts, k: int) -> Mask:
    """Whether so many counts with this sum can each be several numbers: not one alone, not all 1, not all k - 1."""
    return (number == 0) | ((number > 1) & (total != number) & (total != number * (k - 1)))


def _hidden_parts(parts: Counts, k: int) -> Mask:
    """As for cells, within each row at once."""
    hidden = small(parts, k)
    for _ in range(parts.shape[1]):
        held = np.where(hidden, parts, 0).sum(axis=1)
        smallest = np.where(hidden | (parts == 0), np.iinfo(np.int64).max, parts)
        least = smallest.min(axis=1)
        wanting = ~_safe(hidden.sum(axis=1), held, k) & (least < np.iinfo(np.int64).max)
        hidden |= wanting[:, None] & (smallest == least[:, None])
    return hidden
