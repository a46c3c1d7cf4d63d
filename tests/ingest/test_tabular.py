"""The CSV reader against Python's own, which is slow and obvious."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aim.ingest import tabular
from aim.ingest.source import Payload
from aim.ingest.tabular import Table, csv_reader

HEADER = "a,b,c"
SOUND = ["", "x", "1.5", " x ", "é", '"x"', '"a,b"', '"a""b"', '""', '"a\nb"', '"\n"', '" "']
"""Fields as RFC 4180 writes them."""
ODD = [*SOUND[:8], '5" p', 'a"b"', '"x"y', ' "x"', '"x" ']
"""Fields with a quote where none belongs; none of these spans lines."""

Read = list[tuple[int, list[str | None]]]


def lines(fields: list[str]) -> st.SearchStrategy[str]:
    """A CSV text below the header, mostly of three fields a line, with or without a last line end."""
    row = st.lists(st.sampled_from(fields), min_size=3, max_size=3)
    ragged = st.lists(st.sampled_from(fields), min_size=1, max_size=5)
    rows = st.lists(st.one_of(row, row, row, ragged).map(",".join), min_size=1, max_size=12)
    return st.tuples(rows.map("\n".join), st.sampled_from(["", "\n", "\n\n"])).map("".join)


def read(path: Path, text: str) -> tuple[Read, list[int]]:
    """Good rows with their lines, and the lines of the broken ones, as the importer sees them."""
    path.write_bytes(f"{HEADER}\n{text}".encode())
    blocks = list(csv_reader(Table(("a", "b", "c"), ("a", "b", "c")))(Payload(path, path.name)))
    good = [(row[0], [value or None for value in row[1:]]) for block in blocks for row in block.frame.rows()]
    return good, [line for block in blocks for line in block.broken["line"]]


def read_slowly(text: str) -> tuple[Read, list[int]]:
    """The same by the standard library, one row at a time."""
    reader = csv.reader(io.StringIO(text))
    good: Read = []
    broken: list[int] = []
    end = 0
    for row in reader:
        start, end = end + 2, reader.line_num
        if len(row) == 3:
            good.append((start, [value or None for value in row]))
        elif row:
            broken.append(start)
    return good, broken


PLAIN = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@PLAIN
@given(lines(SOUND))
def test_sound_fields_are_read_as_the_standard_library_reads_them(tmp_path: Path, text: str) -> None:
    assert read(tmp_path / "t.csv", text) == read_slowly(text)


@PLAIN
@given(lines(ODD))
def test_odd_quotes_are_read_so_too(tmp_path: Path, text: str) -> None:
    assert read(tmp_path / "t.csv", text) == read_slowly(text)


@settings(PLAIN, max_examples=60)
@given(text=lines(SOUND), block=st.integers(4, 200))
def test_the_size_of_a_block_does_not_matter(tmp_path: Path, text: str, block: int) -> None:
    whole = read(tmp_path / "t.csv", text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tabular, "BLOCK", block)
        assert read(tmp_path / "t.csv", text) == whole


def test_a_sound_block_takes_the_fast_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without this the oracle above would hold for a reader that is merely slow."""

    def careful(*_: object) -> None:
        raise AssertionError("the careful way was taken")

    monkeypatch.setattr(tabular, "_careful", careful)
    good, broken = read(tmp_path / "t.csv", 'x,"a,b",\n"a""b",,é\n' * 50)
    assert (len(good), broken) == (100, [])


def test_so_does_one_with_text_over_several_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Residents write paragraphs. Megabytes of them, so that the vectorised reader works on several pieces at once."""
    text = "".join(f'{n},"first, \n\nsecond ""{n}""\n{"long, " * (n % 40)}\n",{n % 7}\n' for n in range(20_000))
    slowly = read_slowly(text)
    monkeypatch.setattr(tabular, "_careful", None)
    assert read(tmp_path / "t.csv", text) == slowly


def test_memory_does_not_grow_with_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No block is much larger than asked for, so only one is ever held."""
    monkeypatch.setattr(tabular, "BLOCK", 1000)
    (tmp_path / "t.csv").write_text(HEADER + "\n" + "x,y,z\n" * 5000)
    heights = [block.frame.height for block in csv_reader(Table(("a",), ("a",)))(Payload(tmp_path / "t.csv", "t.csv"))]
    assert sum(heights) == 5000
    assert max(heights) <= 1000 // len("x,y,z\n") + 1
