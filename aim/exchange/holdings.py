"""What the loaded feeds hold in and around an area, and of which days: the difference between none and not loaded."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import Connection, RowMapping, text

from aim.exchange.period import Period, midnight, spelt
from aim.exchange.sets import StatutorySet, Where, published_feeds
from aim.ingest.feed import Feed

# Measured over the whole partnership of the area: a quiet ward has days without an incident that were delivered all
# the same. An end that is open (a burglary between two dates) proves no delivery, so only a month's is counted.
HELD: Final = """
SELECT i.feed, i.agency, i.category,
       (min(i.occurred_from) AT TIME ZONE 'Europe/London')::date AS first_day,
       (max(CASE WHEN i.time_precision = 'month' THEN i.occurred_to - interval '1 microsecond'
                 ELSE i.occurred_from END) AT TIME ZONE 'Europe/London')::date AS last_day,
       bool_or(i.occurred_from >= :first AND i.occurred_from < :second) AS month_1,
       bool_or(i.occurred_from >= :second AND i.occurred_from < :third) AS month_2,
       bool_or(i.occurred_from >= :third AND i.occurred_from < :ends) AS month_3
FROM incident AS i
JOIN area AS a ON a.id = :area
LEFT JOIN area AS p ON p.id = a.partnership
WHERE i.location && coalesce(p.boundary, a.boundary)
GROUP BY i.feed, i.agency, i.category
"""
LOADED: Final = """
SELECT f.name, f.agency, f.title, f.attribution, max(r.loaded_at) AS loaded_at
FROM feed AS f LEFT JOIN feed_run AS r ON r.feed = f.name
GROUP BY f.name ORDER BY f.name
"""
KEEPS: Final = """
SELECT DISTINCT feed FROM incident WHERE category = ANY(:categories) AND jsonb_exists(attributes, :attribute)
"""


class Extent(StrEnum):
    """How much of a quarter a feed's rows span."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    NONE = "none"


@dataclass(frozen=True)
class Coverage:
    """The days of a quarter that a feed's rows span, and what to make of it."""

    extent: Extent
    first_day: date | None
    last_day: date | None
    note: str


@dataclass(frozen=True)
class Holding:
    """A loaded feed and what it holds in and around the area."""

    feed: str
    agency: str
    title: str
    licence: str
    attribution: str
    loaded_at: datetime | None
    categories: frozenset[str]
    """Of the rows it holds here, of whatever time."""
    words: frozenset[str]
    """The categories that it has words for."""
    coverage: Coverage

    @property
    def published(self) -> bool:
        """Whether a publisher made it out of what the agency holds."""
        return self.feed in published_feeds()

    def may_hold(self, wanted: StatutorySet) -> bool:
        """Whether it would have the set's incidents, if there were any."""
        known = self.words | self.categories
        return self.agency == wanted.holder and not known.isdisjoint(wanted.categories)

    def has_held(self, wanted: StatutorySet) -> bool:
        """Whether it has ever had any, here."""
        return not self.categories.isdisjoint(wanted.categories)


def holdings(connection: Connection, area: str, asked: Period, feeds: Mapping[str, Feed]) -> list[Holding]:
    """Every loaded feed by name; `feeds` says what its words mean and its licence. Two queries."""
    instants = dict(zip(("first", "second", "third"), map(midnight, asked.months), strict=True)) | {"ends": asked.ends}
    held: dict[str, list[RowMapping]] = {}
    for row in connection.execute(text(HELD), instants | {"area": area}).mappings():
        held.setdefault(row["feed"], []).append(row)
    loaded = connection.execute(text(LOADED)).mappings()
    return [_holding(row, held.get(row["name"], []), feeds.get(row["name"]), asked) for row in loaded]


def _holding(loaded: RowMapping, rows: list[RowMapping], feed: Feed | None, asked: Period) -> Holding:
    return Holding(
        feed=loaded["name"],
        agency=loaded["agency"],
        title=loaded["title"],
        licence=feed.licence if feed else "as its publisher states",
        attribution=loaded["attribution"],
        loaded_at=loaded["loaded_at"],
        categories=frozenset(row["category"] for row in rows),
        words=said_by(feed) if feed else frozenset(),
        coverage=_coverage(rows, asked),
    )


def said_by(feed: Feed) -> frozenset[str]:
    """The categories that a feed has words for."""
    return frozenset(feed.words.whole.values()) | frozenset(feed.words.patterns.values())


def _coverage(rows: list[RowMapping], asked: Period) -> Coverage:
    if not rows:
        return Coverage(Extent.NONE, None, None, "no row of it lies in or around the area")
    first, last = min(row["first_day"] for row in rows), max(row["last_day"] for row in rows)
    spans = f"its rows here run from {spelt(first)} to {spelt(last)}"
    numbered = zip(("month_1", "month_2", "month_3"), asked.months, strict=True)
    empty = [f"{month:%B %Y}" for name, month in numbered if not any(row[name] for row in rows)]
    if len(empty) == len(asked.months):
        return Coverage(Extent.NONE, first, last, f"{spans}, and none lies in the quarter")
    within = max(first, asked.first_day), min(last, asked.last_day)
    if not empty and within == (asked.first_day, asked.last_day):
        return Coverage(Extent.COMPLETE, *within, "its rows span the whole period")
    missing = f" and it has no row in {' or '.join(empty)}" if empty else ""
    doubt = "the rest was not delivered, or nothing happened: the rows cannot tell which"
    return Coverage(Extent.PARTIAL, *within, f"{spans}{missing}; {doubt}")


def sources(connection: Connection, wanted: StatutorySet, held: list[Holding]) -> list[Holding]:
    """The feeds that a set is taken from: those of the agency's own, else what was published of them.

    A feed of its own that has words for it but never held any gives way to a published one that has.
    """
    able = [h for h in held if h.may_hold(wanted) and h.coverage.extent is not Extent.NONE]
    if wanted.where:
        keeping = _keeping(connection, wanted.categories, wanted.where)
        able = [h for h in able if h.feed in keeping]
    own, published = [h for h in able if not h.published], [h for h in able if h.published]
    if any(h.has_held(wanted) for h in own):
        return own
    return [h for h in published if h.has_held(wanted)] or own or published


def _keeping(connection: Connection, categories: tuple[str, ...], where: Where) -> set[str]:
    """The feeds that say anything at all under the attribute."""
    values = {"categories": list(categories), "attribute": where.attribute}
    return set(connection.execute(text(KEEPS), values).scalars())


def why_none(wanted: StatutorySet, held: list[Holding], feeds: Mapping[str, Feed]) -> str:
    """Why no loaded feed can give a set, and what would."""
    supply = f"It would come from {wanted.supplied_by}."
    able = [h for h in held if h.may_hold(wanted)]
    if not wanted.categories:
        return f"Nothing that can be loaded holds it. {supply}"
    if wanted.where and any(h.coverage.extent is not Extent.NONE for h in able):
        names = ", ".join(h.feed for h in able)
        return f"The loaded feeds ({names}) do not say {wanted.where.attribute.replace('_', ' ')}. {supply}"
    if able:
        said = "; ".join(f"{h.feed}: {h.coverage.note}" for h in able)
        return f"Not loaded for this quarter ({said})."
    known = [name for name, feed in feeds.items() if feed.agency == wanted.holder and _could(feed, wanted)]
    ready = f" This program reads it as {' or '.join(known)}: load that with `aim ingest`." if known else ""
    return f"No loaded feed holds it. {supply}{ready}"


def _could(feed: Feed, wanted: StatutorySet) -> bool:
    return not said_by(feed).isdisjoint(wanted.categories)
