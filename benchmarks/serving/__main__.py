"""Requests per second beside tipg and pygeoapi: 50,000 hexagons, one worker each, the same database.

    .venv/bin/python -m benchmarks.serving [--rounds 3] [--seconds 3] [--only bbox] [--pygeoapi]

All answer the whole OGC request over TCP: parameters checked, numberMatched, numberReturned, links, timeStamp; ours
also finds out who asks and whether they may. The others get a plain table, `hexagon`, a column for each property,
because from `published_feature` they would send each feature twice (as columns and as text). Ours are the same rows,
written as a scoring run writes them. Coordinates are rounded to six decimals in the table, so that all send the same
ones. Rounds are interleaved, and each gives a ratio, so that a machine busy with other work slows all alike.
Boxes and filters differ with every request, so no answer can be kept. Needs `wrk`; the others are installed from PyPI
into .cache/.
"""

import argparse
import gzip
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote
from urllib.request import Request, urlopen

import mapbox_vector_tile

from aim.db.engine import make_engine
from benchmarks.serving import servers
from benchmarks.serving.data import TILE, analyst_key, fill, temporary_cluster

VARIED: Final = Path(__file__).with_name("varied.lua")
CONNECTIONS: Final = 4
MANY: Final = 64
"""Connections at which the slowest hundredth of the answers is told."""

BOX: Final = "bbox=<W>,<S>,<E>,<N>&limit=10000"
FILTER: Final = f"filter-lang=cql2-text&limit=1000&filter={quote('score > ')}<n>"


@dataclass(frozen=True)
class Measure:
    """What is asked of all servers, by query of the items or as a path; `<W>` and the like differ each time."""

    name: str
    query: str = ""
    headers: tuple[str, ...] = ()
    tile: bool = False

    def paths(self) -> dict[str, str]:
        """By server, below its address; a server that lacks the thing is left out."""
        zoom, row, column = TILE
        if self.tile:
            tiles = "tiles/WebMercatorQuad"
            return {
                "aim": f"/collections/hexagon/{tiles}/{zoom}/{row}/{column}",
                "tipg": f"/collections/public.hexagon/{tiles}/{zoom}/{column}/{row}",
            }
        return {
            "aim": f"/collections/hexagon/items?{self.query}",
            "tipg": f"/collections/public.hexagon/items?{self.query}&f=geojson",
            "pygeoapi": f"/collections/hexagon/items?{self.query}&f=json",
        }


GZIPPED: Final = b"\x1f\x8b"
GZIP: Final = ("Accept-Encoding: gzip",)
MEASURES: Final = (
    Measure("1,000 hexagons", "limit=1000"),
    Measure("1,000 hexagons, gzip", "limit=1000", GZIP),
    Measure("bbox of about 3,000", BOX),
    Measure("bbox of about 3,000, gzip", BOX, GZIP),
    Measure("CQL2 filter", FILTER),
    Measure("limit=10", "limit=10"),
    Measure("tile", tile=True),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--only", default="", help="measures whose name begins so")
    parser.add_argument("--pygeoapi", action="store_true", help="measure pygeoapi too")
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("This benchmark needs wrk: apt-get install wrk")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = stack.enter_context(temporary_cluster())
        engine = make_engine(url)
        fill(engine)
        shown = {"aim": bearer(analyst_key(engine))}
        engine.dispose()
        addresses = {"aim": stack.enter_context(servers.our_process(url))[0]}
        addresses["tipg"] = stack.enter_context(servers.tipg(url))
        if options.pygeoapi:
            addresses["pygeoapi"] = stack.enter_context(servers.pygeoapi(url, folder))
        for measure in MEASURES:
            if measure.name.startswith(options.only):
                report(measure, addresses, shown, options.rounds, options.seconds)


@dataclass(frozen=True)
class Asked:
    """What one server is asked, and with which headers."""

    address: str
    path: str
    headers: tuple[str, ...]


def report(
    measure: Measure, addresses: dict[str, str], shown: dict[str, tuple[str, ...]], rounds: int, seconds: int
) -> None:
    """Check that ours sends no fewer hexagons; ask all in turn, several times; then ours from many connections."""
    asked = {
        name: Asked(addresses[name], path, measure.headers + shown.get(name, ()))
        for name, path in measure.paths().items()
        if name in addresses
    }
    answers = {name: example(each) for name, each in asked.items()}
    sizes = {name: len(body) for name, body in answers.items()}
    hexagons = {name: received(body, measure) for name, body in answers.items()}
    assert all(hexagons["aim"] >= each > 0 for each in hexagons.values()), hexagons  # tipg's tiles lack the buffer's
    rates: dict[str, list[float]] = {name: [] for name in asked}
    for _ in range(rounds):
        for name, each in asked.items():
            rates[name].append(wrk(each, seconds, CONNECTIONS)[0])
    for name, found in rates.items():
        ratios = [ours / theirs for ours, theirs in zip(rates["aim"], found, strict=True)]
        told = f"median {statistics.median(found):.1f} req/s (lowest {min(found):.1f}, highest {max(found):.1f})"
        beside = "" if name == "aim" else f" | ours is {statistics.median(ratios):.0f} times as fast " \
            f"(lowest {min(ratios):.0f}, highest {max(ratios):.0f})"  # fmt: skip
        print(f"{measure.name} | {name} | {told} | {hexagons[name]:,} hexagons in {sizes[name]:,} bytes{beside}")
    wrk(asked["aim"], 1, CONNECTIONS)  # the others still work at what they were asked last
    rate, slowest = wrk(asked["aim"], seconds, MANY)
    print(f"{measure.name} | aim, {MANY} connections | {rate:.1f} req/s | p99 {slowest:.1f} ms", flush=True)


def wrk(asked: Asked, seconds: int, connections: int) -> tuple[float, float]:
    """Requests per second, and milliseconds that 99 of 100 answers take at most; stops at any that fails."""
    headers = [part for header in asked.headers for part in ("-H", header)]
    options = ["-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "60s", "--latency", "-s", str(VARIED)]
    run = subprocess.run(
        ["wrk", *options, *headers, asked.address],
        env=os.environ | {"AIM_PATH": asked.path},
        capture_output=True,
        text=True,
        check=True,
    )
    assert not re.search("Non-2xx|Socket errors", run.stdout), run.stdout
    [(slowest, unit)] = re.findall(r"99%\s+([\d.]+)(us|ms|s)", run.stdout)
    rate = float(re.findall(r"Requests/sec:\s+([\d.]+)", run.stdout)[0])
    return rate, float(slowest) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def example(asked: Asked) -> bytes:
    """One of the answers."""
    drawn = {"W": "-2.2", "S": "52.3", "E": "-1.58", "N": "52.7", "n": "20.5"}
    headers = dict(header.split(": ") for header in asked.headers)
    plain = re.sub("<(.)>", lambda found: drawn[found[1]], asked.address + asked.path)
    with urlopen(Request(plain, headers=headers)) as response:  # noqa: S310  # our own servers on the loopback
        return response.read()


def received(body: bytes, measure: Measure) -> int:
    """How many hexagons an answer holds."""
    if measure.tile:
        return sum(len(layer["features"]) for layer in mapbox_vector_tile.decode(body).values())
    return len(json.loads(gzip.decompress(body) if body[:2] == GZIPPED else body)["features"])


def bearer(key: str) -> tuple[str, ...]:
    return (f"Authorization: Bearer {key}",)


if __name__ == "__main__":
    main()
