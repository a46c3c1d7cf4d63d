"""`aim ingest`, `aim feeds`: from files to rows."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aim.cli.common import Day, Json, database, emit, end_of_day, table
from aim.cli.known import feed_and_files, feeds_at_hand
from aim.errors import AimError, WrongColumns

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from aim.ingest.feed import Feed
    from aim.ingest.health.gate import Acceptance
    from aim.ingest.load import Progress
    from aim.ingest.report import Report
    from aim.ingest.source import Payload

app = typer.Typer(help="The feeds: what can be loaded.", no_args_is_help=True)

COUNTS = ("read", "inserted", "updated", "unchanged", "removed", "rejected", "without_location", "outside_area")
ALWAYS = ("read", "inserted", "rejected")
"""Shown even where they are nought; a column of noughts otherwise leaves its room to the file's name."""


def ingest(
    feed: Annotated[str, typer.Argument(help="A feed's name: see `aim feeds list`. Left out with --profile.")],
    path: Annotated[list[Path] | None, typer.Argument(help="Files, .gz, .zip or folders.")] = None,
    profile: Annotated[
        Path | None, typer.Option(help="Load by this profile, and know the feed by its name from then on.")
    ] = None,
    as_of: Day = None,
    accept_unusual: Annotated[
        str | None,
        typer.Option(metavar="WHY", help="Load what the feed's limits would refuse; who and why are recorded."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Load files of a feed, one transaction a file. Dates after --as-of (left out: now) are rejected.

    Files of other feeds in a folder or .zip are skipped and named; a file given by its own name has to be of the feed.
    """
    from getpass import getuser

    from aim.ingest.catalogue import feed_named, known_feeds
    from aim.ingest.health.gate import Acceptance
    from aim.ingest.report import total
    from aim.ingest.source import payloads

    described, paths = feed_and_files(feed, path or [], profile)
    found = payloads(paths)
    until = end_of_day(as_of) if as_of else datetime.now(UTC)
    accepted = Acceptance(getuser(), accept_unusual) if accept_unusual is not None else None
    with database() as (_, engine), _progress() as progress:
        with engine.connect() as connection:
            chosen, feeds = described or feed_named(feed, connection), known_feeds(connection)
        files, skipped = _sorted_out(chosen, found, feeds | {chosen.name: chosen})
        reports = _load_each(engine, chosen, files, until, progress, accepted)
    summed = total(chosen.name, [report for _, report in reports])
    summed.warnings = skipped + summed.warnings
    emit(_as_json(summed, reports), as_json=as_json, lines=_lines(summed, reports))


def _sorted_out(feed: "Feed", files: "list[Payload]", feeds: "dict[str, Feed]") -> "tuple[list[Payload], list[str]]":
    """The files to load, and a warning for each that nobody named and that is of another feed."""
    from aim.ingest.catalogue import guess

    looks = {file: guess(file, feeds) for file in files if file.found}
    others = {file: known for file, known in looks.items() if feed not in known}
    skipped = [_skipped(file, feed, known) for file, known in others.items()]
    if len(others) == len(files):
        raise WrongColumns(f"No file here is of the feed {feed.name}; nothing was changed. {' '.join(skipped[:3])}")
    return [file for file in files if file not in others], skipped


def _skipped(file: "Payload", feed: "Feed", known: "list[Feed]") -> str:
    looks = f"it looks like {' or '.join(other.name for other in known)}" if known else "no feed knows it"
    return f"Skipped {file.name}: it is not of the feed {feed.name}; {looks}."


def _load_each(
    engine: "Engine",
    feed: "Feed",
    files: "list[Payload]",
    until: datetime,
    progress: "Progress",
    accepted: "Acceptance | None",
) -> "list[tuple[str, Report]]":
    from aim.ingest.load import ingest as load

    reports: list[tuple[str, Report]] = []
    for file in files:
        try:
            reports.append((file.name, load(engine, feed, file, until, progress, accepted)))
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
    found = [_described(feed) for feed in feeds_at_hand().values()]
    rows = [[feed["name"], feed["agency"], feed["delivery"], feed["title"]] for feed in found]
    emit({"feeds": found}, as_json=as_json, lines=table("Feeds", ["name", "agency", "delivery", "title"], rows))


@app.command()
def describe(feed: Annotated[str, typer.Argument(help="A feed's name.")], as_json: Json = False) -> None:
    """Describe a feed: publisher, licence, columns, how far off its points may be."""
    from aim.ingest.catalogue import feed_named
    from aim.ingest.feeds import FEEDS

    if feed in FEEDS:
        known = _described(FEEDS[feed])
    else:
        with database() as (_, engine), engine.connect() as connection:
            known = _described(feed_named(feed, connection))
    lines = [f"{name.replace('_', ' ')}: {', '.join(v) if isinstance(v, list) else v}" for name, v in known.items()]
    emit({"feeds": [known]}, as_json=as_json, lines=lines)


def _described(feed: "Feed") -> dict[str, Any]:
    names = ("name", "title", "agency", "publisher", "licence", "delivery", "marking", "attribution", "location_note")
    return {name: str(getattr(feed, name)) for name in names} | {"columns": list(feed.columns)}


@app.command()
def guess(file: Annotated[Path, typer.Argument(help="A file, .gz, .zip or folder.")], as_json: Json = False) -> None:
    """Say which feed a file belongs to."""
    from aim.ingest.catalogue import guess as look
    from aim.ingest.source import payloads

    known, files = feeds_at_hand(), payloads([file])
    found = [{"file": p.name, "feeds": [feed.name for feed in look(p, known)]} for p in files]
    names = sorted({name for entry in found for name in entry["feeds"]})
    lines = [f"{entry['file']}: {', '.join(entry['feeds']) or 'no feed knows this file'}" for entry in found]
    emit({"feeds": names, "files": found}, as_json=as_json, lines=lines)
