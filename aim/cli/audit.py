"""`aim audit`: the log of what was done and who looked."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal

import typer

from aim.audit.action import Action
from aim.cli.common import Json, Recipient, database, emit

app = typer.Typer(help="The log: what was done and who looked.", no_args_is_help=True)


def _day(flag: str, what: str) -> object:
    return typer.Option(flag, formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help=what)


@app.command()
def verify(
    head: Annotated[
        str | None, typer.Option(help="A digest that `aim audit head` gave before and that was kept elsewhere.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Work the whole chain out anew; where it is broken, say at which line and how, with exit code 1."""
    from dataclasses import asdict

    from aim.audit.verify import verify as look

    with database() as (_, engine):
        found = look(engine, head)
    whole = f"{found.lines:,} lines, every one as it was written, in the order in which they were written."
    if head is None:
        whole += " Whether the end was cut off only shows beside a head that was kept elsewhere: --head."
    emit(asdict(found) | {"whole": True}, as_json=as_json, lines=[whole, *found.notes])


@app.command()
def head(as_json: Json = False) -> None:
    """Print the last line's number and digest, to be written down where nobody who runs the database can change it."""
    from dataclasses import asdict

    from aim.audit.chain import head as last

    with database() as (_, engine):
        found = last(engine)
    emit(asdict(found), as_json=as_json, lines=[f"{found.id} {found.digest}"])


@app.command()
def export(
    out: Annotated[Path, typer.Option(help="The file to write; one that is there is replaced.")],
    to: Annotated[Literal["csv", "jsonl"], typer.Option("--format", help="A table, or a JSON object a line.")] = "csv",
    actor: Annotated[str | None, typer.Option(help="Only what they did: account:jo, key:qgis, operator:root.")] = None,
    subject: Annotated[str | None, typer.Option(help="Only what begins so: layer/all-crime, feed/police-cad.")] = None,
    action: Annotated[Action | None, typer.Option(help=f"Only: {', '.join(Action)}.")] = None,
    since: Annotated[datetime | None, _day("--from", "From the start of this day, in London.")] = None,
    until: Annotated[datetime | None, _day("--to", "To the end of this day, in London.")] = None,
    recipient: Recipient = None,
    purpose: Annotated[str | None, typer.Option(help="Why, for the log: a reference, not a person's name.")] = None,
    as_json: Json = False,
) -> None:
    """Write lines of the log to a file, the oldest first. That they are given away is logged first."""
    from zoneinfo import ZoneInfo

    from aim.audit.export import Given
    from aim.audit.export import export as write
    from aim.audit.reading import Wanted

    london = ZoneInfo("Europe/London")
    first = since and since.replace(tzinfo=london)
    after = until and (until + timedelta(days=1)).replace(tzinfo=london)
    with database() as (_, engine):
        count = write(engine, Wanted(actor, subject, action, first, after), to, out, Given(recipient, purpose))
    data = {"lines": count, "out": str(out), "format": to}
    emit(data, as_json=as_json, lines=[f"{count:,} lines written to {out}."])
