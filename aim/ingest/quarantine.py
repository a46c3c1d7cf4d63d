"""The quarantine: every rejected row is kept with its line, reason and raw text."""

from pathlib import Path
from typing import Any

import polars as pl
from sqlalchemy import Engine, select

from aim.db.tables import feed_run, rejected_row
from aim.ingest.reasons import SENTENCES, RejectReason


def list_rejects(engine: Engine, feed: str | None = None) -> list[dict[str, Any]]:
    """The quarantine, newest load first: feed, file, line, reason, sentence, detail, raw."""
    query = (
        select(
            feed_run.c.feed,
            feed_run.c.file_name.label("file"),
            *(rejected_row.c[name] for name in ("line", "reason", "detail", "raw")),
        )
        .join(feed_run, feed_run.c.id == rejected_row.c.run)
        .order_by(rejected_row.c.run.desc(), rejected_row.c.line)
    )
    if feed is not None:
        query = query.where(feed_run.c.feed == feed)
    with engine.connect() as connection:
        rows = [dict(row) for row in connection.execute(query).mappings()]
    return [row | {"sentence": SENTENCES[RejectReason(row["reason"])]} for row in rows]


def export_rejects(engine: Engine, out: Path) -> int:
    """Write the quarantine as CSV to `out`; returns the number of rows."""
    columns = ["feed", "file", "line", "reason", "sentence", "detail", "raw"]
    rows = list_rejects(engine)
    pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String) | {"line": pl.Int64}).write_csv(out)
    return len(rows)
