"""`aim areas`: the study areas."""

from pathlib import Path
from typing import Annotated

import typer

from aim.cli.common import Json, database, emit, table
from aim.vocabulary.kinds import AreaKind

app = typer.Typer(help="Study areas: what a partnership answers for.", no_args_is_help=True)


@app.command()
def load(
    file: Annotated[Path, typer.Argument(help="GeoJSON, GeoPackage or Shapefile, any coordinate system.")],
    kind: Annotated[AreaKind, typer.Option(help=f"What the areas are: {', '.join(AreaKind)}.")],
    id_field: Annotated[str | None, typer.Option(help="Field with the id; guessed if left out.")] = None,
    name_field: Annotated[str | None, typer.Option(help="Field with the name; guessed if left out.")] = None,
    partnership: Annotated[str | None, typer.Option(help="Join the areas to the partnership of this name.")] = None,
    as_json: Json = False,
) -> None:
    """Load areas. With --partnership, their union is what `aim score` scores."""
    from aim.areas import load_areas

    with database() as (_, engine):
        loaded = load_areas(engine, file, kind, id_field, name_field, partnership)
    lines = [f"{len(loaded.areas):,} areas loaded from {file.name}."]
    lines += [f"Repaired, because the boundary crossed itself: {', '.join(loaded.repaired)}."] * bool(loaded.repaired)
    lines += [f"Left out: {'; '.join(loaded.rejected)}."] * bool(loaded.rejected)
    emit(loaded.as_dict(), as_json=as_json, lines=lines)


@app.command("list")
def list_areas(
    kind: Annotated[AreaKind | None, typer.Option(help="Only areas of this kind.")] = None, as_json: Json = False
) -> None:
    """List the areas."""
    from aim.areas import areas

    with database() as (_, engine), engine.connect() as connection:
        found = [
            {"id": a.id, "kind": a.kind.value, "name": a.name, "partnership": a.partnership}
            for a in areas(connection, kind)
        ]
    lines = table("Areas", ["id", "kind", "name", "partnership"], [area.values() for area in found])
    emit({"areas": found}, as_json=as_json, lines=lines)
