"""Hashes that are stored: the same on every machine and in every version."""

import polars as pl
import polars_hash as _  # noqa: F401  # gives expressions their `nchash`


def hashed(text: pl.Expr) -> pl.Expr:
    """xxHash of the text, 64 bits, as Int64; null of null."""
    return text.nchash.xxhash64().reinterpret(signed=True)  # type: ignore[attr-defined]  # a name space of polars-hash
