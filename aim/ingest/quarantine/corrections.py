"""What people said that rejected rows should have been: remembered, and held to when the rows are loaded again."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

import polars as pl
from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from aim.db.tables import correction
from aim.ingest.feed import Rows

Cells = Mapping[str, str | None]
"""A row by the source's own columns."""
MARKS: Final = ("fingerprint", "occurrence")
SCHEMA: Final = {"fingerprint": pl.Int64(), "occurrence": pl.Int32(), "columns": pl.String()}


def remembered(connection: Connection, feed: str) -> pl.DataFrame:
    """The corrections of a feed: fingerprint, occurrence, and columns as JSON."""
    query = select(*(correction.c[name] for name in SCHEMA)).where(correction.c.feed == feed)
    rows = [(row.fingerprint, row.occurrence, json.dumps(row.columns)) for row in connection.execute(query)]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def remember(connection: Connection, feed: str, by: str, said: Iterable[dict[str, Any]]) -> None:
    """Write corrections down (fingerprint, occurrence, columns), the last word being the one that holds."""
    rows = [row | {"feed": feed, "made_by": by} for row in said]
    if rows:
        statement = upsert(correction)
        changed = {name: statement.excluded[name] for name in ("columns", "made_by", "made_at")}
        key = list(correction.primary_key)
        connection.execute(statement.on_conflict_do_update(index_elements=key, set_=changed), rows)


def forget(connection: Connection, feed: str, marks: Iterable[tuple[int, int]]) -> None:
    """Take corrections back: the rows are again what their publisher wrote."""
    for fingerprint, occurrence in marks:
        connection.execute(
            delete(correction).where(
                correction.c.feed == feed,
                correction.c.fingerprint == fingerprint,
                correction.c.occurrence == occurrence,
            )
        )


def put_right(rows: Rows, said: pl.DataFrame) -> Rows:
    """The rows with some of them as people said they should be; `said` holds line, and columns as JSON."""
    if said.is_empty():
        return rows
    names = [name for name in rows.frame.columns if name != "line"]
    cells: list[Cells] = [json.loads(text) for text in said["columns"]]
    columns = {name: [row.get(name) or None for row in cells] for name in names}
    right = pl.DataFrame({"line": said["line"], **columns}, schema=rows.frame.schema)
    others = [frame.join(said, on="line", how="anti") for frame in (rows.frame, rows.broken)]
    return Rows(pl.concat([others[0], right]).sort("line"), others[1], rows.notes)
