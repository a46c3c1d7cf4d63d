"""Schedules mean London's clock."""

from datetime import UTC, datetime, timedelta

import pytest

from aim.errors import UsageError
from aim.ingest.fetching.schedule import check_schedule, is_due, next_time


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "after", "due"),
    [
        ("30 6 * * *", "2026-07-01T00:00", "2026-07-01T05:30"),  # summer time
        ("30 6 * * *", "2026-12-01T00:00", "2026-12-01T06:30"),
        ("30 6 * * *", "2026-10-24T12:00", "2026-10-25T06:30"),  # the night the clocks go back
        ("30 6 * * *", "2026-03-28T12:00", "2026-03-29T05:30"),  # and forward
        ("*/15 * * * *", "2026-07-01T00:00", "2026-07-01T00:15"),
        ("0 3 * * 1", "2026-07-01T00:00", "2026-07-06T02:00"),
    ],
)
def test_the_next_time(schedule: str, after: str, due: str) -> None:
    assert next_time(schedule, utc(after)) == utc(due)
    assert not is_due(schedule, utc(after), utc(due).replace(second=0) - (utc(due) - utc(after)) / 1000)
    assert is_due(schedule, utc(after), utc(due))


@pytest.mark.parametrize("night", ["2026-03-28T12:00", "2026-10-24T12:00"])
def test_a_time_that_the_clocks_skip_or_repeat_comes_the_same_night(night: str) -> None:
    assert timedelta(hours=12) < next_time("30 1 * * *", utc(night)) - utc(night) < timedelta(hours=15)


def test_what_was_missed_is_made_up_for_once() -> None:
    assert is_due("0 * * * *", utc("2026-07-01T00:00"), utc("2026-07-03T12:34"))
    assert not is_due("0 * * * *", utc("2026-07-03T12:34"), utc("2026-07-03T12:35"))


@pytest.mark.parametrize("schedule", ["", "daily", "@daily", "61 * * * *", "* * * *", "* * * * * *", "* * * * fri2"])
def test_what_is_no_schedule(schedule: str) -> None:
    with pytest.raises(UsageError, match="five fields"):
        check_schedule(schedule)


@pytest.mark.parametrize("schedule", ["30 6 * * *", "*/5 8-18 * * 1-5", "0 3 1 * *"])
def test_what_is(schedule: str) -> None:
    check_schedule(schedule)
