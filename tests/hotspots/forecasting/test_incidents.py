"""What a forecast may learn from."""

import numpy as np
import pytest

from aim.hotspots.forecasting.incidents import Incidents

NOBODY = np.zeros(4, dtype=np.bool_)
CELLS = np.array([1, 0, -1, 1])
DAYS = np.array(["2025-03-02", "2025-03-01", "2025-03-01", "2025-02-28"], dtype="datetime64[D]")


def test_they_are_put_in_order_and_those_outside_are_counted() -> None:
    found = Incidents.of(CELLS, DAYS, 3, enforcement=NOBODY)
    assert found.cell.tolist() == [1, 0, 1]
    assert (np.diff(found.day.astype(int)) >= 0).all()
    assert (len(found), found.outside, found.enforcement_driven) == (3, 1, 0)
    assert repr(found) == "Incidents(3 in 3 cells)"


def test_what_was_found_by_looking_is_dropped_and_counted() -> None:
    found = Incidents.of(CELLS, DAYS, 3, enforcement=np.array([True, False, True, False]))
    assert found.cell.tolist() == [1, 0]
    assert (found.outside, found.enforcement_driven) == (0, 2)


def test_counts_are_of_whole_days_the_last_left_out() -> None:
    found = Incidents.of(CELLS, DAYS, 3, enforcement=NOBODY)
    assert found.counts(np.datetime64("2025-02-28"), np.datetime64("2025-03-02")).tolist() == [1, 1, 0]
    assert found.counts(np.datetime64("2025-03-02"), np.datetime64("2025-03-02")).tolist() == [0, 0, 0]


def test_an_incident_known_to_the_month_is_spread_evenly_over_its_days() -> None:
    monthly = np.array([False, True, False, True])
    found = Incidents.of(CELLS, DAYS, 3, enforcement=NOBODY, monthly=monthly)
    week = found.counts(np.datetime64("2025-03-01"), np.datetime64("2025-03-08"))
    np.testing.assert_allclose(week, [7 / 31, 1, 0])
    np.testing.assert_allclose(found.counts(np.datetime64("2025-02-15"), np.datetime64("2025-03-01")), [0, 0.5, 0])


def test_nobody_knows_of_it_before_its_month_is_over() -> None:
    monthly = np.array([False, True, False, True])
    found = Incidents.of(CELLS, DAYS, 3, enforcement=NOBODY, monthly=monthly)
    assert found.known(np.datetime64("2025-03-30")).cell.tolist() == [1, 1]
    assert found.known(np.datetime64("2025-03-31")).cell.tolist() == [1, 1, 0]


def test_the_day_given_for_a_month_is_not_looked_at() -> None:
    other = np.array(["2025-03-02", "2025-03-19", "2025-03-01", "2025-02-03"], dtype="datetime64[D]")
    monthly = np.array([False, True, False, True])
    one, two = (Incidents.of(CELLS, days, 3, enforcement=NOBODY, monthly=monthly) for days in (DAYS, other))
    assert np.array_equal(one.day, two.day)
    assert np.array_equal(one.cell, two.cell)


@pytest.mark.parametrize(
    ("cells", "message"), [([0, 1, 2], "one length"), ([0, 1, 2, 3], "not one of the 3"), ([0, 1, -2, 0], "not one")]
)
def test_columns_that_do_not_fit_are_refused(cells: list[int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Incidents.of(np.array(cells), DAYS, 3, enforcement=NOBODY)
