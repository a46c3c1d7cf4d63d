"""What an incident is known by, and what a file replaces."""

from dataclasses import dataclass
from typing import Final

import polars as pl

from aim.ingest.draft.findings import Finding, Sure, of
from aim.ingest.draft.look import Column, Look
from aim.ingest.draft.times import When
from aim.ingest.feed import Delivery

MANGLED: Final = r"^\d(\.\d+)?E\+\d+$"
LONG: Final = r"^\d{16,}$"
REFERENCE: Final = r"^[A-Za-z0-9][A-Za-z0-9/_. -]{2,39}$"
SPEAKS: Final = {
    "urn": 6, "ref": 5, "reference": 5, "identifier": 5, "uid": 5, "guid": 5, "id": 4, "key": 4, "number": 3, "no": 3,
    "num": 3, "nr": 3, "unique": 2, "incident": 2, "request": 2, "case": 1, "crime": 1, "call": 1, "report": 1,
    "objectid": 3, "fid": 3, "parent": -9, "related": -9, "phone": -9, "telephone": -9, "house": -9, "ward": -9,
    "beat": -9, "uprn": -9, "usrn": -9, "district": -9, "station": -9, "officer": -9, "type": -9, "code": -3,
    "year": -9, "week": -9, "school": -9, "pumps": -9, "calls": -9, "user": -9, "area": -9, "zone": -9, "easting": -9,
    "northing": -9, "latitude": -9, "longitude": -9, "lat": -9, "long": -9, "grid": -9, "gridref": -9, "ngr": -9,
    "map": -9, "location": -9, "street": -9, "postcode": -9, "asset": -9,
}  # fmt: skip
"""How much the words of a name say that it is the source's reference."""
LEAST_SCORE: Final = 3
ROW_NUMBERS: Final = ("objectid", "fid", "row")
"""Made anew by each export, so that they name nothing."""
UNIQUE: Final = 0.99
FEWEST: Final = 20
SOURCES: Final = ("reported", "force", "council", "authority", "borough", "falls", "organisation", "service", "partner")


@dataclass(frozen=True)
class Name:
    """The `[id]` of a profile; no columns where nothing names a row."""

    columns: tuple[str, ...] = ()
    with_date: bool = False
    required: bool = True
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Replaces:
    """`delivery` and `scope` of a profile; None where a person has to say."""

    delivery: Delivery | None
    scope: tuple[str, ...]
    finding: Finding


def infer_id(look: Look, when: When, used: tuple[str, ...]) -> Name:
    """The column that names an incident, alone or together with its date."""
    free = [column for column in look.columns.values() if column.name not in used and column.filled]
    named = [column for column in free if _score(column) >= LEAST_SCORE]
    named.sort(key=lambda column: (-(_share(column) >= UNIQUE), -_score(column), -column.filled))
    for column in named:
        if found := _name(column, look.rows, when.days):
            return found
    return _by_values(free, look.rows)


def _score(column: Column) -> int:
    return sum(SPEAKS.get(word, 0) for word in column.words)


def _share(column: Column) -> float:
    return column.distinct / column.filled


def _name(column: Column, rows: int, days: pl.Series | None) -> Name | None:
    repeats = column.filled - column.distinct
    if _share(column) >= UNIQUE:
        doubtful = repeats or column.filled < FEWEST or column.named(*ROW_NUMBERS)
        sure = Sure.LIKELY if doubtful else Sure.CERTAIN
        return _with_gaps(column, rows, sure, _unique(column, repeats))
    if days is None:
        return None
    pairs = pl.DataFrame({"id": column.texts, "day": days}).drop_nulls()
    if pairs.n_unique() < UNIQUE * pairs.height:
        return None
    why = (
        f"{repeats:,} of {column.filled:,} values repeat, and {of(pairs.n_unique(), pairs.height)} differ with the day"
    )
    found = _with_gaps(column, rows, Sure.CERTAIN if pairs.n_unique() == pairs.height else Sure.LIKELY, why)
    return Name(found.columns, True, found.required, found.findings)


def _unique(column: Column, repeats: int) -> str:
    if column.named(*ROW_NUMBERS):
        return f"{of(column.distinct, column.filled)} differ, but a row number may be another in the next export"
    if repeats:
        return f"{repeats:,} of {column.filled:,} values repeat: the rows are kept apart as first, second and so on"
    return f"{of(column.distinct, column.filled)} differ"


def _with_gaps(column: Column, rows: int, sure: Sure, why: str) -> Name:
    """Few rows without a reference are faults; many are incidents that the source does not number."""
    gaps = rows - column.filled
    required = gaps <= (1 - UNIQUE) * rows
    if gaps:
        why += f"; {gaps:,} rows have none and {'are refused' if required else 'are incidents all the same'}"
        sure = Sure.LIKELY
    return Name((column.name,), False, required, (Finding("id", column.name, sure, why), *_damaged(column)))


def _damaged(column: Column) -> list[Finding]:
    """References that a spreadsheet has turned into numbers."""
    powers = int(column.texts.str.contains(MANGLED).sum() or 0)
    long = column.texts.filter(column.texts.str.contains(LONG).fill_null(False))
    found = []
    if powers:
        why = f"{of(powers, column.filled)} look like 1E+05: those rows are refused; export the column as text"
        found.append(Finding("id", "damaged by a spreadsheet", Sure.CERTAIN, why))
    if len(long) >= FEWEST and bool(long.str.ends_with("0").all()):
        why = f"{of(len(long), column.filled)} have over 15 figures and end in 0: Excel has cut them off"
        found.append(Finding("id", "damaged by a spreadsheet", Sure.LIKELY, why))
    return found


def _by_values(free: list[Column], rows: int) -> Name:
    """No name speaks of a reference; a column of short texts that all differ may be one."""
    for column in free:
        texts = column.texts.drop_nulls()
        short = texts.str.contains(REFERENCE) & texts.str.contains(r"\d") & ~texts.str.contains(r"^-?\d+\.\d+$")
        if rows >= FEWEST and column.distinct == column.filled == rows and bool(short.all()) and _score(column) >= 0:
            why = f"its name does not say so, but {of(column.distinct, rows)} differ"
            return Name((column.name,), findings=(Finding("id", column.name, Sure.LIKELY, why),))
    why = "no column has a value of its own in each row, so a row that is sent again is not known again"
    return Name(findings=(Finding("id", "", Sure.OPEN, why, blocks=False),))


def infer_delivery(look: Look, when: When, name: Name) -> Replaces:
    """What it means when a row is absent from a file."""
    if when.month_only:
        sources = [
            c.name for c in look.columns.values() if c.distinct == 1 and c.named(*SOURCES) and c.filled > look.rows / 2
        ]
        scope = (*sources[:1], *when.start)
        why = "the dates are months, so a file is taken to hold all of its month and to replace it"
        return Replaces(Delivery.SNAPSHOT, scope, Finding("delivery", "snapshot", Sure.LIKELY, why))
    if name.columns:
        why = "rows have references and days; one file does not tell whether it holds all of its period"
        return Replaces(Delivery.INCREMENTAL, (), Finding("delivery", "incremental", Sure.LIKELY, why))
    why = "rows have no reference, so only a whole file or period can be replaced: say which"
    return Replaces(None, (), Finding("delivery", "", Sure.OPEN, why))
