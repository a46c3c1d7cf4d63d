"""The same file once more: where nothing it depends on has changed, its rows need not be read to know that.

Not taken on trust: the incidents of its scopes are counted and summed, and have to be those that its load left.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Final

import shapely
from sqlalchemy import Connection, func, select, text, update

from aim.db.tables import correction, feed_run, rejected_row
from aim.ingest.feed import Feed
from aim.ingest.merge import Merged
from aim.ingest.reasons import RejectReason
from aim.ingest.report import Report
from aim.ingest.retention.door import erased_until
from aim.ingest.source import Payload

CHUNK: Final = 1 << 20
MOST_SCOPES: Final = 1_000
HELD: Final = text("""
SELECT count(*) AS rows, coalesce(sum(identity # content_hash), 0)::text AS content
FROM incident WHERE feed = :feed AND scope = ANY(:scopes)
""")


@dataclass
class Held:
    """What a load left in the scopes of its file: enough to see whether it is still so."""

    feed: str
    rows: int = 0
    content: int = 0
    """The sum of `Block.content`."""
    scopes: set[str] = field(default_factory=set[str])

    def add(self, rows: int, content: int, scopes: set[str]) -> None:
        """Count a block."""
        self.rows += rows
        self.content += content
        self.scopes |= scopes

    def is_all(self, connection: Connection) -> bool:
        """Whether the scopes hold these rows and no others."""
        found = connection.execute(HELD, {"feed": self.feed, "scopes": sorted(self.scopes)}).one()
        return (found.rows, int(found.content)) == (self.rows, self.content)

    def as_dict(self) -> dict[str, Any]:
        """As it is stored: JSON has no numbers as large as the sum."""
        return {"rows": self.rows, "content": str(self.content), "scopes": sorted(self.scopes)}


def digest_of(connection: Connection, feed: Feed, payload: Payload, areas: shapely.Geometry | None) -> str | None:
    """A fingerprint (SHA-256) of all that the report of a load depends on, but for the incidents themselves.

    None of what can be read only once: a pipe.
    """
    if payload.path.is_fifo():
        return None
    found = hashlib.sha256(_program())
    corrections = select(func.count(), func.max(correction.c.made_at)).where(correction.c.feed == feed.name)
    corrected = tuple(connection.execute(corrections).one())
    known = (feed.name, feed.profile, feed.words, feed.retention_months, payload.member)
    found.update(repr((known, corrected, erased_until(connection, feed.name))).encode())
    found.update(b"" if areas is None else shapely.to_wkb(areas))
    for part in payload.whole():
        with part.stored() as stream:
            while chunk := stream.read(CHUNK):
                found.update(chunk)
    return found.hexdigest()


@cache
def _program() -> bytes:
    """Of the code that reads and maps rows: a new version may read the same file otherwise."""
    found = hashlib.sha256()
    for package in ("aim.ingest", "aim.vocabulary"):
        for entry in _entries(files(package)):
            found.update(entry.read_bytes())
    return found.digest()


def _entries(folder: Traversable) -> Iterator[Traversable]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _entries(entry)
        elif entry.name.endswith((".py", ".toml")):
            yield entry


def report_again(connection: Connection, feed: Feed, payload: Payload, digest: str | None) -> Report | None:
    """The report of a load that changes nothing, or None where the file has to be read.

    It does where it is new or anything it depends on has changed, where the incidents are no longer those it left, and
    where it holds dates that were still to come. The load it repeats is marked as loaded now.
    """
    if digest is None:
        return None
    same = (feed_run.c.feed == feed.name) & (feed_run.c.digest == digest) & (feed_run.c.file_name == payload.name)
    last = connection.execute(select(feed_run).where(same).order_by(feed_run.c.id.desc()).limit(1)).one_or_none()
    if last is None or last.held is None or RejectReason.FUTURE_DATE in last.report["rejected_by_reason"]:
        return None
    held = Held(feed.name, last.held["rows"], int(last.held["content"]), set(last.held["scopes"]))
    if not held.is_all(connection) or not _quarantine_is_whole(connection, last.id, last.report):
        return None
    connection.execute(update(feed_run).where(feed_run.c.id == last.id).values(loaded_at=func.now()))
    report = Report(**last.report)
    report.unchanged, report.inserted, report.updated, report.removed, report.seconds = held.rows, 0, 0, 0, 0.0
    return report


def _quarantine_is_whole(connection: Connection, run: int, report: dict[str, Any]) -> bool:
    """Another file may have superseded rows that this one has; what is past its period was never kept there."""
    expected = report["rejected"] - report["rejected_by_reason"].get(RejectReason.EXPIRED.value, 0)
    query = select(func.count()).select_from(rejected_row).where(rejected_row.c.run == run)
    return connection.execute(query).scalar_one() == expected


def to_store(connection: Connection, held: Held, merged: Merged) -> dict[str, Any] | None:
    """`held` where it is all that the scopes hold: only then can a look at them tell that nothing has changed."""
    if not 0 < len(held.scopes) <= MOST_SCOPES:
        return None
    return held.as_dict() if merged.alone or held.is_all(connection) else None
