"""Bulk copy: a frame of columns into a table, or out of a query, with `COPY`; no row is ever a Python object."""

import io
from dataclasses import dataclass
from typing import Any

import polars as pl
import polars.selectors as cs
from psycopg import Connection as Psycopg
from psycopg import sql
from sqlalchemy import Connection, Table


@dataclass(frozen=True)
class CopyData:
    """Rows in the form that `COPY` reads, made ahead of time so that making and copying can overlap."""

    columns: tuple[str, ...]
    rows: int
    payload: memoryview


def encode(frame: pl.DataFrame) -> CopyData:
    """The rows of a frame whose columns name the table's.

    Times go over without their zone, which is quicker: frames and connections of this program are in UTC.
    """
    payload = io.BytesIO()
    frame.with_columns(cs.datetime(time_zone="UTC").dt.replace_time_zone(None)).write_csv(payload, include_header=False)
    return CopyData(tuple(frame.columns), frame.height, payload.getbuffer())


def copy_data(connection: Connection, table: str, data: CopyData) -> None:
    """Append rows to `table` inside the caller's transaction."""
    if not data.rows:
        return
    columns = sql.SQL(", ").join(map(sql.Identifier, data.columns))
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(sql.Identifier(table), columns)
    with _driver(connection).cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(data.payload)


def copy_frame(connection: Connection, table: Table, frame: pl.DataFrame) -> None:
    """Append a frame to `table` inside the caller's transaction."""
    copy_data(connection, table.name, encode(frame))


def copied(connection: Connection, query: str, values: dict[str, Any], schema: dict[str, pl.DataType]) -> pl.DataFrame:
    """The answer to a query, `values` bound to its `%(name)s`; empty texts and nulls of text are alike.

    A column of Boolean has to come as 0 or 1.
    """
    answer = io.BytesIO()
    statement = f"COPY ({query}) TO STDOUT (FORMAT csv)".encode()
    with _driver(connection).cursor() as cursor, cursor.copy(statement, values) as copy:
        answer.writelines(copy)
    whole = {name: pl.Int8() if kind == pl.Boolean() else kind for name, kind in schema.items()}
    if not answer.tell():
        return pl.DataFrame(schema=schema)
    answer.seek(0)
    frame = pl.read_csv(answer, has_header=False, schema=whole)
    return frame.with_columns(
        pl.col(name).fill_null("") if kind == pl.String() else pl.col(name).cast(kind) for name, kind in schema.items()
    )


def _driver(connection: Connection) -> Psycopg:
    driver = connection.connection.driver_connection
    assert isinstance(driver, Psycopg), "bulk copy speaks psycopg"  # noqa: S101  # a programming error, not input
    return driver
