"""`aim rejects`: what was not taken, and the ways back in."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aim.cli.common import Day, Json, database, emit, end_of_day, table

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from aim.ingest.report import Report

app = typer.Typer(help="The quarantine: rows that were not taken, and the ways back in.", no_args_is_help=True)

FeedOption = Annotated[str | None, typer.Option("--feed", help="Only this feed's.")]
COUNTS = ("read", "inserted", "updated", "unchanged", "rejected")
NAMED = 3
"""Rows that a line names."""


@app.command("list")
def list_rejects(feed: FeedOption = None, as_json: Json = False) -> None:
    """List the rejected rows: file, line, reason and what was wrong."""
    from aim.ingest.quarantine import list_rejects as look

    with database() as (_, engine):
        found = look(engine, _known(engine, feed))
    rows = [[r["file"], r["line"], r["sentence"], r["detail"]] for r in found]
    emit({"rejects": found}, as_json=as_json, lines=table("Rejected rows", ["file", "line", "why", "what"], rows))


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="Where to write the CSV.")],
    feed: FeedOption = None,
    as_json: Json = False,
) -> None:
    """Write the rejected rows to a CSV file, with their own cells, for `aim rejects fix` to take back mended."""
    from aim.ingest.quarantine import export_rejects

    with database() as (_, engine):
        count = export_rejects(engine, file, _known(engine, feed))
    emit({"rejects": count, "file": str(file)}, as_json=as_json, lines=[f"{count:,} rejected rows written to {file}."])


@app.command()
def fix(
    file: Annotated[Path, typer.Argument(help="A CSV that `aim rejects export` wrote and you mended.")],
    as_of: Day = None,
    as_json: Json = False,
) -> None:
    """Take back mended rows: what is good now is loaded, the rest stays with its new reason.

    What you changed is remembered and holds when the row is loaded again. Rows that you took out of the file stay.
    """
    from getpass import getuser

    from aim.ingest.quarantine.fix import fix as take_back

    with database() as (_, engine):
        fixed = take_back(engine, file, _until(as_of), getuser())
    lines = [_named("Changed, which holds when the file is loaded again", fixed.changed)] if fixed.changed else []
    lines += [_named("Not in quarantine (any more), so left alone", fixed.unknown)] if fixed.unknown else []
    _emit(fixed.reports, {"changed": fixed.changed, "unknown": fixed.unknown}, lines, as_json=as_json)


@app.command()
def replay(feed: FeedOption = None, as_of: Day = None, as_json: Json = False) -> None:
    """Try the rejected rows again, after a profile, a category or the program was mended."""
    from aim.ingest.quarantine.replay import replay as again

    with database() as (_, engine):
        reports = again(engine, _until(as_of), _known(engine, feed))
    _emit(reports, {}, [], as_json=as_json)


def _known(engine: "Engine", feed: str | None) -> str | None:
    from aim.ingest.catalogue import feed_named

    if feed is None:
        return None
    with engine.connect() as connection:
        return feed_named(feed, connection).name


def _until(as_of: datetime | None) -> datetime:
    return end_of_day(as_of) if as_of else datetime.now(UTC)


def _named(what: str, rows: list[str]) -> str:
    named = ", ".join(rows[:NAMED]) + (", ..." if len(rows) > NAMED else "")
    return f"{what}: {len(rows):,} ({named})."


def _emit(reports: "list[Report]", more: dict[str, Any], lines: list[str], *, as_json: bool) -> None:
    from aim.ingest.report import total

    summed = total(reports[0].feed if len(reports) == 1 else "all feeds", reports)
    named = [*reports, summed] if len(reports) > 1 else reports
    rows = [[report.feed, *(getattr(report, count) for count in COUNTS)] for report in named]
    lines = [*table(f"Rejected rows, {summed.seconds:.1f} s", ["feed", *COUNTS], rows), *lines]
    reasons = sorted(summed.rejected_by_reason.items())
    lines += [f"still rejected, {reason.replace('_', ' ')}: {count:,}" for reason, count in reasons]
    data = summed.as_dict() | {"feeds": [report.as_dict() for report in reports]} | more
    emit(data, as_json=as_json, lines=lines + summed.warnings)
