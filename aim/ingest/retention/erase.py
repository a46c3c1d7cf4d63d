"""Incidents past their period go, year by year; how many there were, by category, place and month, stays.

Each statement counts exactly the rows that it erases, so that nothing is counted twice or not at all. A year that is
past it as a whole is counted and its partition dropped.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from psycopg.errors import LockNotAvailable
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

LOCK_WAIT: Final = "5s"
"""How long a drop may wait for those who read the table; new readers wait behind it."""
# The statements are put together from these constants and a year, nothing that came from outside.
CUTOFFS: Final = "unnest(CAST(:feeds AS text[]), CAST(:cutoffs AS timestamptz[])) AS c (feed, cutoff)"
OF_YEAR: Final = "i.occurred_from >= :since AND i.occurred_from < :until"
PARTITIONS: Final = "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'incident'::regclass"
OUTLIVED: Final = f"""
SELECT NOT EXISTS (
    SELECT FROM incident AS i LEFT JOIN {CUTOFFS} ON c.feed = i.feed
    WHERE {OF_YEAR} AND (c.feed IS NULL OR i.occurred_to >= c.cutoff))
"""  # noqa: S608  # made of these constants
KEPT: Final = "i.feed, i.category, i.h3_r8, i.occurred_from"
ERASED: Final = f"""
DELETE FROM incident AS i USING {CUTOFFS}
WHERE {OF_YEAR} AND i.feed = c.feed AND i.occurred_to < c.cutoff RETURNING {KEPT}
"""  # noqa: S608  # made of these constants
READ: Final = f"SELECT {KEPT} FROM incident AS i WHERE {OF_YEAR}"  # noqa: S608  # made of these constants
COUNTED: Final = """
WITH gone AS ({gone}), counted AS (
    INSERT INTO incident_month AS held (feed, category, cell, month, incidents)
    SELECT feed, category, coalesce(h3_r8, 0),
           CAST(date_trunc('month', occurred_from AT TIME ZONE 'Europe/London') AS date), count(*)
    FROM gone GROUP BY 1, 2, 3, 4
    ON CONFLICT (feed, category, cell, month) DO UPDATE SET incidents = held.incidents + excluded.incidents
    RETURNING feed
)
SELECT g.feed, g.incidents, a.aggregates
FROM (SELECT feed, count(*) AS incidents FROM gone GROUP BY feed) AS g
JOIN (SELECT feed, count(*) AS aggregates FROM counted GROUP BY feed) AS a USING (feed)
"""
COUNT_AND_ERASE: Final = COUNTED.format(gone=ERASED)
COUNT: Final = COUNTED.format(gone=READ)
EMPTY: Final = f"DELETE FROM incident AS i WHERE {OF_YEAR}"  # noqa: S608  # made of these constants


@dataclass
class Erased:
    """What went of a feed: incidents, and counts in `incident_month` that grew by them."""

    incidents: int = 0
    aggregates: int = 0


def erase_incidents(connection: Connection, cutoffs: dict[str, datetime]) -> dict[str, Erased]:
    """Erase what ended before its feed's cutoff (with a zone), inside the caller's transaction; by feed, what went.

    Partitions are dropped last: from then on readers of `incident` wait until the caller commits.
    """
    gone: dict[str, Erased] = {}
    outlived: list[int] = []
    for year in sorted(_years(connection)):
        if any(cutoff.year >= year for cutoff in cutoffs.values()):
            values = _values(year, cutoffs)
            whole = bool(connection.execute(text(OUTLIVED), values).scalar_one())
            _add(gone, connection.execute(text(COUNT if whole else COUNT_AND_ERASE), values))
            outlived += [year] if whole else []
    for year in outlived:
        _drop(connection, year)
    return gone


def _years(connection: Connection) -> list[int]:
    names: Iterable[str] = connection.execute(text(PARTITIONS)).scalars()
    return [int(found[1]) for name in names if (found := re.fullmatch(r"incident_(\d{4})", name))]


def _values(year: int, cutoffs: dict[str, datetime]) -> dict[str, Any]:
    bounds = {name: f"{at:04d}-01-01 00:00:00+00" for name, at in (("since", year), ("until", year + 1))}
    return {"feeds": list(cutoffs), "cutoffs": list(cutoffs.values())} | bounds


def _add(gone: dict[str, Erased], rows: Iterable[Any]) -> None:
    for row in rows:
        erased = gone.setdefault(row.feed, Erased())
        erased.incidents += row.incidents
        erased.aggregates += row.aggregates


def _drop(connection: Connection, year: int) -> None:
    """Drop a year whose rows are counted. Where someone reads for long, its rows are deleted and the table stays."""
    attempt = connection.begin_nested()
    try:
        connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_WAIT}'"))
        connection.execute(text(f"DROP TABLE incident_{year}"))
        attempt.commit()
    except OperationalError as error:
        attempt.rollback()
        if not isinstance(error.orig, LockNotAvailable):
            raise
        connection.execute(text(EMPTY), _values(year, {}))
