"""The slow second answers: plain loops that share no code with the engine, for tests only."""

import math
from collections import Counter
from fractions import Fraction
from functools import cache

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


def sign(value: float) -> int:
    return (value > 0) - (value < 0)


def mann_kendall(x: list[float]) -> tuple[int, float, float, float]:
    """S, variance, z and the median slope of one series, as the formulas are printed."""
    pairs = [(i, j) for i in range(len(x)) for j in range(i + 1, len(x))]
    s = sum(sign(x[j] - x[i]) for i, j in pairs)
    groups = [x.count(value) for value in set(x)]
    n = len(x)
    variance = (n * (n - 1) * (2 * n + 5) - sum(t * (t - 1) * (2 * t + 5) for t in groups)) / 18
    z = (s - sign(s)) / math.sqrt(variance) if variance else 0.0
    return s, variance, z, median([(x[j] - x[i]) / (j - i) for i, j in pairs])


def median(values: list[float]) -> float:
    ordered, middle = sorted(values), len(values) // 2
    if not values:
        return 0.0
    return ordered[middle] if len(values) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def space_time_gi_star(counts: dict[str, list[float]], k: int) -> dict[str, list[float]]:
    """z of each cell and period, the neighbourhood being the disk in the period and in the one before."""
    every = [Fraction(value) for row in counts.values() for value in row]
    n = len(every)
    mean = sum(every) / n
    variance = sum(value * value for value in every) / n - mean * mean
    found: dict[str, list[float]] = {}
    for cell, near in neighbours(list(counts), k).items():
        found[cell] = []
        for t in range(len(counts[cell])):
            values = [Fraction(counts[other][at]) for other in near for at in (t - 1, t) if at >= 0]
            size = len(values)
            under_root = variance * (n * size - size * size) / (n - 1) if n > 1 else Fraction(0)
            excess = sum(values) - mean * size
            found[cell].append(float(excess) / math.sqrt(under_root) if under_root else 0.0)
    return found


def emerging_class(hot: list[bool], cold: list[bool], direction: int) -> str:
    """The class of one cell's periods, told off one after the other as the tool's page does."""
    for side, mine, other, way in (("hot spot", hot, cold, direction), ("cold spot", cold, hot, -direction)):
        kind = emerging_kind(mine, other, way)
        if kind:
            return f"{kind} {side}"
    return "none"


def emerging_kind(hot: list[bool], cold: list[bool], way: int) -> str:
    ninety = sum(hot) / len(hot) >= 0.9
    if not hot[-1]:
        return "historical" if ninety else ""
    run = 0
    while run < len(hot) and hot[-1 - run]:
        run += 1
    if sum(hot) == 1:
        return "new"
    if ninety:
        return {1: "intensifying", 0: "persistent", -1: "diminishing"}[way]
    if run >= 2 and not any(hot[:-run]):
        return "consecutive"
    return "oscillating" if any(cold[:-1]) else "sporadic"


def knox(points: list[tuple[float, float, int]], metres: list[float], days: list[int]) -> list[list[int]]:
    """Pairs in each band of distance and days, each pair looked at."""
    table = [[0] * len(days) for _ in metres]
    for at, (x, y, day) in enumerate(points):
        for u, v, other in points[:at]:
            apart, late = math.hypot(x - u, y - v), abs(day - other)
            rows = [row for row, end in enumerate(metres) if apart <= end]
            columns = [column for column, end in enumerate(days) if late <= end]
            if rows and columns:
                table[rows[0]][columns[0]] += 1
    return table


def concentration(counts: list[int]) -> tuple[int, int, float, float]:
    """Cells that hold 25 and 50 %, Gini from all pairs of cells, and Gini where crimes are fewer than cells."""
    held = {}
    for percent in (25, 50):
        most, cells = 0, 0
        while 100 * most < percent * sum(counts):
            most, cells = sum(sorted(counts, reverse=True)[: cells + 1]), cells + 1
        held[percent] = cells
    n, total = len(counts), sum(counts)
    gini = sum(abs(a - b) for a in counts for b in counts) / (2 * n * total)
    return held[25], held[50], gini, max(n / total, 1) * (gini - 1) + 1


def e_test(k1: int, n1: float, k2: int, n2: float, one_sided: bool) -> float:
    """The E-test summed over every pair of counts that could be (Krishnamoorthy & Thomson 2004, equation 3.5)."""
    rate = (k1 + k2) / (n1 + n2)

    def statistic(a: int, b: int) -> float:
        spread = a / n1**2 + b / n2**2
        difference = a / n1 - b / n2
        return 0.0 if spread == 0 else (difference if one_sided else abs(difference)) / math.sqrt(spread)

    def poisson(k: int, mean: float) -> float:
        return math.exp(k * math.log(mean) - mean - math.lgamma(k + 1))

    seen = statistic(k1, k2)
    tops = [int(rate * n + 12 * math.sqrt(rate * n) + 30) for n in (n1, n2)]
    pairs = ((a, b) for a in range(tops[0]) for b in range(tops[1]))
    return sum(poisson(a, n1 * rate) * poisson(b, n2 * rate) for a, b in pairs if statistic(a, b) >= seen)


def marshall(events: float, exposure: float, cells: list[tuple[int, int]]) -> float:
    """One cell's rate drawn towards that of all `cells` (incidents, exposed), as the formula is printed."""
    all_exposed = sum(p for _, p in cells)
    b = sum(e for e, _ in cells) / all_exposed
    spread = sum(p * (e / p - b) ** 2 for e, p in cells) / all_exposed
    a = max(0.0, spread - b / (all_exposed / len(cells)))
    return b + (events / exposure - b) * a / (a + b / exposure) if a + b else b


def co_location(x: list[float], y: list[float], near: list[list[int]]) -> tuple[float, float]:
    """Bivariate Moran and Lee's L, sums over cells and neighbours (each cell's list leaves out itself)."""

    def z(values: list[float]) -> list[float]:
        mean = sum(values) / len(values)
        spread = math.sqrt(sum((value - mean) ** 2 for value in values) / len(values))
        return [(value - mean) / spread if spread > 1e-12 else 0.0 for value in values]

    def beside(values: list[float]) -> list[float]:
        return [sum(values[other] for other in others) / len(others) if others else 0.0 for others in near]

    zx, zy = z(x), z(y)
    moran = sum(a * b for a, b in zip(zx, beside(zy), strict=True)) / len(x)
    return moran, sum(a * b for a, b in zip(beside(zx), beside(zy), strict=True)) / len(x)


@cache
def sums_of_draws(values: tuple[int, ...], size: int) -> dict[int, float]:
    """The exact chance of each sum of `size` values drawn without replacement: one distinct value after another."""
    ways: dict[tuple[int, int], int] = {(0, 0): 1}
    for value, there in Counter(values).items():
        more: dict[tuple[int, int], int] = {}
        for (taken, total), number in ways.items():
            for times in range(min(there, size - taken) + 1):
                key = (taken + times, total + times * value)
                more[key] = more.get(key, 0) + number * math.comb(there, times)
        ways = more
    return {total: number / math.comb(len(values), size) for (taken, total), number in ways.items() if taken == size}
