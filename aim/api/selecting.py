"""Which features a request gets, and in what order: worked out in memory over versions that do not change."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from aim.api.blocks import Block
from aim.api.item_parameters import ItemsParameters, Order
from aim.layers.publishing.properties import BY_NAME, Kind


@dataclass(frozen=True)
class Source:
    """The features of one version, and their columns for who needs them."""

    block: Block
    columns: Callable[[], pl.DataFrame]


@dataclass(frozen=True)
class Selected:
    """The texts of one page, how many features all pages hold together, and what names these texts in this order."""

    bodies: list[bytes]
    matched: int
    name: bytes


def select(sources: Sequence[Source], query: ItemsParameters) -> Selected:
    chosen = [_places(source, query) for source in sources]
    matched = sum(map(len, chosen))
    if query.sortby is not None and matched:
        return _sorted_page(sources, chosen, query, query.sortby, matched)
    return _page(sources, chosen, query, matched)


def _places(source: Source, query: ItemsParameters) -> NDArray[np.int64]:
    """Places of the features that meet the box and the filter, by rank."""
    places = np.arange(len(source.block)) if query.bbox is None else source.block.within(query.bbox)
    if query.filter is None or not len(places):
        return places
    holds = query.filter.places(source.block, source.columns())
    return holds if query.bbox is None else np.intersect1d(places, holds, assume_unique=True)


def _page(
    sources: Sequence[Source], chosen: Sequence[NDArray[np.int64]], query: ItemsParameters, matched: int
) -> Selected:
    """Area after area, each by rank."""
    bodies: list[bytes] = []
    passed, name = 0, b""
    for source, places in zip(sources, chosen, strict=True):
        start = max(query.offset - passed, 0)
        wanted = places[start : start + query.limit - len(bodies)]
        bodies += source.block.bodies(wanted)
        passed += len(places)
        name += source.block.digest + wanted.tobytes()
    return Selected(bodies, matched, name)


def _sorted_page(
    sources: Sequence[Source], chosen: Sequence[NDArray[np.int64]], query: ItemsParameters, order: Order, matched: int
) -> Selected:
    """Equal features keep the order of area and rank; what has no value comes last."""
    keys = [pl.col(name).cast(pl.String) if BY_NAME[name].kind is Kind.TEXT else pl.col(name) for name, _ in order.keys]
    parts = [
        source.columns().select(keys)[places].with_columns(source=pl.lit(number), place=pl.Series(places))
        for number, (source, places) in enumerate(zip(sources, chosen, strict=True))
    ]
    names, down = [name for name, _ in order.keys], [each for _, each in order.keys]
    ordered = pl.concat(parts).sort(names, descending=down, nulls_last=True, maintain_order=True)
    page = ordered.slice(query.offset, query.limit)
    bodies = [sources[source].block.bodies([place])[0] for source, place in page.select("source", "place").iter_rows()]
    name = b"".join(source.block.digest for source in sources) + page.select("source", "place").to_numpy().tobytes()
    return Selected(bodies, matched, name)
