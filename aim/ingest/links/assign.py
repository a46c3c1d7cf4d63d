"""From candidate pairs to links: at most one partner in each other feed, and at most one report of a feed in an event.

Pure: positions and scores in, positions out. Rows are in the order of their keys, so positions break ties for good.
"""

from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from aim.ingest.links.rows import Bools

Ints = NDArray[np.int64]

SUREST: Final = 1 - 1e-12
TIE: Final = 1e-9
"""How much of a log-odds a place in the order of keys is worth: nothing, unless all else is equal."""


def components(a: Ints, b: Ints, nodes: int) -> Ints:
    """int64[nodes]: the number of the connected group that each position belongs to."""
    graph = coo_array((np.ones(len(a), np.int8), (a, b)), shape=(nodes, nodes))
    return connected_components(graph, directed=False)[1].astype(np.int64)


def assigned(pairs: pl.DataFrame, feeds: Ints) -> pl.DataFrame:
    """The pairs that become links, in the order of `a` and `b`.

    `pairs` has `a` < `b`, `score` and `made` (a reviewer's link, kept whatever the scores); `feeds` is the feed of each
    position. Among the candidates of two feeds the likeliest set of links is taken: that with the largest sum of
    log-odds. Over all feeds, links are then joined to events, surest first, and one that would put two reports of a
    feed into an event is left out.
    """
    pairs = _without_taken(pairs, feeds).sort("a", "b")
    between = pairs.with_columns(feed_a=feeds[pairs["a"].to_numpy()], feed_b=feeds[pairs["b"].to_numpy()])
    kept = [_one_to_one(part) for part in between.partition_by("feed_a", "feed_b", maintain_order=True)]
    chosen = pl.concat([pairs.clear(), *(part.select(pairs.columns) for part in kept)]).sort("a", "b")
    return chosen.filter(_fits_an_event(chosen, feeds))


def _without_taken(pairs: pl.DataFrame, feeds: Ints) -> pl.DataFrame:
    """Without the candidates of whom a reviewer has given to another report of the same feed."""
    made = pairs.filter("made")
    taken = {
        (here, int(feeds[there])) for x, y in made.select("a", "b").iter_rows() for here, there in ((x, y), (y, x))
    }
    if not taken:
        return pairs
    ends = pairs.select("a", "b", "made").iter_rows()
    free = [held or not {(x, int(feeds[y])), (y, int(feeds[x]))} & taken for x, y, held in ends]
    return pairs.filter(pl.Series(free, dtype=pl.Boolean))


def _one_to_one(pairs: pl.DataFrame) -> pl.DataFrame:
    """The likeliest one-to-one links among pairs of two feeds."""
    a, at_a = np.unique(pairs["a"].to_numpy(), return_inverse=True)
    b, at_b = np.unique(pairs["b"].to_numpy(), return_inverse=True)
    group = components(at_a, at_b + len(a), len(a) + len(b))[at_a]
    alone = np.bincount(group)[group] == 1
    chosen = alone.copy()
    rivals = np.flatnonzero(~alone)
    order = rivals[np.argsort(group[rivals], kind="stable")]
    scores = np.minimum(pairs["score"].to_numpy(), SUREST)
    odds = np.log(scores / (1 - scores))
    for part in np.split(order, np.flatnonzero(np.diff(group[order])) + 1):
        chosen[part[_likeliest(at_a[part], at_b[part], odds[part])]] = True
    return pairs.filter(chosen)


def _likeliest(a: Ints, b: Ints, odds: NDArray[np.float64]) -> Bools:
    """bool[pairs]: those of the one-to-one set with the largest sum of odds; of equal ones, with the earlier keys."""
    if not len(a):
        return np.zeros(0, np.bool_)
    (rows, row), (columns, column) = np.unique(a, return_inverse=True), np.unique(b, return_inverse=True)
    gain = np.zeros((len(rows), len(columns)))
    gain[row, column] = odds + TIE * np.arange(len(a), 0, -1) / len(a)
    partner = np.full(len(rows), -1)
    at, to = linear_sum_assignment(gain, maximize=True)
    partner[at] = to
    return partner[row] == column


def _fits_an_event(links: pl.DataFrame, feeds: Ints) -> Bools:
    """bool[links]: False for a link that would put two reports of a feed into one event.

    A reviewer's links come first and are never left out; then the surest.
    """
    a, b, made = (links[name].to_numpy() for name in ("a", "b", "made"))
    shared = np.bincount(np.concatenate([a, b]), minlength=len(feeds)) > 1
    tied = np.flatnonzero(shared[a] | shared[b])
    order = tied[np.lexsort((b[tied], a[tied], -links["score"].to_numpy()[tied], ~made[tied]))]
    fits = np.ones(len(links), np.bool_)
    events: dict[int, dict[int, int]] = {}
    for link in order.tolist():
        x, y = int(a[link]), int(b[link])
        one, other = events.get(x, {x: int(feeds[x])}), events.get(y, {y: int(feeds[y])})
        together = one | other
        fits[link] = made[link] or len(set(together.values())) == len(together)
        if fits[link]:
            events |= dict.fromkeys(together, together)
    return fits
