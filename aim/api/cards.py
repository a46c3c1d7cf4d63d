"""What a layer rests on: its card, and what each method said, as a table."""

from collections.abc import Sequence
from typing import Any

import polars as pl
from sqlalchemy import Connection, select

from aim.api.service import Call
from aim.api.versions import Version
from aim.db.tables import published_card
from aim.errors import UnknownName
from aim.spreadsheet import defused_table


def cards(call: Call, versions: Sequence[Version]) -> list[dict[str, Any]]:
    """The card of each area's version; versions published before cards were kept have none."""
    table, found = published_card.c, list[dict[str, Any]]()
    with call.reading() as connection:
        for key in (version.key for version in versions):
            here = [getattr(table, name) == getattr(key, name) for name in ("run", "layer", "area", "edition")]
            card = connection.execute(select(table.card).where(*here)).scalar_one_or_none()
            found += [] if card is None else [{"area": key.area, "run": key.run, **card}]
    return found


def said(call: Call, versions: Sequence[Version], method: str) -> bytes:
    """What a method said, as CSV: of each cell, or of the areas; `area` and `run` come first.

    Raises UnknownName for a method that there is not, or that said nothing.
    """
    from aim.hotspots.methods import METHODS  # they bring scipy along: 80 MB that most services never need

    if method not in METHODS:
        raise UnknownName(f"There is no method {method!r}. The methods are: {', '.join(METHODS)}.")
    with call.reading() as connection:
        tables = [_said(connection, version, method) for version in versions]
    known = [table for table in tables if table is not None]
    if not known:
        raise UnknownName(f"The method {method} said nothing of this layer: its card says what it lacked.")
    return defused_table(pl.concat(known, how="diagonal")).write_csv().encode()


def _said(connection: Connection, version: Version, method: str) -> pl.DataFrame | None:
    from aim.hotspots import store
    from aim.hotspots.grid import to_hex

    columns = store.columns_of(connection, store.Version(version.key.run, version.key.layer, version.key.area), method)
    if columns is None:
        return None
    if "cell" in columns.columns:
        columns = columns.with_columns(cell=pl.Series(to_hex(columns["cell"].to_numpy())))
    return columns.select(pl.lit(version.key.area).alias("area"), pl.lit(version.key.run).alias("run"), pl.all())
