"""Signing in through a real provider, and all that must not sign anybody in."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pytest
from sqlalchemy import Engine, delete, func, select
from starlette.testclient import TestClient

from aim.access import accounts
from aim.access.roles import Role
from aim.api.app import create_app, utc_now
from aim.db.engine import make_engine
from aim.db.tables import account, audit_log, sign_in
from aim.doctor import identity_provider
from aim.settings import Settings
from aim.vocabulary.nim import Agency
from tests.conftest import MIGRATED, copy_of
from tests.oidc.conftest import SECRET, LiveProvider

ROLES: Final = """
ask = "the analysts"

[[map]]
claim = "roles"
value = "AIM.Analyst"
role = "analyst"
agency = "police"
areas = ["middlesbrough"]

[[map]]
claim = "roles"
value = "AIM.Viewer"
role = "viewer"
"""
HTML: Final = {"Accept": "text/html"}


class Time:
    """The time of day, which a test may move on."""

    passed = timedelta()

    def __call__(self) -> Any:
        return utc_now() + self.passed


class Browser:
    """Somebody's browser, at this service and at the provider."""

    def __init__(self, client: TestClient, live: LiveProvider, engine: Engine) -> None:
        self.client, self.live, self.engine = client, live, engine
        with engine.begin() as connection:
            self.lines = connection.execute(select(func.count()).select_from(audit_log)).scalar_one()

    def leave(self, onward: str = "/collections") -> str:
        """Begin; the provider's address."""
        response = self.client.get("/sign-in/oidc", params={"next": onward})
        assert response.status_code == 303, response.text
        return response.headers["location"]

    def come_back(self, url: str) -> httpx2.Response:
        return self.client.get(url, headers=HTML)

    def sign_in(self, onward: str = "/collections") -> httpx2.Response:
        return self.come_back(self.live.visit(self.leave(onward)))

    @property
    def is_in(self) -> bool:
        return self.client.get("/collections").status_code == 200

    def accounts(self) -> list[tuple[Any, ...]]:
        named = select(account.c.name, account.c.role, account.c.agency, account.c.areas, account.c.subject)
        with self.engine.begin() as connection:
            return [tuple(row) for row in connection.execute(named.order_by(account.c.id))]

    def log(self) -> list[str]:
        """The events about whoever can sign in, since this browser was opened."""
        with self.engine.begin() as connection:
            lines = connection.scalars(
                select(audit_log.c.detail["event"].astext).order_by(audit_log.c.id).offset(self.lines)
            )
            return [line for line in lines if line and line != "signed out"]

    def sessions(self) -> int:
        with self.engine.begin() as connection:
            return len(connection.execute(select(sign_in)).all())


@pytest.fixture(scope="module")
def database(cluster_home: Path) -> Iterator[Engine]:
    """One for all of these tests: making one takes longer than they do."""
    with copy_of(cluster_home, MIGRATED) as url:
        engine = make_engine(url)
        yield engine
        engine.dispose()


@pytest.fixture
def engine(database: Engine) -> Engine:
    """Where nobody has an account."""
    with database.begin() as connection:
        connection.execute(delete(account))
    return database


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def settings(live: LiveProvider, tmp_path: Path) -> Settings:
    (tmp_path / "roles.toml").write_text(ROLES, encoding="utf-8")
    (tmp_path / "secret").write_text(f"{SECRET}\n", encoding="utf-8")
    (tmp_path / "secret").chmod(0o600)
    return Settings(
        oidc_issuer=live.issuer,
        oidc_client_id="aim",
        oidc_client_secret_file=tmp_path / "secret",
        oidc_roles=tmp_path / "roles.toml",
        fetch_allow=live.host,
    )


@pytest.fixture
def browser(live: LiveProvider, engine: Engine, settings: Settings, time: Time) -> Iterator[Browser]:
    live.sign_in_as("1234")
    app = create_app(engine, settings, now=time)
    with TestClient(app, follow_redirects=False) as client:
        yield Browser(client, live, engine)


def changed(url: str, **parameters: str) -> str:
    """The address with other parameters."""
    parts = urlsplit(url)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()} | parameters
    return parts._replace(query=urlencode(query)).geturl()


def test_the_first_sign_in_makes_an_account_and_keeps_nothing_else(browser: Browser) -> None:
    assert not browser.is_in
    browser.live.sign_in_as("1234", name="Jo Bloggs", birthdate="1970-01-01", email="jo@home.example")
    response = browser.sign_in("/map?layer=all-crime")
    assert (response.status_code, response.headers["location"]) == (303, "/map?layer=all-crime")
    assert response.headers["cache-control"] == "no-store"
    assert browser.is_in
    assert browser.accounts() == [("1234@council.example", "analyst", "police", ["middlesbrough"], "1234")]


def test_the_provider_is_asked_as_it_should_be(browser: Browser) -> None:
    asked = {name: value for name, (value,) in parse_qs(urlsplit(browser.leave()).query).items()}
    assert asked.pop("state") != asked.pop("nonce") != asked.pop("code_challenge")
    assert asked == {
        "client_id": "aim",
        "response_type": "code",
        "redirect_uri": "http://testserver/sign-in/oidc/callback",
        "scope": "openid profile email",
        "code_challenge_method": "S256",
    }


def test_the_attempt_is_kept_where_no_script_reads_it(browser: Browser) -> None:
    cookie = browser.client.get("/sign-in/oidc").headers["set-cookie"].lower()
    assert {"httponly", "samesite=lax", "path=/", "max-age=600"} <= {part.strip() for part in cookie.split(";")}
    cookie = browser.client.get("https://testserver/sign-in/oidc").headers["set-cookie"]
    assert cookie.startswith("__Host-aim-attempt=")
    assert "Secure" in cookie


def test_a_public_client_needs_no_secret(browser: Browser, engine: Engine, settings: Settings) -> None:
    public = settings.model_copy(update={"oidc_client_id": "aim-public", "oidc_client_secret_file": None})
    with TestClient(create_app(engine, public), follow_redirects=False) as client:
        other = Browser(client, browser.live, engine)
        assert other.sign_in().status_code == 303
        assert other.is_in


def test_a_wrong_secret_is_said_to_be_one(browser: Browser, engine: Engine, settings: Settings) -> None:
    assert settings.oidc_client_secret_file is not None
    settings.oidc_client_secret_file.write_text("wrong", encoding="utf-8")
    with TestClient(create_app(engine, settings), follow_redirects=False) as client:
        response = Browser(client, browser.live, engine).sign_in()
    assert response.status_code == 503
    assert "AIM_OIDC_CLIENT_SECRET_FILE" in response.text
    assert "wrong" not in response.text


@pytest.mark.parametrize("parameters", [{"state": "of another"}, {"state": ""}])
def test_another_state_signs_nobody_in(browser: Browser, parameters: dict[str, str]) -> None:
    back = browser.live.visit(browser.leave())
    response = browser.come_back(changed(back, **parameters))
    assert response.status_code == 400
    assert "This browser did not begin this sign-in" in response.text
    assert not browser.is_in


def test_another_browser_cannot_end_what_one_began(browser: Browser) -> None:
    back = browser.live.visit(browser.leave())
    browser.client.cookies.clear()
    assert browser.come_back(back).status_code == 400
    browser.leave()
    assert browser.come_back(back).status_code == 400
    assert not browser.is_in


def test_a_code_is_good_once(browser: Browser) -> None:
    url = browser.leave()
    attempt = dict(browser.client.cookies)
    back = browser.live.visit(url)
    assert browser.come_back(back).status_code == 303
    assert browser.come_back(back).status_code == 400  # the attempt is over
    browser.client.cookies.clear()
    browser.client.cookies.update(attempt)
    response = browser.come_back(back)
    assert response.status_code == 400
    assert "used already or took too long" in response.text
    assert not browser.is_in


@pytest.mark.parametrize("code", ["of nobody", "\0\u00fc&code_verifier=x", "x" * 5_000, "${7*7}{{7*7}}%0d%0a"])
def test_a_code_that_the_provider_never_gave(browser: Browser, code: str) -> None:
    back = browser.live.visit(browser.leave())
    assert browser.come_back(changed(back, code=code)).status_code == 400
    assert not browser.is_in


@pytest.mark.parametrize(("name", "said"), [("nonce", "nonce"), ("code_challenge", "used already")])
def test_an_answer_to_another_question_signs_nobody_in(browser: Browser, name: str, said: str) -> None:
    """Somebody sends a person to the provider with an address of their own making."""
    back = browser.live.visit(changed(browser.leave(), **{name: "A" * 43}))
    response = browser.come_back(back)
    assert response.status_code == 400
    assert said in response.text
    assert not browser.is_in


def test_a_code_for_another_client_is_worth_nothing(browser: Browser) -> None:
    back = browser.live.visit(changed(browser.leave(), client_id="aim-public"))
    assert browser.come_back(back).status_code == 400
    assert not browser.is_in


def test_a_token_that_has_expired_signs_nobody_in(browser: Browser, time: Time) -> None:
    back = browser.live.visit(browser.leave())
    time.passed = timedelta(days=1)
    response = browser.come_back(back)
    assert response.status_code == 400
    assert "expired" in response.text
    assert not browser.is_in


def test_new_keys_are_fetched_once_they_are_met(browser: Browser) -> None:
    assert browser.sign_in().status_code == 303
    browser.live.rotate_keys()
    browser.live.sign_in_as("1234")
    assert browser.sign_in().status_code == 303


def test_a_person_who_says_no_comes_back_without_a_code(browser: Browser) -> None:
    state = parse_qs(urlsplit(browser.leave()).query)["state"][0]
    told = {"state": state, "error": "access_denied", "error_description": "<b>no</b>", "iss": browser.live.issuer}
    response = browser.client.get("/sign-in/oidc/callback", params=told, headers=HTML)
    assert response.status_code == 400
    assert "(access_denied): start again, or ask the analysts." in response.text
    assert "<b>no" not in response.text


def test_another_provider_cannot_send_anybody_back(browser: Browser) -> None:
    back = browser.live.visit(browser.leave())
    assert browser.come_back(changed(back, iss="https://other.example")).status_code == 400
    assert not browser.is_in


@pytest.mark.parametrize("onward", ["https://evil.example", "//evil.example/", "/\\evil.example", "javascript:x"])
def test_whoever_signs_in_stays_here(browser: Browser, onward: str) -> None:
    assert browser.sign_in(onward).headers["location"] == "/"


def test_whoever_has_no_role_is_told_whom_to_ask(browser: Browser) -> None:
    browser.live.sign_in_as("1234", roles=["Other"])
    response = browser.sign_in()
    assert response.status_code == 403
    assert "ask the analysts for one" in response.text
    assert browser.accounts() == []


def test_rights_follow_the_provider_at_each_sign_in(browser: Browser) -> None:
    browser.sign_in()
    browser.live.sign_in_as("1234", roles=["AIM.Viewer"], preferred_username="renamed")
    browser.sign_in()
    assert browser.accounts() == [("1234@council.example", "viewer", None, None, "1234")]
    browser.live.sign_in_as("1234", roles=[])
    assert browser.sign_in().status_code == 403
    assert browser.sessions() == 0
    assert not browser.is_in
    assert browser.log() == ["account made", "signed in", "rights changed", "signed in", "turned away at sign-in"]


def test_a_disabled_account_stays_out(browser: Browser, time: Time) -> None:
    browser.sign_in()
    with browser.engine.begin() as connection:
        accounts.disable(connection, "1234@council.example", time(), "account:admin")
    browser.client.cookies.clear()
    response = browser.sign_in()
    assert response.status_code == 403
    assert "is disabled in this service" in response.text
    assert browser.log()[-2:] == ["account disabled", "turned away at sign-in"]
    assert not browser.is_in


def test_nobody_is_taken_over_by_name(browser: Browser) -> None:
    with browser.engine.begin() as connection:
        accounts.make(connection, "jo", Role.ADMINISTRATOR, Agency.POLICE, None, "a long enough password")
    for subject in ("first", "second"):
        browser.live.sign_in_as(subject, preferred_username="Jo")
        assert browser.sign_in().status_code == 303
    local, first, second = browser.accounts()
    assert local == ("jo", "administrator", "police", None, None)
    assert {first[0][:3], second[0][:3]} == {"jo-"}
    assert first[0] != second[0]


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ({"preferred_username": "O'Brien+x#EXT#@council.example"}, "o-brien-x-ext-@council.example"),
        ({"preferred_username": "", "email": "jo@council.example"}, "jo@council.example"),
        ({"preferred_username": "@" * 70}, "somebody"),
        ({"preferred_username": "x" * 300}, "x" * 64),
        ({"preferred_username": None}, "somebody"),
    ],
)
def test_an_account_is_called_what_it_can_be(browser: Browser, told: dict[str, Any], name: str) -> None:
    browser.live.sign_in_as("1234", **told)
    browser.sign_in()
    assert [row[0] for row in browser.accounts()] == [name]


def test_a_provider_that_is_down_stops_nobody_else(engine: Engine, settings: Settings) -> None:
    down = settings.model_copy(update={"oidc_issuer": "http://127.0.0.1:9", "fetch_allow": "127.0.0.1:9"})
    with engine.begin() as connection:
        accounts.make(connection, "jo", Role.ANALYST, None, None, "a long enough password")
    with TestClient(create_app(engine, down), follow_redirects=False) as client:
        response = client.get("/sign-in/oidc", headers=HTML)
        assert response.status_code == 503
        assert response.headers["retry-after"] == "60"
        assert "sign in with a local account" in response.text
        form = {"name": "jo", "password": "a long enough password"}
        assert client.post("/sign-in", data=form).status_code == 303
        assert client.get("/collections").status_code == 200


def test_the_doctor_asks_the_provider(settings: Settings) -> None:
    (fine,) = identity_provider(settings)
    assert fine.ok
    (ill,) = identity_provider(settings.model_copy(update={"oidc_issuer": f"{settings.oidc_issuer}/"}))
    assert "calls itself" in ill.advice
    assert list(identity_provider(Settings())) == []


def test_leaving_ends_at_the_sign_in_page(browser: Browser) -> None:
    left = browser.client.get("/sign-in/oidc/leave").headers["location"]
    assert left.startswith(
        f"{browser.live.issuer}/session/end?client_id=aim&post_logout_redirect_uri=http%3A%2F%2Ftests"
    )
    assert browser.live.client.get(left).status_code == 200


def test_the_sign_in_page_offers_it(browser: Browser, engine: Engine) -> None:
    assert 'href="/sign-in/oidc?next=/map"' in browser.client.get("/sign-in?next=/map").text
    with TestClient(create_app(engine, Settings())) as client:
        assert "/sign-in/oidc" not in client.get("/sign-in").text
        assert client.get("/sign-in/oidc").status_code == 404
