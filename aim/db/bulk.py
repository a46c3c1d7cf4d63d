"""Bulk copy: a frame of columns into a table with `COPY`, no row ever a Python object."""

import io
from dataclasses import dataclass

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
    driver = connection.connection.driver_connection
    assert isinstance(driver, Psycopg), "bulk copy speaks psycopg"  # noqa: S101  # a programming error, not input
    columns = sql.SQL(", ").join(map(sql.Identifier, data.columns))
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(sql.Identifier(table), columns)
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(data.payload)


def copy_frame(connection: Connection, table: Table, frame: pl.DataFrame) -> None:
    """Append a frame to `table` inside the caller's transaction."""
    copy_data(connection, table.name, encode(frame))
