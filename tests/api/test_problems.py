"""Errors that are no fault of a parameter."""

import pytest
from fastapi import FastAPI
from sqlalchemy import text
from starlette.testclient import TestClient

from aim.api.app import create_app
from aim.db.engine import make_engine
from aim.settings import Settings
from tests.api.conftest import World
from tests.keys import ANALYST, bearer, new_key


def test_the_shape_of_a_problem(published: TestClient) -> None:
    response = published.get("/collections/robbery")
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["cache-control"] == "no-store"
    assert response.json() == {
        "type": "urn:problem-type:aim:unknown-name",
        "title": "There is nothing of that name.",
        "status": 404,
        "detail": "There is no layer “robbery”. The layers are all-crime.",
        "instance": "/collections/robbery",
    }


@pytest.mark.parametrize("path", ["", "/items", "/items/x", "/tilejson.json", "/tiles/WebMercatorQuad/0/0/0"])
def test_a_layer_before_anything_is_published(client: TestClient, path: str) -> None:
    response = client.get(f"/collections/all-crime{path}")
    assert response.status_code == 404
    assert response.json()["detail"] == ("There is no layer “all-crime”, for none is published yet: run `aim score`.")


def test_a_path_that_does_not_exist(client: TestClient) -> None:
    response = client.get("/colections")
    assert response.status_code == 404
    assert response.json()["detail"] == (
        "There is nothing at /colections: http://testserver/api.html lists what there is."
    )


def test_a_method_that_the_path_does_not_have(client: TestClient) -> None:
    response = client.post("/collections")
    assert response.status_code == 405
    assert response.headers["allow"] == "GET"
    assert response.json()["title"] == "Method Not Allowed"
    assert response.json()["detail"] == "/collections can only be read, with GET or HEAD, and this was POST."


def test_a_browser_gets_a_page(published: TestClient) -> None:
    response = published.get("/collections/<script>", headers={"accept": "text/html,*/*;q=0.8"})
    assert response.status_code == 404
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "There is no layer “&lt;script&gt;”." in response.text
    assert "<script>”" not in response.text


@pytest.mark.parametrize("path", ["/collections", "/areas", "/health/ready"])
def test_a_database_that_does_not_answer(path: str) -> None:
    engine = make_engine("postgresql:///aim?host=/nonexistent")
    with TestClient(create_app(engine, Settings(), everybody=ANALYST)) as client:
        response = client.get(path)
    assert response.status_code == 503
    assert response.json()["type"] == "urn:problem-type:aim:database-unavailable"
    assert response.headers["retry-after"] == "2"
    assert "The database does not answer" in response.json()["detail"]


def test_a_database_that_was_never_migrated(empty_database_url: str) -> None:
    engine = make_engine(empty_database_url)
    with TestClient(create_app(engine, Settings(), everybody=ANALYST)) as client:
        response = client.get("/collections")
    engine.dispose()
    assert response.status_code == 503
    assert response.json()["detail"] == "The database lacks our tables: run `aim db migrate`."


def test_a_failure_of_ours_says_no_more_than_that(app: FastAPI, world: World) -> None:
    world.publish("all-crime", {"middlesbrough": []})
    with world.engine.begin() as connection:
        connection.execute(text("UPDATE published_layer SET description = '{}'"))
    key = bearer(new_key(world.engine))
    with TestClient(app, raise_server_exceptions=False, headers=key) as client:
        response = client.get("/collections")
    assert response.status_code == 500
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.json()["detail"] == "The service failed at this request; its log says why."


def test_a_parameter_given_twice_is_refused(published: TestClient) -> None:
    refused = published.get("/collections/all-crime/items?limit=1&limit=1000")
    assert refused.status_code == 400
    assert refused.json()["detail"] == "The parameter “limit” is given more than once: give it once."


@pytest.mark.parametrize(
    "moment", ["9999-12-31", "0001-01-01", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"]
)
def test_the_ends_of_the_calendar_are_no_failure(published: TestClient, moment: str) -> None:
    found = published.get("/collections/all-crime/items", params={"datetime": moment})
    assert found.status_code in (200, 400), found.text
    assert published.get("/feeds", params={"as_of": moment[:10]}).status_code == 400
