"""Signing in and out, the account page, and what administrators do, as a browser does it."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine
from starlette.testclient import TestClient

from aim.access.accounts import disable, make
from aim.access.roles import Role
from aim.api.app import create_app
from aim.settings import Settings
from tests.api.conftest import Clock, World
from tests.api.test_gate import Day
from tests.keys import PASSWORD, bearer, new_key


@pytest.fixture
def day() -> Day:
    return Day()


@pytest.fixture
def app(engine: Engine, clock: Clock, day: Day) -> FastAPI:
    return create_app(engine, Settings(), clock, now=day)


@pytest.fixture
def browser(app: FastAPI, engine: Engine) -> Iterator[TestClient]:
    """Of somebody who has not signed in yet; ann is an administrator and jo a viewer."""
    with engine.begin() as connection:
        make(connection, "ann", Role.ADMINISTRATOR, None, None, PASSWORD)
        make(connection, "jo", Role.VIEWER, None, None, PASSWORD)
    with TestClient(app, follow_redirects=False, headers={"accept": "text/html"}) as client:
        yield client


def sign_in(browser: TestClient, name: str, password: str = PASSWORD, next_page: str = "/account") -> str:
    """Sign in and give the token of the account page."""
    response = browser.post("/sign-in", data={"name": name, "password": password, "next": next_page})
    assert (response.status_code, response.headers["location"]) == (303, next_page)
    return token(browser)


def token(browser: TestClient) -> str:
    found = re.search(r'name="csrf" value="(\w{64})"', browser.get("/account").text)
    assert found
    return found[1]


def test_the_cookie_is_bound_as_tightly_as_the_scheme_lets_it(browser: TestClient, app: FastAPI) -> None:
    def cookie(client: TestClient) -> str:
        return client.post("/sign-in", data={"name": "jo", "password": PASSWORD}).headers["set-cookie"]

    plain = re.sub(r"=[\w-]{43};", "=SECRET;", cookie(browser))
    assert plain == "aim=SECRET; HttpOnly; Max-Age=43200; Path=/; SameSite=lax"
    with TestClient(app, base_url="https://aim.example", follow_redirects=False) as over_tls:
        bound = re.sub(r"=[\w-]{43};", "=SECRET;", cookie(over_tls))
        assert over_tls.get("/conformance").headers["strict-transport-security"] == "max-age=31536000"
        assert over_tls.get("/conformance").status_code == 200
    assert bound == "__Host-aim=SECRET; HttpOnly; Max-Age=43200; Path=/; SameSite=lax; Secure"


def test_every_failure_looks_the_same(browser: TestClient, engine: Engine, day: Day) -> None:
    with engine.begin() as connection:
        make(connection, "off", Role.VIEWER, None, None, PASSWORD)
        disable(connection, "off", day(), "tests")
    pages = set[str]()
    for name, password in (("jo", "wrong"), ("nobody", PASSWORD), ("off", PASSWORD), ("", "")):
        response = browser.post("/sign-in", data={"name": name, "password": password, "next": "//evil.example"})
        assert (response.status_code, response.headers["cache-control"]) == (401, "no-store")
        assert "set-cookie" not in response.headers
        pages.add(response.text.replace(f'value="{name}"', 'value=""'))
    [page] = pages
    assert "<title>Error: Sign in" in page
    assert page.count("The name or the password is wrong, or there were too many attempts") == 2
    assert 'name="next" value="/"' in page


def test_a_session_is_new_at_each_sign_in_and_gone_after_sign_out(browser: TestClient) -> None:
    sign_in(browser, "jo")
    before = browser.cookies["aim"]
    csrf = sign_in(browser, "jo")
    after = browser.cookies["aim"]
    assert before != after
    assert browser.post("/sign-out", data={"csrf": csrf}).headers["location"] == "/sign-in"
    for secret in (before, after):
        response = browser.get("/account", headers={"cookie": f"aim={secret}"})
        assert (response.status_code, response.headers["location"]) == (303, "/sign-in?next=%2Faccount")


def test_a_session_ends_after_an_hour_without_use(browser: TestClient, clock: Clock, day: Day) -> None:
    sign_in(browser, "jo")
    clock.seconds += 3600
    day.time += timedelta(minutes=60)
    assert browser.get("/account").status_code == 303


def test_another_site_cannot_act_for_who_is_signed_in(browser: TestClient) -> None:
    csrf = sign_in(browser, "jo")
    other = {"origin": "https://evil.example"}
    for headers, data in (
        ({}, {}),
        ({}, {"csrf": "0" * 64}),
        ({"x-csrf-token": "ä"}, {"csrf": csrf}),
        (other, {"csrf": csrf}),
        ({"origin": "null"}, {"csrf": csrf}),
        ({"sec-fetch-site": "cross-site"}, {"csrf": csrf}),
        ({"sec-fetch-site": "same-site"}, {"csrf": csrf}),
    ):
        sent = [(name.encode(), value.encode()) for name, value in headers.items()]
        assert browser.post("/sign-out", data=data, headers=sent).status_code == 403, headers
    for path in ("/sign-in", "/set-up"):
        assert browser.post(path, data={"name": "jo", "password": PASSWORD}, headers=other).status_code == 403
    assert browser.get("/account").status_code == 200
    ours = {"origin": "http://testserver", "sec-fetch-site": "same-origin", "x-csrf-token": csrf}
    assert browser.post("/sign-out", headers=ours).status_code == 303


def test_a_token_is_of_one_session(browser: TestClient) -> None:
    first = sign_in(browser, "jo")
    second = sign_in(browser, "jo")
    assert browser.post("/sign-out", data={"csrf": first}).status_code == 403
    assert browser.post("/sign-out", data={"csrf": second}).status_code == 303


@pytest.mark.parametrize("body", [b"name=" + b"x" * 70_000, b"name=\xff", b"&".join([b"a=1"] * 101), b"name=%00"])
def test_a_form_that_cannot_be_one_of_ours_is_refused(browser: TestClient, body: bytes) -> None:
    response = browser.post("/sign-in", content=body, headers={"content-type": "application/x-www-form-urlencoded"})
    assert response.status_code in (400, 413)


def test_a_new_password_signs_out_everywhere_else(browser: TestClient, app: FastAPI) -> None:
    with TestClient(app, follow_redirects=False, headers={"accept": "text/html"}) as elsewhere:
        sign_in(elsewhere, "jo")
        csrf = sign_in(browser, "jo")

        def change(current: str, new: str) -> tuple[int, str]:
            data = {"csrf": csrf, "current": current, "password": new}
            response = browser.post("/account/password", data=data)
            return response.status_code, response.text

        wrong, weak = change("wrong", "nine lighthouses"), change(PASSWORD, "short")
        assert (wrong[0], weak[0]) == (400, 400)
        assert 'href="#current">This is not your password' in wrong[1]
        assert 'href="#password">A password has 12 to 128 characters' in weak[1]
        assert change(PASSWORD, "nine lighthouses")[0] == 303
        assert "Your password was changed." in browser.get("/account?done=password").text
        assert elsewhere.get("/account").status_code == 303


def test_only_administrators_see_and_change_accounts(browser: TestClient, engine: Engine) -> None:
    csrf = sign_in(browser, "jo")
    assert browser.get("/admin").status_code == 403
    assert "/admin" not in browser.get("/account").text
    assert browser.post("/admin/accounts/ann/disable", data={"csrf": csrf}).status_code == 403
    assert browser.get("/admin", headers=bearer(new_key(engine))).status_code == 403


def test_an_administrator_adds_and_disables_accounts(browser: TestClient, app: FastAPI, world: World) -> None:
    world.add_area("ward-1", "ward", "891946548cbffff")
    csrf = sign_in(browser, "ann")
    asked = {"name": "Sam", "role": "warden", "agency": "council", "areas": "ward-1", "password": PASSWORD}
    asked |= {"csrf": csrf}
    assert browser.post("/admin/accounts", data=asked).headers["location"] == "/admin#new-account"
    page = browser.get("/admin").text
    assert 'action="/admin/accounts/sam/disable"' in page
    for wrong, words in (
        ({"name": "sam"}, "There is an account “sam” already"),
        ({"name": "<b>"}, "“&lt;b&gt;” cannot be a name"),
        ({"name": "kim", "areas": "ward-1, ward-9"}, "There is no area ward-9"),
        ({"name": "kim", "role": "king"}, "Choose a role and an agency"),
        ({"name": "kim", "password": "short"}, "A password has 12"),
    ):
        refused = browser.post("/admin/accounts", data=asked | wrong)
        assert words in refused.text
        assert "<title>Error: " in refused.text
        assert 400 <= refused.status_code < 500
    with TestClient(app, follow_redirects=False, headers={"accept": "text/html"}) as sam:
        sign_in(sam, "sam")
        assert browser.post("/admin/accounts/sam/disable", data={"csrf": csrf}).status_code == 303
        assert sam.get("/account").status_code == 303, "at once: this process has disabled it itself"
    assert browser.post("/admin/accounts/sam/enable", data={"csrf": csrf}).status_code == 303
    new = {"csrf": csrf, "password": "nine lighthouses"}
    assert browser.post("/admin/accounts/sam/password", data=new).status_code == 303
    last = browser.post("/admin/accounts/ann/disable", data={"csrf": csrf})
    assert (last.status_code, "ann is the last administrator" in last.text) == (409, True)


def test_a_key_is_shown_once_and_revoked(browser: TestClient, app: FastAPI) -> None:
    csrf = sign_in(browser, "ann")
    asked = {"csrf": csrf, "name": "qgis", "role": "viewer", "agency": "", "areas": "", "layers": "", "days": "30"}
    page = browser.post("/admin/keys", data=asked)
    found = re.search(r"<code data-key>([\w-]{43})</code>", page.text)
    assert found
    assert page.headers["cache-control"] == "no-store"
    assert "content-encoding" not in page.headers
    assert found[1] not in browser.get("/admin").text
    assert "account:ann" in browser.get("/admin").text
    for wrong in ("", "0", "731", "²"):
        assert browser.post("/admin/keys", data=asked | {"name": "other", "days": wrong}).status_code == 400
    with TestClient(app, headers=bearer(found[1])) as client:
        assert client.get("/collections").status_code == 200
        assert browser.post("/admin/keys/qgis/revoke", data={"csrf": csrf}).status_code == 303
        assert client.get("/collections").status_code == 401
    assert browser.post("/admin/keys/qgis/revoke", data={"csrf": csrf}).status_code == 404


def test_the_first_administrator_is_made_by_a_link_that_works_once_for_an_hour(app: FastAPI, day: Day) -> None:
    first = app.state.service.first
    with TestClient(app, follow_redirects=False, headers={"accept": "text/html"}) as browser:
        assert browser.get("/set-up?token=").status_code == 403
        old, secret = first.open(), first.open()
        assert old
        assert secret
        assert browser.get(f"/set-up?token={old}").status_code == 403
        day.time += timedelta(hours=1)
        assert browser.get(f"/set-up?token={secret}").status_code == 403
        secret = first.open()
        assert "Make the first administrator" in browser.get(f"/set-up?token={secret}").text
        asked = {"token": secret, "name": "Ann", "password": "short"}
        assert browser.post("/set-up", data=asked).status_code == 400
        made = browser.post("/set-up", data=asked | {"password": PASSWORD})
        assert (made.status_code, made.headers["location"]) == (303, "/admin")
        assert browser.get("/admin").status_code == 200
        assert browser.post("/set-up", data=asked | {"name": "eve", "password": PASSWORD}).status_code == 403
    assert first.open() is None


def test_a_link_is_dead_once_an_administrator_exists(app: FastAPI, engine: Engine) -> None:
    secret = app.state.service.first.open()
    with engine.begin() as connection:
        make(connection, "ann", Role.ADMINISTRATOR, None, None, PASSWORD)
    with TestClient(app) as browser:
        asked = {"token": secret, "name": "eve", "password": PASSWORD}
        assert browser.post("/set-up", data=asked).status_code == 403
