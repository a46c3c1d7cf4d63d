"""Tags, compression, negotiation and HEAD: the same answer, sent in as few bytes as the client allows."""

import gzip
from collections.abc import Callable

import brotli
import pytest
from starlette.testclient import TestClient

from aim.api.answers import coding_for, holds, prefers_html
from tests.api.conftest import CELLS, Clock, World

ITEMS = "/collections/all-crime/items"
FIREFOX = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
PLAIN = {"accept-encoding": "identity"}


def test_a_client_that_has_the_answer_is_told_so(published: TestClient) -> None:
    first = published.get(ITEMS)
    again = published.get(ITEMS, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["vary"] == "Accept, Accept-Encoding, Authorization, Cookie, Origin"
    assert again.headers["cache-control"] == "private, no-cache"


def test_the_tag_changes_with_the_query_and_with_the_run(published: TestClient, world: World, clock: Clock) -> None:
    tags = {published.get(ITEMS, params={"limit": limit}).headers["etag"] for limit in (1, 2)}
    world.publish("all-crime", {"liverpool": CELLS[:9]})
    clock.pass_on()
    tags.add(published.get(ITEMS, params={"limit": 1}).headers["etag"])
    assert len(tags) == 3


def test_an_answer_that_names_its_run_may_be_kept(published: TestClient) -> None:
    for path in (ITEMS, f"{ITEMS}/{CELLS[0]}", "/collections/all-crime/tiles/WebMercatorQuad/10/325/508"):
        assert published.get(path).headers["cache-control"] == "private, no-cache"
        assert published.get(path, params={"run": 1}).headers["cache-control"] == "private, max-age=86400, immutable"


@pytest.mark.parametrize(("coding", "unpack"), [("gzip", gzip.decompress), ("br", brotli.decompress)])
def test_the_compressed_answer_is_the_same_answer(
    published: TestClient, coding: str, unpack: Callable[[bytes], bytes]
) -> None:
    plain = published.get(ITEMS, headers=PLAIN)
    with published.stream("GET", ITEMS, headers={"accept-encoding": coding}) as response:
        packed = b"".join(response.iter_raw())
    assert response.headers["content-encoding"] == coding
    assert "content-encoding" not in plain.headers
    assert len(packed) < len(plain.content) / 4
    assert unpack(packed) == plain.content
    assert response.headers["etag"] != plain.headers["etag"]


def test_a_small_answer_is_not_compressed(published: TestClient) -> None:
    assert "content-encoding" not in published.get("/health/live", headers={"accept-encoding": "gzip"}).headers


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/collections",
        ITEMS,
        "/collections/all-crime/tiles/WebMercatorQuad/10/325/508",
        "/health/ready",
        "/nowhere",
    ],
)
def test_head_is_get_without_the_body(published: TestClient, path: str) -> None:
    get, head = published.get(path, headers=PLAIN), published.head(path, headers=PLAIN)
    assert head.content == b""
    assert head.status_code == get.status_code
    assert head.headers == get.headers


@pytest.mark.parametrize(
    ("accept", "html"),
    [
        ("", False),
        ("*/*", False),
        (FIREFOX, True),
        ("text/html", True),
        ("text/*", True),
        ("application/json", False),
        ("application/geo+json, text/html;q=0.5", False),
        ("application/json;q=0.5, text/html", True),
        ("text/html;q=0, */*", False),
        ("text/html;q=high, */*;q=0.1", False),
    ],
)
def test_html_is_for_those_who_would_rather_have_it(accept: str, html: bool) -> None:
    assert prefers_html(accept) is html


@pytest.mark.parametrize(
    ("accept_encoding", "coding"),
    [
        ("", "identity"),
        ("gzip", "gzip"),
        ("gzip, br", "br"),
        ("br;q=0.1, GZIP", "gzip"),
        ("br;q=0, *", "gzip"),
        ("*", "br"),
        ("br;q=0, gzip;q=0", "identity"),
        ("identity", "identity"),
    ],
)
def test_the_coding_is_the_one_the_client_likes_best(accept_encoding: str, coding: str) -> None:
    assert coding_for(accept_encoding) == coding


@pytest.mark.parametrize(
    ("if_none_match", "held"),
    [('"a"', True), ('"b", W/"a"', True), ("*", True), ('"b"', False), ("", False), ("a", False)],
)
def test_a_tag_is_compared_weakly(if_none_match: str, held: bool) -> None:
    assert holds(if_none_match, '"a"') is held


@pytest.mark.parametrize("path", ["/", "/collections", "/collections/all-crime", ITEMS, f"{ITEMS}/{CELLS[0]}"])
def test_f_decides_and_then_the_accept_header(published: TestClient, path: str) -> None:
    def media_type(accept: str, **f: str) -> str:
        return published.get(path, params=f, headers={"accept": accept}).headers["content-type"]

    assert media_type(FIREFOX) == media_type("*/*", f="html") == "text/html; charset=utf-8"
    assert media_type("*/*") == media_type(FIREFOX, f="json")
    assert media_type("*/*") in ("application/json", "application/geo+json")
