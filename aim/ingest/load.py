"""Load files of a feed: one transaction a file, idempotent, nothing stored is ever half-changed."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from time import perf_counter
from typing import Any, TypeVar

import polars as pl
import shapely
from sqlalchemy import Connection, Engine, delete, insert, select, text, update

from aim.areas import union_of_areas
from aim.audit.log import Action, operator, record
from aim.db.bulk import copy_frame
from aim.db.tables import feed_run, rejected_row
from aim.errors import WrongColumns
from aim.ingest.again import Held, digest_of, report_again, to_store
from aim.ingest.catalogue import feed_named as feed_named  # loads are asked for by name
from aim.ingest.catalogue import guess as guess
from aim.ingest.catalogue import register
from aim.ingest.enrich import Block
from aim.ingest.feed import Feed
from aim.ingest.feeds import FEEDS
from aim.ingest.health.gate import Acceptance, Gate
from aim.ingest.logged import collected
from aim.ingest.merge import Incoming, Merged
from aim.ingest.quarantine.desk import Desk, to_keep
from aim.ingest.reasons import RejectReason
from aim.ingest.report import Report, add_counts
from aim.ingest.source import Payload

T = TypeVar("T")
NAMED = 20
"""Unmapped categories that a warning names, the most frequent; the report has them all."""
Progress = Callable[[str, int], None]
"""Called with what is being done and the rows read so far."""


def ingest(
    engine: Engine,
    feed: Feed,
    payload: Payload,
    as_of: datetime,
    progress: Progress = lambda _what, _rows: None,
    accepted: Acceptance | None = None,
) -> Report:
    """Load one file. What occurred after `as_of` (with a zone) is rejected as a date in the future.

    Raises SourceError where the file as a whole cannot be read, and UnusualLoad where it is outside the feed's limits
    and nobody has `accepted` that; the incidents are then as they were before.
    """
    started = perf_counter()
    gate = Gate(feed, payload.name, as_of, accepted)
    with gate.transaction(engine) as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('aim-ingest'))"))
        news, areas = register(connection, feed), union_of_areas(connection)
        digest = digest_of(connection, feed, payload, areas)
        report = report_again(connection, feed, payload, digest)
        if report is None:
            run, report, held = _afresh(connection, gate, payload, areas, progress)
            report.warnings += news
            report.seconds = round(perf_counter() - started, 3)
            kept = {"report": report.as_dict(), "digest": digest, "held": held}
            connection.execute(update(feed_run).where(feed_run.c.id == run).values(kept))
        else:
            gate.repeat(connection, report)
        if news:
            record(connection, Action.ALTERATION, operator(), f"feed/{feed.name}", {"profile": "changed"})
        collected(connection, report, payload.name)
    return report


def _afresh(
    connection: Connection,
    gate: Gate,
    payload: Payload,
    areas: shapely.Geometry | None,
    progress: Progress,
) -> tuple[int, Report, dict[str, Any] | None]:
    run, held = _start_run(connection, gate.feed, payload), Held(gate.feed.name)
    desk = Desk.of(connection, gate.feed)
    blocks = _blocks(desk, gate.feed, payload, gate.as_of, areas)
    report, merged = _load(connection, gate, run, payload, blocks, held, progress)
    desk.close(connection, run, payload)
    if areas is None:
        report.outside_area = None
        report.warnings.append("No study area is loaded, so no point was checked against one.")
    gate.settle(connection, run, report)
    return run, report, to_store(connection, held, merged)


def _blocks(
    desk: Desk, feed: Feed, payload: Payload, as_of: datetime, areas: shapely.Geometry | None
) -> Iterator[Block]:
    try:
        for rows in feed.read(payload):
            yield desk.take(rows, as_of, areas)
    except WrongColumns as error:
        others = [other.name for other in guess(payload) if other is not feed]
        hint = f" It looks like the feed {' or '.join(others)}: aim ingest {others[0]} ..." if others else ""
        raise WrongColumns(f"{error}{hint}") from error


def _load(
    connection: Connection,
    gate: Gate,
    run: int,
    payload: Payload,
    blocks: Iterator[Block],
    held: Held,
    progress: Progress,
) -> tuple[Report, Merged]:
    incoming, report, notes = Incoming(connection), Report(gate.feed.name, outside_area=0), dict[str, int]()
    for block in _ahead(blocks):
        incoming.take(block)
        gate.take(block.volume)
        held.add(block.incidents.rows, block.content, block.scopes)
        copy_frame(connection, rejected_row, to_keep(block.rejected).with_columns(run=pl.lit(run)))
        count_block(report, notes, block)
        progress(payload.name, report.read)
    merged = incoming.merge(gate.feed.delivery, complete=report.rejected_by_reason.keys() <= {RejectReason.EXPIRED})
    report.inserted, report.updated = merged.inserted, merged.updated
    report.unchanged, report.removed = merged.unchanged, merged.removed
    report.warnings = _warnings(gate.feed, report, payload, notes, merged.spared)
    assert report.balanced(), f"rows went missing: {report}"  # noqa: S101  # the promise of the whole room
    return report, merged


def _start_run(connection: Connection, feed: Feed, payload: Payload) -> int:
    """Register the load; what an earlier load of the same file put into quarantine is superseded by this one's."""
    path = str(payload.path.resolve())
    same_place = (feed_run.c.path == path) | feed_run.c.path.is_(None)
    same_file = (feed_run.c.feed == feed.name) & (feed_run.c.file_name == payload.name) & same_place
    connection.execute(delete(rejected_row).where(rejected_row.c.run.in_(select(feed_run.c.id).where(same_file))))
    statement = insert(feed_run).values(feed=feed.name, file_name=payload.name, path=path, report={})
    return connection.execute(statement.returning(feed_run.c.id)).scalar_one()


def count_block(report: Report, notes: dict[str, int], block: Block) -> None:
    """Add what the rows of a block are to the report, the result of their merge apart."""
    report.read += block.read
    report.rejected += block.rejected.height
    report.without_location += block.without_location
    report.outside_area = (report.outside_area or 0) + block.outside
    add_counts(report.rejected_by_reason, dict(block.rejected["reason"].value_counts().iter_rows()))
    add_counts(report.unmapped_categories, block.unmapped)
    add_counts(notes, block.notes)


def _warnings(feed: Feed, report: Report, payload: Payload, notes: dict[str, int], spared: int) -> list[str]:
    warnings = [note if count < 2 else f"{count:,} rows: {note}" for note, count in sorted(notes.items())]
    if report.read == 0:
        warnings.append(f"{payload.name} holds no rows.")
    if spared:
        warnings.append(
            f"{spared:,} stored rows that the file no longer holds were kept, because it has rejected rows."
        )
    placed = report.read - report.rejected - report.without_location
    if placed and report.outside_area == placed:
        warnings.append(
            "Every point lies outside the study areas: look whether the coordinates and the areas are right."
        )
    if report.unmapped_categories:
        named = sorted(report.unmapped_categories.items(), key=lambda item: (-item[1], item[0]))[:NAMED]
        names = ", ".join(f"{name[:80]!r} ({count:,})" for name, count in named)
        advice = "Add them to categories.toml" if feed.name in FEEDS else "Say what they mean in the feed's profile"
        warnings.append(f"Categories that nobody has mapped yet: {names}. {advice} and load again.")
    return warnings


def _ahead(items: Iterator[T]) -> Iterator[T]:
    """The items, the next one being made while this one is used: parsing and `COPY` share the two cores."""
    nothing = object()
    with ThreadPoolExecutor(1) as pool:
        following = pool.submit(next, items, nothing)
        while (item := following.result()) is not nothing:
            following = pool.submit(next, items, nothing)
            yield item  # type: ignore[misc]  # `nothing` is the only value that is not a T
