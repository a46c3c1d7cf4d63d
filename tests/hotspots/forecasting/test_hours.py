"""When in the week."""

import numpy as np
import pytest

from aim.errors import UsageError
from aim.hotspots.forecasting.hours import HOURS, hour_profile, split_by_hour, split_by_shift

FRIDAY_NIGHT = 4 * 24 + 23


def at(hour: int, number: float) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    sums = np.zeros(HOURS)
    sums[hour] = number
    return sums


def test_the_hours_of_a_kind_are_blended_with_those_of_the_area_and_smoothed() -> None:
    found = hour_profile(at(FRIDAY_NIGHT, 50), at(12, 400))
    expected = np.zeros(HOURS)
    expected[[FRIDAY_NIGHT - 1, FRIDAY_NIGHT, FRIDAY_NIGHT + 1, 11, 12, 13]] = 0.5 / 3
    np.testing.assert_allclose(found, expected)


def test_with_nothing_known_every_hour_is_alike() -> None:
    np.testing.assert_allclose(hour_profile(np.zeros(HOURS), np.zeros(HOURS)), 1 / HOURS)


def test_smoothing_goes_round_the_end_of_the_week() -> None:
    found = hour_profile(at(HOURS - 1, 10), np.zeros(HOURS), borrowed=0)
    assert found[[HOURS - 2, HOURS - 1, 0]] == pytest.approx([1 / 3] * 3)


def test_a_day_s_forecast_is_split_by_the_hours_of_its_weekday() -> None:
    profile = hour_profile(at(FRIDAY_NIGHT, 1000), np.ones(HOURS))
    friday, saturday = (split_by_hour(profile, np.datetime64(eve), 1) for eve in ("2025-06-26", "2025-06-27"))
    assert friday.shape == (1, 24)
    assert friday[0].argmax() in (22, 23)
    assert saturday[0].argmax() == 0
    assert split_by_hour(profile, np.datetime64("2025-06-26"), 14).sum() == pytest.approx(1)


def test_shifts_share_out_all_that_is_expected() -> None:
    hours = split_by_hour(hour_profile(at(FRIDAY_NIGHT, 1000), np.ones(HOURS)), np.datetime64("2025-06-29"), 7)
    expected = np.array([2.0, 0.5])
    found = split_by_shift(expected, hours, (6, 14, 22))
    assert found.shape == (2, 7, 3)
    np.testing.assert_allclose(found.sum(axis=(1, 2)), expected)
    assert np.unravel_index(found[0].argmax(), (7, 3)) == (4, 2)
    np.testing.assert_allclose(found[0, 0, 2], 2 * hours[0, [0, 1, 2, 3, 4, 5, 22, 23]].sum())


@pytest.mark.parametrize("starts", [(), (6, 6), (14, 6), (-1, 6), (6, 24)])
def test_shifts_that_cannot_be_are_refused(starts: tuple[int, ...]) -> None:
    with pytest.raises(UsageError, match="Shifts begin"):
        split_by_shift(np.ones(1), np.ones((1, 24)), starts)


def test_a_week_has_168_hours() -> None:
    with pytest.raises(UsageError, match="168 hours"):
        hour_profile(np.ones(24), np.ones(HOURS))
