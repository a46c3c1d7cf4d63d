"""The slow second answers: plain loops that share no code with the engine, for tests only."""

import math
from fractions import Fraction

import h3


def neighbours(cells: list[str], k: int) -> dict[str, set[str]]:
    """For each cell, those of `cells` within `k` steps, itself included: one question to H3 for each cell."""
    return {cell: set(h3.grid_disk(cell, k)) & set(cells) for cell in cells}


def gi_star(counts: dict[str, float], k: int) -> dict[str, tuple[int, float, float, float]]:
    """Neighbours, z, two-sided p and Benjamini-Hochberg q of each cell, as the formulas are printed.

    Sums and squares are exact fractions, so that "nothing varies" means just that.
    """
    n = len(counts)
    values = {cell: Fraction(count) for cell, count in counts.items()}
    mean = sum(values.values()) / n
    variance = sum(value * value for value in values.values()) / n - mean * mean
    sizes: dict[str, int] = {}
    z: dict[str, float] = {}
    for cell, near in neighbours(list(counts), k).items():
        size = sizes[cell] = len(near)
        excess = sum(values[other] for other in near) - mean * size
        under_root = variance * (n * size - size * size) / (n - 1) if n > 1 else Fraction(0)
        z[cell] = float(excess) / math.sqrt(under_root) if under_root else 0.0
    p = {cell: math.erfc(abs(score) / math.sqrt(2)) for cell, score in z.items()}
    return {cell: (sizes[cell], z[cell], p[cell], adjusted(p[cell], list(p.values()))) for cell in counts}


def adjusted(p: float, tests: list[float]) -> float:
    """The least, over every p at least as large, of p times the number of tests over the number of p that small."""
    return min(other * len(tests) / sum(third <= other for third in tests) for other in tests if other >= p)
