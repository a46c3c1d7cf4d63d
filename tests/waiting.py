"""Holding a process at a known point of its work, without sleeping."""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, text

PATIENCE = 60
"""Seconds until a test gives up, on the slowest of machines."""

WAITING = """
SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = CAST(:table AS regclass)
AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
CONNECTED = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
END_THOSE_WHO_WAIT = "SELECT count(pg_terminate_backend(pid)) FROM pg_locks WHERE NOT granted AND relation IS NOT NULL"


@contextmanager
def held(engine: Engine, table: str) -> Generator[None]:
    """Nobody writes to the table while the block runs; everybody may read."""
    with engine.connect() as connection, connection.begin():
        connection.execute(text(f"LOCK TABLE {table} IN SHARE MODE"))
        yield


def await_waiting(engine: Engine, table: str, number: int = 1) -> None:
    """Until this many are held up at the table."""
    await_count(engine, WAITING, lambda n: n == number, table=table)


def await_alone(engine: Engine) -> None:
    """Until nobody else is connected to the database. Closes the engine's own idle connections."""
    engine.dispose()
    await_count(engine, CONNECTED, lambda n: n == 0)


def await_count(engine: Engine, query: str, expected: Callable[[int], bool], **values: Any) -> None:
    """Ask until the database answers as expected; fail rather than hang."""
    deadline = time.monotonic() + PATIENCE
    while True:
        with engine.connect() as connection:
            found = connection.execute(text(query), values).scalar_one()
        if expected(found):
            return
        assert time.monotonic() < deadline, f"{query} still gives {found}"
