"""Indices of harm as published: the Crime Severity Score (ONS) and the Cambridge Crime Harm Index. Neither ships here.

Both are workbooks (.xlsx); either may come as CSV too. What is looked for is a row, among the first sixty of any sheet,
that has a heading for the offence's code and one for its weight; that of its title is taken where there is one. What
is a capital, a mark, a line break or a note such as `[note 3]` in a heading does not matter; of each list the first
that the row has is the one.

    ons         code    Offence code; Home Office code; HO code; HO offence code; Code
                title   Offence; Offence description; Offence name; Offence type; Description
                weight  Weight; Weights; Offence weight; CSS weight; Severity weight; Crime severity weight;
                        Crime Severity Score weight
    cambridge   code    HOME_OFFICE_CLASSIFICATION; Home Office code; HO_CODE
                title   FULL_OFFENCE_TITLE; Offence title; Offence
                weight  CCHI Score; CCHI; CCHI value; Harm score

The Cambridge headings are those of its sheets "CCHI 2021 values sheet" and "CCHI 2026 values sheet"; those of the ONS
data tool were not seen in a file of it. Sheets of expired or unclear offences are passed over, as are rows whose title
says EXPIRED, and rows without a weight or a code. Where a code has several weights, as the offences of one Home Office
class do, the median counts, and how many codes have is told.
"""

import csv
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final, NamedTuple

from aim.errors import UnreadableFile, UsageError, WrongColumns
from aim.ingest.source import Payload
from aim.ingest.workbook import read_sheet

HEADER_WITHIN: Final = 60
PASSED_OVER: Final = ("expired", "need clarity", "needs clarity")
NO_WEIGHT: Final = {"", "-", "–", ":", "..", "[x]", "x", "n/a", "na", "none"}


@dataclass(frozen=True)
class Scheme:
    """An index: what it is called, its unit, and its headings in the order in which they are looked for."""

    title: str
    unit: str
    code: tuple[str, ...]
    name: tuple[str, ...]
    weight: tuple[str, ...]


SCHEMES: Final[Mapping[str, Scheme]] = {
    "ons": Scheme(
        "Crime Severity Score (Office for National Statistics)",
        "days of sentence, on average",
        ("offence code", "home office code", "ho code", "ho offence code", "code"),
        ("offence", "offence description", "offence name", "offence type", "description"),
        (
            *("weight", "weights", "offence weight", "css weight", "severity weight", "crime severity weight"),
            "crime severity score weight",
        ),
    ),
    "cambridge": Scheme(
        "Cambridge Crime Harm Index",
        "days of the starting point in the sentencing guidelines",
        ("home office classification", "home office code", "ho code"),
        ("full offence title", "offence title", "offence"),
        ("cchi score", "cchi", "cchi value", "harm score"),
    ),
}


class Row(NamedTuple):
    line: int
    cells: list[str]


@dataclass(frozen=True)
class Published:
    """An index as read: `weights` by offence code, in its own unit. `notes` tell what was passed over."""

    scheme: Scheme
    file: str
    weights: dict[str, float]
    notes: tuple[str, ...]


class Found(NamedTuple):
    """Where the table begins in a sheet, and in which columns its parts stand; None where there are no titles."""

    at: int
    code: int
    name: int | None
    weight: int


def read(path: Path, scheme: str, sheet: str | None = None) -> Published:
    """The weights of an index as published. Raises UsageError for an unknown scheme, or where two sheets fit.

    Raises WrongColumns where no sheet has the headings, UnreadableFile for a weight that is no number of 0 or more.
    """
    if scheme not in SCHEMES:
        raise UsageError(f"There is no index {scheme!r}: give one of {', '.join(SCHEMES)}.")
    wanted = SCHEMES[scheme]
    sheets = dict(_sheets(path, sheet))
    tables = {name: (rows, found) for name, rows in sheets.items() if (found := _header(rows, wanted)) is not None}
    if not tables:
        raise WrongColumns(_lacking(path.name, wanted, list(sheets)))
    if len(tables) > 1:
        names = ", ".join(map(repr, tables))
        raise UsageError(f"{path.name} has the headings in several sheets ({names}): choose one with --sheet.")
    [(rows, found)] = tables.values()
    return _weights(path.name, wanted, rows, found)


def code_of(text: str) -> str:
    """An offence code as it is compared: `28 e` is 28E, and the 1.0 of a spreadsheet 1."""
    return re.sub(r"\.0+$", "", "".join(text.upper().split()))


def _sheets(path: Path, sheet: str | None) -> Iterator[tuple[str, list[Row]]]:
    if path.suffix.lower() == ".csv":
        yield path.name, _csv(path)
        return
    payload = Payload(path, path.name)
    first = read_sheet(payload, sheet)
    names = (first.name,) if sheet else (first.name, *first.others)
    for name in names:
        if sheet or not any(word in name.lower() for word in PASSED_OVER):
            cells = first.cells if name == first.name else read_sheet(payload, name).cells
            yield name, [Row(line, [str(cell or "").strip() for cell in rest]) for line, *rest in cells.iter_rows()]


def _csv(path: Path) -> list[Row]:
    """Text in UTF-8, or as Windows writes it."""
    try:
        body = path.read_bytes()
    except OSError as error:
        raise UnreadableFile(f"{path} cannot be read: {error.strerror}.") from error
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = body.decode("cp1252", errors="replace")
    try:
        reader = csv.reader(text.splitlines(keepends=True))
        return [Row(reader.line_num, [cell.strip() for cell in cells]) for cells in reader]
    except csv.Error as error:
        raise UnreadableFile(f"{path.name} is not CSV ({error}).") from error


def _heading(text: str) -> str:
    """A heading as it is compared: small letters and digits, one space between, without its notes."""
    bare = re.sub(r"\[.*?\]|\(.*?\)", " ", text.lower())
    return " ".join(re.findall(r"[a-z0-9]+", bare))


def _header(rows: Sequence[Row], scheme: Scheme) -> Found | None:
    for at, row in enumerate(rows[:HEADER_WITHIN]):
        names = [_heading(cell) for cell in row.cells]
        code, name, weight = (_column(names, wanted) for wanted in (scheme.code, scheme.name, scheme.weight))
        if code is not None and weight is not None:
            return Found(at, code, name, weight)
    return None


def _column(names: list[str], wanted: tuple[str, ...]) -> int | None:
    """The column of the first heading of the list that is there. Raises WrongColumns where it is there twice."""
    there = next((name for name in wanted if name in names), None)
    if there is not None and names.count(there) > 1:
        raise WrongColumns(f"The heading {there!r} is there twice: take out the column that is not to count.")
    return None if there is None else names.index(there)


def _lacking(file: str, scheme: Scheme, sheets: list[str]) -> str:
    code, weight = (", ".join(map(repr, wanted)) for wanted in (scheme.code, scheme.weight))
    return (
        f"{file} is not the {scheme.title} as published: among the first {HEADER_WITHIN} rows of "
        f"{', '.join(map(repr, sheets)) or 'its sheets'} none has a heading for the code ({code}) and one for the "
        f"weight ({weight}). Rename the headings to one of these, or give the sheet that has them with --sheet."
    )


def _weights(file: str, scheme: Scheme, rows: Sequence[Row], found: Found) -> Published:
    several: defaultdict[str, list[float]] = defaultdict(list)
    expired = empty = nameless = 0
    for row in rows[found.at + 1 :]:
        cells = row.cells + [""] * (max(found.code, found.name or 0, found.weight) + 1 - len(row.cells))
        code, weight = code_of(cells[found.code]), cells[found.weight]
        title = cells[found.name].upper() if found.name is not None else ""
        if weight.lower() in NO_WEIGHT:
            empty += bool(code)
        elif "EXPIRED" in title:
            expired += 1
        elif not code:
            nameless += 1
        else:
            several[code].append(_number(weight, file, row.line))
    if not several:
        raise UnreadableFile(f"{file} has the headings of the {scheme.title} and no offence with a weight under them.")
    differ = sum(len(set(values)) > 1 for values in several.values())
    passed = ((expired, "expired offences"), (empty, "offences without a weight"), (nameless, "rows without a code"))
    notes = [f"Passed over: {number:,} {what}." for number, what in passed if number]
    notes += [f"Codes with several weights, of which the median counts: {differ:,}."] if differ else []
    return Published(scheme, file, {code: median(values) for code, values in several.items()}, tuple(notes))


def _number(text: str, file: str, line: int) -> float:
    plain = text.replace(",", "")
    if not re.fullmatch(r"\d+(\.\d*)?|\.\d+", plain):
        raise UnreadableFile(f"{file}, line {line}: the weight {text[:80]!r} is not a number of 0 or more.")
    return float(plain)
