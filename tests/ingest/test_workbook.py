"""Excel workbooks: each cell as text, each row by its number, and no workbook that exhausts the machine."""

import re
from datetime import date, datetime, time
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aim.errors import SourceError, UnreadableFile, WrongColumns
from aim.ingest.feed import Rows
from aim.ingest.load import ingest
from aim.ingest.profile.build import feed_of
from aim.ingest.source import Payload
from aim.ingest.tabular import Table
from aim.ingest.workbook import is_workbook, workbook_reader
from tests.ingest.conftest import AS_OF, Store
from tests.ingest.workbooks import Cell, archive, book, saved, sheet_of

HEADER = ("ref", "when", "what")
ROW = ("KB1", datetime(2026, 3, 1, 14, 30), "Litter")
PROFILE = """
name = "tips"
title = "Tips"
agency = "council"
publisher = "Kelderby"
licence = "None"
attribution = "Kelderby"
location_note = "Made up, within 10 m."
file.format = "excel"
file.sheet = "Jobs"
id.columns = "ref"
time.start = "when"
time.formats = ["%Y-%m-%d %H:%M:%S"]
category.columns = "what"
category.source = "open311"
personal = ["caller"]
[[place]]
x = "lon"
y = "lat"
precision_m = 10
"""


def read(payload: Payload, table: Table, sheet: str | None = None) -> pl.DataFrame:
    """All rows of a workbook, none of which is broken."""
    blocks = list(workbook_reader(table, sheet)(payload))
    assert all(block.broken.is_empty() for block in blocks)
    return pl.concat(block.frame for block in blocks)


def rows_of(folder: Path, *rows: tuple[Cell, ...], wanted: tuple[str, ...] = HEADER) -> list[dict[str, str]]:
    """The rows under a header, read."""
    payload = saved(folder, book({"Jobs": sheet_of([HEADER, *rows])}))
    return read(payload, Table(("ref",), wanted)).to_dicts()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (12, "12"),
        (12.0, "12"),
        (12.5, "12.5"),
        (448003.25, "448003.25"),
        ("00012", "00012"),
        ("  spaced ", "  spaced "),
        (True, "true"),
        (datetime(2026, 3, 1, 14, 30), "2026-03-01 14:30:00"),
        (datetime(2026, 10, 25, 23, 59, 59), "2026-10-25 23:59:59"),
        (date(2026, 3, 1), "2026-03-01 00:00:00"),
        (time(14, 30), "14:30:00"),
        (None, None),
    ],
)
def test_a_cell_as_text(tmp_path: Path, value: Cell, text: str | None) -> None:
    assert rows_of(tmp_path, ("KB1", value, "x"))[0]["when"] == text


def test_the_line_is_the_number_of_the_row_in_the_sheet(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, ROW, (None, None, None), ("", " ", None), ROW)
    assert [row["line"] for row in rows] == [2, 5], "rows without any value are no rows"


def test_trailing_rows_that_only_have_a_format_are_no_rows(tmp_path: Path) -> None:
    assert len(rows_of(tmp_path, ROW, *[("", "", "")] * 50)) == 1


def test_a_table_may_begin_anywhere_under_a_title(tmp_path: Path) -> None:
    title = ("Jobs of the week", None, None)
    body = sheet_of([title, (None, None, None), HEADER, ROW], merged=["C4:E4"], first=(4, 3))
    [row] = read(saved(tmp_path, book({"Jobs": body})), Table(HEADER, HEADER)).to_dicts()
    assert row == {"line": 7, "ref": "KB1", "when": "2026-03-01 14:30:00", "what": "Litter"}


def test_the_first_sheet_or_the_one_that_is_named(tmp_path: Path) -> None:
    one, other = sheet_of([("a",), ("1",)]), sheet_of([("a",), ("2",)])
    payload = saved(tmp_path, book({"One": one, "Other & more": other}))
    assert read(payload, Table(("a",), ("a",)))["a"].to_list() == ["1"]
    assert read(payload, Table(("a",), ("a",)), "Other & more")["a"].to_list() == ["2"]
    with pytest.raises(UnreadableFile, match=r"no sheet 'Third'; it has 'One', 'Other & more'\."):
        read(payload, Table(("a",), ("a",)), "Third")


def test_a_merged_cell_has_its_value_throughout_and_the_report_says_so(tmp_path: Path) -> None:
    rows = [("day", "ref"), (date(2026, 3, 1), "1"), (None, "2"), (None, "3"), (date(2026, 3, 2), "4")]
    payload = saved(tmp_path, book({"Jobs": sheet_of(rows, merged=["A2:A4"])}))
    [block] = workbook_reader(Table(("ref",), ("day", "ref")), None)(payload)
    assert block.frame["day"].to_list() == ["2026-03-01 00:00:00"] * 3 + ["2026-03-02 00:00:00"]
    assert block.notes == ("The sheet Jobs has 1 merged area: each row in one has its value.",)


def test_only_wanted_columns_are_kept_and_those_about_persons_are_named(tmp_path: Path) -> None:
    rows = [("ref", "caller", "spare"), ("1", "Sarah Example", "x")]
    payload = saved(tmp_path, book({"Jobs": sheet_of(rows)}))
    [block] = workbook_reader(Table(("ref",), ("ref", "other"), ("caller",)), None)(payload)
    assert block.frame.to_dicts() == [{"line": 2, "ref": "1", "other": None}]
    assert block.notes == ("Dropped at the door, because they are about persons: caller.",)


def test_a_missing_column_is_named_with_one_that_is_like_it(tmp_path: Path) -> None:
    payload = saved(tmp_path, book({"Jobs": sheet_of([("Job reff", "when"), ("1", "x")])}))
    with pytest.raises(WrongColumns, match=r"lacks the column 'Job ref' \(is 'Job reff' the same"):
        read(payload, Table(("Job ref",), ("Job ref",)))


def test_a_column_named_line_keeps_apart_from_the_number_of_the_row(tmp_path: Path) -> None:
    payload = saved(tmp_path, book({"Jobs": sheet_of([("line", "ref"), ("northern", "1")])}))
    wanted = ("ref", "line (of the source)")
    assert read(payload, Table(("ref",), wanted)).row(0) == (2, "1", "northern")


def test_many_rows_come_in_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aim.ingest.workbook.BLOCK", 10)
    payload = saved(tmp_path, book({"Jobs": sheet_of([("ref",), *[(str(at),) for at in range(25)]])}))
    blocks: list[Rows] = list(workbook_reader(Table(("ref",), ("ref",)), None)(payload))
    assert [block.frame.height for block in blocks] == [10, 10, 5]
    assert pl.concat(block.frame for block in blocks)["line"].to_list() == list(range(2, 27))


def test_a_sheet_that_reaches_far_is_refused_before_room_is_made_for_it(tmp_path: Path) -> None:
    """The library would ask for half a terabyte, and the process would be aborted."""
    far = sheet_of([("ref",), ("1",)]).replace("</sheetData>", '<row r="1048576"><c r="XFD1048576"/></row></sheetData>')
    payload = saved(tmp_path, book({"Jobs": far}))
    assert payload.path.stat().st_size < 3_000
    with pytest.raises(UnreadableFile, match=r"reaches to row 1,048,576 and column 16,384, more than 10,000,000 cells"):
        read(payload, Table(("ref",), ("ref",)))


def test_a_workbook_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    payload = saved(tmp_path, book({"Jobs": sheet_of([("ref",), *[("x" * 100,)] * 20_000])}))
    assert payload.path.stat().st_size < 200_000
    monkeypatch.setattr("aim.ingest.workbook.LARGEST_UNPACKED", 1 << 20)
    with pytest.raises(UnreadableFile, match="unpacks to more than"):
        read(payload, Table(("ref",), ("ref",)))
    monkeypatch.setattr("aim.ingest.workbook.LARGEST_FILE", 1 << 10)
    with pytest.raises(UnreadableFile, match="is larger than"):
        read(payload, Table(("ref",), ("ref",)))


def test_merged_areas_larger_than_any_sheet_are_refused(tmp_path: Path) -> None:
    payload = saved(tmp_path, book({"Jobs": sheet_of([("ref",), ("1",)], merged=["A1:XFD1048576"])}))
    with pytest.raises(UnreadableFile, match=r"merged cells of book\.xlsx cover more than"):
        read(payload, Table(("ref",), ("ref",)))


def test_an_xml_part_that_declares_entities_is_refused(tmp_path: Path) -> None:
    bomb = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]>' + sheet_of([("ref",)])
    with pytest.raises(UnreadableFile, match="declares entities"):
        read(saved(tmp_path, book({"Jobs": bomb})), Table(("ref",), ("ref",)))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"ref,when\n1,2\n",
        b"PK\x03\x04",
        archive({"hello.txt": "<hello/>"}),
        book({"Jobs": sheet_of([HEADER, ROW])})[:-200],
        book({"Jobs": "<worksheet><sheetData><row>"}),
        book({"Jobs": sheet_of([HEADER]).replace('r="A1"', 'r="Ä1"')}),
        book({}),
    ],
    ids=["empty", "csv", "first bytes", "another zip", "cut short", "half a sheet", "no cell", "no sheets"],
)
def test_what_is_no_workbook_is_refused(tmp_path: Path, body: bytes) -> None:
    with pytest.raises(UnreadableFile, match=r"book\.xlsx"):
        read(saved(tmp_path, body), Table(("ref",), ("ref",)))


@pytest.mark.parametrize(
    ("written", "damaged"),
    [(r'(s="1"><v>)[^<]*', r"\g<1>-1e308"), ('ref="A2:A3"', 'ref="A0:A3"'), ('<c r="B2"', '<c t="zz" r="B2"')],
    ids=["a date before time began", "a merged area above the sheet", "a type of cell that there is none of"],
)
def test_a_cell_that_cannot_be_is_refused(tmp_path: Path, written: str, damaged: str) -> None:
    body = re.sub(written, damaged, sheet_of([HEADER, ROW, ROW], merged=["A2:A3"]))
    with pytest.raises(UnreadableFile, match=r"book\.xlsx"):
        read(saved(tmp_path, book({"Jobs": body})), Table(("ref",), HEADER))


@given(at=st.integers(0, 2_000), value=st.integers(0, 255))
@settings(max_examples=200, deadline=None)
def test_a_damaged_workbook_is_read_or_refused_and_never_crashes(
    tmp_path_factory: pytest.TempPathFactory, at: int, value: int
) -> None:
    body = bytearray(book({"Jobs": sheet_of([HEADER, ROW, ROW])}))
    body[at % len(body)] = value
    payload = saved(tmp_path_factory.mktemp("damaged"), bytes(body))
    try:
        assert read(payload, Table((), ("ref",))).height <= 3
    except SourceError:
        assert is_workbook(bytes(body)) or not body.startswith(b"PK\x03\x04")


def test_a_workbook_is_loaded_by_a_profile_and_its_rows_add_up(store: Store) -> None:
    header = ("ref", "when", "what", "lon", "lat", "caller")
    good = [(f"KB{at}", datetime(2026, 3, at), "Litter", -1.2, 54.5, "Sarah Example") for at in range(1, 11)]
    bad = [("KB11", "yesterday", "Litter", -1.2, 54.5, None), ("KB12", datetime(2026, 3, 1), None, -1.2, 54.5, None)]
    body = book({"Notes": sheet_of([("hello",)]), "Jobs": sheet_of([header, *good, *bad])})
    file = store.file(body, "tips.xlsx")
    report = ingest(store.engine, feed_of(PROFILE, "tips.toml"), Payload(file, file.name), AS_OF)
    assert (report.read, report.inserted) == (12, 10)
    assert report.rejected_by_reason == {"invalid_date": 1, "missing_category": 1}
    assert [line for line, _, _ in store.rejects("tips")] == [12, 13]
    assert "Dropped at the door, because they are about persons: caller." in report.warnings
