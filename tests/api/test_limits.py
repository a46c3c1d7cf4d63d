"""What one client may ask: how much, how often, for how long."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from aim.api import problems
from aim.api.limits import Bounds, Limits
from aim.api.pacing import REMEMBERED, Pace, Slots, customer
from aim.api.service import Service

BOUNDS = Bounds(a_second=10, write_burst=3, body_bytes=100, address_bytes=200, at_once=2, listeners_each=1)
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]


class Still:
    """A clock that a test moves."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    body = await Request(scope, receive).body()
    await PlainTextResponse(f"{len(body)} bytes")(scope, receive, send)


@pytest.fixture
def clock() -> Still:
    return Still()


@pytest.fixture
def service(app: FastAPI) -> Service:
    return app.state.service


def limited(inner: Asgi, service: Any, clock: Still, bounds: Bounds = BOUNDS) -> FastAPI:
    """An application within bounds, with no more of ours than problems need."""
    app = FastAPI()
    app.state.service = service
    problems.register(app)
    app.mount("/", inner)
    app.add_middleware(Limits, bounds=bounds, clock=clock)
    return app


@pytest.fixture
def within(service: Service, clock: Still) -> TestClient:
    return TestClient(limited(echo, service, clock))


def test_who_asks_too_often_is_told_when_to_come_back(within: TestClient, clock: Still) -> None:
    assert {within.get("/").status_code for _ in range(50)} == {200}
    refused = within.get("/")
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
    assert refused.json()["type"] == "urn:problem-type:aim:too-many-requests"
    clock.seconds += 0.1
    assert [within.get("/").status_code for _ in range(2)] == [200, 429]


def test_writing_is_counted_more_strictly(within: TestClient, clock: Still) -> None:
    assert [within.post("/").status_code for _ in range(4)] == [200, 200, 200, 429]
    assert within.get("/").status_code == 200
    clock.seconds += 1
    assert within.post("/").status_code == 200


def test_one_address_does_not_use_up_what_another_has(service: Service, clock: Still) -> None:
    app = limited(echo, service, clock)
    first, other = (TestClient(app, client=(address, 5000)) for address in ("192.0.2.1", "192.0.2.2"))
    assert [first.post("/").status_code for _ in range(4)][-1] == 429
    assert other.post("/").status_code == 200


def test_without_a_figure_nobody_is_counted(service: Service, clock: Still) -> None:
    client = TestClient(limited(echo, service, clock, replace(BOUNDS, a_second=0)))
    assert {client.post("/").status_code for _ in range(200)} == {200}


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize(("size", "status"), [(0, 200), (100, 200), (101, 413), (100_000, 413)])
def test_a_body_has_a_limit_however_it_comes(within: TestClient, size: int, status: int, chunked: bool) -> None:
    body = b"x" * size
    response = within.post("/", content=iter([body[: size // 2], body[size // 2 :]]) if chunked else body)
    assert response.status_code == status
    if status == 413:
        assert response.json()["type"] == "urn:problem-type:aim:request-too-large"
        assert response.headers["connection"] == "close"
    else:
        assert response.text == f"{size} bytes"


def test_a_length_that_is_none_is_not_believed(within: TestClient) -> None:
    headers = {"content-length": "9" * 5_000}
    assert within.post("/", headers=headers).status_code == 413


def test_an_address_has_a_limit(within: TestClient) -> None:
    assert within.get("/", params={"filter": "x" * 150}).status_code == 200
    refused = within.get("/", params={"filter": "x" * 300})
    assert (refused.status_code, refused.json()["type"]) == (414, "urn:problem-type:aim:address-too-long")


def test_a_browser_is_refused_with_a_page(within: TestClient) -> None:
    refused = within.get("/", params={"x": "x" * 300}, headers={"accept": "text/html"})
    assert refused.headers["content-type"] == "text/html; charset=utf-8"
    assert "An address may have 200 bytes" in refused.text


async def ask(app: Asgi, receive: Receive, method: str = "GET", path: str = "/") -> tuple[int, dict[str, str]]:
    """Status and headers of an answer, and nothing may come after its end."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        assert not (sent and sent[-1].get("more_body") is False), "sent after the end"
        sent.append({"more_body": False, **message} if message["type"] == "http.response.body" else message)

    headers = [(b"transfer-encoding", b"chunked")] if method == "POST" else []
    scope = {"type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b"",
             "headers": headers, "client": ("192.0.2.1", 1), "server": ("testserver", 80), "scheme": "http",
             "root_path": "", "http_version": "1.1"}  # fmt: skip
    await app(scope, receive, send)
    return sent[0]["status"], {name.decode(): value.decode() for name, value in sent[0]["headers"]}


async def nothing_more() -> Message:
    await asyncio.Event().wait()
    raise AssertionError("unreachable")


def test_a_body_that_does_not_come_is_given_up(service: Service, clock: Still) -> None:
    bounds = replace(BOUNDS, body_seconds=0.01)
    status, headers = asyncio.run(ask(limited(echo, service, clock, bounds), nothing_more, "POST"))
    assert (status, headers["connection"]) == (408, "close")


def test_what_takes_too_long_is_answered_for_and_what_it_says_later_goes_nowhere(
    service: Service, clock: Still
) -> None:
    ended: list[bool] = []

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(0.05)
        await PlainTextResponse("too late")(scope, receive, send)
        ended.append(True)

    bounds = replace(BOUNDS, answer_seconds=0.01)
    status, headers = asyncio.run(ask(limited(slow, service, clock, bounds), nothing_more))
    assert (status, headers["retry-after"], ended) == (503, "2", [True])


def test_more_than_can_be_done_at_once_is_refused_until_there_is_room(service: Service, clock: Still) -> None:
    async def crowd() -> list[int]:
        gate = asyncio.Event()

        async def waits(scope: Scope, receive: Receive, send: Send) -> None:
            await gate.wait()
            await PlainTextResponse("there")(scope, receive, send)

        app = limited(waits, service, clock)
        first = [asyncio.create_task(ask(app, nothing_more)) for _ in range(2)]
        await asyncio.sleep(0)
        status, headers = await ask(app, nothing_more)
        assert headers["retry-after"] == "2"
        gate.set()
        return [status, *[(await each)[0] for each in first], (await ask(app, nothing_more))[0]]

    assert asyncio.run(crowd()) == [503, 200, 200, 200]


def test_listeners_are_counted_by_address(service: Service, clock: Still) -> None:
    async def listen() -> list[int]:
        gate = asyncio.Event()

        async def endless(scope: Scope, receive: Receive, send: Send) -> None:
            await gate.wait()
            await PlainTextResponse("news")(scope, receive, send)

        app = limited(endless, service, clock)
        first = asyncio.create_task(ask(app, nothing_more, path="/events"))
        await asyncio.sleep(0)
        second = await ask(app, nothing_more, path="/events")
        gate.set()
        return [second[0], (await first)[0], (await ask(app, nothing_more, path="/events"))[0]]

    assert asyncio.run(listen()) == [429, 200, 200]


@given(st.lists(st.floats(0, 3), max_size=60), st.integers(1, 20), st.integers(1, 5))
def test_the_pace_is_that_of_a_token_bucket(gaps: list[float], a_second: int, seconds: int) -> None:
    pace, tokens, now = Pace(a_second, a_second * seconds), float(a_second * seconds), 0.0
    for gap in gaps:
        now += gap
        tokens = min(a_second * seconds, tokens + gap * a_second)
        if abs(tokens - 1) < 1e-6:
            return  # the two may round to either side
        wait = pace.take("a", now)
        assert (wait == 0) == (tokens >= 1)
        if wait:
            assert wait == pytest.approx((1 - tokens) / a_second)
        else:
            tokens -= 1


def test_memory_is_for_the_addresses_that_asked_last() -> None:
    pace = Pace(1, 1)
    assert pace.take("first", 0) == 0
    assert pace.take("first", 0) == 1
    for number in range(REMEMBERED):
        pace.take(str(number), 0)
    assert pace.take("first", 0) == 0
    assert pace.take(str(REMEMBERED - 1), 0) == 1


def test_slots_come_back() -> None:
    slots = Slots(3, 2)
    assert [slots.take("a"), slots.take("a"), slots.take("a")] == [True, True, False]
    assert [slots.take("b"), slots.take("b")] == [True, False]
    slots.give_back("a")
    assert slots.take("b")


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2::9", "2001:db8:1:2::"),
        ("no:address", "no:address"),
        ("testclient", "testclient"),
    ],
)
def test_who_counts_as_one_client(address: str, client: str) -> None:
    assert customer(address) == client
