"""Who gets in: nobody without a credential, nobody with a bad one, and nobody longer than their credential lasts."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import Connection, Engine
from starlette.testclient import TestClient

from aim.access import keys, sign_ins
from aim.access.accounts import make
from aim.access.principal import Access, Admission, Principal
from aim.access.roles import Role
from aim.api.app import create_app
from aim.api.security import principals
from aim.api.security.credentials import Shown, Shows
from aim.api.security.principals import REMEMBERED, RENEWED, Principals
from aim.db.engine import make_engine
from aim.settings import Settings
from tests.api.conftest import CELLS, Clock, World
from tests.keys import ANALYST, bearer, new_key

BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
ITEMS = "/collections/all-crime/items"


class Day:
    """The time of day, which a test moves."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time


@pytest.fixture
def day() -> Day:
    return Day()


@pytest.fixture
def stranger(engine: Engine, clock: Clock, day: Day, world: World) -> Iterator[TestClient]:
    """A client that shows nothing."""
    world.publish("all-crime", {"middlesbrough": CELLS})
    with TestClient(create_app(engine, Settings(), clock, now=day), follow_redirects=False) as client:
        yield client


def test_without_a_credential_only_the_doors_are_open(stranger: TestClient) -> None:
    for path in ("/", "/api", "/api.html", "/conformance", ITEMS, "/map", "/events", "/metrics", "/admin", "/nowhere"):
        response = stranger.get(path)
        assert response.status_code == 401, path
        assert response.headers["www-authenticate"] == 'Bearer realm="Active Intelligence Mapping"'
        assert response.json()["type"] == "urn:problem-type:aim:sign-in-needed"
    for path in ("/health/live", "/health/ready", "/sign-in"):
        assert stranger.get(path).status_code == 200, path
    assert stranger.get("/static/nothing.css").status_code == 404


def test_a_browser_is_led_to_the_sign_in_page_and_back(stranger: TestClient) -> None:
    response = stranger.get("/map?layer=all-crime&key=", headers=BROWSER)
    assert response.status_code == 401, "a key that is shown and wrong is said to be wrong"
    response = stranger.get("/map?layer=all-crime", headers=BROWSER)
    assert (response.status_code, response.headers["location"]) == (303, "/sign-in?next=%2Fmap%3Flayer%3Dall-crime")
    assert response.headers["cache-control"] == "no-store"
    assert 'value="/map?layer=all-crime"' in stranger.get(response.headers["location"]).text


def test_a_key_opens_as_header_and_in_the_address_and_shows_up_nowhere(stranger: TestClient, engine: Engine) -> None:
    secret = new_key(engine)
    by_header = stranger.get(ITEMS, params={"limit": 2}, headers=bearer(secret))
    by_address = stranger.get(ITEMS, params={"limit": 2, "key": secret})
    assert by_header.status_code == by_address.status_code == 200
    assert by_header.json()["links"] == by_address.json()["links"]
    assert secret not in by_address.text
    assert secret not in str(by_address.headers)
    refused = stranger.get(ITEMS, params={"key": secret, "kee": 1})
    assert (refused.status_code, secret in refused.text) == (400, False)
    assert stranger.post("/collections", params={"key": secret}).status_code == 403
    assert stranger.post("/collections", headers=bearer(secret)).status_code == 405


@pytest.mark.parametrize("path", [ITEMS, "/"])
def test_a_bad_credential_is_refused_whatever_it_asks_for(stranger: TestClient, engine: Engine, path: str) -> None:
    good = new_key(engine)
    for headers, query in (
        (bearer("wrong"), {}),
        (bearer("wrong"), {"key": good}),
        ({"Authorization": f"Basic {good}"}, {}),
        ({}, {"key": "wrong"}),
        ({}, {"key": [good, good]}),
    ):
        response = stranger.get(path, headers=headers, params=query)
        assert response.status_code == 401
        assert 'error="invalid_token"' in response.headers["www-authenticate"]


def test_a_session_is_no_key_and_a_key_no_session(stranger: TestClient, engine: Engine, day: Day) -> None:
    with engine.begin() as connection:
        jo = make(connection, "jo", Role.ANALYST, None, None)
        session = sign_ins.open_sign_in(connection, jo.id, day())
    assert stranger.get("/", headers={"cookie": f"aim={session}"}).status_code == 200
    assert stranger.get("/", headers=bearer(session)).status_code == 401
    assert stranger.get("/", headers={"cookie": f"aim={new_key(engine)}"}).status_code == 401


def test_a_revoked_key_is_shut_out_within_five_seconds(
    stranger: TestClient, engine: Engine, clock: Clock, day: Day
) -> None:
    with engine.begin() as connection:
        secret = keys.create(connection, "qgis", ANALYST.access, "tests", day())
    assert stranger.get("/", headers=bearer(secret)).status_code == 200
    with engine.begin() as connection:
        keys.revoke(connection, "qgis", day(), "tests")
    clock.seconds += REMEMBERED
    assert stranger.get("/", headers=bearer(secret)).status_code == 401
    assert REMEMBERED < 5


def test_a_key_expires_at_its_second_although_it_is_remembered(stranger: TestClient, engine: Engine, day: Day) -> None:
    with engine.begin() as connection:
        secret = keys.create(connection, "qgis", ANALYST.access, "tests", day(), 1)
    day.time += timedelta(days=1) - timedelta(seconds=1)
    assert stranger.get("/", headers=bearer(secret)).status_code == 200
    day.time += timedelta(seconds=1)
    assert stranger.get("/", headers=bearer(secret)).status_code == 401


def test_what_is_remembered_is_bounded_and_the_wrong_ones_with_it(
    app: FastAPI, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(principals, "MOST", 3)
    secret = new_key(engine)
    with TestClient(app) as client:
        for nth in range(5):
            assert client.get("/", headers=bearer(f"wrong {nth}")).status_code == 401
        assert client.get("/", headers=bearer(secret)).status_code == 200
    assert len(app.state.service.principals.remembered) == 3


def test_a_remembered_principal_asks_no_database(stranger: TestClient, engine: Engine) -> None:
    secret = new_key(engine)
    assert stranger.get("/conformance", headers=bearer(secret)).status_code == 200
    with engine.begin() as connection:
        keys.remove(connection, principals.credential_of(secret))
    assert stranger.get("/conformance", headers=bearer(secret)).status_code == 200


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The credentials of keys that the database was asked for."""
    found, find = list[str](), keys.find

    def noted(connection: Connection, credential: str, now: datetime) -> Admission | None:
        found.append(credential)
        return find(connection, credential, now)

    monkeypatch.setattr(keys, "find", noted)
    return found


def together(told: Principals, shows: Shows, times: int) -> list[Access | None]:
    """What is told to so many who show the same at once, and whatever they began is over."""

    async def tell() -> list[Principal | None]:
        found = await asyncio.gather(*(told.tell(shows) for _ in range(times)))
        await asyncio.gather(*told.asking.under_way.values())
        return found

    return [principal and principal.access for principal in asyncio.run(tell())]


def test_all_who_show_the_same_at_once_wait_for_one_question(app: FastAPI, engine: Engine, asked: list[str]) -> None:
    told, shows = app.state.service.principals, Shows(Shown.HEADER, new_key(engine))
    assert together(told, shows, 20) == [ANALYST.access] * 20
    assert len(asked) == 1


def test_what_is_remembered_is_renewed_beside_the_answers(
    app: FastAPI, engine: Engine, clock: Clock, asked: list[str]
) -> None:
    told, secret = app.state.service.principals, new_key(engine)
    shows = Shows(Shown.HEADER, secret)
    together(told, shows, 1)
    with engine.begin() as connection:
        keys.remove(connection, principals.credential_of(secret))
    clock.seconds += RENEWED
    assert together(told, shows, 3) == [ANALYST.access] * 3
    assert len(asked) == 2
    assert together(told, shows, 3) == [None] * 3
    assert len(asked) == 2
    clock.seconds += REMEMBERED
    assert together(told, shows, 1) == [None]
    assert len(asked) == 3


def test_what_was_asked_before_a_change_is_not_remembered_after_it(
    app: FastAPI, engine: Engine, monkeypatch: pytest.MonkeyPatch, asked: list[str]
) -> None:
    told, shows, find = app.state.service.principals, Shows(Shown.HEADER, new_key(engine)), keys.find

    def changed_meanwhile(*arguments: Any) -> Admission | None:
        told.forget()
        return find(*arguments)

    monkeypatch.setattr(keys, "find", changed_meanwhile)
    together(told, shows, 1)
    together(told, shows, 1)
    assert len(asked) == 2


def test_a_role_without_the_right_is_told_so(stranger: TestClient, engine: Engine) -> None:
    warden = bearer(new_key(engine, Access(Role.WARDEN)))
    assert stranger.get("/map", headers=warden).status_code == 200
    response = stranger.get("/feeds", headers=warden)
    assert (response.status_code, response.json()["type"]) == (403, "urn:problem-type:aim:not-allowed")


def test_without_a_database_nobody_is_let_in_and_the_answer_says_why() -> None:
    app = create_app(make_engine("postgresql:///aim?host=/nonexistent"), Settings())
    with TestClient(app) as client:
        response = client.get("/", headers=bearer("some key"))
    assert (response.status_code, response.json()["type"]) == (503, "urn:problem-type:aim:database-unavailable")


def test_where_everybody_may_enter_an_old_cookie_keeps_nobody_out(open_app: FastAPI) -> None:
    with TestClient(open_app) as client:
        assert client.get("/").status_code == 200
        assert client.get("/", headers={"cookie": "aim=old"}).status_code == 200
        assert client.get("/", headers=bearer("wrong")).status_code == 401
        page = client.get("/account").text
    assert "Nobody is signed in here" in page
