"""The disk of the database full while a run publishes, and the disk of the service's texts full as it reads them.

    .venv/bin/python -m benchmarks.chaos.disk      # as root: it mounts file systems of its own, in memory

The disk is shrunk to what is on it, with more or less room to spare, so that a run meets its end at one step or
another, and once in its middle. Meanwhile the service goes on; afterwards there is room again.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import Final
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from benchmarks.chaos.stage import RUN, aim, service, throw_away, verdict

ROOMY: Final = 3 * 2**30
SMALL: Final = 64 * 2**10
ROOM: Final = (0, 2**20)
"""Bytes to spare at the start of a run."""
MIDDLE: Final = 4.0
"""Seconds into a run at which a disk with room enough fills up."""
SPARE: Final = 2**16
"""Bytes that are written between the look at the disk and its end."""
LAYERS: Final = "/collections?f=json"


@contextmanager
def disk(size: int = ROOMY) -> Generator[Path]:
    """A file system in memory, which is gone with the block."""
    if os.geteuid() != 0:
        sys.exit("This mounts file systems of its own, in memory: run it as root.")
    with tempfile.TemporaryDirectory(prefix="aim-chaos-disk-", dir="/tmp") as name:
        _mount("-t", "tmpfs", "-o", f"size={size},mode=755", "tmpfs", name)
        try:
            yield Path(name)
        finally:
            subprocess.run(["umount", name], check=True)


def _mount(*words: str) -> None:
    done = subprocess.run(["mount", *words], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"This may not mount file systems (CAP_SYS_ADMIN is needed): {done.stderr.strip()}")


def used(place: Path) -> int:
    """Bytes that are taken."""
    told = os.statvfs(place)
    return (told.f_blocks - told.f_bfree) * told.f_frsize


def resize(place: Path, size: int) -> None:
    _mount("-o", f"remount,size={size}", str(place))


def answers(address: str) -> dict[str, str]:
    """What each layer answers: its features, or why there are none."""
    paths = [LAYERS]
    found = json.loads(asked(address, LAYERS) or "{}").get("collections", [])
    paths += [f"/collections/{layer['id']}/items?f=json&limit=10000" for layer in found]
    return {path: asked(address, path) for path in paths}


def asked(address: str, path: str) -> str:
    """The body, without when it was made and by which service; of an error, what it is and what to do."""
    try:
        with urlopen(address + path, timeout=60) as answer:  # noqa: S310  # our own service, which has just been started
            content = json.load(answer)
    except HTTPError as error:
        return f"{error.code}, {json.load(error)['title']}"
    except URLError as error:
        return f"no answer: {error.reason}"
    content.pop("timeStamp", None)
    return json.dumps(content).replace(address, "")


@dataclass
class Tried:
    """One full disk."""

    how: str
    code: int
    said: str
    """By the run that met it."""
    readers: list[str]
    """What those got who had looked at the layers before, where it differs from then."""
    newcomers: list[str]
    """The same of those who had not: their look has to be logged first."""
    after: int
    """Exit code of the next run, with room again."""
    again: bool
    """Whether everybody reads then."""

    @property
    def survived(self) -> str:
        ended = f"exit code {self.code}: “{self.said.removeprefix('aim: ')}”" if self.code else "published all the same"
        new = f", newcomers waited ({self.newcomers[0]})" if self.newcomers else ""
        return f"{self.how}: {ended}{new}"

    @property
    def lost(self) -> list[str]:
        lost = [f"readers got {what}" for what in self.readers]
        lost += [f"newcomers got {what}" for what in self.newcomers if not what.startswith("503")]
        if self.code and not self.said.startswith("aim: "):
            lost.append(f"no sentence, but …{self.said[-300:]}")
        if self.after or not self.again:
            lost.append(f"with room again the next run ended with {self.after}, all read: {self.again}")
        return [f"{self.how}: {each}" for each in lost]


def fill(place: Path, home: Path, known: str, new: str, room: int | None) -> Tried:
    """A run on a disk with so much room, or (None) on one that fills up in its middle.

    `known` and `new` are services; the second one is asked only while the disk is full.
    """
    before = answers(known)
    filled = Timer(MIDDLE if room is None else 0.0, lambda: resize(place, used(place) + (room or SPARE)))
    filled.start()
    if room is not None:
        filled.join()
    run = aim(home, *RUN)
    filled.join()
    readers, newcomers = ([] if run.returncode == 0 else _other(before, answers(each)) for each in (known, new))
    resize(place, ROOMY)
    after = aim(home, *RUN).returncode
    again = answers(known).keys() == before.keys()
    how = "full in the middle of a run" if room is None else f"{room // 1024:,} KiB to spare"
    return Tried(how, run.returncode, run.stderr.strip(), readers, newcomers, after, again)


def _other(before: dict[str, str], now: dict[str, str]) -> list[str]:
    """What is not as it was, each kind once."""
    return sorted({now[path][:200] for path in now if now[path] != before.get(path)})


def spool(home: Path) -> tuple[str, list[str]]:
    """Layers whose texts find no room on the disk of the service."""
    with disk() as roomy, service(home, {"AIM_HOME": str(roomy)}) as address:
        before, taken = answers(address), used(roomy)
    with disk(SMALL) as small, service(home, {"AIM_HOME": str(small)}) as address:
        now, left = answers(address), used(small)
    told = f"texts of {taken // 1024:,} KiB on a disk of {SMALL // 1024} KiB: from memory, {left} bytes left behind"
    lost = [f"texts in memory: {what}" for what in _other(before, now)]
    return told, lost if taken > SMALL else [*lost, "the texts would have had room"]


def main() -> None:
    with disk() as place, throw_away(place) as home:
        told, lost = spool(home)
        with service(home) as known, service(home) as new:
            tried = [fill(place, home, known, new, room) for room in (*ROOM, None)]
    verdict(
        f"{len(tried)} runs on a full disk, and a service whose own disk is full",
        [*(each.survived for each in tried), told],
        [*(line for each in tried for line in each.lost), *lost],
    )


if __name__ == "__main__":
    main()
