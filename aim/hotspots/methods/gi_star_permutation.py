"""Gi* by conditional permutation: an audit of the normal distribution that Gi* takes its p from.

A cell's own count is held, its neighbours' are drawn from all other cells without replacement, and p is
(1 + draws whose sum is no less than the one seen) / (1 + draws): one-sided, for hot. All cells are held against the
same draws. A set of draws holds a cell itself once in a while; there the count of the last cell stands in, which leaves
a fair draw from the others. So the work is that of the draws, not of draws times cells.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from aim.hotspots.facts import Facts
from aim.hotspots.grid import Floats, Neighbours
from aim.hotspots.method import CellMethod, Scores
from aim.hotspots.methods.gi_star import gi_star, steps_for
from aim.hotspots.significance import benjamini_hochberg

PERMUTATIONS: Final = 999
TIE: Final = 1e-9
"""Sums of weights that differ by less, as a share of the total, are equal: they were added in another order."""

Ints = NDArray[np.int64]


def score(facts: Facts) -> Scores:
    """Gi* with p by permutation, q of it after Benjamini & Hochberg, and in `p_normal` the p that is audited."""
    k = steps_for(facts.grid)
    near = facts.grid.neighbours(k)
    z, p_normal, _ = gi_star(facts.counts, near)
    p = permuted_p(facts.counts, near, PERMUTATIONS, facts.seed)
    chosen = {"k": k, "permutations": PERMUTATIONS, "seed": facts.seed, "side": "hot only"}
    return Scores(z, p, benjamini_hochberg(p), chosen, {"p_normal": p_normal})


def permuted_p(counts: Floats, near: Neighbours, permutations: int, seed: int) -> Floats:
    """float64[n]: one-sided p of each cell's sum over its neighbours, given its own count."""
    n, others = len(counts), near.sizes.astype(np.int64) - 1
    drawn = draws(n - 1, int(others.max()), permutations, np.random.default_rng(seed))
    sums = np.zeros((int(others.max()) + 1, permutations))
    np.cumsum(counts[drawn], axis=0, out=sums[1:])
    wanted = near.sum(counts) - counts - TIE * max(1.0, float(np.abs(counts).sum()))
    as_many = np.empty(n, dtype=np.int64)
    for size in np.unique(others):
        of_size = others == size
        as_many[of_size] = permutations - np.searchsorted(np.sort(sums[size]), wanted[of_size])
    as_many += _stand_ins(counts, drawn, sums, others, wanted)
    return (1 + as_many) / (1 + permutations)


def draws(population: int, size: int, times: int, random: np.random.Generator) -> Ints:
    """int64[size, times]: in each column `size` different numbers below `population`, each order as likely.

    Floyd's way (Bentley & Floyd 1987): the j-th number is any up to its place, or its place where that one is taken.
    Shuffled, so that the first few rows are a fair draw too.
    """
    taken = np.empty((size, times), dtype=np.int64)
    for row, place in enumerate(range(population - size, population)):
        number = random.integers(0, place + 1, times)
        taken[row] = np.where((taken[:row] == number).any(axis=0), place, number)
    return random.permuted(taken, axis=0)


def _stand_ins(counts: Floats, drawn: Ints, sums: Floats, others: Ints, wanted: Floats) -> Ints:
    """What changes in `as_many` where a cell was drawn for itself and the last cell stands in for it."""
    row, column = (axis.ravel() for axis in np.indices(drawn.shape))
    cell = drawn.ravel()
    used = row < others[cell]
    column, cell = column[used], cell[used]
    plain = sums[others[cell], column]
    mended = plain - counts[cell] + counts[-1]
    change = (mended >= wanted[cell]).astype(np.int64) - (plain >= wanted[cell])
    return np.bincount(cell, weights=change, minlength=len(counts)).astype(np.int64)


METHOD = CellMethod(
    name="gi_star_permutation",
    title="Gi* by permutation (audit)",
    citation=(
        "Anselin, L. (1995). Local indicators of spatial association: LISA. Geographical Analysis 27, 93-115. Bentley, "
        "J. & Floyd, B. (1987). A sample of brilliance. Communications of the ACM 30, 754-757."
    ),
    formula=(
        "p = (1 + draws with a sum no less than the one seen) / (1 + draws): the cell's own count held, its "
        "neighbours' drawn from all other cells without replacement; one-sided, for hot. The score is Gi* itself; "
        "`p_normal` is the two-sided p from the normal distribution that this audits."
    ),
    avoid=(
        "To decide what is hot: p cannot be less than 1 / (1 + draws), too coarse to correct for thousands of cells. "
        "Compare it with `p_normal` where the average cell holds much less than one incident."
    ),
    defaults={"permutations": PERMUTATIONS, "k": "1; 2 at resolution 10"},
    score=score,
)
