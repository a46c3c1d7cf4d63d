"""News of runs: to who listens, to who comes back, and to who is there when the service stops."""

import asyncio
import json
from collections.abc import Callable
from typing import Any
from urllib.request import Request, urlopen

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine
from starlette.testclient import TestClient

from aim.api.catalogue import Catalogue
from aim.api.events import HEARTBEAT, Events
from aim.api.security.gate import EVERYBODY
from aim.api.server import running
from aim.db.engine import make_engine
from tests.api.conftest import CELLS, Clock, World


def heard(catalogue: Catalogue, last: int | None, *happens: Callable[[], Any]) -> list[str]:
    """What a listener hears while these things happen, one in each pause, until the service closes."""
    coming = iter(happens)

    async def pause() -> None:
        thing = next(coming, None)
        if thing is None:
            events.close()
        else:
            thing()

    events = Events(catalogue, pause)

    async def listen() -> list[str]:
        return [each async for each in events.stream(EVERYBODY, last)]

    return asyncio.run(listen())


def runs(messages: list[str]) -> list[dict[str, Any]]:
    return [json.loads(each.split("data: ")[1]) for each in messages if "data: " in each]


@pytest.fixture
def catalogue(engine: Engine, clock: Clock) -> Catalogue:
    return Catalogue(engine, clock)


def test_who_listens_hears_of_each_new_run_once(catalogue: Catalogue, world: World, clock: Clock) -> None:
    world.publish("all-crime", {"middlesbrough": CELLS[:3]})

    def publish() -> None:
        world.publish("all-crime", {"middlesbrough": CELLS[:3]})
        world.publish("fires", {"middlesbrough": CELLS[:3]})
        clock.pass_on()

    found = heard(catalogue, None, clock.pass_on, publish, clock.pass_on)
    assert found[0] == "retry: 2000\n\n"
    assert [(each["run"], each["layers"]) for each in runs(found)] == [(2, ["all-crime"]), (3, ["fires"])]
    assert found[1].startswith("id: 2\nevent: run\ndata: {")
    assert runs(found)[0]["as_of"] == "2024-10-31"


def test_who_comes_back_hears_what_was_missed(catalogue: Catalogue, world: World) -> None:
    for _ in range(3):
        world.publish("all-crime", {"middlesbrough": CELLS[:3]})
    assert [each["run"] for each in runs(heard(catalogue, 1))] == [2, 3]
    assert [each["run"] for each in runs(heard(catalogue, 9))] == [3], "the database was made anew"


def test_a_quiet_connection_is_kept_alive(catalogue: Catalogue, clock: Clock) -> None:
    assert heard(catalogue, None, *[clock.pass_on] * HEARTBEAT).count(": still here\n\n") == 1


def test_a_database_that_does_not_answer_ends_nothing(clock: Clock) -> None:
    nowhere = Catalogue(make_engine("postgresql:///aim?host=/nonexistent"), clock)
    assert heard(nowhere, None, clock.pass_on, clock.pass_on) == ["retry: 2000\n\n"]


def test_news_over_http_and_a_listener_does_not_keep_the_service_from_stopping(
    app: FastAPI, world: World, clock: Clock
) -> None:
    world.publish("all-crime", {"middlesbrough": CELLS[:3]})
    with running(app) as address:
        request = Request(f"{address}/events", headers={"Last-Event-ID": "0"})  # noqa: S310  # our own server
        stream = urlopen(request, timeout=30)  # noqa: S310  # the same
        assert stream.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert [next(stream) for _ in range(4)][2:] == [b"id: 1\n", b"event: run\n"]
        world.publish("all-crime", {"middlesbrough": CELLS[:5]})
        clock.pass_on()
        assert b"id: 2\n" in [next(stream) for _ in range(4)]
    stream.close()


def test_the_head_of_the_news_has_an_end(client: TestClient) -> None:
    response = client.head("/events")
    assert (response.status_code, response.headers["cache-control"]) == (200, "no-store")
