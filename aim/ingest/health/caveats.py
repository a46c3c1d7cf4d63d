"""What a layer has to say of the reporting behind it: an outage is no cold spot."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final

import polars as pl
from sqlalchemy import Connection, text

from aim.areas import Area
from aim.ingest.health.series import VOLUME_SCHEMA, Outage, series, with_unit
from aim.ingest.health.status import LONDON, LOOKED_BACK_DAYS

EVERYWHERE: Final = """
SELECT feed, scope, span, starts, rows, placed, mapped FROM feed_volume
WHERE feed = ANY(:feeds) AND starts BETWEEN :since AND :until
"""


def area_outages(
    connection: Connection, area: Area, here: pl.DataFrame, since: datetime, until: datetime
) -> list[Outage]:
    """Outages in [since, until) (with a zone) of what reports on an area, the oldest first; each has its `sentence`.

    `here` counts the rows of each feed in the area (VOLUME_SCHEMA), as far back as is known.
    Each feed and unit is looked at as a whole and, because a brigade may lose the reports of one borough alone, within
    the area. One that shows in both is told once, with the numbers of the whole.
    """
    back, last = until - timedelta(days=LOOKED_BACK_DAYS), _day(until - timedelta(microseconds=1))
    here = here.filter(pl.col("starts").is_between(_day(back), last))
    feeds = here["feed"].unique().to_list()
    whole = _frame(connection, EVERYWHERE, feeds=feeds, since=_day(back), until=last)
    reporting = with_unit(here).select("feed", "unit").unique()
    whole = with_unit(whole).join(reporting, on=["feed", "unit"], how="semi").drop("unit")
    wide = [outage for unit in series(whole, last) for outage in unit.outages if outage.last >= _day(since)]
    local = [outage for unit in series(here, last) for outage in unit.outages if outage.last >= _day(since)]
    alone = [_named(outage, area) for outage in local if not any(_same(outage, other) for other in wide)]
    return sorted(wide + alone, key=lambda outage: (outage.first, outage.feed, outage.unit))


def _day(moment: datetime) -> date:
    return moment.astimezone(LONDON).date()


def _named(outage: Outage, area: Area) -> Outage:
    return replace(outage, unit=f"{outage.unit or f'The feed {outage.feed}'} in {area.name}")


def _same(one: Outage, other: Outage) -> bool:
    alike = (one.feed, one.unit) == (other.feed, other.unit)
    return alike and one.first <= other.last and other.first <= one.last


def _frame(connection: Connection, statement: str, **values: object) -> pl.DataFrame:
    rows = connection.execute(text(statement), values).all()
    return pl.DataFrame([tuple(row) for row in rows], schema=VOLUME_SCHEMA, orient="row")
