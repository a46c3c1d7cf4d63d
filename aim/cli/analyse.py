"""`aim analyse`: the methods on plain files, no database."""

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
