"""The clock of the machine set forwards and back under the database, the service and the command: keys, sessions, what
is remembered, the log, schedules.

    .venv/bin/python -m benchmarks.chaos.clock      # needs libfaketime (apt install faketime)

All three run with libfaketime and read one file that says how far the clock is off; the clock that never goes back is
left alone, as it is by whoever sets a real one.
"""

import json
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from sqlalchemy import Engine

from aim.access import sign_ins
from aim.access.accounts import by_name, make
from aim.access.roles import Role
from aim.access.secrets import credential_of
from aim.db import cluster
from aim.db.cluster_install import choose, installs
from aim.db.cluster_place import owner_of, place_of
from aim.db.cluster_server import server_settings
from aim.db.engine import make_engine
from aim.ingest.fetching.schedule import is_due
from benchmarks.chaos.stage import RUN, aim, service, throw_away, verdict

LIBRARIES: Final = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
PATIENCE: Final = 15.0
"""Seconds in which a new run or the end of a key has to show."""
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class Clock:
    """How far the clock is off, for all who were started with `environment`."""

    file: Path

    @property
    def environment(self) -> dict[str, str]:
        told = {"FAKETIME_TIMESTAMP_FILE": str(self.file), "FAKETIME_NO_CACHE": "1"}
        return told | {"LD_PRELOAD": str(LIBRARIES[0]), "FAKETIME_DONT_FAKE_MONOTONIC": "1"}

    def set(self, off: timedelta) -> None:
        """At once for everybody: a file half written would be no time at all."""
        new = self.file.with_suffix(".new")
        new.write_text(f"{off.total_seconds():+.0f}\n")
        new.chmod(0o644)
        new.replace(self.file)


@dataclass(frozen=True)
class World:
    """What the trials work with."""

    home: Path
    address: str
    clock: Clock
    engine: Engine

    def aim(self, *words: str) -> str:
        done = aim(self.home, *words, environment=self.clock.environment)
        return done.stdout if done.returncode == 0 else f'{{"failed": {json.dumps(done.stderr[-300:])}}}'

    def key(self, name: str, days: int) -> str:
        made = self.aim("keys", "create", name, "--role", "analyst", "--days", str(days), "--json")
        return json.loads(made)["key"]

    def get(self, path: str, key: str) -> tuple[int, str]:
        headers = {"Authorization": f"Bearer {key}"}
        try:
            with urlopen(Request(self.address + path, headers=headers), timeout=60) as answer:  # noqa: S310  # ours
                return answer.status, answer.read().decode()
        except HTTPError as error:
            return error.code, error.read().decode()

    def soon(self, happened: Callable[[], bool]) -> bool:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if happened():
                return True
            time.sleep(0.2)
        return False


def restart(home: Path, environment: dict[str, str]) -> None:
    """The cluster's server anew, under these variables."""
    cluster.down(home)
    place = place_of(home)
    owner, install = owner_of(place), choose(place.made_by, installs())
    options = shlex.join(f"-c{name}={value}" for name, value in server_settings(place).items())
    words = ["start", "-s", "-w", "-D", place.data, "-l", place.log, "-o", options]
    root = os.geteuid() == 0
    subprocess.run(
        [install.bin / "pg_ctl", *words],
        check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, cwd="/", start_new_session=True,
        env={"PATH": os.defpath, "LC_ALL": "C", **environment}, user=owner.pw_uid if root else None,
        group=owner.pw_gid if root else None, extra_groups=[] if root else None,
    )  # fmt: skip


def keys(world: World) -> dict[str, bool]:
    """A key of two days, three days on, and back, and a day before it was made."""
    secret = world.key("short", days=2)

    def at(off: timedelta, status: int) -> bool:
        world.clock.set(off)
        return world.soon(lambda: world.get("/collections", secret)[0] == status)

    return {
        "a key opens": at(timedelta(), 200),
        "it is over when its days are, with a clock that jumped": at(3 * DAY, 401),
        "it opens again when the clock is put right": at(timedelta(), 200),
        "it opens where the clock is before its making": at(-DAY, 200),
    }


def sessions(world: World) -> dict[str, bool]:
    """By the argument that the service passes: a session's hour and its twelve."""
    now = datetime.now(UTC)
    with world.engine.begin() as connection:
        make(connection, "clock", Role.ANALYST, None, None, "seven lighthouses", by="chaos")
        secret = sign_ins.open_sign_in(connection, by_name(connection, "clock").id, now)

    def holds(after: timedelta) -> bool:
        with world.engine.begin() as connection:
            return sign_ins.find(connection, credential_of(secret), now + after) is not None

    return {
        "a session holds": holds(timedelta()),
        "it is over after a jump of 61 minutes": not holds(HOUR + timedelta(minutes=1)),
        "a clock that goes back ends none": holds(-DAY),
        "and gives none more than its hour": holds(HOUR / 2) and not holds(2 * HOUR),
        "nor more than twelve": _used(holds, 11) and not holds(12 * HOUR + timedelta(minutes=1)),
    }


def _used(holds: Callable[[timedelta], bool], hours: int) -> bool:
    """A session in use each half hour."""
    return all(holds(half * HOUR / 2) for half in range(1, 2 * hours + 2))


def runs(world: World) -> dict[str, bool]:
    """A new run is noticed whatever the clock does meanwhile; the key outlasts it, as the demo's own would not."""
    found, secret = dict[str, bool](), world.key("long", days=730)
    for name, off in (("back by a year", -365 * DAY), ("on by a year", 365 * DAY), ("right again", timedelta())):
        world.clock.set(off)
        run = json.loads(world.aim(*RUN, "--json")).get("run")
        told = f'"run": {run},'
        found[f"a run shows, clock {name}"] = world.soon(lambda told=told: told in world.get("/collections", secret)[1])
    return found


def log(world: World) -> dict[str, bool]:
    """All of the above is in the log, in its order."""
    verified = json.loads(world.aim("audit", "verify", "--json"))
    return {
        f"the log of {verified.get('lines', 0):,} lines is whole": verified.get("whole") is True,
        f"and tells of it: {' '.join(verified.get('notes', []))}": bool(verified.get("notes")),
    }


def schedules(world: World) -> dict[str, bool]:  # noqa: ARG001  # a trial like the others
    last, daily = datetime(2026, 11, 10, 7, tzinfo=UTC), "30 6 * * *"
    return {
        "a source is fetched once after a jump of a month": is_due(daily, last, last + 30 * DAY),
        "and not again while the clock is before its last time": not is_due(daily, last, last - 3 * DAY),
    }


def main() -> None:
    if not LIBRARIES:
        sys.exit("libfaketime is not here: apt install faketime.")
    with throw_away() as home:
        clock, engine = Clock(home / "clock"), make_engine(cluster.url(home))
        clock.set(timedelta())
        restart(home, clock.environment)
        with service(home, clock.environment) as address:
            world = World(home, address, clock, engine)
            found = {
                what: held for trial in (keys, sessions, runs, log, schedules) for what, held in trial(world).items()
            }
        engine.dispose()
    verdict(
        "the clock set on and back, by hours, days and a year, under database, service and command",
        [what for what, held in found.items() if held],
        [f"not so: {what}" for what, held in found.items() if not held],
    )


if __name__ == "__main__":
    main()
