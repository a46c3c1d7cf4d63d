"""Bulk copy: a frame of columns into a table with `COPY`, no row ever a Python object."""

import io

import polars as pl
import polars.selectors as cs
from psycopg import Connection as Psycopg
from psycopg import sql
from sqlalchemy import Connection, Table


def copy_frame(connection: Connection, table: str | Table, frame: pl.DataFrame) -> None:
    """Append `frame` to `table` inside the caller's transaction. The frame's columns name the table's.

    Times go over without their zone, which is quicker: frames and connections of this program are in UTC.
    """
    if frame.is_empty():
        return
    payload = io.BytesIO()
    frame.with_columns(cs.datetime(time_zone="UTC").dt.replace_time_zone(None)).write_csv(payload, include_header=False)
    driver = connection.connection.driver_connection
    assert isinstance(driver, Psycopg), "bulk copy speaks psycopg"  # noqa: S101  # a programming error, not input
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(
        sql.Identifier(table if isinstance(table, str) else table.name),
        sql.SQL(", ").join(map(sql.Identifier, frame.columns)),
    )
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(payload.getbuffer())
