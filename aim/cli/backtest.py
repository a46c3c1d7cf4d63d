"""`aim backtest`: how right the maps have been."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from aim.cli.common import Json, database, emit, say, table
from aim.errors import SetupError, UsageError

if TYPE_CHECKING:
    from aim.hotspots.scale_out import ShareOut

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
    scheduler: Annotated[str | None, typer.Option(help="A Dask scheduler to share the work: tcp://host:8786.")] = None,
    as_json: Json = False,
) -> None:
    """Judge each layer's map, the forecast and simple rankings by what came after (PAI, PEI, hit rate).

    Feeds that know the month only are judged by months, whatever the horizon.
    """
    from aim.layers.publishing.backtest import Asked, backtest

    asked = Asked(layer, area, horizon, first and first.date(), last and last.date())
    with database() as (_, engine), _shared(scheduler) as share_out:
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


@contextmanager
def _shared(scheduler: str | None) -> "Generator[ShareOut]":
    """Who does the work: this process, or the workers of a scheduler, where a part that is lost is done again."""
    if scheduler is None:
        yield map
        return
    try:
        from distributed import Client

        from aim.hotspots.cluster import share_out
    except ModuleNotFoundError as missing:
        raise SetupError("--scheduler needs Dask: pip install 'active-intelligence-mapping[scale]'.") from missing
    try:
        client = Client(scheduler, timeout=10)
    except (OSError, ValueError) as error:
        raise UsageError(f"The scheduler {scheduler} does not answer: {error}") from error
    with client:
        yield partial(share_out, client)
