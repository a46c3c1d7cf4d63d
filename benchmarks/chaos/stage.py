"""A throw-away cluster with the samples published, the service in a process of its own, and clients that count."""

import asyncio
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from types import FrameType
from typing import Any, Final
from urllib.parse import urlsplit

from aim.access.rights import write_rights
from aim.api.app import create_app
from aim.api.server import running
from aim.db import cluster, migrate
from aim.db.engine import make_engine, service_engines
from aim.demo import everybody, prepare
from aim.settings import Settings

PATIENCE: Final = 40.0
"""Seconds after which a client calls an answer lost: longer than the service takes to answer for itself."""
RUN: Final = ("score", "--full", "--layer", "all-crime", "--layer", "anti-social-behaviour")
"""Two layers anew: enough to publish, and soon done."""
PATHS: Final = (
    "/collections",
    "/collections/all-crime/items?limit=1000",
    "/collections/all-crime/items?bbox=-1.3,54.5,-1.2,54.6&limit=100",
    "/collections/all-crime/items?filter=rank<20",
    "/collections/all-crime/tilejson.json",
    "/collections/all-crime/tiles/WebMercatorQuad/10/326/508",
    "/areas",
)


@contextmanager
def throw_away(folder: Path | None = None) -> Generator[Path]:
    """The home of a running cluster with the samples published, in `folder` or one of its own.

    It goes with the block, and with the process where that is asked to end.
    """
    signal.signal(signal.SIGTERM, _end)
    with tempfile.TemporaryDirectory(prefix="aim-chaos-", dir="/tmp") as own:  # the server's own user has to enter
        Path(own).chmod(0o755)
        home = (folder or Path(own)) / "home"
        try:
            engine = make_engine(cluster.up(home).url)
            migrate.upgrade(engine)
            write_rights(engine)
            prepare(engine, lambda _: None)
            engine.dispose()
            yield home
        finally:
            cluster.down(home)


def _end(number: int, _: FrameType | None) -> None:
    """Leave every block on the way out, as Ctrl+C does."""
    sys.exit(128 + number)


@contextmanager
def service(home: Path, environment: Mapping[str, str] | None = None) -> Generator[str]:
    """The address of the service in a process of its own, started with these variables; AIM_HOME is its spool's disk,
    by default the cluster's."""
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_serve, args=(cluster.url(home), sender), daemon=True)
    before = dict(os.environ)
    os.environ.update({"AIM_HOME": str(home), **(environment or {})})
    process.start()
    os.environ.clear()
    os.environ.update(before)
    try:
        yield receiver.recv()
    finally:
        process.terminate()
        process.join()


def _serve(url: str, sender: Any) -> None:
    """As `aim demo` does it: nobody is asked who they are, and the database works out what an analyst may read."""
    settings, engine = Settings(), make_engine(url)
    with (
        everybody(engine) as principal,
        service_engines(settings, engine) as engines,
        running(create_app(engines.app, settings, door=engines.door, everybody=principal)) as address,
    ):
        sender.send(address)
        Event().wait()


def aim(home: Path, *words: str, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """One command of the program, as a shell with these variables would run it."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("AIM_")}
    own |= {"AIM_HOME": str(home), **(environment or {})}
    return subprocess.run([sys.executable, "-m", "aim", *words], env=own, capture_output=True, text=True)


@dataclass
class Heard:
    """What clients got: (moment, what), where `what` is a status or why there was none; moments are monotonic."""

    answers: list[tuple[float, str]] = field(default_factory=list[tuple[float, str]])
    seconds: list[float] = field(default_factory=list[float])
    no_retry_after: int = 0

    def counts(self, begin: float = 0.0, end: float = float("inf")) -> Counter[str]:
        return Counter(what for at, what in self.answers if begin <= at < end)

    def quantile(self, share: float) -> float:
        ranked = sorted(self.seconds)
        return ranked[min(len(ranked) - 1, int(share * len(ranked)))]


async def crowd(address: str, clients: int, until: float, heard: Heard, pause: float = 0.0) -> None:
    """So many clients, each from an address of its own in the loopback range, ask until `until` (monotonic)."""
    tasks = (asyncio.create_task(_client(address, n, until, heard, pause)) for n in range(clients))
    await asyncio.gather(*tasks)


async def _client(address: str, number: int, until: float, heard: Heard, pause: float) -> None:
    """One client over one connection, made again where it breaks."""
    await asyncio.sleep(pause * number / 500)
    asked = number
    while time.monotonic() < until:
        with suppress(Broken):
            connection = await _connect(address, number, heard)
            try:
                while time.monotonic() < until:
                    await _ask(connection, PATHS[asked % len(PATHS)], heard)
                    asked += 1
                    await asyncio.sleep(pause)
            finally:
                connection[1].close()


class Broken(Exception):
    """The connection is of no more use."""


Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _connect(address: str, number: int, heard: Heard) -> Connection:
    url, own = urlsplit(address), f"127.{1 + number // 250}.0.{1 + number % 250}"
    try:
        return await asyncio.open_connection(url.hostname, url.port, local_addr=(own, 0))
    except OSError as error:
        heard.answers.append((time.monotonic(), type(error).__name__))
        await asyncio.sleep(0.1)
        raise Broken from error


async def _ask(connection: Connection, path: str, heard: Heard) -> None:
    begun = time.monotonic()
    try:
        async with asyncio.timeout(PATIENCE):
            status, headers = await _exchange(connection, path)
    except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
        heard.answers.append((time.monotonic(), type(error).__name__))
        raise Broken from error
    heard.answers.append((time.monotonic(), status))
    heard.seconds.append(time.monotonic() - begun)
    heard.no_retry_after += status == "503" and "retry-after" not in headers


async def _exchange(connection: Connection, path: str) -> tuple[str, dict[str, str]]:
    reader, writer = connection
    writer.write(f"GET {path} HTTP/1.1\r\nHost: aim\r\nAccept-Encoding: gzip\r\n\r\n".encode())
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in head[1:] if ": " in line)
    await reader.readexactly(int(headers.get("content-length", "0")))
    return head[0].split(" ")[1], headers


def verdict(tried: str, survived: Sequence[str], lost: Sequence[str]) -> None:
    """Print the three lines, and exit with the number of losses."""
    print(f"tried:    {tried}")
    for word, lines in (("survived", survived), ("lost", lost or ["nothing"])):
        print(f"{word + ':':9} {'; '.join(lines)}")
    sys.exit(len(lost))
