"""`aim sources` and `aim worker`: fetching, by hand and by itself."""

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from aim.cli.common import Json, database, emit, say, table

if TYPE_CHECKING:
    from aim.ingest.fetching.manners import Outside
    from aim.ingest.fetching.run import Outcome
    from aim.settings import Settings

app = typer.Typer(help="The sources: where feeds are fetched from, and when.", no_args_is_help=True)
WELL: Final = {"loaded", "nothing_new", "refused"}
"""The states of runs that went as they should; a refused file of a folder lies beside the reason."""
Name = Annotated[str, typer.Argument(help="A source's name: see `aim sources list`.")]


@app.command()
def kinds(as_json: Json = False) -> None:
    """List the kinds of sources and what each needs to know."""
    from aim.ingest.fetching.kinds import KINDS

    found: list[dict[str, Any]] = []
    for kind in KINDS.values():
        fields = kind.settings.model_fields.items()
        known = [{"name": n, "required": f.is_required(), "what": f.description} for n, f in fields]
        found.append({"name": kind.name, "title": kind.title, "settings": known})
    lines = [line for kind in found for line in _kind_lines(kind)]
    emit({"kinds": found}, as_json=as_json, lines=lines)


def _kind_lines(kind: dict[str, Any]) -> list[str]:
    marks = {True: " (needed)", False: ""}
    settings = [f"    {known['name']}{marks[known['required']]}: {known['what']}" for known in kind["settings"]]
    return [f"{kind['name']}: {kind['title']}", *settings]


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="What to call it: small letters, digits, hyphens.")],
    kind: Annotated[str, typer.Option(help="The kind of source: see `aim sources kinds`.")],
    feed: Annotated[str, typer.Option(help="The feed it is loaded as: see `aim feeds list`.")],
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="What the kind needs to know.", metavar="NAME=VALUE")
    ] = None,
    area: Annotated[
        str | None, typer.Option(help="Sets `polygon` to a study area's outline: see `aim areas list`.")
    ] = None,
    schedule: Annotated[
        str | None, typer.Option(help="Cron's five fields in London time; left out: only by hand.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Add a source. Nothing is fetched yet."""
    from aim.ingest.catalogue import feed_named
    from aim.ingest.fetching.sources import add as add_source
    from aim.ingest.fetching.sources import hull_of_area

    given = dict(map(_setting, settings or []))
    with database() as (_, engine):
        if area is not None:
            given["polygon"] = hull_of_area(engine, area)
        with engine.connect() as connection:
            known = feed_named(feed, connection)
        source = add_source(engine, name, known.name, kind, given, schedule)
    lines = [f"Added {name}. Try it: aim sources run {name}"]
    emit({"source": source.as_dict()}, as_json=as_json, lines=lines)


def _setting(text: str) -> tuple[str, Any]:
    """`months=3`: a number, a list or an object where it reads as JSON, else the text as it stands."""
    from aim.errors import UsageError

    name, equals, value = text.partition("=")
    if not equals:
        raise UsageError(f"--set {text!r} is not NAME=VALUE.")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


@app.command("list")
def list_sources(as_json: Json = False) -> None:
    """List the sources, and what came of their last runs."""
    from aim.ingest.fetching.sources import listed

    with database() as (_, engine):
        found = [source.as_dict() for source in listed(engine)]
    rows = [[s["name"], s["feed"], s["kind"], _when(s), _said(s)] for s in found]
    lines = table("Sources", ["name", "feed", "kind", "schedule", "last run"], rows)
    emit({"sources": found}, as_json=as_json, lines=lines)


def _when(source: dict[str, Any]) -> str:
    return (source["schedule"] or "by hand") if source["enabled"] else "paused"


def _said(source: dict[str, Any]) -> str:
    if source["last_run"] is None:
        return "never"
    return f"{source['last_run']:%Y-%m-%d %H:%M} UTC, {source['last_result']['state']}"


@app.command()
def remove(name: Name, as_json: Json = False) -> None:
    """Forget a source. What it has brought stays."""
    from aim.ingest.fetching.sources import remove as forget

    with database() as (_, engine):
        source = forget(engine, name)
    emit({"source": source.as_dict()}, as_json=as_json, lines=[f"Removed {name}; what it has brought stays."])


@app.command()
def pause(name: Name, as_json: Json = False) -> None:
    """Keep the worker from running a source."""
    _enable(name, enabled=False, as_json=as_json)


@app.command()
def resume(name: Name, as_json: Json = False) -> None:
    """Let the worker run a source again."""
    _enable(name, enabled=True, as_json=as_json)


def _enable(name: str, *, enabled: bool, as_json: bool) -> None:
    from aim.ingest.fetching.sources import change, source_named

    with database() as (_, engine):
        source_named(engine, name)
        change(engine, name, enabled=enabled)
        source = source_named(engine, name)
    what = "runs as scheduled" if enabled else "is paused"
    emit({"source": source.as_dict()}, as_json=as_json, lines=[f"{name} {what}."])


@app.command()
def run(
    name: Name,
    accept_unusual: Annotated[
        str | None, typer.Option(help="Load even what is outside the feed's limits, for this reason.", metavar="WHY")
    ] = None,
    as_json: Json = False,
) -> None:
    """Fetch from a source now, whatever its schedule says, and load what comes."""
    from getpass import getuser

    from aim.ingest.fetching.run import run_source
    from aim.ingest.health.gate import Acceptance

    accepted = Acceptance(getuser(), accept_unusual) if accept_unusual is not None else None
    with database() as (settings, engine):
        outcome = run_source(engine, name, settings.home, _outside(settings), _now, accepted)
    emit(outcome.as_dict(), as_json=as_json, lines=[f"{name}: {outcome.sentence}"])


def worker(
    once: Annotated[bool, typer.Option(help="Run what is due and stop; exit code 1 where a run failed.")] = False,
    as_json: Json = False,
) -> None:
    """Run the sources as they are due, until stopped. Several workers may share a database."""
    from aim.ingest.fetching.worker import Worker

    with database() as (settings, engine):
        states = Worker(engine, settings.home, _outside(settings), _now, _hear).work(once=once)
    emit({"runs": dict(states)}, as_json=as_json, lines=[f"Runs: {dict(states) or 'none were due'}."])
    if once and states.keys() - WELL:
        raise typer.Exit(1)


def _hear(outcome: "Outcome") -> None:
    say(f"{_now():%Y-%m-%d %H:%M:%S} UTC {outcome.source}, {outcome.state.replace('_', ' ')}: {outcome.sentence}")


def _outside(settings: "Settings") -> "Outside":
    from aim.ingest.fetching.addresses import Allowed
    from aim.ingest.fetching.manners import Outside

    return Outside(Allowed.parse(settings.fetch_allow))


def _now() -> datetime:
    return datetime.now(UTC)
