"""A full refresh of all layers and methods after a day's load: with what is kept, and from scratch, in one run.

    .venv/bin/python -m benchmarks.refresh [--rows 300000] [--rounds 2]

A made-up county the size of Merseyside (about 6,800 cells at resolution 9), three years of calls to the police, reports
to the council and fires, `--rows` in all. For each feed, and for all three, a day's load comes, and the refresh is
timed; then what was kept is thrown away and everything is made anew from the incidents. The look back (`aim backtest`)
is left out of both, as it is not part of a refresh. What both publish is compared, bit for bit.
"""

import argparse
import csv
import json
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any
from unittest.mock import patch

import numpy as np
import shapely.affinity
import shapely.geometry
from sqlalchemy import Engine, select

from aim.areas import load_areas
from aim.db.cluster import down, up
from aim.db.engine import make_engine
from aim.db.migrate import ensure
from aim.db.tables import incident_part, published_feature
from aim.ingest.load import feed_named, ingest
from aim.ingest.source import Payload
from aim.layers.publishing import publish as publishing
from aim.layers.publishing import writing
from aim.vocabulary.kinds import AreaKind

CENTRE, EDGE = (-2.95, 53.45), (0.31, 0.185)
"""Degrees: the middle of the county and half its width and height."""
FIRST, LAST = date(2023, 10, 15), date(2026, 10, 10)
ONE_DAY = 1 / 1095
FEEDS: dict[str, tuple[str, list[str]]] = {
    "police-crimes": (
        "police.csv",
        ["CrimeNumber", "CommittedFrom", "CommittedTo", "HomeOfficeCode", "Easting", "Northing"],
    ),
    "police-cad": ("calls.csv", ["IncidentRef", "Created", "Grade", "OpeningCode", "Easting", "Northing"]),
    "open311-bulk": (
        "reports.csv",
        ["service_request_id", "requested_datetime", "service_name", "lat", "long"],
    ),
    "fire-irs": ("fires.csv", ["IncidentNumber", "DateOfCall", "TimeOfCall", "IncidentType", "Motive"]),
}
MORE = {
    "open311-bulk": ["status_description", "service_subtype"],
    "fire-irs": ["Easting_m", "Northing_m", "Easting_rounded", "Northing_rounded"],
}
"""The rest of their columns."""
SHARES = {"police-crimes": 0.35, "police-cad": 0.3, "open311-bulk": 0.3, "fire-irs": 0.05}
CODES = ["28E", "45/10", "49/10", "104/25", "58B/1"]


def places(random: np.random.Generator, rows: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Eastings and northings: most of it in few streets."""
    hubs = random.normal((337_000, 395_000), (7_000, 6_000), (400, 2))
    chosen = np.minimum(random.geometric(0.01, rows) - 1, len(hubs) - 1)
    return np.round(hubs[chosen] + random.normal(0, 350, (rows, 2)))


def rows_of(feed: str, rows: int, first: date, last: date, seed: int) -> list[list[object]]:
    """Made-up rows of one feed, in the columns of FEEDS, in the order of time."""
    random = np.random.default_rng(seed)
    seconds = np.sort(random.integers(0, ((last - first).days + 1) * 86_400, rows))
    start = datetime(first.year, first.month, first.day)  # the clock on the wall
    at = places(random, rows)
    times = [start + timedelta(seconds=int(second)) for second in seconds]
    return [row_of(feed, f"{seed}-{n}", when, (int(at[n][0]), int(at[n][1])), n) for n, when in enumerate(times)]


def row_of(feed: str, key: str, when: datetime, at: tuple[int, int], n: int) -> list[object]:
    east, north = at
    match feed:
        case "police-crimes":
            return [
                key,
                f"{when:%d/%m/%Y %H:%M}",
                f"{when + timedelta(hours=n % 9):%d/%m/%Y %H:%M}",
                CODES[n % len(CODES)],
                east,
                north,
            ]
        case "police-cad":
            return [key, f"{when:%d/%m/%Y %H:%M:%S}", "2", "Anti-social behaviour", east, north]
        case "open311-bulk":
            kind = ("Graffiti", "Fly-tipping", "Litter")[n % 3]
            return [key, f"{when:%Y-%m-%dT%H:%M:%S}Z", kind, north, east, "open", ""]
        case _:
            return [key, f"{when:%d/%m/%Y}", f"{when:%H:%M:%S}", "Secondary fire", "Deliberate", east, north, "", ""]


def load(engine: Engine, folder: Path, rows: int, first: date, last: date, feeds: list[str], seed: int) -> None:
    for feed in feeds:
        name, columns = FEEDS[feed]
        header = [*columns, *MORE.get(feed, [])]
        file = folder / f"{seed}-{name}"
        with file.open("w", newline="") as out:
            csv.writer(out).writerows([header, *rows_of(feed, max(1, round(rows * SHARES[feed])), first, last, seed)])
        report = ingest(engine, feed_named(feed), Payload(file, file.name), datetime(2027, 1, 1, tzinfo=UTC))
        assert report.inserted > 0.99 * report.read, report  # a few fall into the hour that a spring night lacks
        file.unlink()


def county(engine: Engine, folder: Path) -> None:
    (x, y), (width, height) = CENTRE, EDGE
    shape = shapely.affinity.scale(shapely.Point(x, y).buffer(1, 64), width, height)
    named = {"type": "Feature", "properties": {"code": "county", "name": "Made-up county"}}
    feature = named | {"geometry": shapely.geometry.mapping(shape)}
    file = folder / "county.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    load_areas(engine, file, AreaKind.BOROUGH, partnership="Made-up county")


def refresh(engine: Engine, *, full: bool) -> tuple[float, list[str]]:
    """Seconds, and the layers that were made anew."""
    if full:
        with engine.begin() as connection:
            connection.execute(incident_part.delete())
    started = perf_counter()
    run = publishing.publish(engine, resolution=9, full=full)
    return perf_counter() - started, [layer.id for layer in run.layers if not layer.unchanged]


def served(engine: Engine) -> dict[tuple[str, str], str]:
    """The features of the newest version of each layer."""
    table = published_feature.c
    with engine.connect() as connection:
        rows = connection.execute(select(table.layer, table.id, table.body).order_by(table.run)).all()
    newest: dict[str, dict[str, str]] = {}
    for row in rows:
        newest.setdefault(row.layer, {})[row.id] = row.body
    return {(layer, cell): body for layer, cells in newest.items() for cell, body in cells.items()}


def measure(engine: Engine, folder: Path, rows: int, feeds: list[str], day: date, seed: int) -> tuple[float, float]:
    load(engine, folder, max(4, round(rows * ONE_DAY)), day, day, feeds, seed)
    after, anew = refresh(engine, full=False)
    published = served(engine)
    scratch, _ = refresh(engine, full=True)
    assert served(engine) == published, "the layers differ"
    print(
        f"  {', '.join(feeds):60s} {after:6.2f} s ({', '.join(anew)}); from scratch {scratch:6.2f} s: "
        f"{scratch / after:5.1f}x",
        flush=True,
    )
    return after, scratch


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--rows", type=int, default=300_000)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    # The server's user must be able to enter the folder.
    with tempfile.TemporaryDirectory(prefix="aim-bench-", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        try:
            engine = make_engine(up(folder / "home").url)
            ensure(engine)
            run(engine, folder, options.rows, options.rounds)
            engine.dispose()
        finally:
            down(folder / "home")


def run(engine: Engine, folder: Path, rows: int, rounds: int) -> None:
    county(engine, folder)
    load(engine, folder, rows, FIRST, LAST, list(FEEDS), seed=1)
    day = LAST
    with patch.object(writing, "hindsight_of", return_value={"sentence": "Left out.", "methods": []}):
        print(f"First run: {refresh(engine, full=True)[0]:.2f} s", flush=True)
        for number, feeds in enumerate([[feed] for feed in FEEDS] + [list(FEEDS)]):
            for turn in range(rounds):
                day += timedelta(days=1)
                measure(engine, folder, rows, feeds, day, seed=100 + 10 * number + turn)


if __name__ == "__main__":
    main()
