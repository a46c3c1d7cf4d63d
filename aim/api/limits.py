"""What one client may ask of the service: how much, how often, for how long. What goes beyond is refused by name.

Bodies are small here, so they are read whole before anything else is done with a request: nobody holds a worker by
sending slowly, and no route has to count.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aim.api.pacing import Pace, Slots, customer
from aim.api.problems import Problem, respond
from aim.errors import AddressTooLong, AimError, RequestTooLarge, RequestTooSlow, ServiceBusy, TooManyRequests

READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
ENDLESS: Final = "/events"
"""The one answer that goes on until the client leaves."""
BURST: Final = 5
"""Seconds' worth of requests that may come at once."""
DIGITS: Final = 18
"""Of a length that are looked at: more than any body has, and few enough to be turned into a number."""


@dataclass(frozen=True)
class Bounds:
    """The figures. A map asks for about 30 things when it opens, and an office may share one address."""

    body_bytes: int = 64 * 1024
    body_seconds: float = 10.0
    address_bytes: int = 16 * 1024
    """Of the path and the query: filters with polygons are long."""
    answer_seconds: float = 30.0
    """Until an answer begins. Longer than any statement may take."""
    at_once: int = 1_000
    """Requests being answered, so that a queue never grows longer than it can be worked off in time."""
    a_second: float = 200.0
    """Requests from one address in the long run; 0: as many as it likes, of those that write too."""
    writes_a_second: float = 1.0
    """Requests from one address that do more than read: signing in is guessing passwords, too."""
    write_burst: float = 60.0
    listeners: int = 2_000
    """Clients that listen to events, and how many of them from one address."""
    listeners_each: int = 200


class Limits:
    """Refuses what is beyond the bounds, and answers for a route that takes too long."""

    def __init__(self, app: ASGIApp, bounds: Bounds, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` gives seconds and never goes back."""
        self.app = app
        self.bounds = bounds
        self.clock = clock
        self.reads = Pace(bounds.a_second, bounds.a_second * BURST)
        self.writes = Pace(bounds.writes_a_second if bounds.a_second else 0, bounds.write_burst)
        self.listening = Slots(bounds.listeners, bounds.listeners_each)
        self.running = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        try:
            self._admit(scope)
            if has_body(scope):
                receive = replay(await self._body(scope, receive), receive)
        except AimError as refusal:
            return await refuse(refusal, scope, receive, send)
        if scope["path"] == ENDLESS:
            return await self._listen(scope, receive, send)
        await self._answer(scope, receive, send)

    def _admit(self, scope: Scope) -> None:
        """Raise the error that refuses a request by what its head says."""
        now, who = self.clock(), client_of(scope)
        wait = self.reads.take(who, now)
        if not wait and scope["method"] not in READING:
            wait = self.writes.take(who, now)
        if wait:
            raise TooManyRequests(seconds=wait)
        if len(scope["raw_path"]) + len(scope["query_string"]) > self.bounds.address_bytes:
            raise AddressTooLong(f"An address may have {self.bounds.address_bytes:,} bytes: shorten the filter.")
        if self.running >= self.bounds.at_once:
            raise ServiceBusy

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        """The whole body. Raises RequestTooLarge as soon as that is clear, RequestTooSlow after `body_seconds`."""
        if told_length(scope) > self.bounds.body_bytes:
            raise self._too_large()
        body = bytearray()
        try:
            async with asyncio.timeout(self.bounds.body_seconds):
                while (message := await receive())["type"] == "http.request":
                    body += message.get("body", b"")
                    if len(body) > self.bounds.body_bytes:
                        raise self._too_large()
                    if not message.get("more_body"):
                        break
        except TimeoutError:
            raise RequestTooSlow from None
        return bytes(body)

    def _too_large(self) -> RequestTooLarge:
        return RequestTooLarge(f"A request may bring {self.bounds.body_bytes:,} bytes: send less at a time.")

    async def _listen(self, scope: Scope, receive: Receive, send: Send) -> None:
        who = client_of(scope)
        if not self.listening.take(who):
            busy = TooManyRequests(f"Too many clients at {who} listen to events: close some.", seconds=60)
            return await refuse(busy, scope, receive, send)
        try:
            await self.app(scope, receive, send)
        finally:
            self.listening.give_back(who)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and answer in its place where it takes too long.

        A worker thread cannot be stopped, so the request keeps its place among those running until it has ended.
        """
        answer = Answer(scope, receive, send)
        timer = asyncio.get_running_loop().call_later(self.bounds.answer_seconds, answer.give_up)
        self.running += 1
        try:
            await self.app(scope, receive, answer.send)
        finally:
            self.running -= 1
            timer.cancel()
            await answer.settled()


class Answer:
    """The sending side of one request: what comes after we gave up goes nowhere."""

    __slots__ = ("_receive", "_scope", "_send", "begun", "instead")

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope, self._receive, self._send = scope, receive, send
        self.begun = False
        self.instead: asyncio.Task[None] | None = None

    async def send(self, message: Message) -> None:
        if self.instead is None:
            self.begun = True
            await self._send(message)

    def give_up(self) -> None:
        """Answer that the service is busy, unless the answer has begun."""
        if not self.begun:
            refusal = refuse(ServiceBusy(), self._scope, self._receive, self._send)
            self.instead = asyncio.get_running_loop().create_task(refusal)

    async def settled(self) -> None:
        """Return once nothing is on its way any more."""
        if self.instead is not None:
            await self.instead


async def refuse(error: AimError, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with a problem, and end the connection where the rest of a body may still be coming."""
    headers = {"Connection": "close"} if isinstance(error, RequestTooLarge | RequestTooSlow) else None
    await respond(Request(scope), Problem.of(error), headers)(scope, receive, send)


def client_of(scope: Scope) -> str:
    """Who counts as one client; over a Unix socket all do."""
    return customer(scope["client"][0]) if scope["client"] else ""


def has_body(scope: Scope) -> bool:
    return any(name in (b"content-length", b"transfer-encoding") for name, _ in scope["headers"])


def told_length(scope: Scope) -> int:
    """The length of the body in bytes as the client says; 0 where it does not."""
    told = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
    return int(told[:DIGITS]) if told.isdigit() else 0


def replay(body: bytes, receive: Receive) -> Receive:
    """A body that was read, once more, and then whatever else the client does."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return messages.pop() if messages else await receive()

    return again
