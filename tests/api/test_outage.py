"""A database that goes away under a running service, and comes back."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fastapi import FastAPI
from psycopg import sql
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from aim.db import cluster
from tests.api.conftest import CELLS, Clock, World
from tests.conftest import maintenance

PATHS = ("/collections", "/collections/all-crime/items?limit=1", "/areas", "/feeds", "/health/ready")


@contextmanager
def away(home: Path, engine: Engine) -> Generator[None]:
    """The database takes no connection and has ended those there were, as a server that restarts."""
    name = sql.Identifier(str(engine.url.database))
    with maintenance(home) as session:
        session.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(name))
        session.execute(
            "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE datname = %s AND usename = %s",
            [engine.url.database, cluster.ROLE],
        )
        try:
            yield
        finally:
            session.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(name))


def test_requests_say_when_to_come_back_and_then_succeed_without_a_restart(
    open_app: FastAPI, world: World, clock: Clock, engine: Engine, cluster_home: Path
) -> None:
    world.publish("all-crime", {"middlesbrough": CELLS})
    with TestClient(open_app) as client:
        assert {client.get(path).status_code for path in PATHS} == {200}
        with away(cluster_home, engine):
            for path in PATHS:
                clock.pass_on()
                refused = client.get(path)
                assert (refused.status_code, refused.headers["retry-after"]) == (503, "2"), path
                assert refused.json()["type"] == "urn:problem-type:aim:database-unavailable"
            assert client.get("/health/live").status_code == 200
        clock.pass_on()
        assert {client.get(path).status_code for path in PATHS} == {200}


def test_a_connection_that_dies_in_the_middle_is_the_same_to_a_client(
    open_app: FastAPI, world: World, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.publish("all-crime", {"middlesbrough": CELLS})
    from aim.api import store

    def dies(connection: object, *_: object) -> None:
        with engine.connect() as own:
            own.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    monkeypatch.setattr(store, "areas", dies)
    with TestClient(open_app) as client:
        refused = client.get("/areas")
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "2")
        monkeypatch.undo()
        assert client.get("/areas").status_code == 200
