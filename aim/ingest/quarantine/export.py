"""The quarantine as a CSV that a person mends in a spreadsheet.

A row's own cells follow what is said of it. A row that could not be split into columns has its text in `raw`, which may
be mended there, or its cells may be filled in.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, cast

import polars as pl
from sqlalchemy import Engine, and_

from aim.db.tables import correction, feed_run, rejected_row
from aim.ingest.logged import looked_at
from aim.ingest.quarantine.cells import protected
from aim.ingest.quarantine.corrections import Cells
from aim.ingest.quarantine.listing import quarantined
from aim.ingest.quarantine.texts import OF_THE_SOURCE
from aim.ingest.reasons import SENTENCES, RejectReason

SAID: Final = ("reject", "feed", "file", "line", "reason", "sentence", "detail", "raw")
"""The columns that come before the source's own."""
WANTED: Final = ("id", "line", "reason", "detail", "raw", "broken", "fingerprint", "occurrence")


def export_rejects(engine: Engine, out: Path, feed: str | None = None) -> int:
    """Write the quarantine to `out` as CSV (UTF-8, marked as such for spreadsheets); gives the number of rows."""
    with engine.begin() as connection:
        rows = [dict(row) for row in connection.execute(_query(feed)).mappings()]
        looked_at(connection, feed, len(rows), out.name)
    names = list(dict.fromkeys(name for row in rows for name in _own_columns(row)))
    table = pl.DataFrame([_line(row, names) for row in rows], schema=_schema(names), orient="row")
    table.with_columns(protected(pl.col(pl.String))).write_csv(out, include_bom=True)
    return len(rows)


def column_of(name: str) -> str:
    """What the file calls a column of the source: its own name, unless that is taken."""
    return name + OF_THE_SOURCE if name in SAID else name


def reference(row: Mapping[Any, Any]) -> str:
    """What a rejected row is called: the same when its file has been loaded again, and no spreadsheet's number."""
    if row["fingerprint"] is None:
        return f"{row['feed']}/row/{row['id']}"
    return f"{row['feed']}/{row['fingerprint'] & 0xFFFF_FFFF_FFFF_FFFF:016x}/{row['occurrence']}"


def cells_of(row: Mapping[Any, Any]) -> Cells:
    """A rejected row by its source's columns: none where it has no columns."""
    return {} if row["broken"] else json.loads(row["raw"])


def _query(feed: str | None) -> Any:
    columns = [rejected_row.c[name] for name in WANTED]
    query = quarantined(*columns, feed_run.c.columns, correction.c.columns.label("mended"), feed=feed)
    mended = and_(
        correction.c.feed == feed_run.c.feed,
        correction.c.fingerprint == rejected_row.c.fingerprint,
        correction.c.occurrence == rejected_row.c.occurrence,
    )
    return query.outerjoin(correction, mended)


def _own_columns(row: Mapping[str, Any]) -> Iterable[str]:
    return row["columns"] or cells_of(row)


def _schema(names: list[str]) -> dict[str, pl.DataType]:
    schema = dict.fromkeys([*SAID, *map(column_of, names)], cast(pl.DataType, pl.String()))
    return schema | {"line": pl.Int64()}


def _line(row: dict[str, Any], names: list[str]) -> tuple[Any, ...]:
    said = row | {"reject": reference(row), "sentence": SENTENCES[RejectReason(row["reason"])]}
    cells = row["mended"] or cells_of(row)
    return (*(said[name] for name in SAID), *(cells.get(name) for name in names))
