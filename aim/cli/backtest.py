"""`aim backtest`: how right the maps have been."""

from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Annotated, Any, Final

import typer

from aim.cli.common import Json, database, emit, say, table
from aim.cli.sharing import Scheduler, shared

DAYS: Final = ["%Y-%m-%d"]


def backtest(
    layer: Annotated[str | None, typer.Option(help="A layer's id; left out: all.")] = None,
    area: Annotated[str | None, typer.Option(help="A study area's id; left out: every partnership.")] = None,
    horizon: Annotated[int, typer.Option(help="Days that each map is judged by: 1, 7 or 14.")] = 7,
    first: Annotated[
        datetime | None, typer.Option("--from", formats=DAYS, help="The first day judged by; left out: 12 periods.")
    ] = None,
    last: Annotated[
        datetime | None, typer.Option("--to", formats=DAYS, help="The last day; left out: the last with data.")
    ] = None,
    scheduler: Scheduler = None,
    as_json: Json = False,
) -> None:
    """Judge each layer's map, the forecast and simple rankings by what came after (PAI, PEI, hit rate).

    Feeds that know the month only are judged by months, whatever the horizon.
    """
    from aim.layers.publishing.backtest import Asked, backtest

    asked = Asked(layer, area, horizon, first and first.date(), last and last.date())
    with database() as (_, engine), shared(scheduler) as share_out:
        methods, without = backtest(engine, asked, share_out)
    for line in without:
        say(line)
    emit({"methods": methods, "without": without}, as_json=as_json, lines=_tables(methods))


def _tables(methods: list[dict[str, Any]]) -> list[str]:
    """A table for each layer and area: what each ranking's first cells held, and how many times chance that is."""
    lines: list[str] = []
    for (layer, area, first, last), of in groupby(methods, itemgetter("layer", "area", "from", "to")):
        rows = list(of)
        shares = list(dict.fromkeys(row["area_share"] for row in rows))
        title = f"{layer} in {area}, {first} to {last}: {rows[0]['total']:,.0f} incidents; hits (PAI) by share of cells"
        found = {name: list(each) for name, each in groupby(rows, itemgetter("name"))}
        body = [
            [name, *(f"{row['hits']:,.0f} ({row['pai'] or 0:.1f})" for row in each)] for name, each in found.items()
        ]
        lines += table(title, ["ranking", *(f"{share:.1%}" for share in shares)], body)
    return lines
