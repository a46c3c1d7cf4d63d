"""`aim analyse`: the methods on plain files, no database."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

app = typer.Typer(help="The hot-spot methods on plain files, no database.", no_args_is_help=True)

Out = Annotated[Path | None, typer.Option(help="Where to write the CSV; left out: standard output.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object instead of CSV.")]
Steps = Annotated[int, typer.Option(help="Steps to the farthest neighbour.")]


@app.callback()
def methods() -> None:
    """Each method reads CSV and writes CSV, to --out or to standard output."""


@app.command("gi-star")
def gi_star(
    cells: Annotated[Path, typer.Option(help="CSV with cell (H3) and count; every cell of the area, zeros too.")],
    k: Steps = 1,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Getis-Ord Gi* with Benjamini-Hochberg: cell,count,neighbours,z,p,q."""
    from aim.hotspots.analyse import gi_star_file

    _give(gi_star_file(cells, k), "cells", out, as_json)


@app.command("mann-kendall")
def mann_kendall(
    series: Annotated[Path, typer.Option(help="CSV with t (whole numbers or dates) and value.")],
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Does a series rise or fall: n,s,variance,z,p,tau,slope,intercept."""
    from aim.hotspots.analyse import mann_kendall_file

    _give(mann_kendall_file(series), "trend", out, as_json)


@app.command("emerging")
def emerging(
    cube: Annotated[
        Path, typer.Option(help="CSV with cell (H3), period (whole numbers, or dates 28 days apart) and count.")
    ],
    k: Steps = 1,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Emerging hot spots: cell,class,z,p,q,hot_periods,cold_periods,trend_z,trend_p,slope.

    Every cell of the area has to be named once at least; a cell and period without a row is empty.
    """
    from aim.hotspots.analyse import emerging_file

    _give(emerging_file(cube, k), "cells", out, as_json)


@app.command("aoristic")
def aoristic(
    events: Annotated[Path, typer.Option(help="CSV with from and to, such as 2026-09-30 18:05; to may be empty.")],
    zone: Annotated[str, typer.Option(help="The time zone of the clocks.")] = "Europe/London",
    out: Out = None,
    as_json: Json = False,
) -> None:
    """The 168 hours of the week of what happened between two times: day,hour,weight."""
    from aim.hotspots.analyse import aoristic_file

    _give(aoristic_file(events, zone), "hours", out, as_json)


@app.command("knox")
def knox(
    points: Annotated[Path, typer.Option(help="CSV with x and y in metres, and date (or whole numbers of days).")],
    permutations: Annotated[int, typer.Option(min=1, max=99_999, help="How often the dates are shuffled.")] = 999,
    seed: Annotated[int, typer.Option(min=0, help="Where the shuffling begins.")] = 0,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Near repeats: metres_over,metres_to,days_over,days_to,observed,expected,ratio,p."""
    from aim.hotspots.analyse import knox_file

    _give(knox_file(points, permutations, seed), "bands", out, as_json)


@app.command("wdd")
def wdd(
    counts: Annotated[
        Path, typer.Option(help='JSON: {"control": [before, after], "treated": [before, after]}, and more if need be.')
    ],
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Before and after: the weighted displacement difference with its interval, and the ratios beside it.

    The object may also hold disp_control and disp_treated (the surroundings), time_weights, area_weights, alpha and
    dispersion.
    """
    from aim.hotspots.analyse import wdd_file

    _give(wdd_file(counts), "effect", out, as_json)


@app.command("pai")
def pai(
    cells: Annotated[Path, typer.Option(help="CSV with cell, observed, predicted and area.")],
    out: Out = None,
    as_json: Json = False,
) -> None:
    """How right a map was, cell after cell flagged: hits,hit_rate,area_share,pai,pei,calibration_ratio."""
    from aim.hotspots.analyse import pai_file

    _give(pai_file(cells), "cells", out, as_json)


@app.command("forecast")
def forecast(
    points: Annotated[Path, typer.Option(help="CSV of incidents, one a row; it may be gzipped.")],
    x: Annotated[str, typer.Option(help="The column of eastings or longitudes.")],
    y: Annotated[str, typer.Option(help="The column of northings or latitudes.")],
    date: Annotated[str, typer.Option(help="The column of local dates: 2024-05-31, or 2024-05 for month only.")],
    crs: Annotated[str, typer.Option(help="What x and y are in, such as EPSG:27700.")],
    area: Annotated[Path, typer.Option(help="The study area: GeoJSON, GeoPackage or Shapefile.")],
    resolution: Annotated[int, typer.Option(help="H3 resolution of the cells: 8, 9 or 10.")] = 9,
    as_of: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The last day that is known; left out: the file's last."),
    ] = None,
    horizon: Annotated[int, typer.Option(help="Days to forecast after that day: 1, 7 or 14.")] = 7,
    flag: Annotated[str | None, typer.Option(help="A column that is true for enforcement-driven rows.")] = None,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Where to expect the next incidents: cell,expected,rank and the share of each timescale."""
    import numpy as np

    from aim.cli.common import say
    from aim.hotspots.analyse_forecast import forecast_file
    from aim.hotspots.points import PointColumns

    day = None if as_of is None else np.datetime64(as_of.date())
    found = forecast_file(points, PointColumns(x, y, date, crs, flag), area, resolution, day, horizon)
    say(", ".join(f"{name} {value}" for name, value in found.about.items()))
    _give(found.cells, "cells", out, as_json, found.about)


@app.command("cover")
def cover(
    demand: Annotated[Path, typer.Option(help="CSV with x, y (metres) and weight.")],
    sites: Annotated[Path, typer.Option(help="CSV with x, y of the sites that could be opened.")],
    radius: Annotated[float, typer.Option(min=0, help="Metres that a site reaches.")],
    number: Annotated[int, typer.Option("--open", help="How many sites to open.")],
    out: Out = None,
    as_json: Json = False,
) -> None:
    """Which sites reach most of the demand: x,y,opened,within_reach,covered."""
    from aim.deployment.analyse import cover_file

    _give(cover_file(demand, sites, radius, number), "sites", out, as_json)


@app.command("rounds")
def rounds(
    places: Annotated[
        Path,
        typer.Option(help="CSV with place, score and, for each place, a column of minutes to it; start first."),
    ],
    budget: Annotated[float, typer.Option(help="Minutes of a round.")],
    service: Annotated[float, typer.Option(help="Minutes at each place.")] = 15,
    number: Annotated[int, typer.Option("--rounds", help="How many rounds.")] = 1,
    out: Out = None,
    as_json: Json = False,
) -> None:
    """The rounds that do most within a shift, of up to 15 places: round,visit,place,score,minutes."""
    from aim.deployment.analyse import rounds_file

    _give(rounds_file(places, service, budget, number), "visits", out, as_json)


def _give(
    found: "pl.DataFrame", name: str, out: Path | None, as_json: bool, about: "Mapping[str, Any] | None" = None
) -> None:
    """The table where it was asked for; what is not a number is null in JSON and empty in CSV."""
    from aim.cli.common import emit
    from aim.spreadsheet import defused_table

    found = found.fill_nan(None)
    if out is not None:
        defused_table(found).write_csv(out)
    if as_json:
        emit({**(about or {}), name: found.to_dicts()}, as_json=True, lines=[])
    elif out is None:
        typer.echo(defused_table(found).write_csv(), nl=False)
