"""What the log costs: verifying it, a look, and a load of the samples with it and without.

    .venv/bin/python -m benchmarks.audit [--lines 100000]

A private cluster of its own, with the settings of one (a commit is on the disk). The load is timed in turns, three
each, and the quickest counts; without: `record` does nothing.
"""

import argparse
import resource
import shutil
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from time import perf_counter
from unittest.mock import patch

from sqlalchemy import Engine, text

from aim.audit.looks import Looks
from aim.audit.verify import verify
from aim.db.cluster import down, up
from aim.db.engine import make_engine
from aim.db.migrate import ensure
from aim.demo import load_samples

MANY = text("""
SELECT count(audit_append('consultation', 'account:' || n % 50, 'layer/all-crime@' || n / 1000, '{"how": "items"}'))
FROM generate_series(1, :lines) AS n
""")
FORGET = "TRUNCATE incident, rejected_row, correction, feed_run, feed, area, feed_volume, load_check CASCADE"
HOOKED = ("aim.ingest.logged", "aim.areas", "aim.ingest.load")


def timed(work: Callable[[], object]) -> float:
    started = perf_counter()
    work()
    return perf_counter() - started


def verifying(engine: Engine, lines: int) -> None:
    with engine.begin() as connection:
        connection.execute(MANY, {"lines": lines // 10})
    verify(engine)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with engine.begin() as connection:
        connection.execute(MANY, {"lines": lines - lines // 10})
    seconds = timed(lambda: verify(engine))
    more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(f"verify {lines:,} lines: {seconds:.2f} s, {lines / seconds:,.0f} a second; {more:.1f} MB more than a tenth")


def looking(engine: Engine) -> None:
    looks = Looks(engine)
    one_by_one = timed(lambda: [looks.first(f"account:{n}", "layer/x@1") for n in range(200)]) / 200
    keys = [f"key:{n}" for n in range(400)]
    with ThreadPoolExecutor(40) as pool:
        at_once = timed(lambda: list(pool.map(partial(looks.first, subject="layer/x@1"), keys))) / len(keys)
    known = timed(lambda: [looks.known("account:0", "layer/x@1") for _ in range(100_000)]) / 100_000
    print(f"first look: {one_by_one * 1e3:.2f} ms alone, {at_once * 1e3:.2f} ms each of 40 at once")
    print(f"a look that is known: {known * 1e6:.2f} microseconds")


def loading(engine: Engine) -> None:
    def load(*, logged: bool) -> float:
        with engine.begin() as connection:
            connection.execute(text(FORGET))
        patches = [] if logged else [patch(f"{module}.record", return_value=0) for module in HOOKED]
        for each in patches:
            each.start()
        try:
            return timed(partial(load_samples, engine, say=lambda _: None))
        finally:
            for each in patches:
                each.stop()

    load(logged=True)  # the first makes the partitions
    rounds = [(load(logged=True), load(logged=False)) for _ in range(3)]
    with_log, without = (min(times) for times in zip(*rounds, strict=True))
    print(f"the samples: {with_log:.2f} s with the log, {without:.2f} s without ({with_log / without:.3f}x)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=100_000)
    lines = parser.parse_args().lines
    home = Path(tempfile.mkdtemp(prefix="aim-benchmark-", dir="/tmp"))
    home.chmod(0o755)
    try:
        engine = make_engine(up(home).url)
        ensure(engine)
        verifying(engine, lines)
        looking(engine)
        loading(engine)
        engine.dispose()
    finally:
        down(home)
        shutil.rmtree(home)


if __name__ == "__main__":
    main()
