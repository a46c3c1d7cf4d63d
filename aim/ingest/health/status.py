"""How each feed stands: what was loaded and refused, its figures beside their limits, its outages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from zoneinfo import ZoneInfo

import polars as pl
from sqlalchemy import Connection, RowMapping, text

from aim.ingest.feed import Delivery
from aim.ingest.health.checks import Outcome
from aim.ingest.health.series import VOLUME_SCHEMA, Outage, Series, Span, after, series
from aim.ingest.limits import Limit, Limits

LONDON: Final = ZoneInfo("Europe/London")
RECENT_DAYS: Final = 365
"""The shares are of the last year that a feed has, and outages that ended before it are history."""
LOOKED_BACK_DAYS: Final = 3 * 366
"""Periods are judged by the twelve before them; three years hold two of those."""
LOADS_LISTED: Final = 20
REMEMBERED_DAYS: Final = 31
"""A refusal that nobody put right is the state of the feed for a month, then history."""

STATE: Final = """
WITH known AS (SELECT feed FROM load_check UNION SELECT name FROM feed)
SELECT known.feed, f.title, f.agency, f.delivery,
       (SELECT limits FROM load_check AS c WHERE c.feed = known.feed ORDER BY id DESC LIMIT 1) AS limits,
       v.scope, v.span, v.starts, v.rows, v.placed, v.mapped, l.loads,
       (SELECT count(*) FROM load_check AS c WHERE c.feed = known.feed AND run IS NULL) AS refusals
FROM known LEFT JOIN feed AS f ON f.name = known.feed
CROSS JOIN LATERAL (
    SELECT array_agg(scope) AS scope, array_agg(span) AS span, array_agg(starts) AS starts,
           array_agg(rows) AS rows, array_agg(placed) AS placed, array_agg(mapped) AS mapped
    FROM feed_volume AS w, LATERAL (
        SELECT max(starts) AS newest FROM feed_volume AS n WHERE n.feed = known.feed AND n.starts <= :until
    ) AS n WHERE w.feed = known.feed AND w.starts BETWEEN n.newest - :back AND :until
) AS v
CROSS JOIN LATERAL (
    SELECT json_agg(c ORDER BY c.id DESC) AS loads
    FROM ((SELECT * FROM load_check WHERE feed = known.feed AND run IS NOT NULL ORDER BY id DESC LIMIT :loads)
          UNION ALL
          (SELECT * FROM load_check WHERE feed = known.feed AND run IS NULL ORDER BY id DESC LIMIT :loads)) AS c
) AS l
WHERE CAST(:only AS text) IS NULL OR known.feed = :only
ORDER BY known.feed
"""


class Standing(StrEnum):
    """The one word for a feed, the worst that is true of it."""

    REFUSED = "Refused"
    OUTAGE = "Outage"
    LATE = "Late"
    UNUSUAL = "Unusual"
    EMPTY = "No rows"
    HEALTHY = "Healthy"


class FigureVerdict(StrEnum):
    """Where a figure of a feed stands."""

    WITHIN = "within its limits"
    BELOW = "below its floor"
    ABOVE = "above its ceiling"
    UNKNOWN = "not known"


@dataclass(frozen=True)
class Figure:
    """A figure of a feed beside its limit; `unit` is "days", "share" or "multiple of the usual rows"."""

    name: str
    value: float | None
    unit: str
    limit: Limit
    verdict: FigureVerdict

    @classmethod
    def of(cls, name: str, value: float | None, unit: str, limit: Limit) -> "Figure":
        """A figure that stands where its limit says."""
        if value is None:
            return cls(name, value, unit, limit, FigureVerdict.UNKNOWN)
        if limit.holds(value):
            return cls(name, value, unit, limit, FigureVerdict.WITHIN)
        return cls(name, value, unit, limit, FigureVerdict.BELOW if limit.below(value) else FigureVerdict.ABOVE)


@dataclass(frozen=True)
class Load:
    """A load, or an attempt at one that was refused (`run` is None). Who accepted it is for the command line alone."""

    run: int | None
    file_name: str
    at: datetime
    as_of: datetime
    rows: int
    rejected: int
    accepted_by: str | None
    accepted_why: str | None
    checks: list[dict[str, Any]]

    @property
    def unusual(self) -> list[str]:
        """What was outside its limits, in sentences with the reason for the limit."""
        usual = {Outcome.WITHIN, Outcome.NO_HISTORY, Outcome.TOO_FEW}
        return [f"{c['sentence']} {c['limit']['reason']}" for c in self.checks if c["outcome"] not in usual]


@dataclass(frozen=True)
class FeedHealth:
    """All that is known of a feed's health on a day."""

    feed: str
    title: str
    agency: str | None
    delivery: str | None
    newest: date | None
    """The last day of the newest day or month that has rows."""
    rows: int
    """Of the last year that the feed has."""
    figures: list[Figure]
    outages: list[Outage]
    """Those of the last year that the feed has, the newest first."""
    units: list[Series]
    loads: list[Load]
    """The newest that were taken and that were refused, the newest first."""
    open_refusals: list[Load]
    """Of the last month, and not put right: neither the same file, nor of an incremental feed any, was loaded since."""
    refusals: int
    """Of all time."""

    @property
    def last_success(self) -> Load | None:
        """The newest load that was taken."""
        return next((load for load in self.loads if load.run is not None), None)

    @property
    def last_refusal(self) -> Load | None:
        """The newest load that was refused."""
        return next((load for load in self.loads if load.run is None), None)

    @property
    def standing(self) -> Standing:
        """The worst that is true of the feed now."""
        verdicts = {figure.name: figure.verdict for figure in self.figures}
        if self.open_refusals:
            return Standing.REFUSED
        if self.newest is None:
            return Standing.EMPTY
        if any(outage.current for outage in self.outages):
            return Standing.OUTAGE
        if verdicts["age_days"] is FigureVerdict.ABOVE:
            return Standing.LATE
        odd = {FigureVerdict.BELOW, FigureVerdict.ABOVE} & set(verdicts.values())
        return Standing.UNUSUAL if odd else Standing.HEALTHY


def feed_health(connection: Connection, as_of: datetime, feed: str | None = None) -> list[FeedHealth]:
    """The health of every feed that was ever loaded or refused, or of one, at `as_of` (with a zone). One query."""
    day = as_of.astimezone(LONDON).date()
    values = {"until": day, "back": LOOKED_BACK_DAYS, "loads": LOADS_LISTED, "only": feed}
    return [_health(row, day) for row in connection.execute(text(STATE), values).mappings()]


def _health(row: RowMapping, day: date) -> FeedHealth:
    volumes = _volumes(row)
    loads = [_load(entry) for entry in row["loads"] or []]
    ends = [after(start, Span(span)) for span, start in volumes.group_by("span").agg(pl.col("starts").max()).rows()]
    newest = max(ends, default=None)
    recently = (newest or day) - timedelta(days=RECENT_DAYS)
    recent, units = volumes.filter(pl.col("starts") >= recently), series(volumes, day)
    outages = [outage for unit in units for outage in unit.outages if outage.last >= recently]
    return FeedHealth(
        feed=row["feed"],
        title=row["title"] or row["feed"],
        agency=row["agency"],
        delivery=row["delivery"],
        newest=newest - timedelta(days=1) if newest else None,
        rows=int(recent["rows"].sum()),
        figures=_figures(_limits(row["limits"]), recent, loads, (day - newest).days if newest else None),
        outages=sorted(outages, key=lambda outage: (outage.last, outage.unit), reverse=True),
        units=units,
        loads=loads,
        open_refusals=_open_refusals(loads, row["delivery"], day - timedelta(days=REMEMBERED_DAYS)),
        refusals=row["refusals"],
    )


def _open_refusals(loads: Sequence[Load], delivery: str | None, since: date) -> list[Load]:
    found: list[Load] = []
    settled: set[str] = set()
    for load in loads:
        forgiven = load.file_name in settled or (settled and delivery == Delivery.INCREMENTAL)
        if load.run is None and not forgiven and load.as_of.astimezone(LONDON).date() >= since:
            found.append(load)
        settled.add(load.file_name)
    return found


def _volumes(row: RowMapping) -> pl.DataFrame:
    columns = {name: row[name] or [] for name in VOLUME_SCHEMA if name != "feed"}
    feed = [row["feed"]] * len(columns["scope"])
    return pl.DataFrame({"feed": feed, **columns}, schema=VOLUME_SCHEMA)


def _load(entry: Mapping[str, Any]) -> Load:
    report = entry["report"]
    return Load(
        run=entry["run"],
        file_name=entry["file_name"],
        at=datetime.fromisoformat(entry["checked_at"]),
        as_of=datetime.fromisoformat(entry["as_of"]),
        rows=report.get("read", 0),
        rejected=report.get("rejected", 0),
        accepted_by=entry["accepted_by"],
        accepted_why=entry["accepted_why"],
        checks=entry["checks"],
    )


def _limits(stored: Mapping[str, Any] | None) -> Limits:
    """The limits that the newest load was judged by; the usual ones for a feed loaded before there were any."""
    return Limits(**{name: Limit(**limit) for name, limit in (stored or {}).items()})


def _figures(limits: Limits, recent: pl.DataFrame, loads: Sequence[Load], age: int | None) -> list[Figure]:
    rows = int(recent["rows"].sum())
    shares = {name: int(recent[name].sum()) / rows if rows else None for name in ("placed", "mapped")}
    return [
        _rows_figure(limits.rows, next((load for load in loads if load.run is not None), None)),
        Figure.of("age_days", age, "days", limits.age_days),
        Figure.of("placed", shares["placed"], "share", limits.placed),
        Figure.of("mapped", shares["mapped"], "share", limits.mapped),
    ]


def _rows_figure(limit: Limit, load: Load | None) -> Figure:
    """Of the newest load the scope with the fewest rows. One that the check let pass is within, whatever the number."""
    judged = [c for c in (load.checks if load else []) if c["figure"] == "rows" and c["value"] is not None]
    worst = min(judged, key=lambda check: (check["outcome"] == Outcome.WITHIN, check["value"]), default=None)
    unit = "multiple of the usual rows"
    if worst is not None and worst["outcome"] == Outcome.WITHIN:
        return Figure("rows", worst["value"], unit, limit, FigureVerdict.WITHIN)
    return Figure.of("rows", worst["value"] if worst else None, unit, limit)
