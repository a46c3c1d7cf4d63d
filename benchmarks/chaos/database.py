"""The database killed with -9 under load, and started again: 503 with Retry-After meanwhile, then as before.

    .venv/bin/python -m benchmarks.chaos.database [--clients 50] [--away 5]

The postmaster of a cluster made for this is killed, and its children with it; the service is never restarted.
"""

import argparse
import asyncio
import os
import signal
import time
from contextlib import suppress
from pathlib import Path

from aim.db import cluster
from aim.db.cluster_place import owner_of, place_of
from aim.db.cluster_server import processes
from benchmarks.chaos.stage import Heard, crowd, service, throw_away, verdict

BEFORE, AFTER = 5.0, 10.0
PAUSE = 0.02


def kill(home: Path) -> None:
    """Every process of the cluster, at once and without a word."""
    place = place_of(home)
    for pid in processes(place, owner_of(place)):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


async def attack(home: Path, address: str, clients: int, away: float) -> tuple[Heard, float, float]:
    """What was heard, and when the database went and came."""
    heard, clock = Heard(), time.monotonic
    load = asyncio.create_task(crowd(address, clients, clock() + BEFORE + away + AFTER + 10, heard, PAUSE))
    await asyncio.sleep(BEFORE)
    await asyncio.to_thread(kill, home)
    gone = clock()
    await asyncio.sleep(away)
    await asyncio.to_thread(cluster.up, home)
    back = clock()
    await load
    return heard, gone, back


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--away", type=float, default=5.0)
    options = parser.parse_args()
    with throw_away() as home, service(home) as address:
        heard, gone, back = asyncio.run(attack(home, address, options.clients, options.away))
    bad = [at for at, what in heard.answers if what != "200"]
    spans = {"before": (0.0, gone), "away": (gone, back), "after": (back, float("inf"))}
    told = [f"{name}: {dict(heard.counts(*span))}" for name, span in spans.items()]
    strange = {what: number for what, number in heard.counts().items() if what not in ("200", "503")}
    lost = [f"{number} x {what}" for what, number in strange.items()]
    if heard.no_retry_after:
        lost.append(f"{heard.no_retry_after} x 503 without Retry-After")
    if not bad or max(bad) > back + AFTER:
        lost.append("it had not recovered after 10 s" if bad else "nobody noticed")
    recovered = f"the last 503 came {max(bad, default=back) - back:+.1f} s from when the database answered again"
    verdict(f"kill -9 of the database for {back - gone:.1f} s, {options.clients} clients", [*told, recovered], lost)


if __name__ == "__main__":
    main()
