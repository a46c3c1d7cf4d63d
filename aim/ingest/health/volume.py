"""How many rows each scope of a feed has of each day or month, and how often a month changed, beside the incidents.

Kept, because the health of a feed is looked at often and its incidents are many. It changes in the load's transaction;
what scoring kept of a month that changed is forgotten with it.
"""

from typing import Final

import polars as pl
from sqlalchemy import Connection, text

from aim.incident import TimePrecision
from aim.ingest.feed import Delivery
from aim.ingest.health.series import VOLUME_SCHEMA, Span
from aim.ingest.report import Report
from aim.vocabulary.categories import UNMAPPED

STORED: Final = """
SELECT feed, scope, span, starts, rows, placed, mapped FROM feed_volume WHERE feed = :feed
"""
ADD: Final = """
INSERT INTO feed_volume AS held (feed, scope, span, starts, rows, placed, mapped)
SELECT * FROM unnest(CAST(:feed AS text[]), CAST(:scope AS text[]), CAST(:span AS text[]), CAST(:starts AS date[]),
                     CAST(:rows AS integer[]), CAST(:placed AS integer[]), CAST(:mapped AS integer[]))
ON CONFLICT (feed, scope, span, starts) DO UPDATE
SET rows = held.rows + excluded.rows, placed = held.placed + excluded.placed, mapped = held.mapped + excluded.mapped
"""
FORGET: Final = """
DELETE FROM feed_volume WHERE feed = :feed AND scope = ANY(:scopes) AND starts BETWEEN :first AND :last
"""
COUNT_AGAIN: Final = """
INSERT INTO feed_volume
SELECT feed, scope, CASE time_precision WHEN 'month' THEN 'month' ELSE 'day' END AS span,
       (occurred_from AT TIME ZONE 'Europe/London')::date AS starts,
       count(*) AS rows, count(location) AS placed, count(*) FILTER (WHERE category <> 'unmapped') AS mapped
FROM incident
WHERE feed = :feed AND scope = ANY(:scopes)
  AND occurred_from >= CAST(:first AS date)::timestamp AT TIME ZONE 'Europe/London'
  AND occurred_from < (CAST(:last AS date) + 1)::timestamp AT TIME ZONE 'Europe/London'
GROUP BY 1, 2, 3, 4
"""
CHANGED: Final = """
WITH touched AS (
    INSERT INTO incident_version AS held (feed, month, version)
    SELECT DISTINCT feed, CAST(date_trunc('month', starts) AS date) AS month, 1 FROM feed_volume
    WHERE feed = :feed AND scope = ANY(:scopes) AND starts BETWEEN :first AND :last
    ORDER BY month
    ON CONFLICT (feed, month) DO UPDATE SET version = held.version + 1
    RETURNING month)
DELETE FROM incident_part WHERE feed = :feed AND month IN (SELECT month FROM touched)
"""
TOTAL: Final = "SELECT coalesce(sum(rows), 0) FROM feed_volume WHERE feed = :feed"
BEGINNING: Final = "0001-01-01"
END: Final = "9998-12-31"


def volume_of(rows: pl.DataFrame) -> pl.DataFrame:
    """What rows of the table `incident` amount to, by scope and day or month (VOLUME_SCHEMA).

    Counted from the columns while they are at hand: the database would take a second for a million rows.
    """
    by_month = pl.col("time_precision") == TimePrecision.MONTH.value
    counted = rows.group_by(
        "feed",
        "scope",
        pl.when(by_month).then(pl.lit(Span.MONTH.value)).otherwise(pl.lit(Span.DAY.value)).alias("span"),
        pl.col("occurred_from").dt.convert_time_zone("Europe/London").dt.date().alias("starts"),
    ).agg(rows=pl.len(), placed=pl.col("location").count(), mapped=(pl.col("category") != UNMAPPED).sum())
    return counted.select(pl.col(name).cast(kind) for name, kind in VOLUME_SCHEMA.items())


def total_of(volumes: list[pl.DataFrame]) -> pl.DataFrame:
    """The sum of several (VOLUME_SCHEMA)."""
    if not volumes:
        return pl.DataFrame(schema=VOLUME_SCHEMA)
    keys = ("feed", "scope", "span", "starts")
    return pl.concat(volumes).group_by(keys).agg(pl.col("rows", "placed", "mapped").sum()).sort(keys)


def stored(connection: Connection, feed: str) -> pl.DataFrame:
    """What is held of a feed (VOLUME_SCHEMA)."""
    rows = connection.execute(text(STORED), {"feed": feed}).all()
    return pl.DataFrame([tuple(row) for row in rows], schema=VOLUME_SCHEMA, orient="row")


def keep_up(connection: Connection, feed: str, delivery: Delivery, brought: pl.DataFrame, report: Report) -> None:
    """Bring the counts, and the versions of the months, to what the load made of `incident`.

    A load that only added is added. Any other counts its scopes anew; of an incremental feed, whose one scope is all of
    it, just the days that it brought, unless a row moved there from another day, which the total shows.
    """
    if not (report.inserted or report.updated or report.removed):
        return
    scopes = brought["scope"].unique().to_list()
    first, last = brought["starts"].min(), brought["starts"].max()
    if not (report.updated or report.removed or report.unchanged):
        connection.execute(text(ADD), {name: brought[name].to_list() for name in VOLUME_SCHEMA})
        connection.execute(text(CHANGED), {"feed": feed, "scopes": scopes, "first": first, "last": last})
        return
    if delivery is Delivery.SNAPSHOT:
        count_again(connection, feed, scopes, BEGINNING, END)
        return
    before = connection.execute(text(TOTAL), {"feed": feed}).scalar_one()
    count_again(connection, feed, scopes, first, last)
    now = connection.execute(text(TOTAL), {"feed": feed}).scalar_one()
    if now != before + report.inserted - report.removed:
        count_again(connection, feed, scopes, BEGINNING, END)


def count_again(connection: Connection, feed: str, scopes: list[str], first: object, last: object) -> None:
    """Count the rows of these scopes from the day `first` to `last` as `incident` has them.

    The months that had some, and those that have some now, changed.
    """
    values = {"feed": feed, "scopes": scopes, "first": first, "last": last}
    for statement in (CHANGED, FORGET, COUNT_AGAIN, CHANGED):
        connection.execute(text(statement), values)
