"""Rows in quarantine are tried again: after a profile, a category or the code was mended, or a person mended the rows.

Each load's rows are tried as the part of its file that they are, the earliest load first. What is good now is merged
beside the other rows of its scope, in one transaction; what is still wrong stays, with the reason that holds now.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from time import perf_counter
from typing import Any, Final

import polars as pl
import shapely
from sqlalchemy import Connection, Engine, bindparam, select, text, update

from aim.areas import union_of_areas
from aim.db.tables import correction, feed_run, rejected_row
from aim.ingest.catalogue import feed_named
from aim.ingest.enrich import Block, enrich
from aim.ingest.feed import BROKEN_SCHEMA, Delivery, Feed, Rows
from aim.ingest.health import volume
from aim.ingest.load import count_block
from aim.ingest.logged import tried_again
from aim.ingest.merge import Incoming
from aim.ingest.ordinals import Ordinals
from aim.ingest.profile.schema import parse
from aim.ingest.quarantine import taken
from aim.ingest.quarantine.corrections import Cells
from aim.ingest.quarantine.desk import to_keep
from aim.ingest.quarantine.texts import cells_of_text
from aim.ingest.report import Report, total
from aim.ingest.retention.door import erased_until, kept_since

LOCK: Final = text("SELECT pg_advisory_xact_lock(hashtext('aim-ingest'))")
OF_THE_RUN: Final = ("feed", "file_name", "header", "columns")
OF_THE_ROW: Final = ("id", "run", "line", "reason", "detail", "raw", "broken", "fingerprint", "occurrence")
STILL_WRONG: Final = (
    update(rejected_row)
    .where(rejected_row.c.id == bindparam("row"))
    .values(reason=bindparam("why"), detail=bindparam("what"))
)
DATED: Final = (
    update(correction)
    .where(
        correction.c.feed == bindparam("of"),
        correction.c.fingerprint == bindparam("mark"),
        correction.c.occurrence == bindparam("nth"),
    )
    .values(occurred_to=bindparam("until"))
)
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Trial:
    """Rows of one load that are tried again."""

    feed: Feed
    run: int
    ordinals: Ordinals
    rows: list[Row]
    cells: list[Cells | None]
    """Each row as it is to be tried; None where it still has no columns."""

    def frames(self) -> Rows:
        """The rows as a file's reader gives them."""
        tried = [(row["line"], cells) for row, cells in zip(self.rows, self.cells, strict=True) if cells is not None]
        known = [*_columns_read(self.feed), *(self.rows[0]["columns"] or ())]
        names = list(dict.fromkeys([*known, *(name for _, cells in tried for name in cells)]))
        columns = {name: [cells.get(name) or None for _, cells in tried] for name in names}
        schema = {"line": pl.Int64()} | dict.fromkeys(names, pl.String())
        broken = [
            tuple(row[name] for name in BROKEN_SCHEMA)
            for row, cells in zip(self.rows, self.cells, strict=True)
            if cells is None
        ]
        frame = pl.DataFrame({"line": [line for line, _ in tried], **columns}, schema=schema).sort("line")
        return Rows(frame, pl.DataFrame(broken, schema=BROKEN_SCHEMA, orient="row"))


def replay(engine: Engine, as_of: datetime, feed: str | None = None) -> list[Report]:
    """Try the whole quarantine again, or one feed's: a report for each feed that has rows in it.

    What occurred after `as_of` (with a zone) is rejected. One transaction: all feeds, or nothing.
    """
    with engine.begin() as connection:
        connection.execute(LOCK)
        reports = try_again(connection, as_of, in_quarantine(connection, feed))
        tried_again(connection, "replayed", reports)
    return reports


def in_quarantine(connection: Connection, feed: str | None) -> list[Row]:
    """The rows in quarantine, by feed, load and line, each with what is known of its load and its correction."""
    marks = (correction.c.feed == feed_run.c.feed) & (correction.c.fingerprint == rejected_row.c.fingerprint)
    marks &= correction.c.occurrence == rejected_row.c.occurrence
    query = (
        select(
            *(rejected_row.c[name] for name in OF_THE_ROW),
            *(feed_run.c[name] for name in OF_THE_RUN),
            correction.c.columns.label("mended"),
        )
        .join_from(rejected_row, feed_run, feed_run.c.id == rejected_row.c.run)
        .outerjoin(correction, marks)
        .order_by(feed_run.c.feed, rejected_row.c.run, rejected_row.c.line)
    )
    query = query if feed is None else query.where(feed_run.c.feed == feed)
    return [dict(row) for row in connection.execute(query).mappings()]


def try_again(connection: Connection, as_of: datetime, rows: Sequence[Row]) -> list[Report]:
    """Try rows of `in_quarantine` again, inside the caller's transaction."""
    areas = union_of_areas(connection)
    return [_of_feed(connection, name, as_of, areas, list(of)) for name, of in groupby(rows, lambda row: row["feed"])]


def _of_feed(
    connection: Connection, name: str, as_of: datetime, areas: shapely.Geometry | None, rows: list[Row]
) -> Report:
    started, notes = perf_counter(), dict[str, int]()
    feed = kept_since(feed_named(name, connection), erased_until(connection, name))
    report = total(
        name, [_of_load(connection, trial, as_of, areas, notes) for trial in _trials(connection, feed, rows)]
    )
    taken.tidy(connection, name)
    report.warnings = [note if count < 2 else f"{count:,} rows: {note}" for note, count in sorted(notes.items())]
    report.seconds = round(perf_counter() - started, 3)
    assert report.balanced(), f"rows went missing: {report}"  # noqa: S101  # the promise of the whole room
    return report


def _trials(connection: Connection, feed: Feed, rows: list[Row]) -> Iterator[Trial]:
    for run, of in groupby(rows, lambda row: row["run"]):
        group = list(of)
        yield Trial(feed, run, taken.recalled(connection, run), group, [_as_tried(feed, row) for row in group])


def _columns_read(feed: Feed) -> tuple[str, ...]:
    """Those of today's profile: the row may be older, and then has nothing in some."""
    return parse(feed.profile, feed.name).wanted() if feed.profile else feed.columns


def _as_tried(feed: Feed, row: Row) -> Cells | None:
    if row["mended"]:
        return row["mended"]
    if row["broken"]:
        return cells_of_text(feed, row["file_name"], row["header"], row["raw"]) if row["raw"] else None
    return json.loads(row["raw"])


def _of_load(
    connection: Connection, trial: Trial, as_of: datetime, areas: shapely.Geometry | None, notes: dict[str, int]
) -> Report:
    report = Report(trial.feed.name, outside_area=0)
    rows = trial.frames()
    block = enrich(trial.feed, rows, as_of, trial.ordinals, areas)
    count_block(report, notes, block)
    if block.incidents.rows:
        _merge(connection, trial.feed, block, report)
        known = {"taken": taken.dumped(trial.ordinals)}
        connection.execute(update(feed_run).where(feed_run.c.id == trial.run).values(known))
        taken.supersede(connection, trial.feed.name, trial.run, trial.ordinals)
    _settle(connection, trial, block)
    _date_corrections(connection, trial, rows)
    report.outside_area = None if areas is None else report.outside_area
    return report


def _merge(connection: Connection, feed: Feed, block: Block, report: Report) -> None:
    """Beside the other rows of a scope, whatever the feed's delivery: these are not all of it."""
    incoming = Incoming(connection)
    incoming.take(block)
    merged = incoming.merge(Delivery.INCREMENTAL, complete=True)
    report.inserted, report.updated, report.unchanged = merged.inserted, merged.updated, merged.unchanged
    volume.keep_up(connection, feed.name, feed.delivery, block.volume, report)


def _settle(connection: Connection, trial: Trial, block: Block) -> None:
    """What was taken, or is past its period, leaves the quarantine; what is wrong stays with the reason of today."""
    wrong = {row["line"]: row for row in to_keep(block.rejected).iter_rows(named=True)}
    gone = [row["id"] for row in trial.rows if row["line"] not in wrong]
    still = [
        {"row": row["id"], "why": wrong[row["line"]]["reason"], "what": wrong[row["line"]]["detail"]}
        for row in trial.rows
        if row["line"] in wrong and (row["reason"], row["detail"]) != _why(wrong[row["line"]])
    ]
    taken.release(connection, gone)
    if still:
        connection.execute(STILL_WRONG, still)


def _why(row: Row) -> tuple[str, str]:
    return row["reason"], row["detail"]


def _date_corrections(connection: Connection, trial: Trial, rows: Rows) -> None:
    """A correction goes when the incident that it tells of does: it says the same."""
    mended = {row["line"]: row for row in trial.rows if row["mended"] and row["fingerprint"] is not None}
    if not mended:
        return
    frame = rows.frame.filter(pl.col("line").is_in(list(mended)))
    dated = trial.feed.normalise(frame).select("line", "occurred_to").drop_nulls().rows()
    if dated:
        values = [(mended[line], until) for line, until in dated]
        connection.execute(
            DATED,
            [
                {"of": trial.feed.name, "mark": row["fingerprint"], "nth": row["occurrence"], "until": until}
                for row, until in values
            ],
        )
