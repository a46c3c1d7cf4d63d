"""`aim agreements`: information-sharing agreements as data."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from aim.cli.common import Day, Json, database, emit, table

app = typer.Typer(help="Information-sharing agreements: who shares which feeds, until when.", no_args_is_help=True)


@app.command()
def load(
    file: Annotated[Path, typer.Argument(help="A TOML file; docs/how-to/sharing.md walks through one.")],
    as_json: Json = False,
) -> None:
    """Load an agreement, or a new version of one. Earlier versions stay on record."""
    from aim.access.agreements import load_terms, read_terms
    from aim.audit.log import operator

    terms = read_terms(file)
    with database() as (_, engine), engine.begin() as connection:
        found = load_terms(connection, terms, operator())
    told = found.as_dict(_today(None))
    line = f"{found.title}, version {found.version}: {told['state']} until {found.expires:%d %B %Y}."
    emit({"agreement": told}, as_json=as_json, lines=[line])


@app.command("list")
def list_agreements(as_of: Day = None, as_json: Json = False) -> None:
    """List the agreements, the last version of each."""
    from aim.access.agreements import agreements

    with database() as (_, engine), engine.connect() as connection:
        found = [each.as_dict(_today(as_of)) for each in agreements(connection)]
    columns = ["name", "version", "state", "feeds", "signatories", "review", "expires"]
    rows = [[", ".join(v) if isinstance(v := each[name], list) else v for name in columns] for each in found]
    emit({"agreements": found}, as_json=as_json, lines=table("Agreements", columns, rows))


def _today(day: datetime | None) -> date:
    return (day or datetime.now(UTC).astimezone(ZoneInfo("Europe/London"))).date()
