"""`aim links`: what two feeds report of one event, and a reviewer's word on it."""

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from aim.cli.common import Json, database, emit, table

app = typer.Typer(help="Links: what two feeds report of one event.", no_args_is_help=True)

Incident = Annotated[str, typer.Argument(help="FEED:SOURCE_ID; with @SCOPE or #ORDINAL where an id repeats.")]
By = Annotated[str | None, typer.Option(help="Who decides; left out: the name you are logged in by.")]


@app.command()
def run(
    since: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="Only what incidents from this day on bear on."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Work out the automatic links anew; what reviewers have decided stays. Needed after a change to links.toml."""
    from time import perf_counter
    from zoneinfo import ZoneInfo

    from aim.ingest.links.review import run as link

    started = perf_counter()
    with database() as (_, engine):
        linked = link(engine, since.replace(tzinfo=ZoneInfo("Europe/London")) if since else None)
    counts = linked.as_dict() | {"seconds": round(perf_counter() - started, 3)}
    line = (
        f"{linked.linked:,} links count, {linked.proposed:,} wait for a reviewer; {linked.added:,} added and "
        f"{linked.removed:,} removed in {counts['seconds']:.1f} s."
    )
    emit(counts, as_json=as_json, lines=[line])


@app.command("list")
def list_links(
    feed: Annotated[str | None, typer.Option(help="Only links with an incident of this feed.")] = None,
    status: Annotated[str | None, typer.Option(help="Only: proposed, accepted, made or broken.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many, the newest events first.")] = None,
    as_json: Json = False,
) -> None:
    """List the links with their score and what it is made of."""
    from aim.ingest.links.listing import listed

    with database() as (_, engine), engine.connect() as connection:
        links = listed(connection, feed, status, limit)
    columns = ["one", "other", "score", "status", "apart", "rule"]
    emit({"links": links}, as_json=as_json, lines=table("Links", columns, map(_row, links)))


def _row(link: dict[str, Any]) -> list[object]:
    score = "" if link["score"] is None else f"{link['score']:.2f}"
    parts = link["parts"]
    apart = f"{parts['distance_m']:.0f} m, {parts['hours_apart']:+.1f} h" if "distance_m" in parts else ""
    status = f"{link['status']}, lost" if link["lost"] else link["status"]
    return [_name(link["a"]), _name(link["b"]), score, status, apart, link["rule"]]


def _name(incident: dict[str, Any]) -> str:
    return f"{incident['feed']}:{incident['source_id'] or '(lost)'}"


@app.command()
def make(
    one: Incident,
    other: Incident,
    reason: Annotated[str, typer.Option(help="Why, for the next reviewer.")] = "the same event",
    by: By = None,
    as_json: Json = False,
) -> None:
    """Link two incidents for good, whatever the score."""
    from aim.ingest.links.review import Decision
    from aim.ingest.links.review import make as link

    with database() as (_, engine):
        made = link(engine, one, other, Decision(by or _somebody(), datetime.now(UTC), reason))
    emit({"links": [made]}, as_json=as_json, lines=[f"{one} and {other} are one event from now on."])


@app.command("break")
def unmake(
    one: Incident,
    other: Incident,
    reason: Annotated[str, typer.Option(help="Why, for the next reviewer.")],
    by: By = None,
    as_json: Json = False,
) -> None:
    """Keep two incidents apart for good; they are never proposed again. `aim links make` takes it back."""
    from aim.ingest.links.review import Decision
    from aim.ingest.links.review import unmake as part

    with database() as (_, engine):
        broken = part(engine, one, other, Decision(by or _somebody(), datetime.now(UTC), reason))
    emit({"links": [broken]}, as_json=as_json, lines=[f"{one} and {other} are two events from now on."])


@app.command()
def history(as_json: Json = False) -> None:
    """List every decision a reviewer has made, the oldest first."""
    from aim.ingest.links.listing import history as look

    with database() as (_, engine), engine.connect() as connection:
        found = look(connection)
    rows = [
        [d["decided_at"].date(), d["decision"], d["feed_a"], d["feed_b"], d["decided_by"], d["reason"]] for d in found
    ]
    columns = ["when", "what", "one", "other", "who", "why"]
    emit({"decisions": found}, as_json=as_json, lines=table("Decisions on links", columns, rows))


def _somebody() -> str:
    from getpass import getuser

    return getuser()
