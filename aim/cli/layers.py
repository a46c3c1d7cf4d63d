"""`aim score`, `aim layers` and `aim export`: scoring runs and what they published."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from aim.cli.common import Day, Json, Recipient, database, emit, end_of_day, table
from aim.cli.sharing import Scheduler, shared

HEADINGS = ["layer", "area", "run", "as of", "H3", "cells", "incidents", "hot"]


def score(
    as_of: Day = None,
    area: Annotated[str | None, typer.Option(help="A study area's id; left out: every partnership.")] = None,
    layer: Annotated[list[str] | None, typer.Option(help="A layer's id, may be repeated; left out: all.")] = None,
    resolution: Annotated[int | None, typer.Option(min=8, max=10, help="H3 resolution, if not the layer's.")] = None,
    full: Annotated[bool, typer.Option("--full", help="Make all layers anew, those too that nothing changed.")] = False,
    scheduler: Scheduler = None,
    as_json: Json = False,
) -> None:
    """Score and publish the tasking layers that something has changed for.

    Without --as-of they stand on the last day that the data cover.
    """
    from aim.hotspots.harm.weights import signed
    from aim.layers.publishing.publish import publish

    with database() as (settings, engine), shared(scheduler) as share_out:
        day = end_of_day(as_of) if as_of else None
        weights = signed(settings.harm_weights) if settings.harm_weights else None
        run = publish(
            engine,
            as_of=day,
            area=area,
            layers=layer,
            resolution=resolution,
            weights=weights,
            full=full,
            share_out=share_out,
        )
    rows = [
        [p.id, p.area, p.cells, p.incidents, p.significant, p.resolution, "as before" if p.unchanged else "new"]
        for p in run.layers
    ]
    columns = ["layer", "area", "cells", "incidents", "hot", "H3", "version"]
    lines = table(f"Run {run.run} as of {run.as_of}, {run.seconds:.1f} s", columns, rows) + run.warnings
    emit(run.as_dict(), as_json=as_json, lines=lines)


def list_layers(as_json: Json = False) -> None:
    """List the published layers, the current version of each."""
    from aim.layers.publishing.current import current_layers

    with database() as (_, engine):
        found = current_layers(engine)
    columns = ["id", "area", "run", "as_of", "resolution", "cells", "incidents", "significant"]
    rows = [[entry[column] for column in columns] for entry in found]
    emit({"layers": found}, as_json=as_json, lines=table("Published layers", HEADINGS, rows))


def export_layer(
    layer: Annotated[str, typer.Argument(help="A layer's id, as `aim layers` lists it.")],
    out: Annotated[
        Path, typer.Option(help="The file to write; one that is there is replaced when the new one is whole.")
    ],
    to: Annotated[
        Literal["geojson", "csv", "gpkg", "parquet", "fgb"],
        typer.Option("--format", help="What to write: gpkg is GeoPackage, parquet GeoParquet, fgb FlatGeobuf."),
    ],
    run: Annotated[
        int | None, typer.Option(min=1, help="An earlier run; left out: the current version of each area.")
    ] = None,
    recipient: Recipient = None,
    as_json: Json = False,
) -> None:
    """Write a published layer to a file, with whose data it is and how it may be shared where the format has room."""
    from aim.layers.publishing.export import export

    with database() as (_, engine):
        found = export(engine, layer, to, out, run, recipient)
    said = [
        f"{found['features']:,} hexagons of {found['title']} written to {found['out']}.",
        f"Marking: {found['marking']}. {found['attribution']}.",
    ]
    emit(
        found,
        as_json=as_json,
        lines=[*said, *(["Made-up data: no incident in it happened."] if found["made_up"] else [])],
    )
