"""What a provider may say of itself, and what happens where it says something else. Its answers are written here."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import pytest

from aim.api.security.oidc.attempt import Attempt
from aim.api.security.oidc.provider import LIFETIME, Provider, Registration
from aim.errors import AimError, IdentityNotProven, SetupError, TryAgainLater
from aim.ingest.fetching.addresses import Allowed
from aim.ingest.fetching.conversation import Limits, Wire
from tests.ingest.fetching.conftest import Act, Stage, answer, hang, redirect, reset, silent
from tests.oidc.conftest import CALLBACK

NOW: Final = datetime(2026, 10, 1, 9, 0, tzinfo=UTC)
DESCRIBED: Final = "/.well-known/openid-configuration"
ATTEMPT: Final = Attempt.begin("/")


class Clock:
    """Stands still until a test moves it."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def described(stage: Stage, **changed: Any) -> dict[str, Any]:
    """What a provider of this stage says of itself."""
    own = {"issuer": stage.url(""), "jwks_uri": stage.url("/keys"), "token_endpoint": stage.url("/token")}
    return {**own, "authorization_endpoint": stage.url("/auth"), **changed}


def gives(document: Any, status: int = 200) -> Act:
    return answer(json.dumps(document).encode(), status, Content_Type="application/json")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def provider(stage: Stage, clock: Clock) -> Provider:
    """Described as it should be; it has no keys and gives no tokens."""
    stage.on(DESCRIBED, gives(described(stage)))
    return provider_at(stage, clock)


def provider_at(stage: Stage, clock: Clock, **limits: Any) -> Provider:
    wire = Wire(f"localhost:{stage.port}", Allowed(frozenset({"localhost"})), replace(Limits(), **limits))
    return Provider(Registration(stage.url(""), "aim", "secret"), wire, clock)


def test_what_it_says_of_itself_is_kept_for_an_hour(provider: Provider, stage: Stage, clock: Clock) -> None:
    for clock.seconds in (0, LIFETIME - 1, LIFETIME):
        provider.address(ATTEMPT, CALLBACK)
    assert [seen.path for seen in stage.seen] == [DESCRIBED] * 2


def test_a_provider_that_comes_back_is_asked_again(provider: Provider, stage: Stage) -> None:
    stage.on(DESCRIBED, answer(b"", 503), gives(described(stage)))
    with pytest.raises(TryAgainLater, match="answers 503: try again in a minute, or sign in with a local account"):
        provider.address(ATTEMPT, CALLBACK)
    assert provider.address(ATTEMPT, CALLBACK)


@pytest.mark.parametrize(
    ("act", "error", "said"),
    [
        (answer(b"", 404), TryAgainLater, "answers 404"),
        (redirect("/elsewhere"), TryAgainLater, "answers 302"),
        (answer(b"<html>"), TryAgainLater, "gives no JSON"),
        (answer(b"x" * 2_000), TryAgainLater, "larger answer"),
        (answer(b"{}", Content_Encoding="gzip"), TryAgainLater, "packed answer"),
        (reset, TryAgainLater, "does not answer as it should"),
        (silent, TryAgainLater, "does not answer as it should"),
        (hang, TryAgainLater, "does not answer as it should"),
        (gives([]), SetupError, "check AIM_OIDC_ISSUER"),
        (gives({"issuer": "https://provider.example"}), SetupError, "check AIM_OIDC_ISSUER"),
    ],
)
def test_a_description_that_is_none(stage: Stage, clock: Clock, act: Act, error: type[AimError], said: str) -> None:
    stage.on(DESCRIBED, act)
    with pytest.raises(error, match=said):
        provider_at(stage, clock, wait=0.2, largest=1_000).address(ATTEMPT, CALLBACK)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"issuer": "https://other.example"}, "calls itself https://other.example"),
        ({"issuer": "https://login.microsoftonline.com/{tenantid}/v2.0"}, "address of your own tenant"),
        ({"authorization_endpoint": "http://other.example/auth"}, "plain HTTP"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "https://"),
        ({"end_session_endpoint": "ftp://other.example"}, "https://"),
        ({"token_endpoint": "http://[::1"}, "cannot be asked"),
        ({"jwks_uri": "https://me:pass@other.example/"}, "user name or password"),
    ],
)
def test_a_description_that_leads_elsewhere(
    provider: Provider, stage: Stage, changed: dict[str, str], said: str
) -> None:
    stage.on(DESCRIBED, gives(described(stage, **changed)))
    with pytest.raises(SetupError, match=said):
        provider.address(ATTEMPT, CALLBACK)


@pytest.mark.parametrize(
    ("act", "error", "said"),
    [
        (gives({"error": "invalid_grant"}, 400), IdentityNotProven, "used already"),
        (gives({"error": "invalid_client"}, 401), SetupError, "AIM_OIDC_CLIENT_SECRET_FILE"),
        (gives({"error": "temporarily_unavailable"}, 400), TryAgainLater, "temporarily_unavailable"),
        (gives({"error": "server_error"}, 500), TryAgainLater, "answers 500"),
        (answer(b"<html>", 429), TryAgainLater, "answers 429"),
        (answer(b"<html>"), TryAgainLater, "gives no tokens"),
        (gives({"access_token": "x"}), IdentityNotProven, "no ID token"),
        (gives({"id_token": "x.y.z"}), IdentityNotProven, "cannot be trusted"),
        (redirect("http://other.example/"), TryAgainLater, "answers 302"),
    ],
)
def test_a_code_that_gets_no_tokens(
    provider: Provider, stage: Stage, act: Act, error: type[AimError], said: str
) -> None:
    stage.on("/token", act)
    stage.on("/keys", gives({"keys": [{"kty": "oct", "k": "c2hhcmVkLXNlY3JldC1vZi1ub2JvZHk", "kid": "1"}]}))
    with pytest.raises(error, match=said):
        provider.claims("code", ATTEMPT, CALLBACK, NOW)


@pytest.mark.parametrize("keys", [{}, {"keys": []}, {"keys": [{"kty": "RSA"}]}, {"keys": 7}, [], "keys"])
def test_keys_that_are_none(provider: Provider, stage: Stage, keys: Any) -> None:
    stage.on("/token", gives({"id_token": "x.y.z"}))
    stage.on("/keys", gives(keys))
    with pytest.raises(TryAgainLater, match="keys at"):
        provider.claims("code", ATTEMPT, CALLBACK, NOW)


@pytest.mark.parametrize(
    ("offered", "header"),
    [(("client_secret_basic", "client_secret_post"), None), (None, "Basic YWltOnNlY3JldA==")],
)
def test_the_secret_goes_into_the_body_where_that_is_offered(
    provider: Provider, stage: Stage, offered: tuple[str, ...] | None, header: str | None
) -> None:
    told = {"token_endpoint_auth_methods_supported": offered} if offered else {}
    stage.on(DESCRIBED, gives(described(stage, **told)))
    stage.on("/token", gives({"error": "invalid_grant"}, 400))
    with pytest.raises(IdentityNotProven):
        provider.claims("code", ATTEMPT, CALLBACK, NOW)
    assert stage.seen[-1].headers.get("authorization") == header
    assert (b"client_secret=secret" in stage.seen[-1].body) == (header is None)
    assert f"code_verifier={ATTEMPT.verifier}".encode() in stage.seen[-1].body


def test_no_more_conversations_at_a_time_than_agreed(stage: Stage, clock: Clock) -> None:
    provider = provider_at(stage, clock, at_once=1)
    with provider.wire.conversation(), pytest.raises(TryAgainLater, match="is slow, and others wait"):
        provider.address(ATTEMPT, CALLBACK)
    stage.on(DESCRIBED, gives(described(stage)))
    assert provider.address(ATTEMPT, CALLBACK)


@pytest.mark.parametrize(
    ("promised", "issuer", "fine"),
    [(False, None, True), (False, "own", True), (True, "own", True), (True, None, False), (False, "other", False)],
)
def test_an_answer_is_from_the_provider_that_was_asked(
    provider: Provider, stage: Stage, promised: bool, issuer: str | None, fine: bool
) -> None:
    told = described(stage, authorization_response_iss_parameter_supported=promised)
    stage.on(DESCRIBED, gives(told))
    said = stage.url("") if issuer == "own" else issuer
    if fine:
        return provider.check_sender(said)
    with pytest.raises(IdentityNotProven, match="another provider"):
        provider.check_sender(said)


def test_leaving_goes_by_way_of_the_provider_where_it_offers_that(provider: Provider, stage: Stage) -> None:
    assert provider.leaving("http://testserver/sign-in") is None
    stage.on(DESCRIBED, gives(described(stage, end_session_endpoint=stage.url("/end?x=1"))))
    provider.described.get(fresh=True)
    back = "http%3A%2F%2Ftestserver%2Fsign-in"
    assert provider.leaving("http://testserver/sign-in") == (
        f"{stage.url('/end?x=1')}&client_id=aim&post_logout_redirect_uri={back}"
    )
