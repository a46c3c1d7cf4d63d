"""Raw payloads, kept as they came before anything reads them.

    AIM_HOME/raw/FEED/20261001T030000Z-SOURCE-NAME          the bytes
    AIM_HOME/raw/FEED/20261001T030000Z-SOURCE-NAME.about    where they came from, as JSON

A file has its final name only once it is whole and on the disk. The folder is closed to other users: raw payloads hold
what feeds drop at the door.
"""

import hashlib
import json
import os
import re
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from aim.errors import FetchFailed

LONGEST_NAME: Final = 120
ABOUT: Final = ".about"


@dataclass(frozen=True)
class Origin:
    """Where a payload came from. `url` is without keys; `etag` and `last_modified` are the server's own words."""

    url: str
    status: int
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True)
class Kept:
    """A payload on the disk; `size` in bytes."""

    path: Path
    origin: Origin
    sha256: str
    size: int
    fetched_at: datetime


class Raw:
    """The payloads of one source. One process at a time writes for a source; see `run.py`."""

    def __init__(self, home: Path, feed: str, source: str, now: Callable[[], datetime]) -> None:
        self.folder, self.source, self.now = home / "raw" / feed, source, now

    def keep(self, name: str, chunks: Iterable[bytes], origin: Origin) -> Kept:
        """Write a payload, then give it its name.

        Raises FetchFailed where the disk does not take it. Nothing is left of a payload that is not whole.
        """
        with self._part() as part:
            digest, size = hashlib.sha256(), 0
            with part.open("wb") as out:
                for chunk in chunks:
                    digest.update(chunk)
                    size += out.write(chunk)
                out.flush()
                os.fsync(out.fileno())
            when = self.now().astimezone(UTC)
            kept = Kept(self._free(when, name), origin, digest.hexdigest(), size, when)
            self._settle(part, kept)
        return kept

    @contextmanager
    def _part(self) -> Generator[Path]:
        """The unfinished file. A run that was killed leaves one, and the next run writes over it."""
        part = self.folder / f".{self.source}.part"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.folder.parent.chmod(0o700)
            try:
                yield part
            finally:
                part.unlink(missing_ok=True)
        except OSError as error:
            raise FetchFailed(f"The payload could not be kept in {self.folder}: {error.strerror}.") from error

    def _free(self, when: datetime, name: str) -> Path:
        """A final name that no payload has."""
        plain = re.sub(r"[^A-Za-z0-9._-]+", "-", f"{self.source}-{name}")[-LONGEST_NAME:].lstrip(".-")
        stamp, number = f"{when:%Y%m%dT%H%M%SZ}", 1
        path = self.folder / f"{stamp}-{plain}"
        while path.exists():
            number += 1
            path = self.folder / f"{stamp}-{number}-{plain}"
        return path

    def _settle(self, part: Path, kept: Kept) -> None:
        """The note first: a payload that has its name has its note."""
        known = {"sha256": kept.sha256, "size": kept.size, "fetched_at": kept.fetched_at.isoformat()}
        unready = part.with_suffix(".about-part")
        try:
            unready.write_text(json.dumps(asdict(kept.origin) | known, indent=1) + "\n", encoding="utf-8")
            unready.replace(kept.path.with_name(kept.path.name + ABOUT))
            part.replace(kept.path)
        finally:
            unready.unlink(missing_ok=True)
