"""The control strategy over HTTP."""

import json
from importlib.resources import files
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine
from starlette.testclient import TestClient

from aim.access.principal import Access
from aim.access.roles import May, Role, rights
from tests.audit.lines import entries
from tests.keys import bearer, new_key
from tests.strategy.files import priority, strategy

TOML, JSON = {"content-type": "application/toml"}, {"content-type": "application/json"}
SHIPPED = files("aim.strategy").joinpath("default.toml").read_bytes()
WRITERS = [role for role in Role if May.WRITE_STRATEGY in rights()[role].may]


@pytest.fixture
def client(app: FastAPI, engine: Engine) -> TestClient:
    """Who asks is one that may set the strategy."""
    return as_role(app, engine, Role.COORDINATOR)


def as_role(app: FastAPI, engine: Engine, role: Role) -> TestClient:
    return TestClient(app, headers=bearer(new_key(engine, Access(role))))


def put(client: TestClient, body: Any, headers: dict[str, str] = JSON) -> Any:
    return client.put("/strategy", content=body, headers=headers)


def test_before_one_is_loaded_there_is_none_and_no_error(client: TestClient) -> None:
    assert client.get("/strategy").json()["priorities"] == []
    assert client.get("/strategy/versions").json()["versions"] == []
    page = client.get("/strategy", headers={"accept": "text/html"})
    assert (page.status_code, "No control strategy is loaded yet" in page.text) == (200, True)
    assert client.get("/strategy?version=1").status_code == 404


def test_it_is_set_as_toml_or_json_and_read_by_version(engine: Engine, client: TestClient) -> None:
    assert put(client, SHIPPED, TOML).json()["version"] == 1
    assert put(client, SHIPPED, TOML).json()["unchanged"] is True
    ours = strategy(priority("fires", "secondary_fire", title="Fires <b>& more</b>"))
    assert put(client, json.dumps(ours)).json()["version"] == 2
    found = client.get("/strategy").json()
    assert (found["version"], found["title"]) == (2, "Testby's strategy")
    lines = [line for line in entries(engine) if line.action == "alteration"]
    assert [(line.actor, line.subject) for line in lines] == [(found["loaded_by"], f"strategy/{n}") for n in (1, 2)]
    assert found["loaded_by"].startswith("key:test-")
    assert found["priorities"][0]["strands"] == {"prevention": ["Lighting"], "enforcement": ["Patrols"]}
    assert [each["version"] for each in client.get("/strategy/versions").json()["versions"]] == [2, 1]
    old = client.get("/strategy?version=1", headers={"accept": "text/html"}).text
    assert "Version 2 is the current one" in old
    assert "nobody has agreed this strategy" in old
    assert "Detached youth work" in old
    page = client.get("/strategy", headers={"accept": "text/html"}).text
    assert "Fires &lt;b&gt;&amp; more&lt;/b&gt;" in page
    assert "Made up" not in page


@pytest.mark.parametrize(
    ("body", "headers", "status", "why"),
    [
        (b"{", JSON, 400, "The body is not JSON"),
        (b"\xff", JSON, 400, "not UTF-8"),
        (SHIPPED, {"content-type": "text/plain"}, 400, "Say with Content-Type"),
        (b"x" * 2_000_000, TOML, 413, "send less at a time"),
        (b"title =", TOML, 422, "The body is not TOML"),
        (b'{"colour": "red"}', JSON, 422, "colour: there is no such field"),
        (b"[]", JSON, 422, "not a control strategy"),
    ],
)
def test_what_is_wrong_is_told_and_changes_nothing(
    client: TestClient, body: bytes, headers: dict[str, str], status: int, why: str
) -> None:
    response = put(client, body, headers)
    assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json")
    assert why in response.json()["detail"]
    assert client.get("/strategy/versions").json()["versions"] == []


@pytest.mark.parametrize("role", Role)
def test_each_role_reads_and_sets_it_as_its_rights_say(app: FastAPI, engine: Engine, role: Role) -> None:
    client = as_role(app, engine, role)
    may = rights()[role].may
    assert client.get("/strategy").status_code == (200 if May.READ_STRATEGY in may else 403)
    assert put(client, SHIPPED, TOML).status_code == (200 if role in WRITERS else 403)
