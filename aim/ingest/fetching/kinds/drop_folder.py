"""A folder that partners put files into: each is loaded once it has stopped growing, then moved, never deleted.

FOLDER/name.csv                              waits until two looks, a while apart, find it unchanged
FOLDER/done/20261001T030000Z-name.csv        loaded
FOLDER/refused/20261001T030000Z-name.csv     not loaded
FOLDER/refused/20261001T030000Z-name.csv.txt why
"""

import os
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

from pydantic import Field, field_validator

from aim.errors import AimError, FetchFailed
from aim.ingest.fetching.kind import Checkpoint, Kind, KindSettings, Load, Note, Remember, Steps
from aim.ingest.source import DATA_SUFFIXES

UNFINISHED: Final = (".", "~")
"""How the names of files begin that a program is still writing."""
Seen = dict[str, tuple[int, int, str]]
"""By name: size in bytes, time of the last change in ns, and when it was first found so (ISO 8601)."""


class Settings(KindSettings):
    """Which folder."""

    folder: Path = Field(description="The folder's whole path.")
    settle_seconds: float = Field(default=10.0, ge=0, description="How far apart the two looks are at least.")

    @field_validator("folder")
    @classmethod
    def _is_whole(cls, folder: Path) -> Path:
        if not folder.is_absolute():
            raise ValueError("the whole path, from the root: the worker may be started elsewhere")
        return folder


def look(folder: Path, previous: Seen, as_of: datetime) -> Seen:
    """What lies in the folder itself. Links are left alone: they may lead anywhere. Raises FetchFailed."""
    seen: Seen = {}
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_file(follow_symlinks=False) and not entry.name.startswith(UNFINISHED):
                    now = entry.stat(follow_symlinks=False)
                    was = previous.get(entry.name)
                    same = was is not None and (was[0], was[1]) == (now.st_size, now.st_mtime_ns)
                    since = was[2] if same and was else as_of.isoformat()
                    seen[entry.name] = (now.st_size, now.st_mtime_ns, since)
    except OSError as error:
        raise FetchFailed(f"The folder {folder} cannot be read: {error.strerror}.") from error
    return seen


def settled(seen: Seen, previous: Seen, as_of: datetime, apart: timedelta) -> list[str]:
    """The names of the files that an earlier look, far enough back, found as they are now; in order."""
    return sorted(
        name
        for name, (_, _, since) in seen.items()
        if seen[name] == previous.get(name) and as_of - datetime.fromisoformat(since) >= apart
    )


def plan(settings: Settings, checkpoint: Checkpoint, as_of: datetime) -> Steps:
    """Load what has settled; the look is remembered for the next time."""
    previous: Seen = {name: (size, changed, since) for name, (size, changed, since) in checkpoint.items()}
    seen = look(settings.folder, previous, as_of)
    ready = settled(seen, previous, as_of, timedelta(seconds=settings.settle_seconds))
    for name in ready:
        path = settings.folder / name
        if path.suffix.lower() in DATA_SUFFIXES:
            stamped = f"{as_of:%Y%m%dT%H%M%SZ}-{name}"
            yield Load(
                path, name, loaded=partial(_move, path, "done", stamped), refused=partial(_refuse, path, stamped)
            )
        else:
            yield Note(f"{name} stays where it is: only {', '.join(sorted(DATA_SUFFIXES))} files are loaded.")
    yield Remember({name: [*known] for name, known in seen.items() if (settings.folder / name).exists()})


def _move(path: Path, folder: str, name: str) -> None:
    """Raises FetchFailed where it cannot: the file would be loaded again and again."""
    try:
        (path.parent / folder).mkdir(exist_ok=True)
        path.rename(path.parent / folder / name)
    except OSError as error:
        raise FetchFailed(f"{path.name} could not be moved to {folder}/: {error.strerror}.") from error


def _refuse(path: Path, name: str, reason: AimError) -> None:
    _move(path, "refused", name)
    (path.parent / "refused" / f"{name}.txt").write_text(f"{reason}\n", encoding="utf-8")


KIND = Kind("drop-folder", "A folder that files are put into", Settings, plan)
