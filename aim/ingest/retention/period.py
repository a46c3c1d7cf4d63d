"""How long a feed's rows are kept, and what that makes too old on a day."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert as upsert

from aim.audit.log import Action, operator, record
from aim.db.tables import feed as feed_table
from aim.errors import UsageError
from aim.ingest.feed import KEPT_MONTHS, Feed
from aim.ingest.feeds import FEEDS
from aim.ingest.profile.build import feed_of

LONDON: Final = ZoneInfo("Europe/London")
LONGEST_MONTHS: Final = 1200


@dataclass(frozen=True)
class Period:
    """The period of a feed, in months."""

    feed: str
    months: int

    def cutoff(self, as_of: datetime) -> datetime:
        """What ended before this instant (UTC) is too old on the day in London that holds `as_of` (with a zone)."""
        return start_of(earlier(as_of.astimezone(LONDON).date(), self.months))

    def first_day(self, ended: datetime) -> date:
        """The first day in London on which what ended then (with a zone) is too old."""
        day = earlier(ended.astimezone(LONDON).date(), -self.months)
        while start_of(earlier(day, self.months)) <= ended:
            day += timedelta(days=1)
        return day


def earlier(day: date, months: int) -> date:
    """The day some months before; where that month has no such day, its last: 31 March less one is 28 February."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def start_of(day: date) -> datetime:
    """Midnight in London at the start of a day, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=LONDON).astimezone(UTC)


def periods(connection: Connection, feed: str | None = None) -> list[Period]:
    """The periods of the feeds that were ever loaded, or of one of them, by name."""
    query = select(feed_table.c.name, feed_table.c.retention_months, feed_table.c.profile).order_by(feed_table.c.name)
    query = query if feed is None else query.where(feed_table.c.name == feed)
    rows = connection.execute(query)
    return [Period(row.name, row.retention_months or _own(row.name, row.profile)) for row in rows]


def _own(name: str, profile: str | None) -> int:
    if profile is not None:
        return feed_of(profile, name).retention_months
    return FEEDS[name].retention_months if name in FEEDS else KEPT_MONTHS


def set_period(connection: Connection, feed: Feed, months: int | None) -> None:
    """Set the period of a feed; None: the feed's own again. Raises UsageError where it is no period."""
    if months is not None and not 0 < months <= LONGEST_MONTHS:
        raise UsageError(f"A period is 1 to {LONGEST_MONTHS} months, not {months}.")
    known = {"title": feed.title, "agency": feed.agency.value, "delivery": feed.delivery.value}
    known["attribution"] = feed.attribution
    statement = upsert(feed_table).values(name=feed.name, retention_months=months, **known)
    connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"retention_months": months}))
    record(connection, Action.ALTERATION, operator(), f"feed/{feed.name}", {"retention_months": months})
