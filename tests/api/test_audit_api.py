"""Nobody sees a layer without a line in the log, and who reads the log is in it, too."""

from typing import Any, Final

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, text
from starlette.testclient import TestClient

from aim.access.principal import Access, Principal
from aim.access.roles import Role
from aim.api.looking import action_of
from aim.api.server import running
from aim.api.service import Call
from aim.audit.log import Action
from aim.vocabulary.nim import Agency
from tests.api.conftest import CELLS, World
from tests.audit.lines import entries

VALUES: Final = {"collectionId": "all-crime", "id": CELLS[0], "method": "gi_star"}
PLACE: Final = {"tileMatrix": "10", "tileRow": "325", "tileCol": "508"}
SUBJECT: Final = "layer/all-crime@1"
SAYS_NOTHING_OF_PLACES: Final = {"collection", "schema", "queryables", "sortables"}
"""Routes of a layer that describe it: titles, properties, how many hexagons there are."""


class Somebody:
    """Lets a test choose who asks, whoever the gate takes the client for."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.monkeypatch = monkeypatch

    def asks(self, name: str, role: Role = Role.ANALYST) -> None:
        principal = Principal(name, Access(role, Agency.POLICE), credential="")
        self.monkeypatch.setattr(Call, "principal", property(lambda _: principal))


@pytest.fixture
def somebody(monkeypatch: pytest.MonkeyPatch) -> Somebody:
    return Somebody(monkeypatch)


def of_layers(app: FastAPI) -> dict[str, str]:
    """The paths that are about one layer, by the names of their routes."""
    paths: dict[str, Any] = app.openapi()["paths"]
    return {each["get"]["operationId"]: path for path, each in paths.items() if "{collectionId}" in path}


def test_no_route_shows_a_layer_without_a_line(
    app: FastAPI, published: TestClient, world: World, somebody: Somebody
) -> None:
    world.add_answer("all-crime", "gi_star")
    for name, path in of_layers(app).items():
        somebody.asks(f"account:{name}")
        before = len(entries(world.engine))
        response = published.get(path.format(**VALUES, **PLACE), headers={"accept": "application/json"})
        assert response.status_code == 200, path
        told = {"how": name, "role": "analyst", "agency": "police"}
        line = ("consultation", f"account:{name}", SUBJECT, told)
        assert entries(world.engine, before) == ([] if name in SAYS_NOTHING_OF_PLACES else [line]), path


@pytest.mark.parametrize(
    ("name", "role", "action"),
    [
        ("account:jo", Role.WARDEN, Action.CONSULTATION),
        ("demo", Role.ANALYST, Action.CONSULTATION),
        ("key:qgis", Role.ANALYST, Action.DISCLOSURE),
        ("account:college", Role.VIEWER, Action.DISCLOSURE),
    ],
)
def test_a_key_and_who_is_outside_are_given_what_others_look_at(name: str, role: Role, action: Action) -> None:
    assert action_of(Principal(name, Access(role), credential="")) is action


def test_a_look_through_a_key_is_a_disclosure_and_tells_of_a_filter_only_that_there_was_one(
    published: TestClient, engine: Engine, somebody: Somebody
) -> None:
    somebody.asks("key:qgis")
    before = len(entries(engine))
    published.get("/collections/all-crime/items", params={"bbox": "-2,54,-1,55", "filter": "rank < 3"})
    told = {"how": "items", "role": "analyst", "agency": "police", "bbox": True, "filter": True}
    assert entries(engine, before) == [("disclosure", "key:qgis", SUBJECT, told)]


def test_a_look_is_written_once_a_minute_and_the_rest_counted(
    app: FastAPI, published: TestClient, engine: Engine, somebody: Somebody
) -> None:
    somebody.asks("account:jo")
    before = len(entries(engine))
    for number in range(5):
        assert published.get("/collections/all-crime/items", params={"limit": number + 1}).status_code == 200
    assert len(entries(engine, before)) == 1
    app.state.service.looks.close()
    again = {"again": 4, "since_line": before + 1}
    assert entries(engine, before + 1) == [("consultation", "account:jo", SUBJECT, again)]


def test_a_service_that_stops_writes_what_it_has_counted(app: FastAPI, engine: Engine) -> None:
    with running(app):
        looks = app.state.service.looks
        looks.first("account:jo", SUBJECT)
        assert looks.known("account:jo", SUBJECT)
        assert len(entries(engine)) == 1
    assert entries(engine, 1) == [("consultation", "account:jo", SUBJECT, {"again": 1, "since_line": 1})]


def test_what_cannot_be_logged_is_not_shown(published: TestClient, engine: Engine, somebody: Somebody) -> None:
    somebody.asks("account:jo")
    with engine.begin() as connection:
        connection.execute(text("ALTER FUNCTION audit_append RENAME TO audit_gone"))
    response = published.get("/collections/all-crime/items")
    assert response.status_code == 503
    assert response.json()["type"] == "urn:problem-type:aim:log-unavailable"
    assert CELLS[0] not in response.text
    assert published.get("/collections").status_code == 200


def test_the_log_is_for_who_may_read_it(published: TestClient, somebody: Somebody) -> None:
    somebody.asks("account:jo")
    assert published.get("/audit").status_code == 403


def test_the_log_page_by_page_and_that_it_was_read(published: TestClient, engine: Engine, somebody: Somebody) -> None:
    before = len(entries(engine))
    for name in ("account:a", "account:b", "account:<b>c</b>"):
        somebody.asks(name)
        published.get("/collections/all-crime/items")
    somebody.asks("account:root", Role.ADMINISTRATOR)
    first = published.get("/audit", params={"limit": 3}).json()
    assert [line["actor"] for line in first["lines"]] == ["account:root", "account:<b>c</b>", "account:b"]
    assert first["lines"][0]["subject"] == "audit"
    [older] = [link["href"] for link in first["links"] if link["rel"] == "next"]
    second = published.get(older).json()
    assert second["lines"][0]["actor"] == "account:a"
    assert [link["rel"] for link in second["links"]] == ["self", "alternate"]
    assert len(entries(engine, before)) == 4, "a second look in the same minute is a count"


def test_the_log_by_kind_by_who_and_by_what(published: TestClient, somebody: Somebody) -> None:
    somebody.asks("key:qgis")
    published.get("/collections/all-crime/items")
    somebody.asks("account:root", Role.ADMINISTRATOR)

    def actors(**asked: str) -> list[str]:
        return [line["actor"] for line in published.get("/audit", params=asked).json()["lines"]]

    assert actors(action="disclosure") == actors(actor="key:qgis") == actors(subject="layer/all-crime") == ["key:qgis"]
    assert actors(subject="layer/%") == actors(actor="key:qgi") == []
    assert published.get("/audit", params={"action": "gossip"}).status_code == 400


def test_the_page_of_the_log_escapes_what_it_shows(published: TestClient, somebody: Somebody) -> None:
    somebody.asks("account:<b>c</b>")
    published.get("/collections/all-crime/items")
    somebody.asks("account:root", Role.ADMINISTRATOR)
    page = published.get("/audit", headers={"accept": "text/html"}).text
    assert "account:&lt;b&gt;c&lt;/b&gt;" in page
    assert "<b>c" not in page
    assert "actor=account%3A%3Cb%3Ec%3C/b%3E" in page
