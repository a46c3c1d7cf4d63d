"""Requests per second beside tipg: a page of 1,000 hexagons and a vector tile, 50,000 hexagons, one worker each.

    .venv/bin/python -m benchmarks.serving [--rounds 5] [--seconds 4]

Both answer the whole OGC request over TCP: parameters checked, numberMatched, numberReturned, links, timeStamp. tipg
gets a plain table, `hexagon`, with one column for each property, because from `published_feature` it would send each
feature twice (as columns and as text). Ours are the same rows, written as a scoring run writes them. Coordinates are
rounded to six decimals in the table, so that both send the same ones. Rounds are interleaved, and each gives a ratio,
so that a machine busy with other work slows both.
Needs `wrk`; tipg is installed from PyPI into .cache/.
"""

import argparse
import gzip
import json
import multiprocessing
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import venv
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any, Final
from urllib.parse import quote
from urllib.request import Request, urlopen

import h3
import mapbox_vector_tile
import numpy as np
import polars as pl
from sqlalchemy import Engine, make_url, text

from aim.api.app import create_app
from aim.api.server import open_socket, running
from aim.db import cluster, migrate
from aim.db.bulk import copy_data, copy_frame, encode
from aim.db.engine import make_engine
from aim.db.tables import published_feature
from aim.settings import Settings
from tests.keys import everybody

REPOSITORY: Final = Path(__file__).resolve().parents[1]
TIPG: Final = REPOSITORY / ".cache" / "tipg"
HEXAGONS: Final = 50_000
TILE: Final = (9, 168, 253)
"""Zoom, row and column of a tile over the middle of the hexagons."""

TABLE: Final = """
CREATE TABLE hexagon (
    id text PRIMARY KEY, rank integer, h3_res integer, area_id text, area_name text, level text, strand text,
    tactical_option text, rank_change integer, score double precision, z double precision, p_adjusted double precision,
    confidence text, count_total integer, count_police integer, count_council integer, count_fire integer,
    expected double precision, change integer, rationale text, lead_agency text, plan_owner text, valid_from text,
    valid_to text, review_at text, status text, marking text, handling_code text, geom geometry(Polygon, 4326)
)
"""
PUBLISH: Final = """
INSERT INTO scoring_run (as_of, parameters) VALUES ('2024-11-01Z', '{}');
INSERT INTO published_layer
SELECT max(id), 'hexagon', 'midlands', 8, '2023-11-01Z', '2024-11-01Z', CAST(:description AS jsonb) FROM scoring_run
"""
INDEX: Final = "CREATE INDEX ON hexagon USING gist (geom); CREATE INDEX ON hexagon (rank); ANALYZE"
DESCRIPTION: Final = {
    "title": "Hexagons", "description": "Made up.", "marking": "OFFICIAL", "handling": "P", "made_up": True,
    "parameters": {"h3_res": 8}, "data_cutoff": {"police": "2024-10-31", "council": None, "fire": None},
    "feeds_late": [], "suppressed_count": 0, "attribution": "None.", "caveats": [], "cells": HEXAGONS,
    "incidents": 250_000, "significant": 900, "area_name": "Midlands", "bbox": [-4, 51, 0, 54], "legend": [],
}  # fmt: skip


@dataclass(frozen=True)
class Measure:
    """What is asked of both servers; paths are given below the server's address."""

    name: str
    ours: str
    theirs: str
    headers: tuple[str, ...] = ()


ITEMS: Final = ("/collections/hexagon/items?limit=1000", "/collections/public.hexagon/items?limit=1000&f=geojson")
ZOOM, ROW, COLUMN = TILE
MEASURES: Final = (
    Measure("1,000 hexagons", *ITEMS),
    Measure("1,000 hexagons, gzip", *ITEMS, headers=("Accept-Encoding: gzip",)),
    Measure(
        f"tile {ZOOM}/{ROW}/{COLUMN}",
        f"/collections/hexagon/tiles/WebMercatorQuad/{ZOOM}/{ROW}/{COLUMN}",
        f"/collections/public.hexagon/tiles/WebMercatorQuad/{ZOOM}/{COLUMN}/{ROW}",
    ),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4)
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("This benchmark needs wrk: apt-get install wrk")
    install_tipg()
    with ExitStack() as stack:
        url = stack.enter_context(temporary_database())
        ours, theirs = stack.enter_context(our_server(url)), stack.enter_context(tipg_server(url))
        for measure in MEASURES:
            report(measure, ours, theirs, options.rounds, options.seconds)


def report(measure: Measure, ours: str, theirs: str, rounds: int, seconds: int) -> None:
    """Check that ours sends no fewer hexagons, then measure them in turn."""
    urls = {"aim": ours + measure.ours, "tipg": theirs + measure.theirs}
    sizes = {name: len(body(url, measure)) for name, url in urls.items()}
    hexagons = {name: received(url, measure) for name, url in urls.items()}
    assert hexagons["aim"] >= hexagons["tipg"] > 0, hexagons  # its tiles leave out cells that lie in the buffer only
    rates: dict[str, list[float]] = {"aim": [], "tipg": []}
    for _ in range(rounds):
        for name, url in urls.items():
            rates[name].append(wrk(url, measure, seconds))
    ratios = [ours / theirs for ours, theirs in zip(rates["aim"], rates["tipg"], strict=True)]
    for name, found in rates.items():
        print(f"{measure.name} | {name} | median {statistics.median(found):.1f} req/s "
              f"(lowest {min(found):.1f}, highest {max(found):.1f}) | {sizes[name]:,} bytes")  # fmt: skip
    print(f"{measure.name} | median ratio of a round {statistics.median(ratios):.0f} "
          f"(lowest {min(ratios):.0f}, highest {max(ratios):.0f})", flush=True)  # fmt: skip


def wrk(url: str, measure: Measure, seconds: int) -> float:
    """Requests per second of four connections; stops at any answer that is not a success."""
    headers = [part for header in measure.headers for part in ("-H", header)]
    command = ["wrk", "-t1", "-c4", f"-d{seconds}s", "--timeout", "20s", *headers, url]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert not re.search("Non-2xx|Socket errors", told), told
    return float(re.findall(r"Requests/sec:\s+([\d.]+)", told)[0])


def body(url: str, measure: Measure) -> bytes:
    headers = dict(header.split(": ") for header in measure.headers)
    with urlopen(Request(url, headers=headers)) as response:  # noqa: S310  # our own servers on the loopback
        return response.read()


def received(url: str, measure: Measure) -> int:
    """How many hexagons an answer holds."""
    answer = body(url, measure)
    if "/tiles/" in url:
        return sum(len(layer["features"]) for layer in mapbox_vector_tile.decode(answer).values())
    return len(json.loads(gzip.decompress(answer) if measure.headers else answer)["features"])


@contextmanager
def temporary_database() -> Generator[str]:
    """The URL of a new cluster's database that holds the hexagons twice: as a table and published."""
    home = Path(tempfile.mkdtemp(prefix="aim-serving-", dir="/tmp"))
    home.chmod(0o755)
    try:
        url = cluster.up(home).url
        engine = make_engine(url)
        migrate.upgrade(engine)
        fill(engine)
        engine.dispose()
        yield url
    finally:
        cluster.down(home)
        shutil.rmtree(home)


def fill(engine: Engine) -> None:
    rows = hexagons()
    with engine.begin() as connection:
        connection.execute(text(TABLE))
        copy_data(connection, "hexagon", encode(rows))
        for statement in PUBLISH.split(";"):
            connection.execute(text(statement), {"description": json.dumps(DESCRIPTION)})
        run = connection.scalar(text("SELECT max(id) FROM scoring_run"))
        copy_frame(connection, published_feature, publication(rows).with_columns(run=pl.lit(run)))
        for statement in INDEX.split(";"):
            connection.execute(text(statement))


def publication(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of `published_feature`, written as a scoring run writes them, with every property in the tile too."""
    features = list(rows.drop("geom").iter_rows(named=True))
    return pl.DataFrame(
        {
            "layer": "hexagon",
            "area": "midlands",
            "rank": rows["rank"],
            "id": rows["id"],
            "body": [feature(properties) for properties in features],
            "tile": [json.dumps(properties) for properties in features],
            "boundary": rows["geom"],
        }
    )


def feature(properties: dict[str, Any]) -> str:
    corners = [[round(lng, 6), round(lat, 6)] for lat, lng in h3.cell_to_boundary(properties["id"])]
    geometry = {"type": "Polygon", "coordinates": [[*corners, corners[0]]]}
    members = {"type": "Feature", "id": properties["id"], "geometry": geometry, "properties": properties}
    return json.dumps(members, separators=(",", ":"))


def hexagons() -> pl.DataFrame:
    """Made-up hexagons at resolution 8 in the Midlands, with the scalar properties of a tasking feature."""
    random = np.random.default_rng(0)
    cells = sorted(h3.grid_disk(h3.latlng_to_cell(52.5, -1.9, 8), 130))[:HEXAGONS]
    counts = random.poisson(5, (3, HEXAGONS))
    fixed = {"h3_res": 8, "area_id": "midlands", "area_name": "Central", "level": "L1", "strand": "prevention",
             "tactical_option": "manage_hotspots", "lead_agency": "police", "plan_owner": "Neighbourhood inspector",
             "valid_from": "2024-11-01", "valid_to": "2024-11-15", "review_at": "2024-11-15", "status": "proposed",
             "marking": "OFFICIAL", "handling_code": "P"}  # fmt: skip
    return pl.DataFrame(
        {
            "id": cells,
            "rank": np.arange(1, HEXAGONS + 1),
            "rank_change": random.integers(-50, 50, HEXAGONS),
            "score": random.uniform(0, 50, HEXAGONS).round(2),
            "z": random.normal(0, 1.5, HEXAGONS).round(4),
            "p_adjusted": random.uniform(0, 1, HEXAGONS).round(4),
            "confidence": random.choice(["99 %", "95 %", "not significant"], HEXAGONS),
            "count_total": counts.sum(axis=0),
            **dict(zip(("count_police", "count_council", "count_fire"), counts, strict=True)),
            "expected": random.uniform(0, 9, HEXAGONS).round(2),
            "change": random.integers(-9, 9, HEXAGONS),
            "rationale": [f"{n} incidents in twelve months, 3.1 times the average cell." for n in counts.sum(axis=0)],
            "geom": [outline(cell) for cell in cells],
        }
    ).with_columns(pl.lit(value).alias(name) for name, value in fixed.items())


def outline(cell: str) -> str:
    corners = [f"{lng:.6f} {lat:.6f}" for lat, lng in h3.cell_to_boundary(cell)]
    return f"SRID=4326;POLYGON(({','.join([*corners, corners[0]])}))"


@contextmanager
def our_server(url: str) -> Generator[str]:
    """Our service in a process of its own, as tipg's is."""
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=serve_ours, args=(url, sender), daemon=True)
    process.start()
    try:
        yield receiver.recv()
    finally:
        process.terminate()
        process.join()


def serve_ours(url: str, sender: Any) -> None:
    engine = make_engine(url)
    with running(create_app(engine, Settings(), everybody=everybody(engine))) as address:
        sender.send(address)
        Event().wait()


@contextmanager
def tipg_server(url: str) -> Generator[str]:
    """tipg under uvicorn with one worker, its limits lifted so that it sends whole tiles."""
    with open_socket("127.0.0.1", 0) as free:
        port = free.getsockname()[1]
    settings = {"DATABASE_URL": for_asyncpg(url), "TIPG_DB_SCHEMAS": '["public"]'}
    settings |= {"TIPG_MAX_FEATURES_PER_QUERY": "100000", "TIPG_MAX_FEATURES_PER_TILE": "100000"}
    options = f"tipg.main:app --port {port} --log-level warning --no-access-log"
    command = [TIPG / "bin" / "uvicorn", *options.split()]
    process = subprocess.Popen(command, env=os.environ | settings)
    try:
        address = f"http://127.0.0.1:{port}"
        retry = ["curl", "-sf", "--retry", "20", "--retry-delay", "1", "--retry-connrefused", "-o", os.devnull, address]
        subprocess.run(retry, check=True)
        yield address
    finally:
        process.terminate()
        process.wait()


def for_asyncpg(url: str) -> str:
    """The same socket, written where tipg's settings insist on a host."""
    parts = make_url(url)
    folder, port = quote(str(parts.query["host"]), safe=""), parts.query["port"]
    return f"postgresql://{parts.query['user']}@{folder}:{port}/{parts.database}"


def install_tipg() -> None:
    """Into a virtual environment of its own, once: its pins must not meet ours."""
    if not (TIPG / "bin" / "uvicorn").exists():
        venv.create(TIPG, with_pip=True)
        subprocess.run([TIPG / "bin" / "pip", "install", "--quiet", "tipg", "uvicorn[standard]"], check=True)


if __name__ == "__main__":
    main()
