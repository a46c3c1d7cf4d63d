"""A real server on loopback that does what a test tells it to, and a world in which nobody sleeps."""

import socket
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import pytest

from aim.ingest.fetching.addresses import Allowed
from aim.ingest.fetching.manners import Manners, Outside
from aim.ingest.fetching.pace import Pace
from tests.waiting import PATIENCE

NOW: Final = datetime(2026, 10, 1, 3, 0, tzinfo=UTC)
HOST: Final = "localhost"
Act = Callable[["Handler"], None]


@dataclass(frozen=True)
class Seen:
    """A request as the server got it."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes


class Handler(BaseHTTPRequestHandler):
    """Does the next thing that is planned for its path; the last one again and again."""

    stage: "Stage"
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.play()

    def do_POST(self) -> None:
        self.play()

    def play(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.stage.seen.append(Seen(self.command, parts.path, parse_qs(parts.query), headers, body))
        self.stage.next_act(parts.path)(self)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """Clients that hang up are what it is there for."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing."""


@dataclass
class Stage:
    """What the server does, and what it has seen."""

    server: ThreadingHTTPServer
    acts: dict[str, list[Act]] = field(default_factory=dict[str, list[Act]])
    seen: list[Seen] = field(default_factory=list[Seen])
    curtain: threading.Event = field(default_factory=threading.Event)
    """Set at the end of the test: handlers that hang let go."""

    @property
    def port(self) -> int:
        return self.server.server_address[1]

    def url(self, path: str) -> str:
        """The address of a path on this server."""
        return f"http://{HOST}:{self.port}{path}"

    def on(self, path: str, *acts: Act) -> str:
        """Plan what happens at a path; its address."""
        self.acts[path] = list(acts)
        return self.url(path)

    def next_act(self, path: str) -> Act:
        planned = self.acts.get(path, [answer(b"", 404)])
        return planned.pop(0) if len(planned) > 1 else planned[0]


def answer(body: bytes, status: int = 200, **headers: str) -> Act:
    """A well-behaved answer. Header names with underscores for hyphens."""

    def act(handler: Handler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return act


def redirect(to: str, status: int = 302) -> Act:
    """Send the client elsewhere."""
    return answer(b"", status, Location=to)


def short(body: bytes, missing: int) -> Act:
    """Promise more than is sent, and hang up."""

    def act(handler: Handler) -> None:
        handler.close_connection = True
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body) + missing))
        handler.end_headers()
        handler.wfile.write(body)

    return act


def reset(handler: Handler) -> None:
    """Break the connection off in the middle of a body, the hard way."""
    short(b"half", 4)(handler)
    handler.wfile.flush()
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()


def hang(handler: Handler) -> None:
    """Begin an answer and never end it."""
    handler.send_response(200)
    handler.send_header("Content-Length", "100")
    handler.end_headers()
    handler.wfile.write(b"half")
    handler.wfile.flush()
    handler.server.stage.curtain.wait(PATIENCE)  # type: ignore[attr-defined]


def silent(handler: Handler) -> None:
    """Take the request and say nothing."""
    handler.close_connection = True
    handler.server.stage.curtain.wait(PATIENCE)  # type: ignore[attr-defined]


@pytest.fixture
def stage() -> Iterator[Stage]:
    """A server on a free port of 127.0.0.1."""
    server = Server(("127.0.0.1", 0), Handler)
    stage = Stage(server)
    server.stage = stage  # type: ignore[attr-defined]
    server.RequestHandlerClass = type("Bound", (Handler,), {"stage": stage})
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield stage
    stage.curtain.set()
    server.shutdown()
    server.server_close()
    thread.join(PATIENCE)


@dataclass
class World:
    """A clock that only moves when somebody sleeps, and a record of the sleeps."""

    seconds: float = 0.0
    slept: list[float] = field(default_factory=list[float])

    def clock(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds

    def outside(self, *hosts: str, **manners: Any) -> Outside:
        """What a run needs of this world; `hosts` are allowed."""
        return Outside(
            allowed=Allowed(frozenset(hosts)),
            manners=replace(Manners(connect=5.0, read=5.0), **manners),
            pace=Pace(self.clock),
            clock=self.clock,
            sleep=self.sleep,
        )


@pytest.fixture
def world() -> World:
    """Nobody sleeps in it."""
    return World()


def now() -> datetime:
    """Always the same night."""
    return NOW


def files(folder: Path) -> list[str]:
    """The names of all files below a folder."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
