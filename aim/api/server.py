"""Running the service: for `aim serve` in the foreground, for the demo and tests in a thread."""

import gc
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager
from errno import EADDRINUSE
from threading import Thread
from typing import Final

import uvicorn
from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from aim.access.principal import Principal
from aim.api.ahead import Ahead
from aim.api.app import create_app
from aim.api.connections import BoundedProtocol
from aim.api.security.front import Front, TlsOnly
from aim.api.service import Service
from aim.db.engine import ServiceEngines
from aim.errors import SetupError
from aim.settings import Settings

LOOPBACK: Final = Front()
KEEP_ALIVE_SECONDS: Final = 5
CONNECTIONS: Final = 5_000
"""Open at a time, the idle ones and those that listen to events among them; beyond it there are 503s."""


def serve(
    engines: ServiceEngines,
    settings: Settings,
    announce: Callable[[str, str | None], None],
    front: Front = LOOPBACK,
    everybody: Principal | None = None,
) -> None:
    """Serve at AIM_HOST and AIM_PORT until interrupted (KeyboardInterrupt).

    `announce` gets the address and, where a login is needed and nobody can manage accounts, the link that makes the
    first administrator. Raises SetupError where the address cannot be had, UsageError where it would be open to others
    without TLS.
    """
    front.check(settings.host)
    with open_socket(settings.host, settings.port) as listener:
        app = create_app(engines.app, settings, door=engines.door, everybody=everybody)
        app.add_middleware(TlsOnly)
        address = address_of(listener, front)
        secret = None if everybody else app.state.service.first.open()
        announce(address, secret and f"{address}/set-up?token={secret}")
        settle()
        _server(app, front).run(sockets=[listener])


def settle() -> None:
    """Take what is loaded out of the search for garbage: looking through it all holds up every answer for a tenth of a
    second, again and again, and none of it ever becomes garbage while the service runs.
    """
    gc.collect()
    gc.freeze()


@contextmanager
def running(app: FastAPI, host: str = "127.0.0.1", port: int = 0, front: Front = LOOPBACK) -> Generator[str]:
    """Serve `app` in a thread while the block runs, and give its address; port 0 is any free one.

    The socket listens before the thread starts, so a request made at once waits instead of being refused.
    """
    with open_socket(host, port) as listener:
        server = _server(app, front)
        thread = Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield address_of(listener, front)
        finally:
            server.should_exit = True
            thread.join()


def open_socket(host: str, port: int) -> socket.socket:
    """A listening socket. Raises SetupError that names the setting to change."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        if error.errno == EADDRINUSE:
            message = (
                f"Port {port} of {host} is taken: stop the program that has it, or choose another port with AIM_PORT."
            )
        else:
            message = f"Cannot listen at {host}, port {port} ({error.strerror}): correct AIM_HOST or AIM_PORT."
        raise SetupError(message) from error


def address_of(listener: socket.socket, front: Front = LOOPBACK) -> str:
    host, port = listener.getsockname()[:2]
    scheme = "https" if front.tls else "http"
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


class Server(uvicorn.Server):
    """Lets go of the clients that listen to events before it waits for answers to end: theirs do not. Looks are counted
    until the last answer has gone. Pages are made ahead while it runs."""

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self.service = service
        self.ahead = Ahead(service)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.service.looks.start()
        self.ahead.start()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.service.events.close()
        await super().shutdown(sockets)
        await run_in_threadpool(self.ahead.stop)
        self.service.looks.close()


def _server(app: FastAPI, front: Front = LOOPBACK) -> Server:
    """Forwarded headers are believed from the proxy that was named alone: anybody can send them."""
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, lifespan="off", server_header=False,
        proxy_headers=front.proxy is not None, forwarded_allow_ips=front.proxy,
        ssl_certfile=front.certificate, ssl_keyfile=front.key,
        http=BoundedProtocol, ws="none", timeout_keep_alive=KEEP_ALIVE_SECONDS, limit_concurrency=CONNECTIONS,
    )  # fmt: skip
    return Server(config, app.state.service)
