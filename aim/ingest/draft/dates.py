"""Columns of dates and of times of day: their formats, and the order of day and month where the values prove one."""

import re
from dataclasses import dataclass
from typing import Final, Literal

import polars as pl

from aim.ingest.draft.findings import of
from aim.ingest.draft.look import Column, Look

FIRST, SECOND = "%1", "%2"
"""The two numbers of a date such as 03/04/2026, while it is not known which is the day."""
DATES: Final[tuple[tuple[str, str], ...]] = (
    (r"\d{4}-\d{1,2}-\d{1,2}", "%Y-%m-%d"),
    (r"\d{4}/\d{1,2}/\d{1,2}", "%Y/%m/%d"),
    (r"\d{4}\.\d{1,2}\.\d{1,2}", "%Y.%m.%d"),
    *((rf"\d{{1,2}}{re.escape(s)}\d{{1,2}}{re.escape(s)}\d{{4}}", f"%1{s}%2{s}%Y") for s in "/-."),
    *((rf"\d{{1,2}}{re.escape(s)}\d{{1,2}}{re.escape(s)}\d{{2}}", f"%1{s}%2{s}%y") for s in "/-."),
    *((rf"\d{{1,2}}{s}[A-Za-z]{{3}}{s}\d{{4}}", f"%d{s}%b{s}%Y") for s in (" ", "-", "/")),
    *((rf"\d{{1,2}}{s}[A-Za-z]{{3}}{s}\d{{2}}", f"%d{s}%b{s}%y") for s in (" ", "-", "/")),
    *((rf"\d{{1,2}}{s}[A-Za-z]{{4,9}}{s}\d{{4}}", f"%d{s}%B{s}%Y") for s in (" ", "-")),
    (r"[A-Za-z]{3} \d{1,2}, \d{4}", "%b %d, %Y"),
    (r"[A-Za-z]{3} \d{1,2} \d{4}", "%b %d %Y"),
    (r"[A-Za-z]{4,9} \d{1,2}, \d{4}", "%B %d, %Y"),
    (r"(19|20)\d{6}", "%Y%m%d"),
)
MONTHS: Final = (
    (r"\d{4}-\d{2}", "%Y-%m"),
    (r"\d{4}/\d{2}", "%Y/%m"),
    (r"\d{2}/\d{4}", "%m/%Y"),
    (r"\d{2}-\d{4}", "%m-%Y"),
    (r"[A-Za-z]{3} \d{4}", "%b %Y"),
    (r"[A-Za-z]{3}-\d{4}", "%b-%Y"),
    (r"[A-Za-z]{4,9} \d{4}", "%B %Y"),
)
CLOCKS: Final = (
    (r"\d{1,2}:\d{2}", "%H:%M"),
    (r"\d{1,2}:\d{2}:\d{2}", "%H:%M:%S"),
    (r"\d{1,2}:\d{2}:\d{2}\.\d+", "%H:%M:%S%.f"),
    (r"\d{1,2}:\d{2} [AaPp][Mm]", "%I:%M %p"),
    (r"\d{1,2}:\d{2}[AaPp][Mm]", "%I:%M%p"),
    (r"\d{1,2}:\d{2}:\d{2} [AaPp][Mm]", "%I:%M:%S %p"),
    (r"\d{1,2}:\d{2}:\d{2}[AaPp][Mm]", "%I:%M:%S%p"),
)
ZONE: Final = r"(Z|[+-]\d{2}:?\d{2})"
SHAPES: Final = 200
"""Different shapes of text in a column; a column of dates has a few."""
MOSTLY: Final = 0.8
NUMBERS: Final = r"^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})\b"


@dataclass(frozen=True)
class Dates:
    """A column of dates. `formats`: how many values are in each; `order` what the first number is, where it matters."""

    column: Column
    formats: dict[str, int]
    order: Literal["day", "month", "mixed", "unproved"] | None
    evidence: str

    @property
    def read(self) -> int:
        """Values that are in one of the formats."""
        return sum(self.formats.values())

    def written(self, order: Literal["day", "month"] | None = None) -> list[str]:
        """The formats, the most frequent first, with the order as proved or as given."""
        order = self.order if self.order in ("day", "month") else order
        first, second = ("%m", "%d") if order == "month" else ("%d", "%m")
        named = sorted(self.formats, key=lambda text: -self.formats[text])
        return [text.replace(FIRST, first).replace(SECOND, second) for text in named]

    @property
    def clock(self) -> bool:
        """Whether it has times of day."""
        return any("%H" in text or "%I" in text for text in self.formats)

    @property
    def month_only(self) -> bool:
        """Whether it says no day."""
        return all("%d" not in text and SECOND not in text for text in self.formats)


def date_columns(look: Look) -> list[Dates]:
    """The columns that hold dates, in the table's order."""
    found = (_dates(column) for column in look.columns.values())
    return [dates for dates in found if dates is not None]


def _dates(column: Column) -> Dates | None:
    formats: dict[str, int] = {}
    for value, count in _shapes(column.texts):
        text = format_of(value, MONTHS) or format_of(value, DATES, CLOCKS)
        if text and (text != "%Y%m%d" or "date" in column.name.lower()):
            formats[text] = formats.get(text, 0) + count
    if not column.filled or sum(formats.values()) < MOSTLY * column.filled:
        return None
    order, evidence = _order(column.texts) if any(FIRST in text for text in formats) else (None, "")
    return Dates(column, formats, order, evidence)


def _shapes(texts: pl.Series) -> list[tuple[str, int]]:
    """A value of each shape of text in a column, and how many have it; a column of words has no dates."""
    shape = texts.str.replace_all(r"\d", "9").str.replace_all(r"[A-Za-z]", "a")
    counted = pl.DataFrame({"text": texts, "shape": shape}).drop_nulls().group_by("shape")
    found = counted.agg(pl.len(), pl.col("text").first()).sort("len", descending=True)
    return list(found.head(SHAPES).select("text", "len").iter_rows())


def format_of(value: str, days: tuple[tuple[str, str], ...], clocks: tuple[tuple[str, str], ...] = ()) -> str | None:
    """The format of a value, or None; the two numbers of 03/04/2026 as `%1` and `%2`."""
    found = re.fullmatch(rf"(?P<day>.+?)(?:(?P<join>[T ])(?P<clock>\d{{1,2}}:.+?)(?P<zone>{ZONE})?)?", value)
    if found is None:
        return None
    day = next((text for pattern, text in days if re.fullmatch(pattern, found["day"])), None)
    if found["clock"] is None:
        return day
    clock = next((text for pattern, text in clocks if re.fullmatch(pattern, found["clock"])), None)
    return f"{day}{found['join']}{clock}{'%z' * bool(found['zone'])}" if day and clock else None


def _order(texts: pl.Series) -> tuple[Literal["day", "month", "mixed", "unproved"], str]:
    """What the first of two numbers is: one above 12 proves that it is the day, one above 12 beside it the month."""
    numbers = texts.str.extract_groups(NUMBERS).struct.rename_fields(["first", "second", "year"]).struct.unnest()
    first, second = numbers["first"].cast(pl.Int32), numbers["second"].cast(pl.Int32)
    days, months = (first > 12) & (second <= 12), (second > 12) & (first <= 12)
    above, beside, n = int(days.sum() or 0), int(months.sum() or 0), len(first) - first.null_count()
    if above and beside:
        one, other = texts.filter(days.fill_null(False))[0], texts.filter(months.fill_null(False))[0]
        return "mixed", f"both orders occur: {one} ({above:,}) and {other} ({beside:,}); ask for one format"
    if above:
        return "day", f"the first number is above 12 in {of(above, n)}, and the second in none"
    if beside:
        return "month", f"the second number is above 12 in {of(beside, n)}, and the first in none"
    return "unproved", f"no number is above 12 in {n:,} values, so day and month cannot be told apart"


def clock_columns(look: Look) -> list[Dates]:
    """The columns that hold a time of day and nothing else."""
    found: list[Dates] = []
    for column in look.columns.values():
        formats: dict[str, int] = {}
        for value, count in _shapes(column.texts):
            text = next((text for pattern, text in CLOCKS if re.fullmatch(pattern, value)), None)
            if text is None and re.fullmatch(r"([01]\d|2[0-3])[0-5]\d", value) and column.named("time"):
                text = "%H%M"
            if text:
                formats[text] = formats.get(text, 0) + count
        if column.filled and sum(formats.values()) >= MOSTLY * column.filled:
            found.append(Dates(column, formats, None, ""))
    return found
