"""Connections on a real socket that a client leaves hanging."""

import socket
from collections.abc import Callable, Iterator
from threading import Event
from urllib.parse import urlsplit

import pytest
from fastapi import FastAPI
from starlette.responses import Response

from aim.api import connections
from aim.api.connections import BoundedProtocol
from aim.api.server import running

Connect = Callable[[], socket.socket]


@pytest.fixture
def connect(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connect]:
    """Connections to a service that loses patience at once."""
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.2)
    monkeypatch.setattr(connections, "STALL_SECONDS", 0.2)
    opened: list[socket.socket] = []
    with running(app) as address:
        url = urlsplit(address)

        def connection() -> socket.socket:
            opened.append(socket.create_connection((url.hostname, url.port), timeout=10))
            return opened[-1]

        yield connection
        for each in opened:
            each.close()


def rest(connection: socket.socket) -> bytes:
    """All that comes until the service ends the connection; b"" where it does so without a word."""
    told = b""
    try:
        while piece := connection.recv(65_536):
            told += piece
    except ConnectionResetError:
        pass
    return told


@pytest.mark.parametrize("begun", [b"", b"GET / HTTP/1.1\r\nHost: a\r\n", b"\r\n"])
def test_a_head_that_does_not_come_to_its_end_is_not_waited_for(connect: Connect, begun: bytes) -> None:
    connection = connect()
    connection.sendall(begun)
    assert rest(connection) == b""


def test_nor_is_the_second_one(connect: Connect) -> None:
    connection = connect()
    connection.sendall(b"GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n")
    assert connection.recv(65_536).startswith(b"HTTP/1.1 200 OK\r\n")
    connection.sendall(b"GET /health/live HTTP/1.1\r\nHo")
    assert b"HTTP/1.1" not in rest(connection)


def test_a_head_has_a_limit(connect: Connect) -> None:
    connection = connect()
    connection.sendall(b"GET / HTTP/1.1\r\nCookie: " + b"x" * connections.HEAD_BYTES)
    assert rest(connection).startswith(b"HTTP/1.1 431 Request Header Fields Too Large\r\n")


def test_a_client_that_takes_nothing_is_let_go(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "STALL_SECONDS", 0.1)
    gone, lost = Event(), BoundedProtocol.connection_lost

    def noting(self: BoundedProtocol, exc: Exception | None) -> None:
        lost(self, exc)
        gone.set()

    monkeypatch.setattr(BoundedProtocol, "connection_lost", noting)
    large = FastAPI()
    large.state.service = app.state.service
    large.add_route("/", lambda _: Response(b"x" * 30_000_000))
    with running(large) as address, socket.socket() as connection:
        url = urlsplit(address)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        connection.settimeout(10)
        connection.connect((url.hostname, url.port))
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert gone.wait(10), "the service still waits"
        assert len(rest(connection)) < 30_000_000
