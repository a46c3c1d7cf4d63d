"""The health of the feeds for the edge: worked out once for a state of the database and a day."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Engine, text

from aim.access.principal import Access, Principal
from aim.api.cache import ByteCache
from aim.api.links import HTML, JSON, address, link
from aim.api.parameters import FeedsParameters
from aim.db.engine import reading
from aim.errors import UnknownName
from aim.ingest.health.as_json import detail, summary
from aim.ingest.health.spikes import Spike, shown_spikes
from aim.ingest.health.status import LONDON, RECENT_DAYS, FeedHealth, Standing, feed_health

KEPT: Final = 64
MARK: Final = """
SELECT (SELECT max(id) FROM load_check), count(*), sum(rows), sum(placed), sum(mapped) FROM feed_volume
"""
"""Changes with every load, replay and erasure: a few milliseconds, where working all out takes a third of a second."""
MEANINGS: Final = {
    Standing.REFUSED: "A load of the last month was refused and not put right. What was there before is still served.",
    Standing.OUTAGE: "Far fewer rows came than before: reporting broke down, and an empty place is no cold spot.",
    Standing.LATE: "The newest row is older than it should be.",
    Standing.UNUSUAL: "A figure is outside its limits; the page of the feed says which.",
    Standing.EMPTY: "The feed is known, and no row of it was loaded.",
    Standing.HEALTHY: "Every figure that can be judged is within its limits.",
}
FIGURES: Final = {
    "rows": "Rows of the last load, as a multiple of the usual",
    "age_days": "Days since the newest row",
    "placed": "Rows with a location",
    "mapped": "Rows with a category of the partnership’s",
}


class FeedDesk:
    """Answers how the feeds stand; asks the database no more than whether anything has changed."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known: ByteCache[tuple[Any, ...], list[FeedHealth]] = ByteCache(KEPT, lambda _: 1)
        self._spikes: ByteCache[tuple[Any, ...], list[Spike]] = ByteCache(KEPT**2, lambda _: 1)

    def all(self, principal: Principal, as_of: datetime) -> list[FeedHealth]:
        """Every feed that they may see, at `as_of` (with a zone)."""
        with reading(self._engine, principal.credential) as connection:
            return self._all(connection, principal.access, as_of)

    def one(self, principal: Principal, feed: str, as_of: datetime) -> tuple[FeedHealth, list[Spike]]:
        """One feed and its spikes. Raises UnknownName."""
        with reading(self._engine, principal.credential) as connection:
            known = self._all(connection, principal.access, as_of)
            found = next((each for each in known if each.feed == feed), None)
            if found is None:
                raise UnknownName(f"No feed “{feed[:100]}” was loaded yet: /feeds lists those that were.")
            key = (*self._mark(connection, principal.access, as_of), feed)
            return found, self._spikes.make(key, lambda: _spikes(connection, found))

    def _all(self, connection: Connection, access: Access, as_of: datetime) -> list[FeedHealth]:
        return self._known.make(self._mark(connection, access, as_of), lambda: feed_health(connection, as_of))

    @staticmethod
    def _mark(connection: Connection, access: Access, as_of: datetime) -> tuple[Any, ...]:
        return (access, *connection.execute(text(MARK)).one(), as_of.astimezone(LONDON).date())


def _spikes(connection: Connection, found: FeedHealth) -> list[Spike]:
    if found.newest is None:
        return []
    since = found.newest - timedelta(days=RECENT_DAYS)
    return shown_spikes(connection, found.feed, since, found.newest)


def feeds_document(base: str, query: FeedsParameters, as_of: datetime, found: Sequence[FeedHealth]) -> dict[str, Any]:
    """All feeds, each with the address of its own document."""
    return {
        "as_of": as_of.astimezone(LONDON).date().isoformat(),
        "links": _links(base, query, "feeds"),
        "feeds": [summary(each) | {"links": _links(base, query, "feeds", each.feed)} for each in found],
    }


def feed_document(
    base: str, query: FeedsParameters, as_of: datetime, found: FeedHealth, points: list[Spike]
) -> dict[str, Any]:
    """One feed with its periods, loads and spikes."""
    head = {"as_of": as_of.astimezone(LONDON).date().isoformat(), "links": _links(base, query, "feeds", found.feed)}
    return head | detail(found, points)


def _links(base: str, query: FeedsParameters, *path: str) -> list[dict[str, str]]:
    return [
        link("self", address(base, *path, query=query, f="json"), JSON, "This document"),
        link("alternate", address(base, *path, query=query, f="html"), HTML, "This document as HTML"),
    ]
