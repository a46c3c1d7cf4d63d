"""When a source is due: cron in London's time, as the people who write it mean it."""

from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from croniter import croniter

from aim.errors import UsageError

LONDON: Final = ZoneInfo("Europe/London")
FIELDS: Final = 5


def check_schedule(schedule: str) -> None:
    """Raise UsageError where this is not cron's minute, hour, day, month and weekday."""
    if len(schedule.split()) != FIELDS or not croniter.is_valid(schedule):
        raise UsageError(f"{schedule!r} is no schedule: write cron's five fields, such as '30 6 * * *' for 6.30 daily.")


def next_time(schedule: str, after: datetime) -> datetime:
    """The first instant of a schedule after another (with a zone), in UTC.

    A time that the spring's change of clocks leaves out comes as soon as it is over; one that the autumn's repeats may
    come twice, which does no harm.
    """
    return croniter(schedule, after.astimezone(LONDON)).get_next(datetime).astimezone(UTC)


def is_due(schedule: str, last: datetime, as_of: datetime) -> bool:
    """Whether a scheduled time has come since the last run; several that were missed are one."""
    return next_time(schedule, last) <= as_of
