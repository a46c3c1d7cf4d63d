"""The quarantine as a list."""

from typing import Any

from sqlalchemy import ColumnElement, Engine, Select, select

from aim.db.tables import feed_run, rejected_row
from aim.ingest.logged import looked_at
from aim.ingest.reasons import SENTENCES, RejectReason


def list_rejects(engine: Engine, feed: str | None = None) -> list[dict[str, Any]]:
    """The quarantine, newest load first: feed, file, line, reason, sentence, detail, raw."""
    query = quarantined(*(rejected_row.c[name] for name in ("line", "reason", "detail", "raw")), feed=feed)
    with engine.begin() as connection:
        rows = [dict(row) for row in connection.execute(query).mappings()]
        looked_at(connection, feed, len(rows))
    return [row | {"sentence": SENTENCES[RejectReason(row["reason"])]} for row in rows]


def quarantined(*columns: ColumnElement[Any], feed: str | None) -> Select[Any]:
    """A query of the quarantine in the order of its list: feed, file, and these columns."""
    query = (
        select(feed_run.c.feed, feed_run.c.file_name.label("file"), *columns)
        .join(rejected_row, feed_run.c.id == rejected_row.c.run)
        .order_by(rejected_row.c.run.desc(), rejected_row.c.line)
    )
    return query if feed is None else query.where(feed_run.c.feed == feed)
