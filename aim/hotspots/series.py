"""Series: incidents of one kind that follow each other nearby and soon, where that is more than chance.

Two incidents of a category are linked where they are at most 200 m and 14 days apart, and a series is what such links
connect: four or more of the last 90 days, the last of them within 28 days. Only categories are looked at whose year has
more such pairs than its places and days by themselves would bring (Knox, p <= 5 %): dense places have chains by chance.
Whether one person or group is behind a series is for investigators to say; this says where to look.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from aim.hotspots.facts import Events
from aim.hotspots.methods.near_repeat import Close, close_pairs, knox, too_many_close
from aim.hotspots.methods.repeat_locations import first_reports
from aim.hotspots.placed import placed

METRES: Final = 200.0
DAYS: Final = 14
FEWEST: Final = 4
CHAIN_DAYS: Final = 90
LIVE_DAYS: Final = 28
ALPHA: Final = 0.05
PERMUTATIONS: Final = 999
MOST_PAIRS: Final = 500_000
"""Close pairs of a category beyond which it is no question of series: a whole town of them."""

Ints = NDArray[np.int64]


class Series(NamedTuple):
    """A live series: positions of its incidents among the events, their category, p of Knox's test of that."""

    members: Ints
    category: str
    p: float


def live_series(events: Events, until: np.datetime64, seed: int) -> list[Series]:
    """Of incidents whose day is known, before the day `until`, the series that are live; longest first."""
    usable = np.flatnonzero(placed(events) & first_reports(events))
    found: list[Series] = []
    for category in np.unique(events.category[usable]).tolist():
        of = usable[events.category[usable] == category]
        found += [Series(of[members], category, p) for members, p in _of_one_kind(events, of, until, seed)]
    return sorted(found, key=lambda series: (-len(series.members), int(series.members[0])))


def _of_one_kind(events: Events, of: Ints, until: np.datetime64, seed: int) -> list[tuple[Ints, float]]:
    x, y = events.x[of], events.y[of]
    day = events.day[of].astype("datetime64[D]").astype(np.int64)
    last = int(until.astype("datetime64[D]").astype(np.int64))
    if (day >= last - LIVE_DAYS).sum() == 0 or len(of) < FEWEST or too_many_close(x, y, METRES, MOST_PAIRS):
        return []
    close = close_pairs(x, y, (METRES,))
    chains = [chain for chain in _chains(close, day, last) if day[chain].max() >= last - LIVE_DAYS]
    if not chains:
        return []
    p = float(knox(close, day, (1, 1), (DAYS,), PERMUTATIONS, seed).p[0, 0])
    return [(chain, p) for chain in chains] if p <= ALPHA else []


def _chains(close: Close, day: Ints, last: int) -> list[Ints]:
    """Positions of the incidents of each chain of at least `FEWEST`, of the last `CHAIN_DAYS` alone."""
    recent = day >= last - CHAIN_DAYS
    near = (np.abs(day[close.first] - day[close.second]) <= DAYS) & recent[close.first] & recent[close.second]
    links = coo_array((np.ones(near.sum()), (close.first[near], close.second[near])), shape=(len(day), len(day)))
    group = connected_components(links, directed=False)[1]
    large = np.flatnonzero(np.bincount(group) >= FEWEST)
    return [np.flatnonzero(group == each) for each in large]
