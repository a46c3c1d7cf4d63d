"""500 clients at once for a minute while scoring runs publish: no error.

    .venv/bin/python -m benchmarks.chaos.crowd [--clients 500] [--seconds 60]

Each client has an address and a connection of its own and asks without a pause, so that the limits by address apply as
they are shipped. Meanwhile `aim score --full` publishes all layers anew, again and again.
"""

import argparse
import asyncio
import time
from pathlib import Path

from benchmarks.chaos.stage import Heard, aim, crowd, service, throw_away, verdict


async def publish(home: Path, until: float) -> list[int]:
    """Publish until then; gives the exit codes."""
    codes: list[int] = []
    while time.monotonic() < until:
        codes.append((await asyncio.to_thread(aim, home, "score", "--full")).returncode)
    return codes


async def attack(home: Path, address: str, clients: int, seconds: int) -> tuple[Heard, list[int]]:
    heard, until = Heard(), time.monotonic() + seconds
    _, codes = await asyncio.gather(crowd(address, clients, until, heard), publish(home, until))
    return heard, codes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=500)
    parser.add_argument("--seconds", type=int, default=60)
    options = parser.parse_args()
    with throw_away() as home, service(home) as address:
        heard, codes = asyncio.run(attack(home, address, options.clients, options.seconds))
    counts = heard.counts()
    good = counts.pop("200", 0)
    verdict(
        f"{options.clients} clients for {options.seconds} s while {len(codes)} runs publish all layers",
        [f"{good:,} answers, median {heard.quantile(0.5) * 1000:.0f} ms, p99 {heard.quantile(0.99) * 1000:.0f} ms"],
        [f"{number} x {what}" for what, number in counts.items()] + [f"a run ended with {c}" for c in codes if c],
    )


if __name__ == "__main__":
    main()
