"""No file makes a feed fail otherwise than by saying what is wrong with it, and no row of it is lost.

The files are samples that something happened to: on the way, in a spreadsheet, or on purpose. `benchmarks/fuzz.py`
looks longer and with less thought.
"""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from aim.db.bulk import encode
from aim.db.engine import make_engine
from aim.ingest.feeds import FEEDS
from aim.ingest.merge import Incoming
from aim.ingest.source import Payload
from tests.conftest import MIGRATED, copy_of
from tests.contracts.parsers import read_whole, seeds

BRIEF = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
BRIEFER = settings(BRIEF, max_examples=6)
NASTY = [
    b"\0", b'"', b'""', b"'", b"\r", b"\n", b"\r\n", b",", b";", b"\t", b"\xff", b"\xef\xbb\xbf", b"\xc3\x28", b"\x81",
    b"\x1f", b"\x1e", b"\x1a", b"\xe2\x80\xae", b"NULL", b"null", b"NaN", b"inf", b"-inf", b"1e400", b"-0", b"0",
    b"9" * 40, b"1E+05", b"999999999999", b"31/02/2026", b"29/03/2026 01:30", b"25/10/2026 01:30", b"00:00", b"24:00",
    b"2026-13", b"0000-00-00", b"9999-12-31T23:59:59Z", b"0001-01-01T00:00:00Z", b"-9999-01-01", b"+99:99",
    b"=1+1", b"{}", b"[]", b"[1]", b"true", b'{"a":1}', b"\\ud800", b"\\u0000", b"&#0;", b"<a>", b"<!DOCTYPE a>",
    b"]]>", b"x" * 70_000, b"'; DROP TABLE incident; --", "\N{NO-BREAK SPACE}".encode(), "\N{FULLWIDTH COMMA}".encode(),
]  # fmt: skip
NUMBERS = count()
Change = Callable[[bytes], bytes]


def inserted(what: bytes, share: float) -> Change:
    """Something where it does not belong."""
    return lambda body: body[: _at(body, share)] + what + body[_at(body, share) :]


def field_replaced(what: bytes, share: float) -> Change:
    """A field, or what stands between two marks, replaced whole."""

    def change(body: bytes) -> bytes:
        at = _at(body, share)
        start = max(body.rfind(mark, 0, at) for mark in (b",", b"\n", b'"', b":", b">")) + 1
        ends = [end for mark in (b",", b"\n", b'"', b"<") if (end := body.find(mark, at)) >= 0]
        return body[:start] + what + body[min(ends, default=len(body)) :]

    return change


def flipped(bit: int, share: float) -> Change:
    """One bit turned over on the way."""

    def change(body: bytes) -> bytes:
        at = min(_at(body, share), len(body) - 1)
        return body[:at] + bytes([body[at] ^ (1 << bit)]) + body[at + 1 :] if body else body

    return change


def cut(start: float, end: float) -> Change:
    """A piece is missing, often the end."""
    return lambda body: body[: _at(body, min(start, end))] + body[_at(body, max(start, end)) :]


def line_again(share: float, times: int) -> Change:
    """A line that is there more than once."""

    def change(body: bytes) -> bytes:
        lines = body.splitlines(keepends=True)
        at = min(int(share * len(lines)), len(lines) - 1)
        return b"".join([*lines[:at], *(lines[at : at + 1] * times), *lines[at + 1 :]])

    return change


def swapped(old: bytes, new: bytes) -> Change:
    """Another mark between fields, at the end of lines or around text."""
    return lambda body: body.replace(old, new)


def encoded(encoding: str) -> Change:
    """Saved in another encoding."""
    return lambda body: body.decode("latin-1").encode(encoding, errors="replace")


def _at(body: bytes, share: float) -> int:
    return int(share * len(body))


shares = st.floats(0, 1)
changes = st.one_of(
    st.builds(inserted, st.one_of(st.sampled_from(NASTY), st.binary(max_size=8)), shares),
    st.builds(field_replaced, st.one_of(st.sampled_from(NASTY), st.binary(max_size=8)), shares),
    st.builds(flipped, st.integers(0, 7), shares),
    st.builds(cut, shares, st.one_of(st.just(1.0), shares)),
    st.builds(line_again, shares, st.integers(0, 4)),
    st.builds(
        swapped,
        st.sampled_from([b",", b"\n", b'"', b":", b"-", b"/"]),
        st.sampled_from([b";", b"\t", b"\r", b"", b"|"]),
    ),
    st.builds(encoded, st.sampled_from(["utf-16", "utf-8-sig", "cp1252", "utf-8", "cp500", "utf-7", "cp037"])),
)


@pytest.fixture(params=FEEDS)
def name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def tables(cluster_home: Path) -> Iterator[Engine]:
    """The empty tables of a load; nothing is committed to them."""
    with copy_of(cluster_home, MIGRATED) as url:
        engine = make_engine(url)
        yield engine
        engine.dispose()


def changed(data: st.DataObject, name: str, folder: Path) -> Payload:
    """A sample of the feed that one to four things have happened to, as a file under its own name."""
    file, body = data.draw(st.sampled_from(sorted(seeds(name).items())))
    for change in data.draw(st.lists(changes, min_size=1, max_size=4)):
        body = change(body)
    path = folder / f"{next(NUMBERS)}"
    path.write_bytes(body)
    return Payload(path, file)


def test_its_samples_hold_something_to_change(name: str, tmp_path: Path) -> None:
    for file, body in seeds(name).items():
        path = tmp_path / file
        path.write_bytes(body)
        _, error = read_whole(FEEDS[name], Payload(path, file))
        assert error is None


@BRIEF
@given(data=st.data())
def test_a_changed_file_is_read_or_refused_and_no_row_is_lost(name: str, tmp_path: Path, data: st.DataObject) -> None:
    read_whole(FEEDS[name], changed(data, name, tmp_path))


@BRIEFER
@given(data=st.data())
def test_the_database_takes_what_is_read(name: str, tmp_path: Path, tables: Engine, data: st.DataObject) -> None:
    blocks, _ = read_whole(FEEDS[name], changed(data, name, tmp_path))
    with tables.connect() as connection:
        incoming = Incoming(connection)
        for block in blocks:
            incoming.take(block)
            assert encode(block.rejected.with_columns(run=pl.lit(1))).rows == block.rejected.height
        connection.rollback()


@BRIEF
@given(body=st.binary(max_size=300))
def test_any_bytes_at_all(name: str, tmp_path: Path, body: bytes) -> None:
    path = tmp_path / f"{next(NUMBERS)}"
    path.write_bytes(body)
    read_whole(FEEDS[name], Payload(path, next(iter(seeds(name)))))
    assert FEEDS[name].recognises(body) in (True, False)
