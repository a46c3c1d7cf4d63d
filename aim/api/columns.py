"""The properties of a version as columns, for filters and orders: read once from its finished texts, held compactly."""

from collections.abc import Iterable
from typing import Any, Final

import polars as pl

from aim.api.blocks import Block
from aim.layers.publishing.properties import PROPERTIES, Kind

READ: Final[dict[Kind, Any]] = {
    Kind.TEXT: pl.String,
    Kind.INTEGER: pl.Int64,
    Kind.NUMBER: pl.Float64,
    Kind.DATE: pl.String,
    Kind.TEXTS: pl.List(pl.String),
}
HELD: Final[dict[Kind, Any]] = {
    Kind.TEXT: pl.Categorical(),
    Kind.INTEGER: pl.Int32(),
    Kind.NUMBER: pl.Float64(),
    Kind.DATE: pl.Date(),
    Kind.TEXTS: pl.List(pl.Categorical()),
}
AT_ONCE: Final = 2_000
"""Features parsed at a time, so that the texts of a large version are never in memory three times over."""


def columns(block: Block) -> pl.DataFrame:
    """One row for each feature in its place, one column for each property that can be queried; null where it is not."""
    chosen = [each for each in PROPERTIES if each.queryable]
    fields = pl.Struct({"properties": pl.Struct({each.name: READ[each.kind] for each in chosen})})
    held = pl.Schema({each.name: HELD[each.kind] for each in chosen})
    days = [pl.col(each.name).str.to_date("%Y-%m-%d") for each in chosen if each.kind is Kind.DATE]
    parts = [_parsed(bodies, fields).with_columns(days).cast(held) for bodies in _slices(block)]
    if not parts:
        return pl.DataFrame(schema=held)
    return pl.concat(parts, rechunk=True)


def _parsed(bodies: list[bytes], fields: pl.Struct) -> pl.DataFrame:
    texts = pl.Series(bodies, dtype=pl.Binary).cast(pl.String)
    return texts.str.json_decode(fields).struct.field("properties").struct.unnest()


def _slices(block: Block) -> Iterable[list[bytes]]:
    for start in range(0, len(block), AT_ONCE):
        yield block.bodies(range(start, min(start + AT_ONCE, len(block))))
