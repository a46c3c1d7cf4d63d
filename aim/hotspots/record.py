"""The record of an area: all incidents in and around it, kept by feed and month, so that a load costs what it changed.

A part is what one feed has of one month. It is read from `incident` once, kept beside it, and read again when its
version says that a load, a correction or an erasure has touched that month.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Any, Final
from zoneinfo import ZoneInfo

import polars as pl
import shapely
from sqlalchemy import Connection, text
from sqlalchemy.dialects.postgresql import insert as upsert

from aim.areas import Area
from aim.db.bulk import copied
from aim.db.tables import incident_part
from aim.hotspots.places import to_metres

LONDON: Final = ZoneInfo("Europe/London")

MONTHS_AT_ONCE: Final = 6
"""Of a feed, when they are read: a city's half year of reports is some hundred megabytes on its way."""
READ: Final[dict[str, pl.DataType]] = {
    "scope": pl.String(),
    "identity": pl.Int64(),
    "ordinal": pl.Int64(),
    "agency": pl.String(),
    "category": pl.String(),
    "method": pl.String(),
    "precision_m": pl.Float64(),
    "begins": pl.Float64(),
    "ends": pl.Float64(),
    "time_precision": pl.String(),
    "longitude": pl.Float64(),
    "latitude": pl.Float64(),
    "h3_r8": pl.Int64(),
    "h3_r9": pl.Int64(),
    "h3_r10": pl.Int64(),
    "inside": pl.Boolean(),
}
PART: Final = """
SELECT i.scope, i.identity, i.ordinal, i.agency, i.category, i.location_method, i.location_precision_m,
       extract(epoch FROM i.occurred_from), extract(epoch FROM i.occurred_to), i.time_precision,
       ST_X(i.location), ST_Y(i.location), i.h3_r8, i.h3_r9, i.h3_r10, ST_Covers(a.boundary, i.location)::int
FROM incident AS i JOIN area AS a ON i.location && a.boundary
WHERE a.id = %(area)s AND i.feed = %(feed)s AND i.occurred_from >= %(since)s AND i.occurred_from < %(until)s
"""
STALE: Final = """
SELECT v.feed, v.month, v.version FROM incident_version AS v
LEFT JOIN incident_part AS p
    ON p.area = :area AND p.feed = v.feed AND p.month = v.month AND p.version = v.version AND p.boundary = :boundary
WHERE v.month < CAST(:until AS timestamp) AND p.area IS NULL
ORDER BY v.feed, v.month
"""
KEPT: Final = """
SELECT p.feed, p.month, p.version, p.categories, p.body FROM incident_part AS p
JOIN incident_version AS v USING (feed, month, version)
WHERE p.area = :area AND p.boundary = :boundary AND p.month < CAST(:until AS timestamp) AND p.feed IN (
    SELECT feed FROM incident_part
    WHERE area = :area AND month < CAST(:until AS timestamp) AND categories && :categories)
ORDER BY p.feed, p.month
"""
LINKS: Final = """
SELECT l.id, extract(epoch FROM l.began), side.feed, side.scope, side.identity, side.ordinal
FROM incident_link AS l
CROSS JOIN LATERAL (VALUES (l.feed_a, l.scope_a, l.identity_a, l.ordinal_a),
                           (l.feed_b, l.scope_b, l.identity_b, l.ordinal_b)) AS side (feed, scope, identity, ordinal)
WHERE l.status IN ('accepted', 'made') AND l.began < %(until)s
ORDER BY 1, 3, 4, 5, 6
"""
LINK_SIDES: Final[dict[str, pl.DataType]] = {
    "link": pl.Int64(),
    "began": pl.Float64(),  # seconds since 1970, UTC
    "feed": pl.String(),
    "scope": pl.String(),
    "identity": pl.Int64(),
    "ordinal": pl.Int64(),
}
_NEW: Final = upsert(incident_part)
KEEP: Final = _NEW.on_conflict_do_update(
    index_elements=("area", "feed", "month"),
    set_={name: _NEW.excluded[name] for name in ("version", "boundary", "categories", "body")},
)


@dataclass(frozen=True, eq=False, repr=False)
class Record:
    """Incidents of the time before `until` (UTC) in and around an area, in an order that depends on nothing else.

    `rows` has a row for each incident inside the bounds of the area: its key (`feed`, `scope`, `identity`, `ordinal`),
    `agency`, `category`, `method` and `precision_m` of its place, `occurred_from` and `occurred_to` (UTC), `day` (the
    day in London it began on), `time_precision`, `x` and `y` (metres, EPSG:27700), `h3_r8`, `h3_r9`, `h3_r10` (uint64)
    and whether it is `inside`. Of feeds that have none of the categories asked for, nothing is there. `links` has both
    sides of each link that counts. `versions` tells what is stored from what was stored another time.
    """

    area: Area
    until: datetime
    rows: pl.DataFrame
    links: pl.DataFrame
    versions: tuple[tuple[str, date, int], ...]

    def before(self, month: date) -> Record:
        """The same as it was known of the months before one that begins on `month`, the first of it in London."""
        until = _midnight(month).astimezone(UTC)
        return replace(
            self,
            until=until,
            rows=self.rows.filter(pl.col("occurred_from") < until),
            links=self.links.filter(pl.col("began") < until.timestamp()),
            versions=tuple(version for version in self.versions if version[1] < month),
        )

    def without(self, feeds: Collection[str]) -> Record:
        """The same without these feeds; what was linked to their incidents stands for itself."""
        gone = pl.col("feed").cast(pl.String).is_in(list(feeds))
        links = self.links.filter(~gone.any().over("link")) if self.links.height else self.links
        versions = tuple(version for version in self.versions if version[0] not in feeds)
        return replace(self, rows=self.rows.filter(~gone), links=links, versions=versions)

    def categories_of(self, feeds: Collection[str]) -> dict[str, set[str]]:
        """By feed, what of these feeds is inside the area."""
        chosen = self.rows.filter("inside", pl.col("feed").cast(pl.String).is_in(list(feeds)))
        pairs = chosen.select(pl.col("feed", "category").cast(pl.String)).unique()
        return {feed: set(pairs.filter(feed=feed)["category"]) for feed in pairs["feed"].unique()}

    def __repr__(self) -> str:
        return f"Record({self.area.name}, {self.rows.height:,} incidents, {self.links.height // 2:,} links)"


def record(connection: Connection, area: Area, categories: tuple[str, ...], until: datetime) -> Record:
    """What is known of an area before `until` (with a zone), of all feeds that hold any of the categories there.

    Parts that are missing or out of date are read anew, and kept where the caller commits. Run it in one snapshot
    (REPEATABLE READ) where it is to be kept.
    """
    local = until.astimezone(LONDON).replace(tzinfo=None)
    values: dict[str, Any] = {"area": area.id, "boundary": _digest(area), "until": local}
    _renew(connection, values)
    found = connection.execute(text(KEPT), values | {"categories": list(categories)}).all()
    parts = [_opened(row.feed, row.body) for row in found if row.body is not None]
    rows = pl.concat(parts) if parts else _prepared(pl.DataFrame(schema=READ)).select(_feed(""), pl.all())
    links = copied(connection, LINKS, {"until": until}, LINK_SIDES)
    versions = tuple((row.feed, row.month, row.version) for row in found)
    until = until.astimezone(UTC)
    return Record(area, until, rows.filter(pl.col("occurred_from") < until), links, versions)


def _renew(connection: Connection, values: dict[str, Any]) -> None:
    """Read what is missing or out of date, some months of a feed at a time, and keep it."""
    stale = connection.execute(text(STALE), values).all()
    for feed, group in groupby(stale, key=lambda row: row.feed):
        versions: dict[date, int] = {row.month: row.version for row in group}
        for run in _runs(list(versions)):
            parts = _read(connection, values["area"], feed, run)
            keys = {"area": values["area"], "boundary": values["boundary"], "feed": feed}
            kept = [_part(parts.get(month), month=month, version=versions[month], **keys) for month in run]
            connection.execute(KEEP, kept)


def _read(connection: Connection, area: str, feed: str, run: list[date]) -> dict[date, pl.DataFrame]:
    """By month, those of the months that hold any incidents."""
    asked = {"area": area, "feed": feed, "since": _midnight(run[0]), "until": _midnight(_next(run[-1]))}
    rows = _prepared(copied(connection, PART, asked, READ)).with_columns(month=pl.col("day").dt.month_start())
    return {part["month"][0]: part.drop("month") for part in rows.partition_by("month")}


def _runs(months: list[date]) -> list[list[date]]:
    """Ascending months, cut where one is missing between them and after MONTHS_AT_ONCE."""
    runs: list[list[date]] = []
    for month in months:
        if not runs or _next(runs[-1][-1]) != month or len(runs[-1]) == MONTHS_AT_ONCE:
            runs.append([])
        runs[-1].append(month)
    return runs


def _part(rows: pl.DataFrame | None, **keys: Any) -> dict[str, Any]:
    found = pl.DataFrame(schema={"category": pl.String()}) if rows is None else rows
    categories = sorted(found["category"].cast(pl.String).unique())
    return keys | {"categories": categories, "body": None if rows is None else _closed(rows)}


def _prepared(rows: pl.DataFrame) -> pl.DataFrame:
    """What was read, as the record has it, in the order of time and then of the keys."""
    x, y = to_metres(rows["longitude"].to_numpy(), rows["latitude"].to_numpy())
    instant = {
        name: (pl.col(said) * 1_000_000).round().cast(pl.Int64).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
        for name, said in (("occurred_from", "begins"), ("occurred_to", "ends"))
    }
    known = rows.with_columns(**instant, x=pl.Series(x), y=pl.Series(y))
    day = pl.col("occurred_from").dt.convert_time_zone("Europe/London").dt.date()
    ordered = known.with_columns(day=day).sort("occurred_from", "scope", "identity", "ordinal")
    return ordered.select(
        pl.col("scope").cast(pl.Categorical),
        "identity",
        "ordinal",
        pl.col("agency", "category", "method").cast(pl.Categorical),
        "precision_m",
        "occurred_from",
        "occurred_to",
        "day",
        pl.col("time_precision").cast(pl.Categorical),
        "x",
        "y",
        pl.col("^h3_r.*$").reinterpret(signed=False),
        "inside",
    )


def _closed(rows: pl.DataFrame) -> bytes:
    body = io.BytesIO()
    rows.write_ipc(body, compression="zstd")
    return body.getvalue()


def _opened(feed: str, body: bytes) -> pl.DataFrame:
    return pl.read_ipc(body).select(_feed(feed), pl.all())


def _feed(name: str) -> pl.Expr:
    return pl.lit(name).cast(pl.Categorical).alias("feed")


def _digest(area: Area) -> str:
    return hashlib.sha256(shapely.to_wkb(area.boundary)).hexdigest()


def _midnight(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), LONDON)


def _next(month: date) -> date:
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)
