"""Quarters are London's: they begin and end at its midnights, an hour early in UTC while the clocks are forward."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aim.errors import UsageError
from aim.exchange.period import LONDON, Period, period

LATER = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "begins", "ends", "due"),
    [
        ("2026Q1", "2026-01-01T00:00", "2026-03-31T23:00", "2026-06-30"),
        ("2026Q2", "2026-03-31T23:00", "2026-06-30T23:00", "2026-09-30"),
        ("2026Q3", "2026-06-30T23:00", "2026-09-30T23:00", "2026-12-31"),
        ("2026Q4", "2026-09-30T23:00", "2027-01-01T00:00", "2027-03-31"),
        ("2024Q1", "2024-01-01T00:00", "2024-03-31T23:00", "2024-06-30"),
    ],
)
def test_the_quarters_of_a_year(name: str, begins: str, ends: str, due: str) -> None:
    found = period(name, LATER)
    assert found.name == name
    assert (found.begins, found.ends) == tuple(datetime.fromisoformat(f"{at}+00:00") for at in (begins, ends))
    assert found.due == date.fromisoformat(due)


def test_a_quarter_knows_its_days_and_months() -> None:
    found = period("2026q4", LATER)
    assert (found.first_day, found.last_day) == (date(2026, 10, 1), date(2026, 12, 31))
    assert found.months == (date(2026, 10, 1), date(2026, 11, 1), date(2026, 12, 1))


@given(
    st.datetimes(datetime(2007, 7, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),
    st.sampled_from([timedelta(0), timedelta(microseconds=1)]),
)
def test_each_instant_is_in_the_one_period_that_its_day_in_london_says(instant: datetime, back: timedelta) -> None:
    instant = instant.replace(minute=0, second=0, microsecond=0) - back
    day = instant.astimezone(LONDON)
    own = Period(day.year, (day.month + 2) // 3)
    following = Period(day.year + (own.quarter == 4), own.quarter % 4 + 1)
    assert own.begins <= instant < own.ends
    assert following.begins == own.ends
    assert own.due == following.last_day


@pytest.mark.parametrize("written", ["", "2026", "2026Q5", "2026Q0", "Q3 2026", "2026-07", "0000Q1", "26Q3", "2026Q3x"])
def test_what_is_no_quarter_is_refused_with_an_example(written: str) -> None:
    with pytest.raises(UsageError, match="write it like 2026Q3"):
        period(written, LATER)


@pytest.mark.parametrize("written", ["2007Q3", "2006Q4", "0001Q1"])
def test_nothing_was_to_be_disclosed_before_october_2007(written: str) -> None:
    with pytest.raises(UsageError, match="before 1 October 2007"):
        period(written, LATER)


def test_the_first_period_that_was_disclosed() -> None:
    assert period("2007Q4", LATER).first_day == date(2007, 10, 1)


def test_a_quarter_that_has_not_begun_is_refused() -> None:
    begins = datetime(2026, 9, 30, 23, tzinfo=UTC)
    assert period("2026Q4", begins).name == "2026Q4"
    with pytest.raises(UsageError, match="begins on 1 October 2026"):
        period("2026Q4", begins - timedelta(microseconds=1))
    with pytest.raises(UsageError, match="has not begun"):
        period("9999Q4", begins)
