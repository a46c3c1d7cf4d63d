"""Expiry: what is past its feed's period goes in one transaction, and the log says that it went."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, insert, select, text

from aim.audit.log import Action, operator, record
from aim.db.tables import erasure_log
from aim.ingest.health.volume import BEGINNING, count_again
from aim.ingest.links.follow import relink_before
from aim.ingest.quarantine.taken import tidy
from aim.ingest.retention.door import erased_until
from aim.ingest.retention.erase import CUTOFFS, Erased, erase_incidents
from aim.ingest.retention.files import old_payloads, remove
from aim.ingest.retention.period import LONDON, Period, periods

LOCK: Final = text("SELECT pg_advisory_xact_lock(hashtext('aim-ingest'))")
NO_SCORING: Final = text("LOCK TABLE scoring_run IN SHARE ROW EXCLUSIVE MODE")
"""A scoring run that began before would keep for itself what is erased here."""
HELD: Final = f"""
SELECT c.feed, count(i.feed) AS incidents, min(i.occurred_to) AS oldest,
       count(i.feed) FILTER (WHERE i.occurred_to < c.cutoff) AS due
FROM {CUTOFFS} LEFT JOIN incident AS i ON i.feed = c.feed GROUP BY c.feed
"""  # noqa: S608  # made of these constants
OLD_REJECTS: Final = """
FROM rejected_row AS r
WHERE run IN (SELECT id FROM feed_run WHERE feed = :feed) AND coalesce(occurred_to, (
    SELECT loaded_at FROM feed_run WHERE id = r.run)) < :cutoff
"""
OLD_CORRECTIONS: Final = "FROM correction WHERE feed = :feed AND coalesce(occurred_to, made_at) < :cutoff"
LINKS: Final = """
DELETE FROM incident_link AS l WHERE began < :cutoff AND (
    feed_a = :feed AND NOT EXISTS (SELECT FROM incident AS i WHERE i.feed = l.feed_a AND i.scope = l.scope_a
                                   AND i.identity = l.identity_a AND i.ordinal = l.ordinal_a)
    OR feed_b = :feed AND NOT EXISTS (SELECT FROM incident AS i WHERE i.feed = l.feed_b AND i.scope = l.scope_b
                                      AND i.identity = l.identity_b AND i.ordinal = l.ordinal_b))
"""
OLD_SCOPES: Final = "SELECT DISTINCT scope FROM feed_volume WHERE feed = :feed AND starts <= :last"


@dataclass(frozen=True)
class Erasure:
    """What went of a feed, or would: incidents, the counts that stay of them, and all else that told of them."""

    feed: str
    retention_months: int
    cutoff: datetime
    """What ended before it."""
    incidents: int = 0
    aggregates: int = 0
    quarantined: int = 0
    corrections: int = 0
    files: int = 0

    def as_dict(self) -> dict[str, Any]:
        """As JSON objects and the log know it."""
        return asdict(self)

    def anything(self) -> bool:
        """Whether there was something to erase."""
        return any((self.incidents, self.quarantined, self.corrections, self.files))


@dataclass(frozen=True)
class Holding:
    """What is held of a feed, and what of it is due."""

    due: Erasure
    """`aggregates` is not worked out."""
    incidents: int
    oldest: datetime | None
    """When the incident that ended first did."""
    next_due: date | None
    """The first day in London on which an incident that is held now is too old."""
    erased_until: datetime | None


def holdings(engine: Engine, as_of: datetime, home: Path, feed: str | None = None) -> list[Holding]:
    """What is held, and what a run on the day of `as_of` (with a zone) would erase; nothing is changed.

    `home`: the folder that raw payloads are kept under.
    """
    with engine.connect() as connection:
        known = periods(connection, feed)
        cutoffs = {period.feed: period.cutoff(as_of) for period in known}
        rows = connection.execute(text(HELD), {"feeds": list(cutoffs), "cutoffs": list(cutoffs.values())})
        held: dict[str, Any] = {row.feed: row for row in rows}
        return [_holding(connection, period, cutoffs[period.feed], held[period.feed], home) for period in known]


def _holding(connection: Connection, period: Period, cutoff: datetime, held: Any, home: Path) -> Holding:
    values = {"feed": period.feed, "cutoff": cutoff}
    due = Erasure(
        period.feed,
        period.months,
        cutoff,
        incidents=held.due,
        quarantined=connection.execute(text(f"SELECT count(*) {OLD_REJECTS}"), values).scalar_one(),
        corrections=connection.execute(text(f"SELECT count(*) {OLD_CORRECTIONS}"), values).scalar_one(),
        files=len(old_payloads(home, period.feed, cutoff)),
    )
    next_due = None if held.oldest is None else period.first_day(held.oldest)
    return Holding(due, held.incidents, held.oldest, next_due, erased_until(connection, period.feed))


def expire(engine: Engine, as_of: datetime, home: Path, by: str, feed: str | None = None) -> list[Erasure]:
    """Erase what is past its period on the day in London of `as_of` (with a zone); by feed, what went.

    Rows go in one transaction, with their counts kept and the erasure logged. Raw payloads under `home` go after it,
    and are logged when they have gone: what a killed run leaves of them goes with the next.
    """
    with engine.begin() as connection:
        connection.execute(LOCK)
        connection.execute(NO_SCORING)
        erasures = _expire_rows(connection, as_of, by, feed)
    return [_expire_files(engine, erasure, as_of, home, by) for erasure in erasures]


def _expire_rows(connection: Connection, as_of: datetime, by: str, feed: str | None) -> list[Erasure]:
    known = periods(connection, feed)
    cutoffs = {period.feed: period.cutoff(as_of) for period in known}
    rest = {period.feed: _expire_rest(connection, period.feed, cutoffs[period.feed]) for period in known}
    gone = erase_incidents(connection, cutoffs)
    erasures = [
        Erasure(p.feed, p.months, cutoffs[p.feed], **asdict(gone.get(p.feed, Erased())), **rest[p.feed]) for p in known
    ]
    for erasure in erasures:
        if erasure.incidents:
            connection.execute(text(LINKS), {"feed": erasure.feed, "cutoff": erasure.cutoff})
            _recount(connection, erasure)
    if any(erasure.incidents for erasure in erasures):
        relink_before(connection, max(cutoffs.values()))
    for erasure in erasures:
        _log(connection, erasure, as_of, by)
    return erasures


def _expire_rest(connection: Connection, feed: str, cutoff: datetime) -> Mapping[str, int]:
    values = {"feed": feed, "cutoff": cutoff}
    quarantined = connection.execute(text(f"DELETE {OLD_REJECTS}"), values).rowcount
    corrections = connection.execute(text(f"DELETE {OLD_CORRECTIONS}"), values).rowcount
    tidy(connection, feed)
    return {"quarantined": quarantined, "corrections": corrections}


def _recount(connection: Connection, erasure: Erasure) -> None:
    """The rows of each day, which the health of the feed is judged by, are again those that are held."""
    last = (erasure.cutoff - timedelta(microseconds=1)).astimezone(LONDON).date()
    scopes = list(connection.execute(text(OLD_SCOPES), {"feed": erasure.feed, "last": last}).scalars())
    count_again(connection, erasure.feed, scopes, BEGINNING, last)


def _log(connection: Connection, erasure: Erasure, as_of: datetime, by: str) -> None:
    """Last in its transaction: in the log of erasures with the rule, in that of all that is done with its number."""
    if erasure.anything():
        day = erasure.cutoff.astimezone(LONDON).date()
        rule = (
            f"ended before {day}, {erasure.retention_months} months before {as_of.astimezone(LONDON).date()} (London)"
        )
        known = {"as_of": as_of, "erased_by": by, "rule": rule}
        written = insert(erasure_log).values(**erasure.as_dict(), **known).returning(erasure_log.c.id)
        told = {"erasure": connection.execute(written).scalar_one(), "incidents": erasure.incidents}
        record(connection, Action.ERASURE, operator(), f"feed/{erasure.feed}", told | {"files": erasure.files})


def _expire_files(engine: Engine, erasure: Erasure, as_of: datetime, home: Path, by: str) -> Erasure:
    """A file that is gone is not undone by a transaction, so it is logged by itself, once it is gone."""
    files = remove(old_payloads(home, erasure.feed, erasure.cutoff))
    if files:
        alone = Erasure(erasure.feed, erasure.retention_months, erasure.cutoff, files=files)
        with engine.begin() as connection:
            _log(connection, alone, as_of, by)
    return replace(erasure, files=files)


def erasures(engine: Engine, feed: str | None = None) -> list[dict[str, Any]]:
    """The log, newest first."""
    query = select(erasure_log).order_by(erasure_log.c.id.desc())
    query = query if feed is None else query.where(erasure_log.c.feed == feed)
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]
