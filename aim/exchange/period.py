"""Information periods: "each consecutive period of three months beginning on 1st July 2007" (SI 2007/1831, reg. 1)."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from aim.errors import UsageError
from aim.exchange.sets import law

LONDON: Final = ZoneInfo("Europe/London")
WRITTEN: Final = re.compile(r"(\d{4})[ -]?Q([1-4])", re.IGNORECASE)
MONTHS: Final = 3


@dataclass(frozen=True)
class Period:
    """A quarter of a calendar year, from midnight in London to midnight in London."""

    year: int
    quarter: int

    @property
    def name(self) -> str:
        """As people write it: 2026Q3."""
        return f"{self.year}Q{self.quarter}"

    @property
    def first_day(self) -> date:
        """Its first day."""
        return _first_of(self.year, MONTHS * (self.quarter - 1))

    @property
    def last_day(self) -> date:
        """Its last day."""
        return self._after(MONTHS) - timedelta(days=1)

    @property
    def due(self) -> date:
        """The last day to disclose it: the end of the following period (reg. 3(1))."""
        return self._after(2 * MONTHS) - timedelta(days=1)

    @property
    def begins(self) -> datetime:
        """Its first instant, UTC."""
        return midnight(self.first_day)

    @property
    def ends(self) -> datetime:
        """The first instant after it, UTC."""
        return midnight(self._after(MONTHS))

    @property
    def months(self) -> tuple[date, ...]:
        """The first days of its three months."""
        return tuple(self._after(month) for month in range(MONTHS))

    def _after(self, months: int) -> date:
        return _first_of(self.year, MONTHS * (self.quarter - 1) + months)


def period(written: str, as_of: datetime) -> Period:
    """The period that somebody wrote as 2026Q3.

    Raises UsageError where it is none, begins after `as_of` (with a zone), or lies before the first that is disclosed.
    """
    found = WRITTEN.fullmatch(written.strip())
    if not found or int(found[1]) == 0:
        raise UsageError(f"{written!r} is no quarter: write it like 2026Q3 for July to September 2026.")
    asked = Period(int(found[1]), int(found[2]))
    first = law().first_period
    if asked.first_day < first:
        raise UsageError(f"{asked.name} lies before {spelt(first)}, where the first period to be disclosed begins.")
    if asked.begins > as_of:
        raise UsageError(f"{asked.name} has not begun: it begins on {spelt(asked.first_day)}.")
    return asked


def midnight(day: date) -> datetime:
    """The instant, in UTC, at which a day begins in London."""
    return datetime.combine(day, time(), LONDON).astimezone(UTC)


def spelt(day: date) -> str:
    """1 July 2026."""
    return f"{day.day} {day:%B %Y}"


def _first_of(year: int, month: int) -> date:
    """The first day of a month counted from 0 = January of `year`, past the year's end too."""
    return date(year + month // 12, month % 12 + 1, 1)
