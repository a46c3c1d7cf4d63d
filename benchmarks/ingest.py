"""Ingest beside GDAL's ogr2ogr and beside PostgreSQL's own ceiling, in one run.

    .venv/bin/python benchmarks/ingest.py [--rows 1000000] [--rounds 3]

Each round loads the same made-up police.uk CSV three ways, one after the other, into an empty database of a throw-away
private cluster:

- aim: `aim ingest` as a process of its own: CSV to committed, indexed, normalised rows with three H3 cells each;
- ogr2ogr: the same CSV with COPY into a point table, then a unique index on its key and GiST, as the
  baseline had, which is less work: no normalising, no cells, no hashes;
- ceiling: PostgreSQL's COPY of the rows that aim prepared, then aim's own indexes.

Prints the medians, the ratios, and the peak memory of the aim process at a quarter of the rows and at all of them.
"""

import argparse
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import psycopg
import psycopg.conninfo
from psycopg import sql

from aim.db.cluster import down, up

KINDS = ["Anti-social behaviour", "Burglary", "Vehicle crime", "Violence and sexual offences", "Shoplifting", "Drugs"]
INDEXES = (
    "CREATE UNIQUE INDEX ON ceiling (identity, ordinal, scope, feed, occurred_from)",
    "CREATE INDEX ON ceiling USING brin (feed, scope, occurred_from) WITH (pages_per_range = 32)",
    "CREATE INDEX ON ceiling (category)",
    "CREATE INDEX ON ceiling USING gist (location)",
)


def write_csv(path: Path, rows: int) -> None:
    """Made-up rows in the police.uk layout: a quarter without an id, some of those alike, twelve months of one year."""
    dice = np.random.default_rng(7)
    kinds = dice.integers(0, len(KINDS), rows)
    points = dice.normal(0, 1, (20_000, 2)) * [0.2, 0.1] + [-1.2, 54.5]
    at = dice.integers(0, len(points), rows)
    asb = kinds == 0
    frame = pl.DataFrame(
        {
            "Crime ID": pl.Series(np.char.mod("%064x", np.arange(rows))).set(pl.Series(asb), None),
            "Month": np.char.mod("2025-%02d", dice.integers(1, 13, rows)),
            "Reported by": np.full(rows, "Made-up Police"),
            "Falls within": np.full(rows, "Made-up Police"),
            "Longitude": np.round(points[at, 0], 6),
            "Latitude": np.round(points[at, 1], 6),
            "Location": np.char.mod("On or near Road %d", at),
            "LSOA code": np.char.mod("E0199%04d", at % 900),
            "LSOA name": np.char.mod("Made-up %03dA", at % 900),
            "Crime type": np.array(KINDS)[kinds],
            "Last outcome category": pl.Series(["Under investigation"] * rows).set(pl.Series(asb), None),
            "Context": pl.Series([None] * rows, dtype=pl.String),
        }
    )
    frame.write_csv(path)


def apart(function: Callable[[Path, int], None], path: Path, rows: int) -> None:
    """Call in a process of its own: a child starts with its parent's peak memory, so this one has to stay small."""
    process = multiprocessing.get_context("spawn").Process(target=function, args=(path, rows))
    process.start()
    process.join()


def run(command: list[str], **env: str) -> tuple[float, float]:
    """Seconds, and the peak MB of this very process."""
    started = time.perf_counter()
    process = subprocess.Popen(command, env=os.environ | env, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{command[0]} failed")
    return time.perf_counter() - started, usage.ru_maxrss / 1024


def fresh(url: str) -> None:
    """Nothing in the database but PostGIS, which the cluster's administrator owns."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP OWNED BY aim CASCADE")
        connection.execute("GRANT ALL ON SCHEMA public TO aim")


def aim(url: str, file: Path, feed: str = "police-uk-street") -> tuple[float, float]:
    """Seconds and peak MB of a first load."""
    fresh(url)
    run([sys.executable, "-m", "aim", "db", "migrate"], AIM_DATABASE_URL=url)
    return again(url, file, feed)


def again(url: str, file: Path, feed: str = "police-uk-street") -> tuple[float, float]:
    """Seconds and peak MB of a load into the database as it is."""
    command = [sys.executable, "-m", "aim", "ingest", feed, str(file), "--json", "--accept-unusual", "a benchmark"]
    return run(command, AIM_DATABASE_URL=url)


def ogr2ogr(url: str, file: Path, key: str = "Crime ID", at: tuple[str, str] = ("Longitude", "Latitude")) -> float:
    """Seconds of a load of the CSV as it is, with a unique index on `key` and a GiST index."""
    fresh(url)
    started = time.perf_counter()
    options = ["-oo", f"X_POSSIBLE_NAMES={at[0]}", "-oo", f"Y_POSSIBLE_NAMES={at[1]}", "-a_srs", "EPSG:4326"]
    options += ["-nln", "street", "-lco", "GEOMETRY_NAME=geom", "-lco", "SPATIAL_INDEX=GIST", "-lco", "LAUNDER=NO"]
    run(["ogr2ogr", "-f", "PostgreSQL", f"PG:{libpq(url)}", str(file), *options], PG_USE_COPY="YES")
    with psycopg.connect(url, autocommit=True) as connection:
        unique = sql.SQL("CREATE UNIQUE INDEX ON street ({}, ogc_fid)").format(sql.Identifier(key))
        connection.execute(unique)
    return time.perf_counter() - started


def ceiling(url: str, prepared: Path) -> float:
    with psycopg.connect(url) as connection:
        connection.execute("DROP TABLE IF EXISTS ceiling")
        connection.execute("CREATE TABLE ceiling (LIKE incident INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
        connection.commit()
        started = time.perf_counter()
        with prepared.open("rb") as rows, connection.cursor().copy("COPY ceiling FROM STDIN (FORMAT csv)") as copy:
            while block := rows.read(1 << 20):
                copy.write(block)
        for statement in INDEXES:
            connection.execute(statement)
        connection.commit()
        return time.perf_counter() - started


def export(url: str, prepared: Path) -> None:
    statement = "COPY (SELECT * FROM incident) TO STDOUT (FORMAT csv)"
    with psycopg.connect(url) as connection, prepared.open("wb") as out, connection.cursor().copy(statement) as copy:
        out.writelines(copy)


def libpq(url: str) -> str:
    return psycopg.conninfo.make_conninfo(url)


def measure(url: str, folder: Path, rows: int, rounds: int) -> None:
    file, quarter, prepared = folder / "street.csv", folder / "quarter.csv", folder / "prepared.csv"
    apart(write_csv, quarter, rows // 4)
    _, small = aim(url, quarter)
    apart(write_csv, file, rows)
    seconds: dict[str, list[float]] = {"aim": [], "ogr2ogr": [], "ceiling": []}
    peak = 0.0
    for _ in range(rounds):
        taken, peak = aim(url, file)
        seconds["aim"].append(taken)
        export(url, prepared)
        seconds["ceiling"].append(ceiling(url, prepared))
        seconds["ogr2ogr"].append(ogr2ogr(url, file))
        print({name: round(values[-1], 1) for name, values in seconds.items()}, flush=True)
    rate = {name: rows / statistics.median(values) for name, values in seconds.items()}
    for name, value in rate.items():
        print(f"{name:8s} {value:10,.0f} rows/s")
    print(f"aim / ogr2ogr   {rate['aim'] / rate['ogr2ogr']:.2f}   (asked: at least 1.8)")
    print(f"aim / ceiling   {rate['aim'] / rate['ceiling']:.2f}   (asked: at least 0.5)")
    print(f"peak memory     {small:,.0f} MB at {rows // 4:,} rows, {peak:,.0f} MB at {rows:,} (asked: under 1,000)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(
        prefix="aim-bench-", dir="/tmp"
    ) as folder:  # the server's own user must be able to enter
        Path(folder).chmod(0o755)
        home = Path(folder) / "home"
        try:
            measure(up(home).url, Path(folder), options.rows, options.rounds)
        finally:
            down(home)


if __name__ == "__main__":
    main()
