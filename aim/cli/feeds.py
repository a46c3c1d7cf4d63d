"""`aim ingest`, `aim feeds`, `aim rejects`: from files to rows, and what was not taken."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aim.cli.common import Day, Json, database, emit, end_of_day, table
from aim.errors import AimError, WrongColumns

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from aim.ingest.feed import Feed
    from aim.ingest.load import Progress
    from aim.ingest.report import Report
    from aim.ingest.source import Payload

app = typer.Typer(help="The feeds: what can be loaded.", no_args_is_help=True)
rejects = typer.Typer(help="The quarantine: rows that were not taken, and why.", no_args_is_help=True)

COUNTS = ("read", "inserted", "updated", "unchanged", "removed", "rejected", "without_location", "outside_area")
ALWAYS = ("read", "inserted", "rejected")
"""Shown even where they are nought; a column of noughts otherwise leaves its room to the file's name."""


def ingest(
    feed: Annotated[str, typer.Argument(help="A feed's name: see `aim feeds list`.")],
    path: Annotated[list[Path], typer.Argument(help="Files, .gz, .zip or folders.")],
    as_of: Day = None,
    as_json: Json = False,
) -> None:
    """Load files of a feed, one transaction a file. Dates after --as-of (left out: now) are rejected.

    Files of other feeds in a folder or .zip are skipped and named; a file given by its own name has to be of the feed.
    """
    from aim.ingest.load import feed_named
    from aim.ingest.report import total
    from aim.ingest.source import payloads

    chosen = feed_named(feed)
    files, skipped = _sorted_out(chosen, payloads(path))
    until = end_of_day(as_of) if as_of else datetime.now(UTC)
    with database() as (_, engine), _progress() as progress:
        reports = _load_each(engine, chosen, files, until, progress)
    summed = total(feed, [report for _, report in reports])
    summed.warnings = skipped + summed.warnings
    emit(_as_json(summed, reports), as_json=as_json, lines=_lines(summed, reports))


def _sorted_out(feed: "Feed", files: "list[Payload]") -> "tuple[list[Payload], list[str]]":
    """The files to load, and a warning for each that nobody named and that is of another feed."""
    from aim.ingest.load import guess

    looks = {file: guess(file) for file in files if file.found}
    others = {file: known for file, known in looks.items() if feed not in known}
    skipped = [_skipped(file, feed, known) for file, known in others.items()]
    if len(others) == len(files):
        raise WrongColumns(f"No file here is of the feed {feed.name}; nothing was changed. {' '.join(skipped[:3])}")
    return [file for file in files if file not in others], skipped


def _skipped(file: "Payload", feed: "Feed", known: "list[Feed]") -> str:
    looks = f"it looks like {' or '.join(other.name for other in known)}" if known else "no feed knows it"
    return f"Skipped {file.name}: it is not of the feed {feed.name}; {looks}."


def _load_each(
    engine: "Engine", feed: "Feed", files: "list[Payload]", until: datetime, progress: "Progress"
) -> "list[tuple[str, Report]]":
    from aim.ingest.load import ingest as load

    reports: list[tuple[str, Report]] = []
    for file in files:
        try:
            reports.append((file.name, load(engine, feed, file, until, progress)))
        except AimError as error:
            raise type(error)(f"{error}{_kept(len(reports))}") from error
    return reports


def _kept(files: int) -> str:
    """Each file is a transaction of its own, so whoever mends one must know what is loaded already."""
    if not files:
        return ""
    return f" The {files} files before it stay loaded." if files > 1 else " The file before it stays loaded."


def _as_json(summed: "Report", reports: "list[tuple[str, Report]]") -> dict[str, Any]:
    return summed.as_dict() | {"files": [{"file": name} | report.as_dict() for name, report in reports]}


def _lines(summed: "Report", reports: "list[tuple[str, Report]]") -> list[str]:
    named = [*reports, ("all files", summed)] if len(reports) > 1 else reports
    counts = [count for count in COUNTS if count in ALWAYS or getattr(summed, count)]
    rows = [[name, *(getattr(report, count) for count in counts)] for name, report in named]
    lines = table(f"{summed.feed}, {summed.seconds:.1f} s", ["file", *(c.replace("_", " ") for c in counts)], rows)
    lines += [f"rejected, {reason.replace('_', ' ')}: {n:,}" for reason, n in sorted(summed.rejected_by_reason.items())]
    return lines + summed.warnings


@contextmanager
def _progress() -> Generator[Callable[[str, int], None]]:
    """A bar on a terminal, nothing elsewhere."""
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    rows = TextColumn("{task.completed:,} rows")
    columns = (SpinnerColumn(), TextColumn("{task.description}"), rows, TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        task = bars.add_task("", total=None)
        yield lambda name, rows: bars.update(task, description=name, completed=rows)


@app.command("list")
def list_feeds(as_json: Json = False) -> None:
    """List the feeds."""
    from aim.ingest.feeds import FEEDS

    found = [_described(feed) for feed in FEEDS.values()]
    rows = [[feed["name"], feed["agency"], feed["delivery"], feed["title"]] for feed in found]
    emit({"feeds": found}, as_json=as_json, lines=table("Feeds", ["name", "agency", "delivery", "title"], rows))


@app.command()
def describe(feed: Annotated[str, typer.Argument(help="A feed's name.")], as_json: Json = False) -> None:
    """Describe a feed: publisher, licence, columns, how far off its points may be."""
    from aim.ingest.load import feed_named

    known = _described(feed_named(feed))
    lines = [f"{name.replace('_', ' ')}: {', '.join(v) if isinstance(v, list) else v}" for name, v in known.items()]
    emit({"feeds": [known]}, as_json=as_json, lines=lines)


def _described(feed: "Feed") -> dict[str, Any]:
    names = ("name", "title", "agency", "publisher", "licence", "delivery", "marking", "attribution", "location_note")
    return {name: str(getattr(feed, name)) for name in names} | {"columns": list(feed.columns)}


@app.command()
def guess(file: Annotated[Path, typer.Argument(help="A file, .gz, .zip or folder.")], as_json: Json = False) -> None:
    """Say which feed a file belongs to."""
    from aim.ingest.load import guess as look
    from aim.ingest.source import payloads

    found = [{"file": p.name, "feeds": [feed.name for feed in look(p)]} for p in payloads([file])]
    names = sorted({name for entry in found for name in entry["feeds"]})
    lines = [f"{entry['file']}: {', '.join(entry['feeds']) or 'no feed knows this file'}" for entry in found]
    emit({"feeds": names, "files": found}, as_json=as_json, lines=lines)


@rejects.command("list")
def list_rejects(
    feed: Annotated[str | None, typer.Option(help="Only this feed's.")] = None, as_json: Json = False
) -> None:
    """List the rejected rows: file, line, reason and what was wrong."""
    from aim.ingest.load import feed_named
    from aim.ingest.quarantine import list_rejects as look

    with database() as (_, engine):
        found = look(engine, feed_named(feed).name if feed else None)
    rows = [[r["file"], r["line"], r["sentence"], r["detail"]] for r in found]
    emit({"rejects": found}, as_json=as_json, lines=table("Rejected rows", ["file", "line", "why", "what"], rows))


@rejects.command()
def export(file: Annotated[Path, typer.Argument(help="Where to write the CSV.")], as_json: Json = False) -> None:
    """Write the rejected rows to a CSV file."""
    from aim.ingest.quarantine import export_rejects

    with database() as (_, engine):
        count = export_rejects(engine, file)
    emit({"rejects": count, "file": str(file)}, as_json=as_json, lines=[f"{count:,} rejected rows written to {file}."])
