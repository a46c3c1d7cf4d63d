"""Load files of a feed: one transaction a file, idempotent, nothing stored is ever half-changed."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from time import perf_counter
from typing import TypeVar

import polars as pl
import shapely
from sqlalchemy import Connection, Engine, delete, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from aim.areas import union_of_areas
from aim.db.bulk import copy_frame
from aim.db.tables import feed as feed_table
from aim.db.tables import feed_run, rejected_row
from aim.errors import UnknownName, WrongColumns
from aim.ingest.enrich import Block, enrich
from aim.ingest.feed import Feed
from aim.ingest.feeds import FEEDS
from aim.ingest.merge import Incoming
from aim.ingest.ordinals import Ordinals
from aim.ingest.report import Report, add_counts
from aim.ingest.source import Payload

T = TypeVar("T")
NAMED = 20
"""Unmapped categories that a warning names, the most frequent; the report has them all."""
Progress = Callable[[str, int], None]
"""Called with what is being done and the rows read so far."""


def feed_named(name: str) -> Feed:
    """The feed of that name. Raises UnknownName, which lists the feeds there are."""
    if name not in FEEDS:
        raise UnknownName(f"There is no feed {name!r}. The feeds are: {', '.join(FEEDS)}.")
    return FEEDS[name]


def guess(payload: Payload) -> list[Feed]:
    """The feeds that a file looks like."""
    head = payload.head()
    return [feed for feed in FEEDS.values() if feed.recognises(head)]


def ingest(
    engine: Engine, feed: Feed, payload: Payload, as_of: datetime, progress: Progress = lambda _what, _rows: None
) -> Report:
    """Load one file. What occurred after `as_of` (with a zone) is rejected as a date in the future.

    Raises SourceError where the file as a whole cannot be read; the database is then as it was before.
    """
    started = perf_counter()
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('aim-ingest'))"))
        areas = union_of_areas(connection)
        run = _start_run(connection, feed, payload)
        report = _load(connection, run, feed, payload, _blocks(feed, payload, as_of, areas), progress)
        if areas is None:
            report.outside_area = None
            report.warnings.append("No study area is loaded, so no point was checked against one.")
        report.seconds = round(perf_counter() - started, 3)
        connection.execute(update(feed_run).where(feed_run.c.id == run).values(report=report.as_dict()))
    return report


def _blocks(feed: Feed, payload: Payload, as_of: datetime, areas: shapely.Geometry | None) -> Iterator[Block]:
    ordinals = Ordinals()
    try:
        for rows in feed.read(payload):
            yield enrich(feed, rows, as_of, ordinals, areas)
    except WrongColumns as error:
        others = [other.name for other in guess(payload) if other is not feed]
        hint = f" It looks like the feed {' or '.join(others)}: aim ingest {others[0]} ..." if others else ""
        raise WrongColumns(f"{error}{hint}") from error


def _load(
    connection: Connection, run: int, feed: Feed, payload: Payload, blocks: Iterator[Block], progress: Progress
) -> Report:
    incoming, report, notes = Incoming(connection), Report(feed.name, outside_area=0), dict[str, int]()
    for block in _ahead(blocks):
        incoming.take(block)
        copy_frame(connection, rejected_row, block.rejected.with_columns(run=pl.lit(run)))
        _count(report, notes, block)
        progress(payload.name, report.read)
    merged = incoming.merge(feed.delivery, complete=report.rejected == 0)
    report.inserted, report.updated = merged.inserted, merged.updated
    report.unchanged, report.removed = merged.unchanged, merged.removed
    report.warnings = _warnings(report, payload, notes, merged.spared)
    assert report.balanced(), f"rows went missing: {report}"  # noqa: S101  # the promise of the whole room
    return report


def _start_run(connection: Connection, feed: Feed, payload: Payload) -> int:
    """Register the load; what an earlier load of the same file put into quarantine is superseded by this one's."""
    known = {"title": feed.title, "agency": feed.agency.value, "delivery": feed.delivery.value}
    known["attribution"] = feed.attribution
    statement = upsert(feed_table).values(name=feed.name, **known)
    connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=known))
    same_file = (feed_run.c.feed == feed.name) & (feed_run.c.file_name == payload.name)
    connection.execute(delete(rejected_row).where(rejected_row.c.run.in_(select(feed_run.c.id).where(same_file))))
    statement = insert(feed_run).values(feed=feed.name, file_name=payload.name, report={})
    return connection.execute(statement.returning(feed_run.c.id)).scalar_one()


def _count(report: Report, notes: dict[str, int], block: Block) -> None:
    report.read += block.read
    report.rejected += block.rejected.height
    report.without_location += block.without_location
    report.outside_area = (report.outside_area or 0) + block.outside
    add_counts(report.rejected_by_reason, dict(block.rejected["reason"].value_counts().iter_rows()))
    add_counts(report.unmapped_categories, block.unmapped)
    add_counts(notes, block.notes)


def _warnings(report: Report, payload: Payload, notes: dict[str, int], spared: int) -> list[str]:
    warnings = [note if count < 2 else f"{count:,} rows: {note}" for note, count in sorted(notes.items())]
    if report.read == 0:
        warnings.append(f"{payload.name} holds no rows.")
    if spared:
        warnings.append(
            f"{spared:,} stored rows that the file no longer holds were kept, because it has rejected rows."
        )
    if report.unmapped_categories:
        named = sorted(report.unmapped_categories.items(), key=lambda item: (-item[1], item[0]))[:NAMED]
        names = ", ".join(f"{name[:80]!r} ({count:,})" for name, count in named)
        warnings.append(f"Categories that nobody has mapped yet: {names}. Add them to categories.toml and load again.")
    return warnings


def _ahead(items: Iterator[T]) -> Iterator[T]:
    """The items, the next one being made while this one is used: parsing and `COPY` share the two cores."""
    nothing = object()
    with ThreadPoolExecutor(1) as pool:
        following = pool.submit(next, items, nothing)
        while (item := following.result()) is not nothing:
            following = pool.submit(next, items, nothing)
            yield item  # type: ignore[misc]  # `nothing` is the only value that is not a T
