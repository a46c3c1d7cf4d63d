"""What scoring reads from and writes to the database. The methods themselves see arrays only."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
import polars as pl
from sqlalchemy import Connection, TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text

from aim.db.bulk import copy_frame
from aim.db.tables import hex_score
from aim.hotspots.fold import duplicates, fold
from aim.incident import cell_column

COVERAGE: Final = """
SELECT agency, date_trunc('day', min(first), 'Europe/London') AS begins, least(max(after), :until) AS ends
FROM (
    SELECT i.agency, min(i.occurred_from) AS first,
           max(greatest(i.occurred_to, i.occurred_from + interval '1 microsecond')) AS after
    FROM incident AS i JOIN area AS a ON i.location && a.boundary
    WHERE a.id = :area AND i.occurred_from < :until
    GROUP BY i.agency, i.feed
    HAVING bool_or(i.category = ANY(:categories))
) AS feed
GROUP BY agency
"""

EVENTS: Final = """
SELECT i.{cell} AS cell, i.agency, i.category, i.location_method AS method, i.feed,
       max(i.location_precision_m) AS precision_m, i.occurred_from >= :since AS current, count(*) AS events
FROM incident AS i JOIN area AS a ON ST_Covers(a.boundary, i.location)
WHERE a.id = :area AND i.category = ANY(:categories)
  AND i.occurred_from >= :before AND i.occurred_from < :until
GROUP BY i.{cell}, i.agency, i.category, i.location_method, i.feed, i.occurred_from >= :since
"""

LINKED: Final = """
SELECT l.id AS link, side.feed, side.scope, side.identity, side.ordinal, i.{cell} AS cell, i.agency, i.category,
       i.location_method AS method, i.location_precision_m AS precision_m, i.occurred_from,
       i.occurred_from >= :since AS current
FROM incident_link AS l
CROSS JOIN LATERAL (VALUES (l.feed_a, l.scope_a, l.identity_a, l.ordinal_a),
                           (l.feed_b, l.scope_b, l.identity_b, l.ordinal_b)) AS side (feed, scope, identity, ordinal)
LEFT JOIN (incident AS i JOIN area AS a ON a.id = :area AND ST_Covers(a.boundary, i.location))
    ON i.feed = side.feed AND i.scope = side.scope AND i.identity = side.identity AND i.ordinal = side.ordinal
    AND i.category = ANY(:categories) AND i.occurred_from >= :before AND i.occurred_from < :until
WHERE l.status IN ('accepted', 'made') AND l.began >= :before - interval '62 days' AND l.began < :until
"""
"""Links that count, a row for each side; null where the layer does not count that incident. A partner may have begun
before the time that is scored, and its own partner before that: each by a month at most."""

EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""Before anything that a feed may load."""

HISTORY: Final = """
SELECT i.{cell} AS cell, (i.occurred_from AT TIME ZONE 'Europe/London')::date AS day,
       i.time_precision = 'month' AS monthly, i.category, count(*) AS events
FROM incident AS i JOIN area AS a ON ST_Covers(a.boundary, i.location)
WHERE a.id = :area AND i.category = ANY(:categories) AND i.occurred_from < :until
GROUP BY 1, 2, 3, 4
"""

HISTORY_SCHEMA: Final[dict[str, pl.DataType]] = {
    "cell": pl.Int64(),
    "day": pl.Date(),
    "monthly": pl.Boolean(),
    "category": pl.String(),
    "events": pl.Int64(),
}

EVENT_SCHEMA: Final[dict[str, pl.DataType]] = {
    "cell": pl.Int64(),
    "agency": pl.String(),
    "category": pl.String(),
    "method": pl.String(),
    "feed": pl.String(),
    "precision_m": pl.Float64(),
    "current": pl.Boolean(),
    "events": pl.Int64(),
}

LINKED_SCHEMA: Final[dict[str, pl.DataType]] = {
    "link": pl.Int64(),
    "feed": pl.String(),
    "scope": pl.String(),
    "identity": pl.Int64(),
    "ordinal": pl.Int64(),
    "cell": pl.Int64(),
    "agency": pl.String(),
    "category": pl.String(),
    "method": pl.String(),
    "precision_m": pl.Float64(),
    "occurred_from": pl.Datetime("us", "UTC"),
    "current": pl.Boolean(),
}


@dataclass(frozen=True)
class Window:
    """The time that is scored, [since, until), and the equal time before it, [before, since). UTC."""

    before: datetime
    since: datetime
    until: datetime


@dataclass(frozen=True)
class Coverage:
    """The time that an agency's feeds span, from the midnight before the first incident. UTC; `ends` is exclusive."""

    begins: datetime
    ends: datetime


def events_statement(resolution: int) -> str:
    """The event cube's statement at a resolution; the column's name comes from this program, never from a caller."""
    return EVENTS.format(cell=cell_column(resolution))


def linked_statement(resolution: int) -> str:
    """The statement of the linked reports at a resolution, of constants of this program as `events_statement` is."""
    return LINKED.format(cell=cell_column(resolution))


def coverage(connection: Connection, area: str, categories: tuple[str, ...], until: datetime) -> dict[str, Coverage]:
    """By agency, the time that those of its feeds span that hold any of the categories in and around the area.

    All that such a feed reports counts, because a month without the layer's own kinds of incident is covered too.
    Looks at nothing from `until` on.
    """
    values = {"area": area, "categories": list(categories), "until": until}
    return {row.agency: Coverage(row.begins, row.ends) for row in connection.execute(_listing(COVERAGE), values)}


def events(
    connection: Connection, area: str, categories: tuple[str, ...], resolution: int, window: Window
) -> pl.DataFrame:
    """Counts by cell, agency, category and kind of location inside the area, in the window and the one before it.

    Columns as in EVENT_SCHEMA, `cell` as uint64, and `reports`: an event that several agencies reported is one of
    `events` (see `fold`) and each of its reports one of `reports`.
    """
    values = {"area": area, "categories": list(categories)} | {
        name: getattr(window, name) for name in ("before", "since", "until")
    }
    counted = _frame(connection, events_statement(resolution), values, EVENT_SCHEMA)
    linked = _frame(connection, linked_statement(resolution), values, LINKED_SCHEMA)
    return fold(counted, linked).with_columns(pl.col("cell").reinterpret(signed=False))


def history(
    connection: Connection, area: str, categories: tuple[str, ...], resolution: int, until: datetime
) -> pl.DataFrame:
    """Counts by cell, local day and category inside the area, of all that began before `until`.

    Columns as in HISTORY_SCHEMA, `cell` as uint64; `monthly` where only the month is known, whose first day is given.
    An event that several agencies reported is one, on the day of the report that stands for it (see `fold`).
    """
    values: dict[str, Any] = {"area": area, "categories": list(categories), "until": until}
    counted = _frame(connection, HISTORY.format(cell=cell_column(resolution)), values, HISTORY_SCHEMA)
    always = values | {"before": EARLIEST, "since": EARLIEST}
    again = duplicates(_frame(connection, linked_statement(resolution), always, LINKED_SCHEMA))
    taken = again.select(
        "cell",
        pl.col("occurred_from").dt.convert_time_zone("Europe/London").dt.date().alias("day"),
        pl.lit(False).alias("monthly"),  # nothing that is known to the month only is ever linked
        "category",
        pl.lit(-1, pl.Int64).alias("events"),
    )
    summed = pl.concat([counted, taken]).group_by("cell", "day", "monthly", "category").agg(pl.col("events").sum())
    kept = summed.filter(pl.col("events") > 0).sort("day", "cell", "category", "monthly")
    return kept.with_columns(pl.col("cell").reinterpret(signed=False))


def _frame(
    connection: Connection, statement: str, values: dict[str, Any], schema: dict[str, pl.DataType]
) -> pl.DataFrame:
    rows = connection.execute(_listing(statement), values).all()
    return pl.DataFrame([tuple(row) for row in rows], schema=schema, orient="row")


def _listing(statement: str) -> TextClause:
    return text(statement).bindparams(bindparam("categories", type_=ARRAY(Text)))


def write_scores(connection: Connection, run: int, layer: str, area: str, method: str, scores: pl.DataFrame) -> None:
    """Keep a method's scores (`cell` uint64, `score`, `p`, `q`) of every cell of the area, zeros too."""
    labels = [pl.lit(value).alias(name) for name, value in _keys(run, layer, area, method).items()]
    frame = scores.select(*labels, pl.col("cell").reinterpret(signed=True), "score", "p", "q")
    copy_frame(connection, hex_score, frame)


def _keys(run: int, layer: str, area: str, method: str) -> dict[str, int | str]:
    return {"run": run, "layer": layer, "area": area, "method": method}


def as_cells(column: pl.Series) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    """A column of cells as the grid wants them."""
    return column.to_numpy().astype(np.uint64)
