"""Excel workbooks written by hand, cell by cell, so that a test can make any kind, broken ones too."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

from aim.ingest.source import Payload

Cell = str | int | float | bool | datetime | date | time | None
MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS: Final = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TYPES: Final = "http://schemas.openxmlformats.org/package/2006/content-types"
KIND: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
START: Final = datetime(1899, 12, 30)
STYLES: Final = (
    f'<styleSheet xmlns="{MAIN}"><cellXfs count="4"><xf numFmtId="0"/><xf numFmtId="22"/><xf numFmtId="14"/>'
    '<xf numFmtId="21"/></cellXfs></styleSheet>'
)
"""General, date and time, date, time."""


def letters(column: int) -> str:
    """The letters of a column, the first being 1."""
    return (letters((column - 1) // 26) if column > 26 else "") + chr(ord("A") + (column - 1) % 26)


def cell(row: int, column: int, value: Cell) -> str:
    """A cell as Excel writes it: dates are numbers with a format."""
    place = f'r="{letters(column)}{row}"'
    match value:
        case None:
            return ""
        case bool():
            return f'<c {place} t="b"><v>{int(value)}</v></c>'
        case str():
            return f'<c {place} t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
        case datetime():
            return f'<c {place} s="1"><v>{(value - START) / timedelta(days=1)!r}</v></c>'
        case date():
            return f'<c {place} s="2"><v>{(value - START.date()).days}</v></c>'
        case time():
            seconds = value.hour * 3600 + value.minute * 60 + value.second
            return f'<c {place} s="3"><v>{seconds / 86_400!r}</v></c>'
        case _:
            return f"<c {place}><v>{value!r}</v></c>"


def sheet_of(rows: Sequence[Sequence[Cell]], merged: Sequence[str] = (), first: tuple[int, int] = (1, 1)) -> str:
    """A sheet whose table begins in the given row and column."""
    lines = "".join(
        f'<row r="{at}">{"".join(cell(at, column, value) for column, value in enumerate(row, first[1]))}</row>'
        for at, row in enumerate(rows, first[0])
    )
    areas = "".join(f'<mergeCell ref="{area}"/>' for area in merged)
    end = f"<mergeCells>{areas}</mergeCells>" if areas else ""
    return f'<worksheet xmlns="{MAIN}"><sheetData>{lines}</sheetData>{end}</worksheet>'


def book(sheets: Mapping[str, str]) -> bytes:
    """A workbook of sheets by name."""
    numbers = range(1, len(sheets) + 1)
    named = "".join(f'<sheet name="{escape(name)}" sheetId="{at}" r:id="r{at}"/>' for at, name in enumerate(sheets, 1))
    kinds = "".join(
        f'<Override PartName="/xl/worksheets/sheet{at}.xml" ContentType="{KIND}.worksheet+xml"/>' for at in numbers
    )
    links = "".join(
        f'<Relationship Id="r{at}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{at}.xml"/>' for at in numbers
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{TYPES}"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{KIND}.sheet.main+xml"/>{kinds}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{RELATIONS}"><Relationship Id="r1" Type="{OFFICE}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{named}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{RELATIONS}">{links}'
        f'<Relationship Id="s" Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": STYLES,
    }
    parts |= {f"xl/worksheets/sheet{at}.xml": text for at, text in zip(numbers, sheets.values(), strict=True)}
    return archive(parts)


def archive(parts: Mapping[str, str]) -> bytes:
    """A zip archive of texts."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in parts.items():
            packed.writestr(name, text if text.startswith("<?xml") else f'<?xml version="1.0"?>{text}')
    return stream.getvalue()


def saved(folder: Path, body: bytes, name: str = "book.xlsx") -> Payload:
    """A file of this content."""
    (folder / name).write_bytes(body)
    return Payload(folder / name, name)
