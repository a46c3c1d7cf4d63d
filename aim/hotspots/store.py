"""What scoring writes to the database. The methods themselves see arrays only."""

import io
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import polars as pl
from sqlalchemy import Connection, func, insert, select

from aim.db.tables import method_result
from aim.hotspots.grid import Grid
from aim.hotspots.method import Answer, Column, Lacking, Scores, Table


@dataclass(frozen=True)
class Version:
    """A layer over an area as one run made it."""

    run: int
    layer: str
    area: str


def write_answers(
    connection: Connection, version: Version, inputs: str, grid: Grid, answers: Mapping[str, Answer]
) -> None:
    """Keep what each method said: of the cells, of the area, or why it says nothing.

    `inputs` is the digest of what they were made from.
    """
    keys = asdict(version) | {"inputs": inputs}
    rows = [keys | {"method": name} | _said(grid, answer) for name, answer in answers.items()]
    connection.execute(insert(method_result), rows)


def tables_from(connection: Connection, layer: str, area: str, inputs: str) -> dict[str, Answer]:
    """What methods said of the whole area when it was last made from the same; nothing where it never was."""
    table = method_result
    same = (table.c.inputs == inputs) & (table.c.layer == layer) & (table.c.area == area)
    last = select(func.max(table.c.run)).where(same).scalar_subquery()
    rows = connection.execute(select(table).where(same & (table.c.run == last))).all()
    return {row.method: _answered(row) for row in rows}


def _answered(row: Any) -> Answer:
    if row.lacking is not None:
        return Lacking(row.lacking)
    columns = {name: values.to_numpy() for name, values in pl.read_ipc(row.body).to_dict().items()}
    return Table(columns, row.figures, row.chosen)


def columns_of(connection: Connection, version: Version, method: str) -> pl.DataFrame | None:
    """What a method said of each cell (`cell` uint64, `score`, `p`, `q` and its own columns), or its table of the area.

    None where it said nothing.
    """
    table = method_result
    keys = asdict(version) | {"method": method}
    query = select(table.c.body).where(*(table.c[name] == value for name, value in keys.items()))
    body = connection.execute(query).scalar_one_or_none()
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
