"""What scoring writes to the database. The methods themselves see arrays only."""

import io
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final

import polars as pl
from sqlalchemy import Connection, insert, select, text

from aim.db.tables import method_result
from aim.hotspots.grid import Grid
from aim.hotspots.method import Answer, Column, Lacking, Scores, Table


@dataclass(frozen=True)
class Version:
    """A layer over an area as one run made it."""

    run: int
    layer: str
    area: str


AS_BEFORE: Final = """
INSERT INTO method_result (run, layer, area, method, inputs, lacking, chosen, figures, body)
SELECT :run, layer, area, method, inputs, lacking, chosen, figures, body FROM method_result
WHERE inputs = :inputs AND layer = :layer AND area = :area AND run = (
    SELECT max(run) FROM published_layer WHERE layer = :layer AND area = :area AND run < :run)
"""


def write_answers(
    connection: Connection, version: Version, inputs: str, grid: Grid, answers: Mapping[str, Answer]
) -> None:
    """Keep what each method said: of the cells, of the area, or why it says nothing.

    `inputs` is the digest of what they were made from.
    """
    keys = asdict(version) | {"inputs": inputs}
    rows = [keys | {"method": name} | _said(grid, answer) for name, answer in answers.items()]
    connection.execute(insert(method_result), rows)


def answers_as_before(connection: Connection, version: Version, inputs: str) -> bool:
    """Whether the last version of the layer has answers made from the same, which are then this run's as well."""
    return connection.execute(text(AS_BEFORE), asdict(version) | {"inputs": inputs}).rowcount > 0


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
