"""What scoring writes to the database. The methods themselves see arrays only."""

import io
from collections.abc import Mapping

import polars as pl
from sqlalchemy import Connection, insert, select

from aim.db.tables import method_result
from aim.hotspots.grid import Grid
from aim.hotspots.method import Answer, Column, Lacking, Scores, Table


def write_answers(
    connection: Connection, run: int, layer: str, area: str, grid: Grid, answers: Mapping[str, Answer]
) -> None:
    """Keep what each method said: of the cells, of the area, or why it says nothing."""
    keys = {"run": run, "layer": layer, "area": area}
    rows = [keys | {"method": name} | _said(grid, answer) for name, answer in answers.items()]
    connection.execute(insert(method_result), rows)


def columns_of(connection: Connection, run: int, layer: str, area: str, method: str) -> pl.DataFrame | None:
    """What a method said of each cell (`cell` uint64, `score`, `p`, `q` and its own columns), or its table of the area.

    None where it said nothing.
    """
    table = method_result
    keys = (table.c.run == run) & (table.c.layer == layer) & (table.c.area == area) & (table.c.method == method)
    body = connection.execute(select(table.c.body).where(keys)).scalar_one_or_none()
    return None if body is None else pl.read_ipc(body)


def _said(grid: Grid, answer: Answer) -> dict[str, object]:
    match answer:
        case Lacking(why):
            return {"lacking": why, "chosen": {}, "figures": {}, "body": None}
        case Scores():
            columns: Mapping[str, Column] = {
                "cell": grid.cells,
                "score": answer.score,
                **_tested(answer),
                **answer.columns,
            }
            figures: Mapping[str, object] = {}
        case Table():
            columns, figures = answer.columns, answer.figures
    return {"lacking": None, "chosen": dict(answer.chosen), "figures": dict(figures), "body": _body(columns)}


def _tested(scores: Scores) -> dict[str, Column]:
    return {name: values for name, values in (("p", scores.p), ("q", scores.q)) if values is not None}


def _body(columns: Mapping[str, Column]) -> bytes:
    body = io.BytesIO()
    pl.DataFrame(dict(columns)).write_ipc(body, compression="zstd")
    return body.getvalue()
