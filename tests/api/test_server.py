"""The service on a real socket."""

import signal
import socket
import subprocess
import sys
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
from fastapi import FastAPI
from sqlalchemy import Engine

from aim.api.server import address_of, open_socket, running, serve
from aim.db.engine import ServiceEngines
from aim.errors import SetupError
from aim.settings import Settings
from tests.api.conftest import CELLS, World


def connect(address: str) -> HTTPConnection:
    return HTTPConnection(urlsplit(address).netloc, timeout=10)


def test_it_answers_get_and_head(open_app: FastAPI, world: World) -> None:
    world.publish("all-crime", {"middlesbrough": CELLS})
    with running(open_app) as address:
        connection = connect(address)
        connection.request("GET", "/collections/all-crime/items")
        got = connection.getresponse()
        assert (got.status, got.getheader("server")) == (200, None)
        body = got.read()
        connection.request("HEAD", "/collections/all-crime/items")
        head = connection.getresponse()
        assert (head.read(), head.getheader("content-length")) == (b"", str(len(body)))
        connection.close()


def test_forwarded_headers_are_not_believed(open_app: FastAPI) -> None:
    with running(open_app) as address:
        connection = connect(address)
        connection.request("GET", "/", headers={"X-Forwarded-Proto": "https", "X-Forwarded-For": "10.0.0.1"})
        assert f'"{address}/?f=json"' in connection.getresponse().read().decode()
        connection.close()


def test_a_port_that_is_taken_is_said_in_one_sentence(engine: Engine) -> None:
    with open_socket("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SetupError) as refused:
            serve(ServiceEngines(engine, engine), Settings(port=port), lambda _address, _link: None)
    assert str(refused.value) == (
        f"Port {port} of 127.0.0.1 is taken: stop the program that has it, or choose another port with AIM_PORT."
    )


def test_an_address_that_is_not_ours_is_said_in_one_sentence() -> None:
    with pytest.raises(SetupError, match=r"Cannot listen at 192.0.2.1, port 8000 .*: correct AIM_HOST or AIM_PORT."):
        open_socket("192.0.2.1", 8000)


@pytest.mark.parametrize(("host", "address"), [("127.0.0.1", "http://127.0.0.1:"), ("::1", "http://[::1]:")])
def test_the_address_of_a_socket(host: str, address: str) -> None:
    if host == "::1" and not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    with open_socket(host, 0) as listener:
        assert address_of(listener).startswith(address)


SERVE = """
import sys
from aim.api.server import serve
from aim.db.engine import ServiceEngines, make_engine
from aim.settings import Settings
engine = make_engine(sys.argv[1])
serve(ServiceEngines(engine, engine), Settings(port=0), lambda address, _: print(address, flush=True))
"""


def test_serving_ends_at_an_interrupt(database_url: str) -> None:
    command = [sys.executable, "-c", SERVE, database_url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        connection = connect(process.stdout.readline().strip())
        connection.request("GET", "/health/live")
        assert connection.getresponse().status == 200
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=30)
        connection.close()
    assert told.rstrip().endswith("KeyboardInterrupt")
