"""`aim share`: what partners owe each other by law each quarter."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from aim.cli.common import Json, Recipient, database, emit, table
from aim.vocabulary.nim import Agency


def share(
    quarter: Annotated[str, typer.Option(help="The information period, such as 2026Q3 for July to September 2026.")],
    area: Annotated[str, typer.Option(help="An area's id: see `aim areas list`.")],
    out: Annotated[Path, typer.Option(help="A new folder for the files.")],
    agency: Annotated[Agency | None, typer.Option(help="Only this agency's sets.")] = None,
    recipient: Recipient = None,
    as_json: Json = False,
) -> None:
    """Write the depersonalised sets that SI 2007/1831 prescribes for a quarter, with what could not be made and why."""
    from aim.exchange.share import Request
    from aim.exchange.share import share as disclose
    from aim.ingest.catalogue import known_feeds

    with database() as (_, engine):
        with engine.connect() as connection:
            feeds = known_feeds(connection)
        about = disclose(engine, Request(quarter, area, agency, recipient), out, datetime.now(UTC), feeds)
    rows = [[entry["file"], entry["rows"], entry["coverage"]] for entry in about["sets"]]
    lines = table(about["title"], ["file", "rows", "of the quarter"], rows)
    lines += [f"not made, {entry['set']}: {entry['reason']}" for entry in about["not_produced"]]
    lines.append(f"Written to {out}; disclose by {about['period']['disclose_by']}. Read {out / 'README.txt'} first.")
    emit({"folder": str(out)} | about, as_json=as_json, lines=lines)
