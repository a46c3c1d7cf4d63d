"""What a raw row is known by: a hash of what it says, and which of its like it is in its file.

So a broken row is recognised when its file, or another that holds it too, is loaded again.
"""

from typing import Final

import polars as pl

from aim.ingest.feed import Feed
from aim.ingest.hashing import hashed
from aim.ingest.ordinals import Ordinals

BETWEEN: Final = "\x1e"
NAMED: Final = "\x1f"
BROKEN: Final = pl.lit("\x1d")
"""Begins what is hashed of a row without columns, so that it is never taken for one with."""


def fingerprints(frame: pl.DataFrame) -> pl.Series:
    """The hash (Int64) of each raw row. Empty cells and the order of columns do not matter: publishers add columns."""
    names = sorted(set(frame.columns) - {"line"})
    cells = [pl.when(pl.col(name) != "").then(pl.lit(name + NAMED) + pl.col(name)) for name in names]
    text = pl.concat_str(cells, separator=BETWEEN, ignore_nulls=True) if cells else pl.lit("")
    return frame.select(fingerprint=hashed(text)).to_series()


def broken_fingerprints(raw: pl.Expr) -> pl.Expr:
    """The hash of a row that has no columns; null where its text may not be kept."""
    return pl.when(raw != "").then(hashed(BROKEN + raw))


def occurrences(fingerprint: pl.Series, counted: Ordinals) -> pl.Series:
    """0, 1, ... where a fingerprint comes again in a file; 0 for what has none. `counted` remembers earlier blocks."""
    known = fingerprint.is_not_null()
    numbers = pl.Series("occurrence", [0], pl.Int32).new_from_index(0, len(fingerprint))
    return numbers.scatter(known.arg_true(), counted.number(fingerprint.filter(known)))


def told(feed: Feed, frame: pl.DataFrame) -> pl.DataFrame:
    """What raw rows tell even where they are wrong: `line`; `key`, where they have an id of their own; `occurred_to`.

    The key is what `Ordinals` counts incidents by: a later file that has the row in good order is then known to.
    """
    key = hashed(pl.col("source_id")) ^ hashed(pl.col("scope"))
    ended = pl.col("occurred_to")  # the database has no year nought
    return feed.normalise(frame).select("line", pl.when(ended.dt.year() > 0).then(ended).alias("occurred_to"), key=key)
