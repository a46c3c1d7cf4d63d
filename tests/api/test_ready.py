"""Answers that stand ready: the same as the route's to the byte, never stale, never another's, never too many."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send

from aim.access.principal import Access, Principal
from aim.access.roles import Role
from aim.api.ready import NOTED, READY_BYTES, Kept, Question, Ready, ReadyAnswers
from aim.api.security.gate import PRINCIPAL, Gate
from tests.api.conftest import CELLS, Clock, World
from tests.api.test_catalogue import ITEMS, statements
from tests.api.test_metrics import scraped
from tests.keys import bearer, new_key

PATHS = (
    "/collections",
    "/collections/all-crime",
    "/collections/all-crime/schema",
    "/collections/all-crime/queryables",
    "/collections/all-crime/tilejson.json",
    "/collections/all-crime/tiles/WebMercatorQuad/10/325/508",
    ITEMS,
    f"{ITEMS}?limit=3&run=1",
    f"{ITEMS}?bbox=-2,54,-1,55&filter=rank<9",
    f"{ITEMS}?f=csv",
    f"{ITEMS}/{CELLS[0]}",
)


class Reaching:
    """Behind everything else: notes what the routes are asked for themselves."""

    def __init__(self, app: ASGIApp, paths: list[str]) -> None:
        self.app = app
        self.paths = paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self.paths.append(scope["path"])
        await self.app(scope, receive, send)


class Asking:
    """In front of everything: lets a test say who asks."""

    def __init__(self, app: ASGIApp, who: dict[str, Principal]) -> None:
        self.app = app
        self.who = who

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope[PRINCIPAL] = self.who["now"]
        await self.app(scope, receive, send)


ANALYST: Final = Principal("account:jo", Access(Role.ANALYST), credential="")
OTHER_AREA: Final = Principal("account:al", Access(Role.ANALYST, areas=frozenset({"liverpool"})), credential="")


@pytest.fixture
def reached(app: FastAPI) -> list[str]:
    """Paths that the routes themselves were asked for."""
    paths: list[str] = []
    app.user_middleware.append(Middleware(Reaching, paths=paths))
    return paths


def raw(client: TestClient, path: str, **headers: str) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    """An answer as it comes over the wire."""
    with client.stream("GET", path, headers=headers) as response:
        return response.status_code, response.headers.raw, b"".join(response.iter_raw())


def asked_twice(client: TestClient, path: str, **headers: str) -> None:
    """What is asked for twice stands ready."""
    raw(client, path, **headers)
    raw(client, path, **headers)


@pytest.mark.parametrize("coding", ["identity", "gzip", "br"])
def test_an_answer_that_stands_ready_is_the_routes_to_the_byte(
    reached: list[str], published: TestClient, coding: str
) -> None:
    headers = {"accept-encoding": coding, "accept": "*/*"}
    first = {path: raw(published, path, **headers) for path in PATHS}
    unchanged = {path: raw(published, path, **headers, **{"if-none-match": "*"}) for path in PATHS}
    assert len(reached) == 2 * len(PATHS)
    assert {path: raw(published, path, **headers) for path in PATHS} == first
    assert {path: raw(published, path, **headers, **{"if-none-match": "*"}) for path in PATHS} == unchanged
    assert len(reached) == 2 * len(PATHS)
    assert {status for status, _, _ in first.values()} == {200}
    assert {status for status, _, _ in unchanged.values()} == {304}


def test_what_may_change_without_a_run_or_name_its_reader_is_asked_of_the_route(
    reached: list[str], published: TestClient
) -> None:
    paths = ("/", "/health/ready", "/feeds", "/areas", f"{ITEMS}?f=html", f"{ITEMS}?limit=x")
    for path in paths:
        for _ in range(3):
            raw(published, path)
    assert len(reached) == 3 * len(paths)


def test_a_new_run_shows_when_the_last_look_is_old(
    reached: list[str], published: TestClient, world: World, clock: Clock, engine: Engine
) -> None:
    asked_twice(published, ITEMS)
    reached.clear()
    with statements(engine) as sent:
        assert published.get(ITEMS).json()["numberMatched"] == 44
    assert (reached, sent) == ([], [])
    world.publish("all-crime", {"middlesbrough": CELLS[:3]})
    clock.pass_on()
    assert published.get(ITEMS).json()["numberMatched"] == 7 + 3


def test_two_accesses_never_get_each_others_answers(
    app: FastAPI, world: World, engine: Engine, reached: list[str]
) -> None:
    who = {"now": ANALYST}
    app.user_middleware.insert(next(at for at, each in enumerate(app.user_middleware) if each.cls is Gate) + 1,
                               Middleware(Asking, who=who))  # fmt: skip
    world.publish("all-crime", {"middlesbrough": CELLS})
    with TestClient(app, headers=bearer(new_key(engine))) as client:
        asked_twice(client, ITEMS)
        client.get(ITEMS)
        assert len(reached) == 2
        who["now"] = OTHER_AREA
        client.get(ITEMS)
        assert len(reached) == 3


def test_the_metrics_count_it_by_its_route(published: TestClient) -> None:
    for _ in range(4):
        raw(published, ITEMS)
    counted = scraped(published)[
        "aim_http_request_duration_seconds_count", (("route", "/collections/{collectionId}/items"), ("status", "200"))
    ]
    assert counted == 4


def test_another_question_is_another_answer(reached: list[str], published: TestClient) -> None:
    asked_twice(published, ITEMS)
    for header in ("accept", "accept-encoding", "host"):
        raw(published, ITEMS, **{header: "text/html"})
    assert len(reached) == 2 + 3


def question(path: str) -> Question:
    return Question(ANALYST.access, "http", b"x", "", path, b"", b"", b"")


def kept(body: bytes, look: str | None = None) -> Kept:
    return Kept(SNAPSHOT, None, look, '"a"', Response(body), Response(status_code=304))


SNAPSHOT: Final = object()


def test_what_is_asked_once_takes_no_memory() -> None:
    answers = ReadyAnswers()
    for number in range(NOTED + 10):
        answers.keep(question(f"/{number}"), kept(b"x"))
    assert not any(answers.find(question(f"/{number}")) for number in range(NOTED + 10))
    answers.keep(question("/0"), kept(b"x"))  # forgotten meanwhile
    assert answers.find(question("/0")) is None


def test_the_bytes_that_stand_ready_are_bounded() -> None:
    answers = ReadyAnswers()
    for number in (*range(5), *range(5)):
        answers.keep(question(f"/{number}"), kept(bytes(READY_BYTES // 3)))
    assert [answers.find(question(f"/{number}")) is not None for number in range(5)] == [
        False,
        False,
        False,
        True,
        True,
    ]


async def renewed(_: Principal) -> object:
    return SNAPSHOT


async def away(_: Principal) -> object:
    raise OperationalError("SELECT", {}, Exception("away"))


@pytest.mark.parametrize(("renew", "from_the_route"), [(renewed, 0), (away, 1)])
def test_an_old_look_is_renewed_once_for_all_and_the_route_says_where_it_cannot_be(
    renew: Callable[[Principal], Awaitable[object]], from_the_route: int
) -> None:
    answers = ReadyAnswers()
    for _ in range(2):
        answers.keep(question("/a"), kept(b"x"))
    routed = asked_of(lambda route: Ready(route, answers, lambda _: None, renew))
    assert len(routed) == from_the_route


@pytest.mark.parametrize(("logged", "from_the_route"), [(True, 0), (False, 1)])
def test_nobody_looks_without_a_line_in_the_log(logged: bool, from_the_route: int) -> None:
    asked, answers = list[tuple[str, str]](), ReadyAnswers()
    for _ in range(2):
        answers.keep(question("/a"), kept(b"x", look="layer/a@1"))

    def known(actor: str, subject: str) -> bool:
        asked.append((actor, subject))
        return logged

    routed = asked_of(lambda route: Ready(route, answers, lambda _: SNAPSHOT, away, known))
    assert asked == [("account:jo", "layer/a@1")]
    assert len(routed) == from_the_route


def asked_of(make: Callable[[ASGIApp], Ready]) -> list[Scope]:
    """Ask for /a once: what went on to the route, where nothing was sent before it."""
    told, routed = list[Any](), list[Scope]()

    async def route(scope: Scope, receive: Receive, send: Send) -> None:
        routed.append(scope)

    async def send(message: Any) -> None:
        told.append(message)

    async def receive() -> Any:
        return {}

    scope = {"type": "http", "method": "GET", "scheme": "http", "path": "/a", "query_string": b"",
             "headers": [(b"host", b"x")], PRINCIPAL: ANALYST}  # fmt: skip
    asyncio.run(make(route)(scope, receive, send))
    assert bool(told) is not bool(routed)
    return routed
