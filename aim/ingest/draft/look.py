"""An unknown table as columns of text: CSV, Excel, GeoPackage, Shapefile or GeoJSON."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

import polars as pl

from aim.errors import UnreadableFile
from aim.ingest.feed import Rows
from aim.ingest.source import Payload
from aim.ingest.spatial import X, Y, kind_of, layer_of, spatial_reader
from aim.ingest.tabular import BOM, Table, check_names, csv_reader
from aim.ingest.workbook import header_row, is_workbook, names_in, read_sheet, workbook_reader

MOST_ROWS: Final = 500_000
"""Rows that are looked at; of more, the first."""
DELIMITERS: Final = (",", ";", "\t", "|")
FIGURES: Final = 0.8
SHORT: Final = 32
WORDS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
VALUE: Final = re.compile(r"[-+]?\d+([.,:/-]\d+)*([ T]\d.*)?")
NOTHING: Final = (
    "NULL", "null", "(null)", "<Null>", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "nil", "-", "--", "Not geo-coded",
)  # fmt: skip
"""What exports write where a database has nothing."""


@dataclass(frozen=True)
class Column:
    """A column: `texts` are trimmed and null where there is nothing, `words` those of its name in lower case."""

    name: str
    texts: pl.Series
    words: frozenset[str]
    filled: int
    distinct: int
    stand_ins: dict[str, int]
    """The words for nothing that were found in it, and how often."""

    def named(self, *words: str) -> bool:
        """Whether its name has one of the words."""
        return not self.words.isdisjoint(words)

    def example(self) -> str | None:
        """A value to show, where all are short and most have a figure: words might be a person's."""
        shown = self.texts.drop_nulls()
        figures = shown.str.contains(r"\d").sum() >= FIGURES * self.filled
        return shown[0] if self.filled and figures and not (shown.str.len_chars() > SHORT).any() else None


@dataclass(frozen=True)
class Look:
    """A table that was looked at. `file` is its part of a profile; `crs` what the file says of its geometry."""

    name: str
    file: dict[str, str]
    rows: int
    whole: bool
    columns: dict[str, Column]
    broken: int = 0
    crs: str | None = None
    notes: tuple[str, ...] = field(default=())


def look_at(payload: Payload, most_rows: int = MOST_ROWS) -> Look:
    """Read a table of any kind. Raises UnreadableFile or WrongColumns where it is none."""
    head = payload.head()
    if is_workbook(head):
        return _workbook(payload, most_rows)
    kind = kind_of(head)
    if kind in ("GeoPackage", "Shapefile") or (kind == "GeoJSON" and b'"Feature' in head):
        return _layer(payload, most_rows)
    if head.removeprefix(BOM).lstrip()[:1] in (b"{", b"[", b"<"):
        raise UnreadableFile(
            f"{payload.name} is JSON or XML and no GeoJSON: describe it by hand, with format = 'records' under [file]."
        )
    return _csv(payload, head, most_rows)


def words_of(name: str) -> frozenset[str]:
    """The words of a name: `IncidentNumber`, `INCIDENT_NUMBER` and `incident number` have the same."""
    return frozenset(word.lower() for word in WORDS.findall(name))


def _csv(payload: Payload, head: bytes, most_rows: int) -> Look:
    lines = [line for line in _text(head).splitlines()[:50] if line.strip()]
    if not lines:
        raise UnreadableFile(f"{payload.name} is empty.")
    delimiter = _delimiter(lines)
    names = [name.strip() for name in next(csv.reader(lines[:1], delimiter=delimiter))]
    _refuse_values(names, payload.name)
    known = check_names(names, payload.name, Table((), ()))
    read = csv_reader(Table((), tuple(known), (), delimiter))
    file = {} if delimiter == "," else {"delimiter": delimiter}
    look = _looked(payload.name, file, read(payload), most_rows)
    if look.broken > look.rows:
        raise UnreadableFile(f"Most lines of {payload.name} do not have as many fields as the first: it is no table.")
    return look


def _workbook(payload: Payload, most_rows: int) -> Look:
    sheet = read_sheet(payload, None)
    names = names_in(sheet.cells, header_row(sheet.cells, ()))
    if not names:
        raise UnreadableFile(f"The sheet {sheet.name!r} of {payload.name} is empty.")
    _refuse_values(names, payload.name)
    known = check_names(names, payload.name, Table((), ()))
    read = workbook_reader(Table((), tuple(known)), sheet.name)
    file = {"format": "excel"} | ({"sheet": sheet.name} if sheet.others else {})
    notes = (f"The workbook has other sheets: {', '.join(sheet.others)}.",) if sheet.others else ()
    return _looked(payload.name, file, read(payload), most_rows, notes=notes)


def _layer(payload: Payload, most_rows: int) -> Look:
    layer = layer_of(payload, None)
    columns = (*layer.fields, *((X, Y) if layer.shapes else ()))
    known = check_names(list(columns), payload.name, Table((), ()))
    read = spatial_reader(Table((), tuple(known)), layer.name, None)
    file = {"format": "spatial"} | ({"layer": layer.name} if layer.others else {})
    notes = (f"The file has other layers: {', '.join(layer.others)}.",) if layer.others else ()
    return _looked(payload.name, file, read(payload), most_rows, layer.crs, notes)


def _text(head: bytes) -> str:
    head = head.removeprefix(BOM)
    try:
        return head.decode()
    except UnicodeDecodeError:
        return head.decode("cp1252", errors="replace")


def _delimiter(lines: list[str]) -> Literal[",", ";", "\t", "|"]:
    """The one that parts most lines into as many fields as the header; of several, that with the most fields."""

    def fit(delimiter: str) -> tuple[int, int]:
        counts = [len(row) for row in csv.reader(lines, delimiter=delimiter)]
        return (sum(count == counts[0] for count in counts) if counts[0] > 1 else 0, counts[0])

    return max(DELIMITERS, key=fit)


def _refuse_values(names: list[str], file: str) -> None:
    values = [name for name in names if VALUE.fullmatch(name)]
    if names and len(values) * 2 > len(names):
        shown = ", ".join(names[:4])
        raise UnreadableFile(
            f"The first line of {file} holds values ({shown}), not the names of columns: put a line of names above it."
        )


def _looked(
    name: str,
    file: dict[str, str],
    blocks: Iterator[Rows],
    most_rows: int,
    crs: str | None = None,
    notes: tuple[str, ...] = (),
) -> Look:
    frames: list[pl.DataFrame] = []
    height = broken = 0
    whole = True
    for rows in blocks:
        frames.append(rows.frame.head(most_rows - height))
        height, broken = height + frames[-1].height, broken + rows.broken.height
        if height >= most_rows:
            whole = frames[-1].height == rows.frame.height and next(blocks, None) is None
            break
    frame = pl.concat(frames) if frames else pl.DataFrame({"line": []})
    columns = {column: _column(frame[column]) for column in frame.columns if column not in ("line", "")}
    return Look(name, file, height, whole, columns, broken, crs, notes)


def _column(values: pl.Series) -> Column:
    trimmed = values.cast(pl.String).str.strip_chars()
    stand_ins = dict(trimmed.filter(trimmed.is_in(NOTHING)).value_counts().iter_rows())
    texts = trimmed.set(trimmed.is_in(["", *NOTHING]), None)
    filled = len(texts) - texts.null_count()
    return Column(values.name, texts, words_of(values.name), filled, texts.drop_nulls().n_unique(), stand_ins)
