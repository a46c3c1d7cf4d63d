"""Points that hold an implausible share of a feed's rows: a police station, a ward's centroid, a prison.

They are reported, not removed: somebody has to say whether the incidents happened there. What is reported is the cell
and the share, never the point.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl
from sqlalchemy import Connection, text

SHARE: Final = 0.02
"""Of the feed's placed rows. The busiest map points of real forces hold 0.3 to 0.6 % (50 of 8,000 rows)."""
BEYOND: Final = 5.0
"""Times the rows of the point that 95 in 100 points of the same feed do not exceed: in a feed of few places each has a
large share, and none is a spike."""
ORDINARY: Final = 0.95
MOST: Final = 0.5
"""Of the placed rows: with so many at one point, the others say nothing of what is ordinary."""
FEWEST: Final = 30
CELL: Final = "h3_r9"
"""The resolution that layers are published at: no finer than what a map shows anyway."""
POINTS: Final = f"""
SELECT min({CELL}) AS cell, location_method AS method, count(*) AS rows
FROM incident
WHERE feed = :feed AND location IS NOT NULL
  AND occurred_from >= CAST(:since AS date)::timestamp AT TIME ZONE 'Europe/London'
  AND occurred_from < (CAST(:until AS date) + 1)::timestamp AT TIME ZONE 'Europe/London'
GROUP BY ST_AsBinary(location), location_method
"""  # noqa: S608  # put together from a constant of this file
SHOWN: Final = """
SELECT cell, method, rows, total FROM aim_spikes(
    :feed, CAST(:since AS date)::timestamp AT TIME ZONE 'Europe/London',
    (CAST(:until AS date) + 1)::timestamp AT TIME ZONE 'Europe/London'
)
"""
POINT_SCHEMA: Final = {"cell": pl.Int64(), "method": pl.String(), "rows": pl.Int64()}


@dataclass(frozen=True)
class Spike:
    """One point, by its H3 cell (resolution 9, hexadecimal). `share` of the placed rows, rounded to a thousandth."""

    cell: str
    method: str
    rows: int
    share: float

    @property
    def sentence(self) -> str:
        """What the page and the command line say."""
        share = f"{self.rows:,} rows ({100 * self.share:.1f} % of those with a location)"
        advice = "find out whether they happened there, or were put there for want of a place."
        return f"{share} lie at one point in cell {self.cell}: {advice}"


def spikes(connection: Connection, feed: str, since: date, until: date) -> list[Spike]:
    """The spikes of a feed among what occurred from `since` to `until`, both days included, the greatest first."""
    rows = connection.execute(text(POINTS), {"feed": feed, "since": since, "until": until}).all()
    return find_spikes(pl.DataFrame([tuple(row) for row in rows], schema=POINT_SCHEMA, orient="row"))


def shown_spikes(connection: Connection, feed: str, since: date, until: date) -> list[Spike]:
    """As `spikes`, for a session that may not read the incidents: the database works them out by the same rule."""
    rows = connection.execute(text(SHOWN), {"feed": feed, "since": since, "until": until})
    return [Spike(f"{row.cell:x}", row.method, row.rows, round(row.rows / row.total, 3)) for row in rows]


def find_spikes(points: pl.DataFrame) -> list[Spike]:
    """The spikes among points (POINT_SCHEMA)."""
    if points.is_empty():
        return []
    rows, total = pl.col("rows"), int(points["rows"].sum())
    ordinary = points.select(rows.quantile(ORDINARY, "lower")).item()
    implausible = (rows >= SHARE * total) & (rows > BEYOND * ordinary) | (rows > MOST * total)
    found = points.filter(rows >= FEWEST, implausible).sort("rows", descending=True)
    return [Spike(f"{cell:x}", method, count, round(count / total, 3)) for cell, method, count in found.iter_rows()]
