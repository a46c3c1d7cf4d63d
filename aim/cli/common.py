"""What the verbs share: the `--json` switch, the database they mean, tables and progress on the terminal."""

import json
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from aim.settings import Settings

Json = Annotated[bool, typer.Option("--json", help="One JSON object on standard output; the rest on standard error.")]
Day = Annotated[
    datetime | None,
    typer.Option("--as-of", formats=["%Y-%m-%d"], help="The day to stand on.", metavar="YYYY-MM-DD"),
]


def say(text: str) -> None:
    """A line of progress, on standard error."""
    typer.echo(text, err=True)


def emit(data: dict[str, Any], *, as_json: bool, lines: Iterable[str]) -> None:
    """The result: as one JSON object, or as lines for a person."""
    if as_json:
        typer.echo(json.dumps(data, default=str))
    else:
        for line in lines:
            typer.echo(line)


def table(title: str, columns: list[str], rows: Iterable[Iterable[object]]) -> list[str]:
    """A table as lines of text, in the width of the terminal."""
    from rich.console import Console
    from rich.table import Table

    drawn = Table(title=title, title_justify="left")
    for column in columns:
        drawn.add_column(column, overflow="fold")
    for row in rows:
        drawn.add_row(
            *("" if value is None else f"{value:,}" if isinstance(value, int) else str(value) for value in row)
        )
    console = Console()
    with console.capture() as capture:
        console.print(drawn)
    return capture.get().rstrip("\n").split("\n")


@contextmanager
def database() -> "Generator[tuple[Settings, Engine]]":
    """The settings and an engine on the migrated database; the private cluster is started if need be."""
    from aim.db.cluster import database_url
    from aim.db.engine import check, make_engine
    from aim.db.migrate import ensure
    from aim.settings import load_settings

    settings = load_settings()
    engine = make_engine(database_url(settings))
    try:
        check(engine)
        ensure(engine)
        yield settings, engine
    finally:
        engine.dispose()


def in_london(day: datetime) -> datetime:
    """A day given on the command line, as an instant: noon in London."""
    from zoneinfo import ZoneInfo

    return day.replace(hour=12, tzinfo=ZoneInfo("Europe/London"))
