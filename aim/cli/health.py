"""`aim feeds health`: every figure of a feed beside its limit, what was refused, outages and spikes."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aim.cli.common import Day, Json, database, emit, end_of_day, table

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from aim.ingest.health.status import FeedHealth

HEADINGS = ("feed", "figure", "value", "floor", "ceiling", "verdict")


def health(
    feed: Annotated[str | None, typer.Option(help="Only this feed.")] = None, as_of: Day = None, as_json: Json = False
) -> None:
    """Say how each feed stands on a day (left out: today): figures and limits, refusals, outages, spikes."""
    from aim.ingest.catalogue import feed_named
    from aim.ingest.health.status import feed_health

    until = end_of_day(as_of) if as_of else datetime.now(UTC)
    with database() as (_, engine), engine.connect() as connection:
        found = feed_health(connection, until, feed)
        if feed is not None and not found:
            feed_named(feed, connection)  # says which feeds there are, where there is none of that name
        told = [_told(connection, each) for each in found]
    data = {"as_of": until.isoformat(), "feeds": told}
    emit(data, as_json=as_json, lines=[line for each in told for line in _lines(each)] or ["No feed was loaded yet."])


def _told(connection: "Connection", found: "FeedHealth") -> dict[str, Any]:
    from aim.ingest.health.as_json import detail
    from aim.ingest.health.spikes import spikes
    from aim.ingest.health.status import RECENT_DAYS

    newest = found.newest
    points = spikes(connection, found.feed, newest - timedelta(days=RECENT_DAYS), newest) if newest else []
    told = detail(found, points)
    for shown, load in zip(told["loads"], found.loads, strict=True):
        shown |= {"accepted_by": load.accepted_by, "accepted_why": load.accepted_why}
    return told


def _lines(told: dict[str, Any]) -> list[str]:
    figures = [
        [
            told["feed"],
            figure["name"],
            *(_number(figure, name) for name in ("value", "floor", "ceiling")),
            figure["verdict"],
        ]
        for figure in told["figures"]
    ]
    lines = table(f"{told['title']}: {told['standing'].lower()}", list(HEADINGS), figures)
    lines += [
        f"Limit of {f['name']}: {f['reason']}" for f in told["figures"] if f["verdict"].startswith(("below", "above"))
    ]
    if told["last_success"]:
        lines.append(f"Last load: {_load(told['last_success'])}")
    lines += [f"Refused: {_load(load)} {' '.join(load['unusual'])}" for load in told["open_refusals"]]
    return lines + [each["sentence"] for each in (*told["outages"], *told["spikes"])]


def _number(figure: dict[str, Any], name: str) -> str:
    value = figure[name]
    if value is None:
        return "" if name != "value" else "not known"
    return f"{100 * value:.1f} %" if figure["unit"] == "share" else f"{value:,.3g}"


def _load(load: dict[str, Any]) -> str:
    return f"{load['file']} on {load['at'][:10]}, {load['rows']:,} rows, {load['rejected']:,} rejected."
