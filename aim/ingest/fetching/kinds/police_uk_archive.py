"""The monthly archives of data.police.uk: every force and 36 months in one large zip, published late."""

import re
import zipfile
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Final

from pydantic import Field

from aim.ingest.fetching.kind import Ask, Checkpoint, Kind, KindSettings, Load, Note, Steps
from aim.ingest.fetching.months import Slugs, month_before
from aim.ingest.fetching.raw import ABOUT
from aim.ingest.fetching.secrets import PlainUrl
from aim.ingest.source import Payload

MEMBER: Final = re.compile(r"(?P<month>\d{4}-\d{2})-(?P<force>[a-z-]+)-(street|outcomes|stop-and-search)\.csv")
NOT_PUBLISHED: Final = 404
LATEST_LATE: Final = 4
"""Months behind that the newest archive may be; two is usual."""


class Settings(KindSettings):
    """Which forces and months of an archive are loaded."""

    forces: Slugs = Field(description="Forces as the archive spells them: cleveland,durham.")
    months: int = Field(default=36, gt=0, le=36, description="Months back from the archive's own.")
    url: PlainUrl = Field(default="https://data.police.uk/data/archive", description="Where the archives are.")
    limit: int = Field(default=6 << 30, gt=0, description="Bytes an archive may have.")


def plan(settings: Settings, checkpoint: Checkpoint, as_of: datetime) -> Steps:
    """The newest archive that is published, unless it is loaded already."""
    month = f"{as_of:%Y-%m}"
    for _ in range(LATEST_LATE):
        month = month_before(month)
        if month <= checkpoint.get("archive", ""):
            yield Note(f"The archive {checkpoint['archive']} is loaded, and none after it is published yet.")
            return
        name = f"{month}.zip"
        answer = yield Ask(f"{settings.url}/{name}", name, expected=frozenset({NOT_PUBLISHED}), limit=settings.limit)
        if answer.status != NOT_PUBLISHED:
            yield from _load(settings, month, answer.payload.path, checkpoint.get("file"))
            return
    yield Note(f"No archive of the {LATEST_LATE} months before {as_of:%Y-%m} is published.")


def _load(settings: Settings, archive: str, path: Path, before: str | None) -> Steps:
    """The wanted members, and a word on each force that has none.

    The archive `before`, of well over a gigabyte, is then removed: this one holds its months too, as revised since.
    """
    since = archive
    for _ in range(settings.months - 1):
        since = month_before(since)

    def wanted(payload: Payload) -> bool:
        return _is_wanted(settings, payload.member or "", since)

    yield Load(path, f"{archive}.zip", {"archive": archive, "file": path.name}, wanted)
    if before is not None:
        for old in (path.with_name(before), path.with_name(before + ABOUT)):
            old.unlink(missing_ok=True)
    with zipfile.ZipFile(path) as zipped:
        there = {found["force"] for name in zipped.namelist() if (found := MEMBER.search(name))}
    for force in settings.forces:
        if force not in there:
            yield Note(f"The archive {archive} holds nothing of {force}. Its forces: {', '.join(sorted(there))}.")


def _is_wanted(settings: Settings, member: str, since: str) -> bool:
    found = MEMBER.fullmatch(PurePosixPath(member).name)
    return found is not None and found["force"] in settings.forces and found["month"] >= since


KIND = Kind("police-uk-archive", "Monthly archives of data.police.uk", Settings, plan)
