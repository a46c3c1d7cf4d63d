"""`aim strategy`: the control strategy, version by version."""

from pathlib import Path
from typing import Annotated, Any

import typer

from aim.cli.common import Json, database, emit, table

app = typer.Typer(help="The control strategy: what the partnership has decided to work on.", no_args_is_help=True)


@app.command()
def load(
    file: Annotated[Path, typer.Argument(help="A strategy in TOML; docs/how-to/control-strategy.md explains one.")],
    as_json: Json = False,
) -> None:
    """Make a file the current version. The same again makes no new one; earlier versions stay readable."""
    from getpass import getuser

    from aim.strategy import store
    from aim.strategy.file import read

    strategy = read(file)
    with database() as (_, engine):
        loaded = store.load(engine, strategy, f"operator:{getuser()}")
    what = "is current already: it says the same" if loaded.unchanged else "is the current one now"
    lines = [f"Version {loaded.version} of the control strategy {what}. Score to have the layers follow: aim score."]
    emit(loaded.as_dict(), as_json=as_json, lines=lines)


@app.command()
def show(
    version: Annotated[int | None, typer.Option(min=1, help="An earlier version; left out: the current one.")] = None,
    as_json: Json = False,
) -> None:
    """Show the control strategy: its priorities, what is to be done, and the intelligence that is required."""
    from aim.strategy.store import version_of

    with database() as (_, engine), engine.connect() as connection:
        found = version_of(connection, version).as_dict()
    emit(found, as_json=as_json, lines=[*_priorities(found), *_work(found), *_requirements(found)])


@app.command("list")
def list_versions(as_json: Json = False) -> None:
    """List the versions, the current one first."""
    from aim.strategy.store import versions

    with database() as (_, engine), engine.connect() as connection:
        found = [version.heading() for version in versions(connection)]
    rows = [[each["version"], each["title"], each["agreed_by"], each["loaded_at"][:10], each["loaded_by"]]
            for each in found]  # fmt: skip
    headings = ["version", "title", "agreed by", "loaded", "by"]
    emit({"versions": found}, as_json=as_json, lines=table("Control strategies", headings, rows))


def _priorities(found: dict[str, Any]) -> list[str]:
    names = ("id", "title", "level", "owner", "valid_from", "valid_to", "review")
    rows = [[each[name] for name in names] for each in found["priorities"]]
    headings = ["priority", "title", "level", "owner", "from", "to", "review"]
    title = f"{found['title']}, version {found['version']}{', made up' if found['made_up'] else ''}"
    return table(title, headings, rows)


def _work(found: dict[str, Any]) -> list[str]:
    strands = [
        [each["id"], strand, "; ".join(does)]
        for each in found["priorities"]
        for strand, does in each["strands"].items()
    ]
    targets = [[each["id"], "target", _target(target)] for each in found["priorities"] for target in each["targets"]]
    return table("What is to be done, and to change", ["priority", "strand", "what"], strands + targets)


def _target(target: dict[str, Any]) -> str:
    return f"{target['measure']}: {target['direction']} {target['by']:g} {target['unit']} by {target['until']}"


def _requirements(found: dict[str, Any]) -> list[str]:
    required = found["intelligence_requirements"]
    rows = [[each["priority"], each["requirement"], each["owner"], each["review"]] for each in required]
    headings = ["priority", "requirement", "owner", "review"]
    return table("Intelligence requirement", headings, rows) if rows else []
