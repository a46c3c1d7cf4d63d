"""`aim retention`: how long rows are kept, and their expiry."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aim.cli.common import Day, Json, database, emit, end_of_day, table
from aim.errors import UsageError

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from aim.ingest.retention.expiry import Holding

app = typer.Typer(help="Retention: how long rows are kept, and what goes when.", no_args_is_help=True)

FeedOption = Annotated[str | None, typer.Option("--feed", help="Only this feed's.")]
FeedName = Annotated[str, typer.Argument(help="A feed's name: see `aim feeds list`.")]
GONE = ("incidents", "aggregates", "quarantined", "corrections", "files")


@app.command()
def status(feed: FeedOption = None, as_of: Day = None, as_json: Json = False) -> None:
    """Say what is held of each feed, for how long, what is due and when the next incident will be."""
    from aim.ingest.retention.expiry import holdings

    with database() as (settings, engine):
        found = holdings(engine, _until(as_of), settings.home, _known(engine, feed))
    rows = [
        [h.due.feed, h.due.retention_months, h.incidents, h.due.incidents, _day(h.oldest), str(h.next_due or "")]
        for h in found
    ]
    columns = ["feed", "months", "incidents", "due", "oldest", "next due"]
    emit({"feeds": [_held(h) for h in found]}, as_json=as_json, lines=table("Retention", columns, rows))


@app.command()
def run(
    feed: FeedOption = None,
    as_of: Day = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    as_json: Json = False,
) -> None:
    """Erase what is past its feed's period. Counts by category, place and month stay, and the erasure is logged."""
    from getpass import getuser

    from aim.ingest.retention.expiry import expire, holdings

    until = _until(as_of)
    with database() as (settings, engine):
        if dry_run:
            gone = [held.due for held in holdings(engine, until, settings.home, _known(engine, feed))]
        else:
            gone = expire(engine, until, settings.home, getuser(), _known(engine, feed))
    rows = [[e.feed, e.retention_months, _day(e.cutoff), *(getattr(e, name) for name in GONE)] for e in gone]
    columns = ["feed", "months", "ended before", *GONE]
    data = {"dry_run": dry_run, "as_of": until, "feeds": [e.as_dict() for e in gone]}
    emit(data, as_json=as_json, lines=table("Would be erased" if dry_run else "Erased", columns, rows))


@app.command("set")
def set_months(
    feed: FeedName,
    months: Annotated[int | None, typer.Argument(help="Left out: as the feed itself says.")] = None,
    as_json: Json = False,
) -> None:
    """Set how many months a feed's rows are kept."""
    from aim.ingest.catalogue import feed_named
    from aim.ingest.retention.period import periods, set_period

    with database() as (_, engine), engine.begin() as connection:
        set_period(connection, feed_named(feed, connection), months)
        [period] = periods(connection, feed)
    data = {"feed": feed, "retention_months": period.months}
    emit(data, as_json=as_json, lines=[f"{feed}: rows are kept for {period.months} months."])


@app.command()
def log(feed: FeedOption = None, as_json: Json = False) -> None:
    """List the erasures, the newest first."""
    from aim.ingest.retention.expiry import erasures

    with database() as (_, engine):
        found = erasures(engine, _known(engine, feed))
    rows = [[_day(e["erased_at"]), e["erased_by"], e["feed"], *(e[name] for name in GONE), e["rule"]] for e in found]
    columns = ["when", "by", "feed", *GONE, "rule"]
    emit({"erasures": found}, as_json=as_json, lines=table("Erasures", columns, rows))


def _known(engine: "Engine", feed: str | None) -> str | None:
    from aim.ingest.catalogue import feed_named

    if feed is None:
        return None
    with engine.connect() as connection:
        return feed_named(feed, connection).name


def _until(as_of: datetime | None) -> datetime:
    """A day to come would erase what is still to be kept."""
    now = datetime.now(UTC)
    if as_of is None:
        return now
    if as_of.date() > now.date():
        raise UsageError(f"--as-of {as_of:%Y-%m-%d} lies in the future: nothing is erased before it is due.")
    return end_of_day(as_of)


def _held(holding: "Holding") -> dict[str, Any]:
    due = holding.due.as_dict()
    known = {name: due.pop(name) for name in ("feed", "retention_months", "cutoff")}
    del due["aggregates"]
    held = {"incidents": holding.incidents, "oldest": holding.oldest, "next_due": holding.next_due}
    return known | held | {"erased_until": holding.erased_until, "due": due}


def _day(instant: datetime | None) -> str:
    from aim.ingest.retention.period import LONDON

    return f"{instant.astimezone(LONDON):%Y-%m-%d}" if instant else ""
