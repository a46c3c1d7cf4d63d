"""What the verbs share: the `--json` switch, the database they mean, tables and progress on the terminal."""

import json
import sys
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

if TYPE_CHECKING:
    from rich.text import Text
    from sqlalchemy import Engine

    from aim.errors import AimError
    from aim.settings import Settings

INTERRUPTED: Final = 130
"""What a shell says of a process that Ctrl+C ended."""

Json = Annotated[bool, typer.Option("--json", help="One JSON object on standard output; the rest on standard error.")]
Recipient = Annotated[str | None, typer.Option(help="Who is to get it, for the log: a team, not a person's name.")]
Day = Annotated[
    datetime | None,
    typer.Option("--as-of", formats=["%Y-%m-%d"], help="The last day that is known, in London.", metavar="YYYY-MM-DD"),
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


def _cell(value: object) -> "str | Text":
    """Numbers stand to the right, with thousands told apart."""
    from rich.text import Text

    return Text(f"{value:,}", justify="right", no_wrap=True) if isinstance(value, int) else str(value or "")


def table(title: str, columns: list[str], rows: Iterable[Iterable[object]]) -> list[str]:
    """A table as lines of text, in the width of the terminal."""
    from rich.console import Console
    from rich.table import Table

    drawn = Table(title=title, title_justify="left")
    for column in columns:
        drawn.add_column(column, overflow="fold")
    for row in rows:
        drawn.add_row(*map(_cell, row))
    console = Console()
    with console.capture() as capture:
        console.print(drawn)
    return capture.get().rstrip("\n").split("\n")


@contextmanager
def database() -> "Generator[tuple[Settings, Engine]]":
    """The settings and an engine on the migrated database; the private cluster is started if need be.

    Raises DatabaseUnavailable where the database breaks off or forbids something, DatabaseFull where it has no room.
    """
    from psycopg import Error
    from sqlalchemy.exc import DBAPIError

    from aim.access.rights import write_rights
    from aim.db.cluster import database_url
    from aim.db.engine import check, make_engine
    from aim.db.migrate import ensure
    from aim.settings import load_settings

    settings = load_settings()
    engine = make_engine(database_url(settings))
    try:
        check(engine)
        ensure(engine)
        write_rights(engine)
        yield settings, engine
    except (DBAPIError, Error) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error  # COPY goes past SQLAlchemy
        told = _for_the_operator(cause)
        if told is None:
            raise
        raise told from error
    finally:
        engine.dispose()


def _for_the_operator(cause: BaseException | None) -> "AimError | None":
    """What only the operator can mend. Any other database error is this program's own, to be seen whole."""
    from psycopg import OperationalError
    from psycopg.errors import DiskFull, InsufficientPrivilege

    from aim.errors import DatabaseFull, DatabaseUnavailable

    if not isinstance(cause, OperationalError | InsufficientPrivilege):
        return None
    reason = str(cause).strip().splitlines()[0]
    if isinstance(cause, DiskFull):
        return DatabaseFull(
            f"The disk of the database is full ({reason}); what was not finished was undone. "
            "Make room on it, then run this again."
        )
    return DatabaseUnavailable(f"The database stopped this ({reason}); what was not finished was undone.")


@contextmanager
def until_interrupted() -> Generator[None]:
    """Ctrl+C is the way to stop a server: exit code 130 as ever, but nothing went wrong and nothing is said."""
    try:
        yield
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def end_of_day(day: datetime) -> datetime:
    """The last instant in London of a day given on the command line, in UTC like every stored time."""
    from zoneinfo import ZoneInfo

    last = day.replace(hour=23, minute=59, second=59, microsecond=999999, tzinfo=ZoneInfo("Europe/London"))
    return last.astimezone(UTC)
