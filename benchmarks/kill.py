"""Kill -9 a load at random moments: the tables are as before it or as after it, and the next load completes.

    .venv/bin/python -m benchmarks.kill [--kills 10] [--rows 200000] [--seed 7]

Loads of a made-up police.uk file by the command itself (`aim ingest`), in a private cluster of a throw-away AIM_HOME.
Half of them meet an empty table, half one that holds an earlier release of the same months, so that rows are updated
and removed. What counts as the same is a digest of every incident, volume and rejected row, and the number of loads.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

import polars as pl
import psycopg
from psycopg import sql

from aim.db.cluster import down, up
from benchmarks.ingest import apart, write_csv

PATIENCE: Final = 300
"""Seconds until the server has noticed that its client is gone."""
STATE: Final = """
SELECT concat_ws(' ',
           (SELECT md5(string_agg(i::text, '|' ORDER BY i::text)) FROM incident AS i),
           (SELECT md5(string_agg(v::text, '|' ORDER BY v::text)) FROM feed_volume AS v),
           (SELECT md5(string_agg(concat_ws('|', line, reason, detail, raw), '|' ORDER BY line)) FROM rejected_row)),
       (SELECT count(*) FROM feed_run),
       (SELECT count(*) FROM pg_class WHERE relname LIKE 'incoming%')
"""
OTHERS: Final = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
PARTITIONS: Final = (
    "SELECT relname FROM pg_inherits JOIN pg_class ON oid = inhrelid WHERE inhparent = 'incident'::regclass"
)


class State(NamedTuple):
    """What the tables hold: a digest of what was loaded, the loads on record, and tables that a load left behind."""

    digest: str
    loads: int
    debris: int


@dataclass(frozen=True)
class Town:
    """The cluster, and two releases of the same file."""

    home: Path
    url: str
    earlier: Path
    later: Path

    def start(self, file: Path) -> subprocess.Popen[bytes]:
        """A load, as a shell would run it."""
        command = [
            sys.executable,
            "-m",
            "aim",
            "ingest",
            "police-uk-street",
            str(file),
            "--json",
            "--as-of",
            "2026-01-01",
        ]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("AIM_")}
        environment |= {"AIM_HOME": str(self.home)}
        return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def load(self, file: Path) -> float:
        """A load that nobody disturbs, in seconds."""
        started = time.perf_counter()
        process = self.start(file)
        _, said = process.communicate()
        if process.returncode:
            raise SystemExit(f"a load that nobody disturbed failed: {said.decode()}")
        return time.perf_counter() - started

    def state(self) -> State:
        """What the tables hold, once nobody else is connected."""
        deadline = time.monotonic() + PATIENCE
        with psycopg.connect(self.url, autocommit=True) as session:
            while session.execute(OTHERS).fetchone() != (0,):
                if time.monotonic() > deadline:
                    raise SystemExit("the server has not noticed that its client is gone")
                time.sleep(0.05)
            return State(*session.execute(STATE).fetchall()[0])

    def reset(self, *, empty: bool) -> State:
        """Nothing loaded and no partition there, or just the earlier release."""
        with psycopg.connect(self.url, autocommit=True) as session:
            years = session.execute(PARTITIONS).fetchall()
            session.execute("TRUNCATE incident, rejected_row, feed_run, feed_volume, load_check CASCADE")
            for (partition,) in years:
                session.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(partition)))
        if not empty:
            self.load(self.earlier)
        return self.state()


def releases(folder: Path, rows: int) -> tuple[Path, Path]:
    """A file, and the same months published again: some outcomes known by now, some rows gone, some new, a few bad."""
    earlier, later = folder / "2025-12-made-up-street.csv", folder / "again" / "2025-12-made-up-street.csv"
    later.parent.mkdir()
    apart(write_csv, earlier, rows)
    whole = pl.read_csv(earlier, infer_schema=False).with_row_index("n")
    again = whole.filter(pl.col("n") % 50 != 0).with_columns(
        pl.when(pl.col("n") % 7 == 0)
        .then(pl.lit("Local resolution"))
        .otherwise("Last outcome category")
        .alias("Last outcome category"),
        pl.when(pl.col("n") % 31 == 0).then(pl.col("Crime ID") + "x").otherwise("Crime ID").alias("Crime ID"),
    )
    again.drop("n").write_csv(later)
    bad_month = pl.when(pl.col("n") % 997 == 0).then(pl.lit("2025-13")).otherwise("Month")
    whole.with_columns(bad_month.alias("Month")).drop("n").write_csv(earlier)
    return earlier, later


@dataclass(frozen=True)
class Kill:
    """What a killed load left; `missed`: it had ended by then."""

    left: str
    missed: bool
    next_load: float
    """Seconds of the load after it, which is the same one."""


def disturb(town: Town, moment: float, *, empty: bool) -> Kill:
    """Kill a load after so many seconds, look, load again, and look again."""
    before = town.reset(empty=empty)
    process = town.start(town.later)
    try:
        process.wait(moment)
    except subprocess.TimeoutExpired:
        process.kill()
    process.communicate()
    left = town.state()
    next_load = town.load(town.later)
    after = town.state()
    missed = process.returncode == 0
    if left == before:
        return Kill("before", missed, next_load)
    if left == after._replace(loads=before.loads + 1):
        return Kill("after", missed, next_load)
    return Kill(f"NEITHER: {left} is not {before} nor {after}", missed, next_load)


def undisturbed(town: Town, *, empty: bool) -> float:
    """How long a load takes that nobody kills."""
    town.reset(empty=empty)
    return town.load(town.later)


def run(town: Town, kills: int, dice: random.Random) -> int:
    """Kill as often as asked, misses not counted; gives how often the tables were left in between."""
    lasts = {empty: undisturbed(town, empty=empty) for empty in (True, False)}
    print(f"A load lasts {lasts[True]:.1f} s into an empty table, {lasts[False]:.1f} s over an earlier release.")
    print(f"{'kill':>4}  {'into':15} {'after':>7}  {'left':8} next load", flush=True)
    number = neither = 0
    while number < kills:
        empty = number % 2 == 0
        moment = dice.uniform(0.2, 1.0) * lasts[empty]
        found = disturb(town, moment, empty=empty)
        number += not found.missed
        neither += found.left not in ("before", "after")
        what = "an empty table" if empty else "the earlier one"
        said = "missed" if found.missed else f"{number:4}"
        print(f"{said:>4}  {what:15} {moment:6.2f}s  {found.left:8} completes in {found.next_load:.1f} s", flush=True)
        lasts[empty] = moment if found.missed else max(found.next_load, moment)
    return neither


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="aim-kill-", dir="/tmp") as folder:  # the server's own user has to enter
        Path(folder).chmod(0o755)
        home = Path(folder) / "home"
        earlier, later = releases(Path(folder), options.rows)
        try:
            town = Town(home, up(home).url, earlier, later)
            migrate(home)
            neither = run(town, options.kills, random.Random(options.seed))
        finally:
            down(home)
    sys.exit(neither)


def migrate(home: Path) -> None:
    """The tables, by the command."""
    subprocess.run(
        [sys.executable, "-m", "aim", "db", "migrate"],
        env=os.environ | {"AIM_HOME": str(home)},
        check=True,
        stdout=subprocess.DEVNULL,
    )


if __name__ == "__main__":
    main()
