"""Getis-Ord Gi*: is there more round here than chance would put there?

    Gi* = (Σ_j w_ij x_j - X̄ W_i) / (S · sqrt((n · W_i - W_i²) / (n - 1)))
    X̄ = Σ x_j / n ;  S = sqrt(Σ (x_j - X̄)² / n)  over all n cells of the study area, the empty ones included

after Ord & Getis (1995), with weights of 1 for the cells within k steps, the cell itself included, and W_i their number
inside the study area; with such weights the sum of squared weights equals W_i. p is two-sided from the normal
distribution; q is p after Benjamini & Hochberg (1995), which Caldas de Castro & Singer (2006) found fit for local
statistics. Use it to see where high counts cluster, not to rank cells for deployment.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aim.hotspots.facts import Facts
from aim.hotspots.grid import Floats, Grid, Neighbours
from aim.hotspots.method import CellMethod, Scores
from aim.hotspots.significance import benjamini_hochberg, two_sided

ALPHA = 0.05
STEPS = {10: 2}
"""Steps to the farthest neighbour by resolution, else 1: neighbourhoods are 600 m to 1 km across at 10 and at 9."""
CONFIDENCE = (0.10, 0.05, 0.01)
ROOM_PER_CELL = 4  # slots of the table of distinct neighbourhoods that may be spent on one cell


def score(facts: Facts) -> Scores:
    """Gi* of each cell as a z-score, with its p and q, and `edge`: the share of its neighbourhood outside the area."""
    k = steps_for(facts.grid)
    near = facts.grid.neighbours(k)
    z, p, q = gi_star(facts.counts, near)
    chosen = {"k": k, "alpha": ALPHA, "correction": "Benjamini-Hochberg", "cells": len(facts.grid)}
    return Scores(z, p, q, chosen, {"edge": edge(near)})


def steps_for(grid: Grid) -> int:
    """Steps to the farthest neighbour that suit the grid's resolution."""
    return STEPS.get(grid.resolution, 1)


def edge(near: Neighbours) -> Floats:
    """float64[n]: the share of each cell's whole neighbourhood that lies outside the study area, where nobody looked.

    What happens there is not known: at the edge Gi* rests on fewer cells and may miss, or overstate, a hot spot.
    """
    return 1 - near.sizes / len(near.positions)


def gi_star(counts: Floats, near: Neighbours) -> tuple[Floats, Floats, Floats]:
    """z, p and q of each cell. Each distinct neighbourhood is worked out once: counts are small, so cells share few."""
    kinds = _kinds(near.sum(counts), near.sizes)
    z = _standardise(kinds, counts)
    p = two_sided(z)
    q = benjamini_hochberg(p, kinds.cells)
    return z[kinds.of], p[kinds.of], q[kinds.of]


def confidence(z: Floats, q: Floats) -> NDArray[np.int8]:
    """-3 to 3: cold (negative) or hot at 90, 95 or 99 % confidence, by q at 0.10, 0.05 and 0.01; 0 is neither."""
    level = sum((q <= alpha).astype(np.int8) for alpha in CONFIDENCE)
    return (np.sign(z) * level).astype(np.int8)


class _Kinds(NamedTuple):
    """Distinct neighbourhoods: sum and size of each, how many cells have it, and which of them each cell has."""

    totals: Floats
    sizes: NDArray[np.int64]
    cells: NDArray[np.int64]
    of: NDArray[np.int64]


def _kinds(totals: Floats, sizes: NDArray[np.int32]) -> _Kinds:
    """Tell neighbourhoods apart by their sum and size, which is all that Gi* looks at.

    Whole sums are told apart by counting, far quicker than by sorting; other values, such as weighted counts, are
    seldom equal, and there each cell is a kind of its own.
    """
    n, stride = len(totals), int(sizes.max()) + 1
    room = (ROOM_PER_CELL * n + 10_000) // stride
    if totals.min() < 0 or totals.max() >= room or (totals != np.trunc(totals)).any():
        return _Kinds(totals, sizes.astype(np.int64), np.ones(n, dtype=np.int64), np.arange(n))
    codes = totals.astype(np.int64) * stride + sizes
    cells = np.bincount(codes)
    present = np.flatnonzero(cells)
    rank = np.empty(len(cells), dtype=np.int64)
    rank[present] = np.arange(len(present))
    return _Kinds((present // stride).astype(np.float64), present % stride, cells[present], rank[codes])


def _standardise(kinds: _Kinds, counts: Floats) -> Floats:
    """Gi* of each kind; 0 where nothing varies: all counts equal, or a neighbourhood that is the whole study area."""
    n, sizes = len(counts), kinds.sizes
    if counts.min() == counts.max():
        return np.zeros(len(sizes))
    spread = counts.std() * np.sqrt(sizes * (n - sizes) / (n - 1))
    excess = kinds.totals - counts.mean() * sizes
    return np.divide(excess, spread, out=np.zeros(len(sizes)), where=sizes < n)


METHOD = CellMethod(
    name="gi_star",
    title="Getis-Ord Gi*",
    citation=(
        "Ord, J. K. & Getis, A. (1995). Local spatial autocorrelation statistics: distributional issues and an "
        "application. Geographical Analysis 27, 286-306. Caldas de Castro, M. & Singer, B. H. (2006). Controlling the "
        "false discovery rate: a new application to account for multiple and dependent tests in local statistics of "
        "spatial association. Geographical Analysis 38, 180-208."
    ),
    formula=(
        "Gi* = (Σ w x - X̄ W) / (S · sqrt((n W - W²) / (n - 1))), with w = 1 for the cell and all within k steps, W "
        "their number inside the area, X̄ and S the mean and standard deviation of all n counts, zeros too. p is "
        "two-sided from the normal distribution, q is p after Benjamini and Hochberg over all cells. `edge` is the "
        "share of the neighbourhood outside the area."
    ),
    avoid=(
        "To rank cells for deployment: plain counts find more of what happens next. Where the average cell holds far "
        "less than one incident: the normal distribution is then too generous (see the audit by permutation). For cold "
        "spots of rare crime, which cannot be significant. On rates, whose variance differs from cell to cell."
    ),
    defaults={"k": "1; 2 at resolution 10", "alpha": ALPHA},
    score=score,
)
