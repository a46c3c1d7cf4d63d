"""Months are counted back on London's calendar."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from aim.errors import UsageError
from aim.ingest.feeds import FEEDS
from aim.ingest.retention.period import Period, earlier, periods, set_period, start_of

INSTANTS = st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1)).map(lambda naive: naive.replace(tzinfo=UTC))


@pytest.mark.parametrize(
    ("day", "months", "before"),
    [
        (date(2026, 10, 1), 36, date(2023, 10, 1)),
        (date(2026, 3, 31), 1, date(2026, 2, 28)),
        (date(2024, 3, 31), 1, date(2024, 2, 29)),
        (date(2024, 2, 29), 12, date(2023, 2, 28)),
        (date(2026, 1, 15), 1, date(2025, 12, 15)),
        (date(2026, 1, 15), 13, date(2024, 12, 15)),
        (date(2026, 12, 31), -2, date(2027, 2, 28)),
    ],
)
def test_months_before_a_day(day: date, months: int, before: date) -> None:
    assert earlier(day, months) == before


@pytest.mark.parametrize(
    ("as_of", "cutoff"),
    [
        (datetime(2026, 10, 1, 12, tzinfo=UTC), datetime(2023, 9, 30, 23, tzinfo=UTC)),
        (datetime(2026, 9, 30, 22, 59, tzinfo=UTC), datetime(2023, 9, 29, 23, tzinfo=UTC)),
        (datetime(2026, 9, 30, 23, tzinfo=UTC), datetime(2023, 9, 30, 23, tzinfo=UTC)),
        (datetime(2026, 1, 15, tzinfo=UTC), datetime(2023, 1, 15, tzinfo=UTC)),
    ],
)
def test_a_day_begins_at_londons_midnight(as_of: datetime, cutoff: datetime) -> None:
    assert Period("f", 36).cutoff(as_of) == cutoff


@given(INSTANTS, st.integers(1, 120))
def test_the_first_day_is_the_first(ended: datetime, months: int) -> None:
    period = Period("f", months)
    day = period.first_day(ended)
    assert ended < period.cutoff(start_of(day))
    assert ended >= period.cutoff(start_of(day - timedelta(days=1)))


@given(INSTANTS, st.integers(1, 120), st.integers(0, 400))
def test_the_cutoff_never_goes_back(as_of: datetime, months: int, days: int) -> None:
    period = Period("f", months)
    assert period.cutoff(as_of) <= period.cutoff(as_of + timedelta(days=days))


def test_a_feed_has_its_own_period_until_one_is_set(engine: Engine) -> None:
    feed = FEEDS["lfb-incidents"]
    with engine.begin() as connection:
        assert periods(connection) == []
        for months, found in ((12, 12), (None, feed.retention_months)):
            set_period(connection, feed, months)
            assert periods(connection) == periods(connection, feed.name) == [Period(feed.name, found)]
        assert periods(connection, "open311") == []
        for months in (0, -1, 1201):
            with pytest.raises(UsageError, match=f"1 to 1200 months, not {months}"):
                set_period(connection, feed, months)


def test_a_feed_that_an_administrator_added_has_what_its_profile_says(engine: Engine) -> None:
    profile = str(FEEDS["lfb-incidents"].profile)
    with engine.begin() as connection:
        set_period(connection, FEEDS["lfb-incidents"], None)
        connection.exec_driver_sql("UPDATE feed SET name = 'ours', profile = %s", ("retention_months = 7\n" + profile,))
        assert periods(connection) == [Period("ours", 7)]
        connection.exec_driver_sql("UPDATE feed SET profile = NULL")
        assert periods(connection) == [Period("ours", 36)]
