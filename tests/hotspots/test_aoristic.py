"""Hours of the week: the sums that another program made, the clocks of London, and minutes told off one by one."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aim.hotspots.method import Lacking, Table
from aim.hotspots.methods.aoristic import LONDON, METHOD, hours_of_week
from tests import facts


def spread(spans: Sequence[tuple[str, str | None]], zone: ZoneInfo = LONDON) -> dict[str, float]:
    """The hours with any weight, as "Mon 13", of spans in UTC."""
    begins, ends = (np.array([span[side] or "NaT" for span in spans], "datetime64[s]") for side in (0, 1))
    weights = hours_of_week(begins, ends, zone)
    names = [f"{day} {hour:02}" for day in ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun") for hour in range(24)]
    return {name: round(float(weight), 9) for name, weight in zip(names, weights, strict=True) if weight}


def test_the_sums_are_those_of_the_reference(shared: Path) -> None:
    events = pl.read_csv(shared / "reference/aoristic_dcburglaries_input.csv", null_values="NA")
    times = [events[name].str.to_datetime("%Y-%m-%d %H:%M:%S").to_numpy() for name in ("StartDateTime", "EndDateTime")]
    found = hours_of_week(times[0], times[1], ZoneInfo("UTC"))
    expected = pl.read_csv(shared / "reference/aoristic_dcburglaries_R_168.csv")["weight"].to_numpy()
    np.testing.assert_allclose(np.roll(found, 24), expected, rtol=0, atol=1e-9)  # its first hour is Sunday's
    assert found.sum() == pytest.approx(1025, abs=1e-9)


def test_a_span_is_shared_out_by_the_time_it_spends_in_each_hour() -> None:
    assert spread([("2026-01-05T10:30", "2026-01-05T12:00")]) == {"Mon 10": 0.333333333, "Mon 11": 0.666666667}


def test_without_an_end_or_with_one_before_the_start_it_is_the_hour_of_the_start() -> None:
    for end in (None, "2026-01-05T10:59", "2026-01-05T11:00", "2026-01-01T00:00"):
        assert spread([("2026-01-05T10:59", end)]) == {"Mon 10": 1}


def test_a_week_or_more_says_nothing_of_the_hour() -> None:
    for end in ("2026-01-12T10:30", "2026-02-05T10:30"):
        assert set(spread([("2026-01-05T10:30", end)]).values()) == {round(1 / 168, 9)}


def test_hours_are_those_of_londons_clocks() -> None:
    assert spread([("2026-07-05T23:30", None)]) == {"Mon 00": 1}
    assert spread([("2026-01-04T23:30", None)]) == {"Sun 23": 1}


def test_the_day_of_twenty_three_hours_has_no_second_hour_and_that_of_twenty_five_has_it_twice() -> None:
    short = spread([("2026-03-29T00:00", "2026-03-29T03:00")])
    assert short == {"Sun 00": 0.333333333, "Sun 02": 0.333333333, "Sun 03": 0.333333333}
    long = spread([("2026-10-25T00:00", "2026-10-25T04:00")])
    assert long == {"Sun 01": 0.5, "Sun 02": 0.25, "Sun 03": 0.25}
    assert sum(spread([("2026-10-24T23:00", "2026-10-26T00:00")]).values()) == pytest.approx(1, abs=1e-6)


@settings(deadline=None)
@given(
    start=st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)),
    minutes=st.integers(2, 60 * 24 * 8) | st.integers(2, 200),
)
def test_two_answers_agree(start: datetime, minutes: int) -> None:
    start = start.replace(second=0, microsecond=0, tzinfo=UTC)
    expected = np.zeros(168)
    for minute in range(minutes):
        local = (start + timedelta(minutes=minute)).astimezone(LONDON)
        expected[local.weekday() * 24 + local.hour] += 1 / minutes
    if minutes >= 168 * 60:
        expected[:] = 1 / 168
    end = start + timedelta(minutes=minutes)
    begins, ends = (np.array([time.replace(tzinfo=None)], "datetime64[s]") for time in (start, end))
    found = hours_of_week(begins, ends)
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_unknown_times_are_left_out_and_their_share_is_told() -> None:
    whole = facts.whole()
    assert whole.events is not None
    precision = np.array(["exact", "day", "month", "exact"])[np.arange(800) % 4]
    found = METHOD.table(replace(whole, events=replace(whole.events, time_precision=precision)))
    assert isinstance(found, Table)
    assert found.figures == {"incidents": 400, "unknown_time_share": 0.5, "over_a_day_share": 0}
    assert found.columns["weight"].sum() == pytest.approx(400)
    assert len(found.columns["weight"]) == 168
    nobody = METHOD.table(replace(whole, events=replace(whole.events, time_precision=np.full(800, "day"))))
    assert nobody == Lacking("No incident has a known time of day: the hours of the week cannot be told.")


@pytest.mark.parametrize(("long", "counted", "said"), [(0.25, 800, "counted"), (0.5, 400, "left out")])
def test_spans_over_a_day_are_left_out_where_they_are_many(long: float, counted: int, said: str) -> None:
    whole = facts.whole()
    assert whole.events is not None
    ends = whole.events.begins + np.where(np.arange(800) < 800 * long, 90_000, 60).astype("timedelta64[s]")
    events = replace(whole.events, ends=ends, time_precision=np.full(800, "exact"))
    found = METHOD.table(replace(whole, events=events))
    assert isinstance(found, Table)
    assert (found.figures["incidents"], found.figures["over_a_day_share"]) == (counted, long)
    assert found.chosen["long_spans"] == said
