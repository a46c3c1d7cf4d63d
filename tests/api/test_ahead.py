"""Pages made ahead: who asked before a run finds the next one ready, and nothing is made for nobody."""

from threading import enumerate as threads
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine
from starlette.testclient import TestClient

from aim.api.ahead import Ahead
from aim.api.habits import MOST, Habits
from aim.api.security.gate import PRINCIPAL
from aim.api.server import running
from tests.api.conftest import CELLS, Clock, World
from tests.api.test_catalogue import ITEMS, statements
from tests.keys import ANALYST


@pytest.mark.parametrize("coding", ["gzip", "br"])
def test_the_first_client_after_a_run_does_not_wait(
    app: FastAPI, published: TestClient, world: World, clock: Clock, engine: Engine, coding: str
) -> None:
    headers = {"accept-encoding": coding, "accept": "application/geo+json"}
    published.get(ITEMS, headers=headers)
    world.publish("all-crime", {"middlesbrough": CELLS[:9]})
    clock.pass_on()
    Ahead(app.state.service).look()
    with statements(engine) as sent:
        answer = published.get(ITEMS, headers=headers)
    assert not [statement for statement in sent if "published_feature" in statement]
    assert answer.json()["numberMatched"] == 7 + 9
    assert answer.headers["content-encoding"] == coding


def test_nothing_is_made_that_nobody_asked_for(app: FastAPI, published: TestClient, engine: Engine) -> None:
    with statements(engine) as sent:
        Ahead(app.state.service).look()
    assert sent == []


def test_a_layer_that_is_gone_is_passed_over(app: FastAPI, published: TestClient) -> None:
    published.get("/collections/no-such-layer/items")
    Ahead(app.state.service).look()


def test_only_the_latest_habits_are_remembered() -> None:
    habits = Habits()
    scope: dict[str, Any] = {"scheme": "http", "headers": [(b"host", b"x")], PRINCIPAL: ANALYST}
    for number in range(MOST + 5):
        habits.note(scope, f"layer-{number}")
    lately = [habit.layer for habit, _ in habits.lately()]
    assert (len(lately), lately[0]) == (MOST, f"layer-{MOST + 4}")


def test_it_ends_with_the_service(app: FastAPI) -> None:
    with running(app):
        pass
    assert not [thread for thread in threads() if thread.name == "pages-ahead"]
