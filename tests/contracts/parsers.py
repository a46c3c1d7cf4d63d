"""What holds when a feed reads a file, whatever the file: shared by `test_parsers.py` and `benchmarks/fuzz.py`."""

import io
import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

import polars as pl

from aim.db.bulk import CopyData
from aim.errors import SourceError
from aim.incident import LocationMethod, TimePrecision
from aim.ingest.enrich import Block, enrich
from aim.ingest.feed import BROKEN_SCHEMA, Feed, Rows
from aim.ingest.feeds import FEEDS
from aim.ingest.ordinals import Ordinals
from aim.ingest.reasons import RejectReason
from aim.ingest.source import Payload, payloads

SAMPLES: Final = Path(__file__).resolve().parents[2] / "data" / "samples"
AS_OF: Final = datetime(2026, 10, 1, tzinfo=UTC)
LINES: Final = 12
"""Of a table that are enough to start from."""
RECORDS: Final = 3
FILES: Final = 4
LONGEST_SCOPE: Final = 1_000
"""Octets; an index entry of PostgreSQL holds 2,700, and the feed's name shares it."""


@cache
def seeds(name: str) -> dict[str, bytes]:
    """Short, good files of a feed by name: the beginning of some of its samples."""
    found = {p.name: short(p.path.read_bytes()) for p in _samples() if FEEDS[name].recognises(p.head())}
    assert found, f"put a sample of {name} into data/samples/feeds/{name}"
    return dict(list(found.items())[:FILES])


@cache
def _samples() -> list[Payload]:
    folders = [folder for folder in SAMPLES.iterdir() if folder.is_dir() and folder.name not in ("areas", "generator")]
    return payloads(sorted(folders))


def short(body: bytes) -> bytes:
    """The first few rows of a file, still a file of its kind."""
    if body.lstrip()[:1] in (b"[", b"{"):
        answer: Any = json.loads(body)
        inside = (
            next((value for value in answer.values() if isinstance(value, list)), []) if _is_object(answer) else answer
        )
        return json.dumps(inside[:RECORDS]).encode()
    if body.startswith(b"<"):
        end = b"</request>"
        return end.join(body.split(end)[:RECORDS]) + end + b"</service_requests>"
    lines = body.splitlines(keepends=True)
    ends = (end for end in range(LINES, len(lines)) if b"".join(lines[:end]).count(b'"') % 2 == 0)
    return b"".join(lines[: next(ends, len(lines))])


def _is_object(answer: Any) -> bool:
    return isinstance(answer, dict)


def read_whole(feed: Feed, payload: Payload) -> tuple[list[Block], SourceError | None]:
    """The blocks of a file as the loader makes them, each looked at, and the error that ended it if one did.

    Raises AssertionError where a row is lost or could not be stored, and whatever the feed raises that is no
    SourceError: both are faults.
    """
    blocks: list[Block] = []
    ordinals = Ordinals()
    try:
        for rows in feed.read(payload):
            assert_rows(rows)
            block = enrich(feed, rows, AS_OF, ordinals, None)
            assert_block(feed, rows, block)
            blocks.append(block)
    except SourceError as error:
        return blocks, error
    return blocks, None


def assert_rows(rows: Rows) -> None:
    """What `Feed.read` promises."""
    assert rows.frame.schema["line"] == pl.Int64
    assert set(rows.frame.drop("line").dtypes) <= {pl.String}
    assert dict(rows.broken.schema) == BROKEN_SCHEMA
    lines = [*rows.frame["line"], *rows.broken["line"]]
    assert len(lines) == len(set(lines)), "two rows of one line"
    assert all(line >= 1 for line in lines)


def assert_block(feed: Feed, rows: Rows, block: Block) -> None:
    """Every row is accounted for, and the database takes what is to be stored."""
    assert block.read == rows.frame.height + rows.broken.height
    assert block.incidents.rows + block.rejected.height == block.read
    assert set(block.rejected["reason"]) <= set(RejectReason)
    assert sorted(block.rejected["line"]) == sorted({*block.rejected["line"]})
    assert block.rejected.null_count().row(0) == (0,) * block.rejected.width
    for column in ("detail", "raw"):
        assert not block.rejected[column].str.contains("\0", literal=True).any()
    if block.incidents.rows:
        assert_stored(feed, stored(block.incidents), block)


def stored(data: CopyData) -> pl.DataFrame:
    """The rows as `COPY` will read them, all text."""
    octets = bytes(data.payload)
    assert b"\0" not in octets
    octets.decode()
    named = dict.fromkeys(data.columns, pl.String)
    return pl.read_csv(io.BytesIO(octets), has_header=False, schema=named)


def assert_stored(feed: Feed, rows: pl.DataFrame, block: Block) -> None:
    """The constraints of the table `incident`, and of the types of its columns."""
    assert rows.height == block.incidents.rows
    needed = ("scope", "source_category", "category", "occurred_from", "occurred_to", "location_method", "ordinal")
    for column in needed:
        empty = rows.filter(pl.col(column).is_null()) if column != "scope" else rows.clear()
        assert empty.is_empty(), column
    assert set(rows["time_precision"]) <= set(TimePrecision)
    assert set(rows["location_method"]) <= set(LocationMethod)
    assert (rows["scope"].fill_null("").str.len_bytes() <= LONGEST_SCOPE).all()
    begun, ended = (rows[name].str.to_datetime(time_unit="us") for name in ("occurred_from", "occurred_to"))
    assert (ended >= begun).all(), "it ends before it begins"
    assert set(begun.dt.year()) == block.years
    assert (begun.dt.replace_time_zone("UTC") <= AS_OF).all()
    for text in rows["attributes"].drop_nulls():
        kept = json.loads(text)
        assert isinstance(kept, dict), text
        assert not any("\0" in f"{name}{value}" for name, value in kept.items()), "jsonb holds no zero character"
    placed = rows["location"].is_not_null()
    for column in ("location_precision_m", "h3_r8", "h3_r9", "h3_r10"):
        assert (rows[column].is_not_null() == placed).all(), column
    assert set(rows["feed"]) == {feed.name}
