"""When things happen: the twelve months, the rhythm of a week and a day, and British clocks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from generator.dice import Chooser, Dice

MONTHS: Final = tuple(f"{2025 + m // 12}-{m % 12 + 1:02}" for m in range(9, 21))
FIRST_DAY: Final = date(2025, 10, 1)
END: Final = date(2026, 10, 1)
"""The day after the last: nothing true happens on it or later."""

_LONDON: Final = ZoneInfo("Europe/London")
_EVEN: Final = (1.0,) * 7

# How likely each hour of the day is, from midnight, beside the others.
DAYTIME: Final = (0.1,) * 6 + (0.5, 2, 5, 7, 7, 6.5, 6, 6, 6, 5.5, 5, 4, 3, 2.5, 2, 1.5, 0.8, 0.3)
EVENING: Final = (
    1.5, 0.9, 0.5, 0.3, 0.2, 0.2, 0.3, 0.5, 0.8, 1, 1.2, 1.5, 2, 2, 2.4, 3, 3.6, 4.5, 5.5, 6.5, 6.5, 5.5, 4, 2.5,
)  # fmt: skip
NIGHT: Final = (6, 5, 3.5, 2, 1, 0.6, 0.5, 0.5, 0.5, 0.6, 0.8, 1, 1, 1, 1, 1.2, 1.5, 2, 2.5, 3.5, 4.5, 5.5, 6.5, 7)
RUSH: Final = (
    0.5, 0.4, 0.3, 0.3, 0.4, 0.8, 2, 4.5, 5, 3, 2.5, 2.8, 3, 3, 3.4, 4.5, 5.5, 5.5, 4, 2.8, 2, 1.6, 1.2, 0.8,
)  # fmt: skip
MEALS: Final = (
    0.8, 0.6, 0.5, 0.4, 0.4, 0.6, 1, 1.6, 2, 2, 2.2, 3, 3.6, 3, 2.4, 2.6, 3.8, 5, 5.2, 4.4, 3.4, 2.6, 1.8, 1.2,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How likely each hour of the day (local), day of the week (Monday first) and special day is, beside the others."""

    hours: tuple[float, ...]
    weekdays: tuple[float, ...] = _EVEN
    special: Mapping[date, float] = field(default_factory=dict[date, float])

    def days(self, first: date = FIRST_DAY, end: date = END) -> Chooser[date]:
        """Days from `first` to the day before `end`."""
        span = [first + timedelta(days=i) for i in range((end - first).days)]
        return Chooser((day, self.weekdays[day.weekday()] * self.special.get(day, 1.0)) for day in span)

    def moment(self, dice: Dice, days: Chooser[date]) -> datetime:
        """A time on a British clock, without zone, that exists."""
        hour = Chooser(enumerate(self.hours)).draw(dice)
        clock = time(hour, dice.below(60), dice.below(60))
        return existing(datetime.combine(days.draw(dice), clock))


def existing(local: datetime) -> datetime:
    """The same local time, or one hour later where clocks went forward over it."""
    zoned = local.replace(tzinfo=_LONDON)
    return zoned.astimezone(UTC).astimezone(_LONDON).replace(tzinfo=None)


def zoned(local: datetime) -> datetime:
    """Local time with its offset: +01:00 in summer, +00:00 in winter."""
    return local.replace(tzinfo=_LONDON)


def later(moment: datetime, hours: float) -> datetime:
    """That many hours of real time after a zoned moment, on whole seconds."""
    return (moment.astimezone(UTC) + timedelta(seconds=int(hours * 3600))).astimezone(_LONDON)


def month_bounds(month: int) -> tuple[date, date]:
    """First day of the month of that index and of the one after it."""
    first = date.fromisoformat(f"{MONTHS[month]}-01")
    return first, date.fromisoformat(f"{month_after(MONTHS[month])}-01")


def month_after(month: str) -> str:
    """`2025-12` gives `2026-01`."""
    year, number = int(month[:4]), int(month[5:])
    return f"{year + number // 12}-{number % 12 + 1:02}"
