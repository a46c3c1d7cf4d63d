"""`aim analyse`: the methods on plain files, no database."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="The hot-spot methods on plain files, no database.", no_args_is_help=True)


@app.callback()
def methods() -> None:
    """Each method reads CSV and writes CSV, to --out or to standard output."""


@app.command("gi-star")
def gi_star(
    cells: Annotated[Path, typer.Option(help="CSV with cell (H3) and count; every cell of the area, zeros too.")],
    k: Annotated[int, typer.Option(help="Steps to the farthest neighbour.")] = 1,
    out: Annotated[Path | None, typer.Option(help="Where to write the CSV; left out: standard output.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of CSV.")] = False,
) -> None:
    """Getis-Ord Gi* with Benjamini-Hochberg: cell,count,neighbours,z,p,q."""
    from aim.cli.common import emit
    from aim.hotspots.analyse import gi_star_file

    scored = gi_star_file(cells, k)
    if out is not None:
        scored.write_csv(out)
    if as_json:
        emit({"cells": scored.to_dicts()}, as_json=True, lines=[])
    elif out is None:
        typer.echo(scored.write_csv(), nl=False)


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
    out: Annotated[Path | None, typer.Option(help="Where to write the CSV; left out: standard output.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object instead of CSV.")] = False,
) -> None:
    """Where to expect the next incidents: cell,expected,rank and the share of each timescale."""
    import numpy as np

    from aim.cli.common import emit, say
    from aim.hotspots.analyse_forecast import forecast_file
    from aim.hotspots.points import PointColumns

    day = None if as_of is None else np.datetime64(as_of.date())
    found = forecast_file(points, PointColumns(x, y, date, crs, flag), area, resolution, day, horizon)
    say(", ".join(f"{name} {value}" for name, value in found.about.items()))
    if out is not None:
        found.cells.write_csv(out)
    if as_json:
        emit(found.about | {"cells": found.cells.to_dicts()}, as_json=True, lines=[])
    elif out is None:
        typer.echo(found.cells.write_csv(), nl=False)
