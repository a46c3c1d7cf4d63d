"""Near repeat (Knox): do incidents follow each other nearby and soon, more often than places and days by themselves do?

    pairs within a band of distance and a band of days, against n_s · n_t / M: the pairs in that band of distance times
    those in that band of days, of all M pairs; p from shuffling the days over the places

after Knox (1964), with bands as Johnson et al. (2007) have them: (lo, hi], the same place a band of its own.
"""

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from aim.hotspots.facts import Bools, Facts
from aim.hotspots.grid import Floats
from aim.hotspots.method import AreaMethod, Column, Lacking, Table

METRES: Final = (0.0, 200.0, 400.0, 600.0, 800.0, 1000.0)
"""Upper ends of the bands of distance; the first is the same place."""
DAYS: Final = (7, 14, 21, 28)
PERMUTATIONS: Final = 999
MOST_PAIRS: Final = 5_000_000
"""Close pairs beyond which 999 shuffles would hold up a scoring run: so many take about ten seconds."""
AT_ONCE: Final = 128
"""Shuffles counted side by side, so that a pair is looked up once for all of them."""
BLOCK: Final = 32 * 255
"""Pairs counted at a time: what stays near the processor. A multiple of 255, up to which a byte can count."""

Ints = NDArray[np.int64]
Whole = NDArray[np.integer[Any]]


class Knox(NamedTuple):
    """By band of distance and band of days: pairs seen, pairs expected, and p of as many or more by chance."""

    observed: Ints
    expected: Floats
    p: Floats


class Close(NamedTuple):
    """Pairs of incidents at most the last distance apart: who, and in which band of distance."""

    first: Ints
    second: Ints
    band: Ints


def close_pairs(x: Floats, y: Floats, metres: tuple[float, ...]) -> Close:
    """Each pair once. `x` and `y` in metres; `metres` are the upper ends of bands (lo, hi], ascending, from 0 up."""
    places = np.column_stack([x, y])
    pairs = KDTree(places).query_pairs(metres[-1] * (1 + 1e-12), output_type="ndarray")
    first, second = pairs[:, 0], pairs[:, 1]
    band = np.searchsorted(metres, np.hypot(x[first] - x[second], y[first] - y[second]))
    kept = band < len(metres)
    return Close(first[kept], second[kept], band[kept])


def how_many_close(x: Floats, y: Floats, metres: float) -> int:
    """Pairs at most this far apart, counted without listing them."""
    tree = KDTree(np.column_stack([x, y]))
    return (int(tree.count_neighbors(tree, metres)) - len(x)) // 2


def too_many_close(x: Floats, y: Floats, metres: float, most: int) -> bool:
    """Whether more than `most` pairs are that close.

    All pairs within a square of that diagonal are: where those are too many by themselves, no other is counted.
    """
    squares = np.floor(np.column_stack([x, y]) * (np.sqrt(2) / metres))
    number = np.unique(squares, axis=0, return_counts=True)[1]
    return int((number * (number - 1) // 2).sum()) > most or how_many_close(x, y, metres) > most


def knox(close: Close, day: Ints, bands: tuple[int, int], days: tuple[int, ...], permutations: int, seed: int) -> Knox:
    """The table of close pairs against days (whole numbers); `bands` is its shape, `days` the upper ends of (lo, hi].

    The first band of days begins with the same day. p is (1 + shuffles with as many or more) / (1 + shuffles).
    """
    random = np.random.default_rng(seed)
    since, pairs = _compact(day, days[-1]), _by_band(close, bands[0])
    observed = _counted(pairs, since[:, None], days)[..., 0]
    as_many = np.zeros(bands, dtype=np.int64)
    for done in range(0, permutations, AT_ONCE):
        drawn = random.permuted(np.tile(since, (min(AT_ONCE, permutations - done), 1)), axis=1)
        as_many += (_counted(pairs, np.ascontiguousarray(drawn.T), days) >= observed[..., None]).sum(axis=2)
    in_distance = np.bincount(close.band, minlength=bands[0])
    expected = np.outer(in_distance, pairs_by_days(day, days)) / max(1, len(day) * (len(day) - 1) // 2)
    return Knox(observed, expected, (1 + as_many) / (1 + permutations))


def _compact(day: Ints, longest: int) -> Whole:
    """The days as small numbers: gaps longer than `longest` are cut to a day more, which no band of days reaches."""
    distinct, at = np.unique(day, return_inverse=True)
    since = np.cumsum(np.minimum(np.diff(distinct, prepend=distinct[:1]), longest + 1))[at]
    return since.astype(np.int16 if since.max(initial=0) < 2**15 else np.int64)


def _by_band(close: Close, bands: int) -> list[tuple[Ints, Ints]]:
    return [(close.first[close.band == band], close.second[close.band == band]) for band in range(bands)]


def _counted(pairs: list[tuple[Ints, Ints]], drawn: Whole, days: tuple[int, ...]) -> Ints:
    """int64[bands, days, shuffles]: the table of each shuffle; `drawn` is [m, shuffles], the days it dealt out."""
    up_to = np.zeros((len(pairs), len(days), drawn.shape[1]), dtype=np.int64)
    for band, (first, second) in enumerate(pairs):
        for at in range(0, len(first), BLOCK):
            apart = drawn.take(first[at : at + BLOCK], axis=0)
            apart -= drawn.take(second[at : at + BLOCK], axis=0)
            np.abs(apart, out=apart)
            up_to[band] += [_true(apart <= most) for most in days]
    return np.diff(up_to, axis=1, prepend=0)


def _true(found: Bools) -> Ints:
    """int64[columns]: how many of each column are true, by bytes, of which a processor adds many at once."""
    ones = found.view(np.uint8)
    whole = len(ones) // 255 * 255
    head = ones[:whole].reshape(255, -1, ones.shape[1]).sum(axis=0, dtype=np.uint8)
    return head.sum(axis=0, dtype=np.int64) + ones[whole:].sum(axis=0, dtype=np.int64)


def pairs_by_days(day: Ints, days: tuple[int, ...]) -> Ints:
    """Of all pairs, those in each band of days: from the number of incidents on each day, not from the pairs."""
    on = np.bincount(day - day.min()) if len(day) else np.zeros(1, dtype=np.int64)
    same = int((on * (on - 1) // 2).sum())
    apart = [same, *(int((on[lag:] * on[:-lag]).sum()) for lag in range(1, days[-1] + 1))]
    return np.diff(np.cumsum(apart)[list(days)], prepend=0)


def near_repeat(x: Floats, y: Floats, day: Ints, seed: int, permutations: int = PERMUTATIONS) -> Table:
    """The table of bands of m incidents: metres, whole days."""
    found = knox(close_pairs(x, y, METRES), day, (len(METRES), len(DAYS)), DAYS, permutations, seed)
    distance, time = (axis.ravel() for axis in np.indices(found.observed.shape))
    expected, observed = found.expected.ravel(), found.observed.ravel()
    columns: dict[str, Column] = {
        "metres_over": np.array([-1.0, *METRES[:-1]])[distance],
        "metres_to": np.array(METRES)[distance],
        "days_over": np.array([-1, *DAYS[:-1]])[time],
        "days_to": np.array(DAYS)[time],
        "observed": observed,
        "expected": expected,
        "ratio": np.divide(observed, expected, out=np.full(len(expected), np.nan), where=expected > 0),
        "p": found.p.ravel(),
    }
    return Table(columns, {"incidents": len(day)}, {"permutations": permutations, "seed": seed})


def table(facts: Facts) -> Table | Lacking:
    """The bands of the incidents whose day is known, and how many had to be left out."""
    if facts.events is None:
        return Lacking("Near repeats need the places and days of single incidents.")
    known = facts.events.where(facts.events.has_day)
    if len(known) < 2:
        return Lacking("Near repeats need two incidents whose day is known: these are known by their month only.")
    if too_many_close(known.x, known.y, METRES[-1], MOST_PAIRS):
        return Lacking(
            f"There are more than {MOST_PAIRS:,} close pairs, the most there may be: take one kind of incident."
        )
    found = near_repeat(known.x, known.y, known.day.astype("datetime64[D]").astype(np.int64), facts.seed)
    left_out = {"without_day": len(facts.events) - len(known)}
    return Table(found.columns, {**found.figures, **left_out}, found.chosen)


METHOD = AreaMethod(
    name="near_repeat",
    title="Near repeats (Knox)",
    citation=(
        "Knox, E. G. (1964). The detection of space-time interactions. Applied Statistics 13, 25-30. Johnson, S. D. et "
        "al. (2007). Space-time patterns of risk: a cross national assessment of residential burglary victimization. "
        "Journal of Quantitative Criminology 23, 201-219."
    ),
    formula=(
        "Pairs of incidents in a band of distance and of days, against pairs in that distance times pairs in those "
        "days over all pairs; p = (1 + shuffles of the days with as many pairs or more) / (1 + shuffles). Bands go "
        "from above their lower end up to their upper end; the same place is a band of its own."
    ),
    avoid=(
        "To raise the forecast of single cells: it already learns from the last week. On places that were moved to map "
        "points, where the same place means the same street: the first band is then inflated. On a year whose "
        "number of incidents changes much, for all that rises together looks like repeats."
    ),
    defaults={
        "metres": "same place, 200, 400, 600, 800, 1,000",
        "days": "7, 14, 21, 28",
        "permutations": PERMUTATIONS,
    },
    table=table,
)
