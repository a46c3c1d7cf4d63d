"""Where a request carries what it knows, and where a browser is sent: no key goes further in, nobody is led astray."""

from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aim.api.security.cookies import session_in
from aim.api.security.credentials import Shown, Shows, take_credential
from aim.api.security.next_page import safe_next

OURS = "https://aim.example"


def asked(query: str = "", scheme: str = "http", **headers: str) -> dict[str, Any]:
    lines = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    return {"type": "http", "scheme": scheme, "query_string": query.encode("latin-1"), "headers": lines}


@given(st.text())
@example("//evil.example")
@example("/\\evil.example")
@example("/\t/evil.example")
@example("/%09/evil.example")
@example("https:evil.example")
@example("javascript:alert(1)")
@example("/\r\nSet-Cookie: a=b")
def test_a_browser_is_never_sent_to_another_host(given_next: str) -> None:
    onward = safe_next(given_next)
    stripped = "".join(c for c in onward if c not in "\t\r\n").replace("\\", "/")
    assert urlsplit(urljoin(f"{OURS}/sign-in", stripped)).netloc == "aim.example"
    assert stripped == onward
    assert onward.startswith("/")


@given(st.text("abc/?&=%._-", max_size=20))
def test_a_path_of_ours_is_kept(rest: str) -> None:
    path = "/map?layer=" + rest
    assert safe_next(path) == path


@given(
    st.lists(st.tuples(st.sampled_from(["limit", "key", "keys", "f", "k%65y", ""]), st.text(max_size=5))),
)
def test_no_key_stays_in_the_address_and_all_else_does(pairs: list[tuple[str, str]]) -> None:
    query = "&".join(f"{name}={quote(value)}" for name, value in pairs)
    scope = asked(query)
    shows = take_credential(scope)
    before = parse_qsl(query, keep_blank_values=True)
    after = parse_qsl(scope["query_string"].decode(), keep_blank_values=True)
    assert after == [(name, value) for name, value in before if name != "key"]
    values = [value for name, value in before if name == "key"]
    secret = values[0] if len(values) == 1 else ""
    assert shows == (Shows(Shown.ADDRESS, secret) if values else None)


@pytest.mark.parametrize(
    ("authorization", "secret"),
    [("Bearer abc", "abc"), ("bearer  abc ", "abc"), ("Basic abc", ""), ("Bearer", ""), ("", "")],
)
def test_the_header_comes_first_and_only_bearer_can_be_right(authorization: str, secret: str) -> None:
    scope = asked("key=other&limit=1", authorization=authorization, cookie="aim=third")
    assert take_credential(scope) == Shows(Shown.HEADER, secret)
    assert scope["query_string"] == b"limit=1"


@given(st.text(st.characters(max_codepoint=255)))
def test_any_cookie_header_is_read_or_passed_over(header: str) -> None:
    assert isinstance(session_in(header, https=False), str | None)


def test_over_https_only_the_cookie_that_is_bound_to_this_host_counts() -> None:
    cookie = "aim=plain; __Host-aim=bound"
    assert take_credential(asked(cookie=cookie)) == Shows(Shown.COOKIE, "plain")
    assert take_credential(asked(scheme="https", cookie=cookie)) == Shows(Shown.COOKIE, "bound")
    assert take_credential(asked(scheme="https", cookie="aim=plain")) is None


def test_the_next_page_survives_its_own_address() -> None:
    path = "/collections/all-crime/items?bbox=1,2,3,4&f=html"
    assert safe_next(dict(parse_qsl(urlencode({"next": path})))["next"]) == path
