"""Deliveries of many rows, made up."""

import gzip
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from aim.ingest.health.gate import Acceptance
from aim.ingest.load import feed_named, ingest
from aim.ingest.report import Report
from aim.ingest.source import payloads
from tests.ingest.conftest import AS_OF, Store
from tests.ingest.files import police, requests

POLICE = "police-uk-street"
COUNCIL = "open311"
WORD = Acceptance("a tester", "the force says so")


def month(rows: int, name: str, force: str = "Dyfed-Powys Police", **change: str) -> bytes:
    """A force's month `YYYY-MM` of so many burglaries, each with an id of its own."""
    told = {"Month": name, "Reported by": force, "Falls within": force, **change}
    return police(*({"Crime ID": f"{force}{name}{n}", **told} for n in range(rows)))


def day_of_reports(rows: int, day: date, **change: Any) -> list[dict[str, Any]]:
    """Reports to the council made at noon of a day."""
    when = f"{day}T12:00:00+00:00"
    told = {"requested_datetime": when, "updated_datetime": when, **change}
    return [{"service_request_id": f"{day}/{n}", **told} for n in range(rows)]


def days_of_reports(counts: dict[date, int]) -> bytes:
    """Reports to the council, so many of each day."""
    return requests(*(report for day, rows in counts.items() for report in day_of_reports(rows, day)))


def days(first: date, counts: list[int]) -> dict[date, int]:
    """Counts by day, from the first on."""
    return {first + timedelta(days=n): count for n, count in enumerate(counts)}


def load_months(store: Store, counts: dict[str, int], force: str = "Dyfed-Powys Police") -> None:
    """Load a force's months, the last whatever its limits say."""
    for name, rows in counts.items():
        load(store, POLICE, month(rows, name, force), f"{name}-{force}.csv", WORD)


def load(store: Store, feed: str, body: bytes, name: str, accepted: Acceptance | None = None) -> Report:
    """Load a file of this content, with somebody's word for it."""
    return load_file(store, feed, store.file(body, name), accepted)


def load_file(store: Store, feed: str, path: Path, accepted: Acceptance | None = None) -> Report:
    """Load a file."""
    [payload] = payloads([path])
    return ingest(store.engine, feed_named(feed), payload, AS_OF, accepted=accepted)


def unpacked(path: Path) -> bytes:
    """The content of a gzip file."""
    return gzip.decompress(path.read_bytes())
