"""Raw payloads that are past their feed's period.

A payload is as old as its fetching, which its name tells (`aim/ingest/fetching/raw.py`): all in it happened before.
"""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

STAMP: Final = re.compile(r"(\d{8}T\d{6})Z-")
ABOUT: Final = ".about"


def old_payloads(home: Path, feed: str, cutoff: datetime) -> list[Path]:
    """The payloads of a feed that were fetched before `cutoff` (with a zone), their notes apart."""
    folder = home / "raw" / feed
    found = sorted(folder.iterdir()) if folder.is_dir() else []
    return [path for path in found if path.suffix != ABOUT and path.is_file() and _fetched(path) < cutoff]


def remove(payloads: list[Path]) -> int:
    """Delete payloads and their notes; gives how many payloads went. What is gone already is no error."""
    for path in payloads:
        path.unlink(missing_ok=True)
        path.with_name(path.name + ABOUT).unlink(missing_ok=True)
    return len(payloads)


def _fetched(path: Path) -> datetime:
    stamp = STAMP.match(path.name)
    if stamp is None:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return datetime.strptime(f"{stamp[1]}+0000", "%Y%m%dT%H%M%S%z")
