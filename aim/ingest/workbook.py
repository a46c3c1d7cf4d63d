"""Excel workbooks: a sheet as rows of text, with the header wherever it stands in its first rows.

The library that reads the cells makes room for the whole rectangle from the first cell to the last, so the rectangle
is measured first: a workbook of two kilobytes may state one of half a terabyte.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from posixpath import join, normpath
from typing import TYPE_CHECKING, Any, Final
from xml.parsers import expat

import polars as pl
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from aim.errors import UnreadableFile
from aim.ingest.feed import Rows, no_broken
from aim.ingest.source import Payload
from aim.ingest.tabular import Table, check_names, dropped, wanted_of

if TYPE_CHECKING:
    from fastexcel import ExcelSheet

MAGIC: Final = b"PK\x03\x04"
LARGEST_FILE: Final = 128 << 20
LARGEST_UNPACKED: Final = 1 << 30
MOST_CELLS: Final = 10_000_000
"""Rows times columns of a sheet; they take about 100 bytes each while it is read."""
BLOCK: Final = 131_072
HEADER_WITHIN: Final = 20
"""Rows in which the header is looked for: exports put a title and a date above it."""
RELATION: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
TIME_OF_DAY: Final = r"^1899-12-3[01] (\d\d:\d\d:\d\d)$"
"""Excel's first day stands beside a time that has none."""
FRACTION: Final = r"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\.\d+$"


@dataclass(frozen=True)
class Sheet:
    """The cells of a sheet as text, null where one is empty; column `1` is A, and `line` the number of the row."""

    name: str
    others: tuple[str, ...]
    cells: pl.DataFrame
    merged: int
    """Areas of merged cells, each of which holds its value throughout."""


@dataclass
class _Extent:
    rows: int = 0
    columns: int = 0
    merged: list[tuple[int, int, int, int]] = field(default_factory=list[tuple[int, int, int, int]])


def workbook_reader(table: Table, sheet: str | None) -> Callable[[Payload], Iterator[Rows]]:
    """A `Feed.read` for a sheet (the first unless named) that holds at least the required columns, in any order.

    Dates become `2026-03-01 14:30:00`, times of day `14:30:00`, whole numbers have no fraction; `line` is the row's
    number in the sheet. A cell that is part of a merged area has the area's value; rows without any value are no rows.
    """

    def read(payload: Payload) -> Iterator[Rows]:
        found = read_sheet(payload, sheet)
        at = header_row(found.cells, table.required)
        names = check_names(names_in(found.cells, at), payload.name, table)
        notes = dropped(names, table)
        if found.merged:
            areas = f"{found.merged:,} merged area{'s' * (found.merged > 1)}"
            notes += (f"The sheet {found.name} has {areas}: each row in one has its value.",)
        frame = below(found.cells, at, names)
        for block in frame.iter_slices(BLOCK) if frame.height else [frame]:
            yield Rows(wanted_of(block, table), no_broken(), notes)

    return read


def is_workbook(head: bytes) -> bool:
    """A `Feed.recognises`: what it holds shows only when it is unpacked."""
    return head.startswith(MAGIC)


def read_sheet(payload: Payload, sheet: str | None) -> Sheet:
    """The cells of a sheet. Raises UnreadableFile where there is none, or more of it than can be taken in."""
    import fastexcel

    body = _body(payload)
    extents = _extents(body, payload.name)
    try:
        book = fastexcel.read_excel(body)
        names = tuple(book.sheet_names)
        name = _chosen(names, sheet, payload.name)
        _check_extent(extent := extents.get(name, _Extent()), name, payload.name)
        cells = _as_text(book.load_sheet(name, header_row=None, skip_rows=0, dtypes="string"))
    except fastexcel.FastExcelError as error:
        reason = str(error).splitlines()[0]
        raise UnreadableFile(f"{payload.name} is no Excel workbook (.xlsx) that can be read ({reason}).") from error
    except _panics() as error:
        raise UnreadableFile(f"{payload.name} holds a cell that cannot be read, such as an impossible date.") from error
    others = tuple(other for other in names if other != name)
    return Sheet(name, others, _filled(cells, extent, payload.name), len(extent.merged))


def _panics() -> tuple[type[BaseException], ...]:
    """What a library written in Rust raises where it gives up; each has one of its own and exports none."""
    return tuple(kind for kind in BaseException.__subclasses__() if kind.__name__ == "PanicException")


def header_row(cells: pl.DataFrame, required: tuple[str, ...]) -> int:
    """Where the header stands: the first row with all required columns, else the one with the most different texts."""
    top = [[_trimmed(value) for value in row[1:]] for row in cells.head(HEADER_WITHIN).iter_rows()]
    whole = (at for at, row in enumerate(top) if required and set(required) <= set(row))
    texts = [len({*row} - {""}) for row in top]
    return next(whole, texts.index(max(texts)) if texts else 0)


def names_in(cells: pl.DataFrame, at: int) -> list[str]:
    """The names in the header row, without the columns that have none."""
    row = cells.row(at)[1:] if at < cells.height else ()
    return [_trimmed(value) for value in row if _trimmed(value)]


def below(cells: pl.DataFrame, at: int, names: list[str]) -> pl.DataFrame:
    """The rows under the header, as the columns of `names`, without those that hold nothing."""
    row = cells.row(at)[1:] if at < cells.height else ()
    named = [column for column, value in zip(cells.columns[1:], row, strict=False) if _trimmed(value)]
    frame = cells.slice(at + 1).select("line", *named)
    if named:
        frame = frame.filter(pl.any_horizontal(pl.col(named).str.strip_chars() != ""))
    return frame.rename(dict(zip(named, names, strict=True)))


def _trimmed(value: Any) -> str:
    return str(value or "").strip()


def _body(payload: Payload) -> bytes:
    with payload.open() as stream:
        body = stream.read(LARGEST_FILE + 1)
    if len(body) > LARGEST_FILE:
        raise UnreadableFile(f"{payload.name} is larger than {LARGEST_FILE >> 20} MB: save the sheet as CSV.")
    if not body.startswith(MAGIC):
        raise UnreadableFile(f"{payload.name} is no Excel workbook (.xlsx): open it in Excel and save it as one.")
    return body


def _extents(body: bytes, name: str) -> dict[str, _Extent]:
    """How far each sheet reaches, by its name. All parts are unpacked once, so that none can be larger than it says."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            if sum(part.file_size for part in archive.infolist()) > LARGEST_UNPACKED:
                raise UnreadableFile(f"{name} unpacks to more than {LARGEST_UNPACKED >> 30} GB: save the sheet as CSV.")
            found = {part.filename: _extent(archive, part) for part in archive.infolist()}
            return {sheet: found[path] for sheet, path in _sheets(archive).items() if path in found}
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
        LookupError,
        ValueError,
    ) as error:
        raise UnreadableFile(f"{name} is no Excel workbook (.xlsx), or is damaged ({error}).") from error
    except (expat.ExpatError, ParseError, DefusedXmlException) as error:
        raise UnreadableFile(f"{name} holds a sheet that is damaged ({error}).") from error


def _extent(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> _Extent:
    """Of one part of the archive; nothing where it is no sheet."""
    extent, parser = _Extent(), expat.ParserCreate()

    def start(tag: str, attributes: dict[str, str]) -> None:
        tag = tag.rpartition(":")[2]
        if tag == "c" and "r" in attributes:
            row, column = _cell(attributes["r"])
            extent.rows, extent.columns = max(extent.rows, row), max(extent.columns, column)
        elif tag == "mergeCell":
            first, _, last = attributes.get("ref", "").partition(":")
            extent.merged.append((*_cell(first), *_cell(last or first)))

    def refuse(*_entity: object) -> None:
        raise UnreadableFile("An XML part of the workbook declares entities, which Excel never writes: not read.")

    parser.StartElementHandler, parser.EntityDeclHandler = start, refuse
    with archive.open(part) as stream:
        if part.filename.lower().endswith(".xml"):
            parser.ParseFile(stream)
        while stream.read(1 << 20):
            pass
    return extent


def _cell(reference: str) -> tuple[int, int]:
    """Row and column of a reference such as `AB12`, both from 1. Raises ValueError where it is none."""
    found = re.fullmatch(r"\$?([A-Za-z]{1,3})\$?([1-9][0-9]{0,6})", reference)
    if found is None:
        raise ValueError(f"{reference[:20]!r} is no cell")
    column = 0
    for letter in found[1].upper():
        column = 26 * column + ord(letter) - ord("A") + 1
    return int(found[2]), column


def _sheets(archive: zipfile.ZipFile) -> dict[str, str]:
    """The part of the archive that each sheet is in."""
    relations = fromstring(archive.read("xl/_rels/workbook.xml.rels"), forbid_dtd=True)
    targets = {each.get("Id"): each.get("Target", "") for each in relations}
    book = fromstring(archive.read("xl/workbook.xml"), forbid_dtd=True)
    sheets = (each for each in book.iter() if each.tag.rpartition("}")[2] == "sheet")
    return {each.get("name", ""): _path(targets.get(each.get(RELATION), "")) for each in sheets}


def _path(target: str) -> str:
    return target.lstrip("/") if target.startswith("/") else normpath(join("xl", target))


def _chosen(names: tuple[str, ...], sheet: str | None, file: str) -> str:
    if not names:
        raise UnreadableFile(f"{file} has no sheets.")
    if sheet is None:
        return names[0]
    if sheet not in names:
        raise UnreadableFile(f"{file} has no sheet {sheet!r}; it has {', '.join(map(repr, names))}.")
    return sheet


def _check_extent(extent: _Extent, sheet: str, file: str) -> None:
    if extent.rows * extent.columns > MOST_CELLS:
        raise UnreadableFile(
            f"The sheet {sheet!r} of {file} reaches to row {extent.rows:,} and column {extent.columns:,}, more than "
            f"{MOST_CELLS:,} cells: delete what lies far below or beside the table, or save the sheet as CSV."
        )


def _as_text(sheet: "ExcelSheet") -> pl.DataFrame:
    """The frame begins at the first column that is in use."""
    numbers = [str(column.absolute_index + 1) for column in sheet.available_columns()]
    cells = sheet.to_polars()
    texts = cells.rename(dict(zip(cells.columns, numbers, strict=True)))
    cleaned = pl.all().str.replace(TIME_OF_DAY, "$1").str.replace(FRACTION, "$1")
    return texts.with_columns(cleaned).with_row_index("line", 1).cast({"line": pl.Int64})


def _filled(cells: pl.DataFrame, extent: _Extent, file: str) -> pl.DataFrame:
    """With the value of each merged area in all its cells."""
    area = sum((last - first + 1) * (right - left + 1) for first, left, last, right in extent.merged)
    if area > MOST_CELLS:
        raise UnreadableFile(f"The merged cells of {file} cover more than {MOST_CELLS:,} cells: take them apart.")
    texts = {name: cells[name].to_list() for name in cells.columns[1:]} if extent.merged else {}
    for first, left, last, right in extent.merged:
        value = texts[str(left)][first - 1] if str(left) in texts and first <= cells.height else None
        for column in range(left, right + 1) if value is not None else ():
            if str(column) in texts:
                rows = slice(first - 1, min(last, cells.height))
                texts[str(column)][rows] = [value] * (rows.stop - rows.start)
    return cells.with_columns(pl.Series(name, values, pl.String) for name, values in texts.items())
