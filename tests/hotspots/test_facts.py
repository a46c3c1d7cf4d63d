"""The cube of 28-day periods: its last day, its first, and what has no day."""

from dataclasses import replace

import numpy as np

from aim.hotspots.facts import PERIOD_DAYS, period_cube
from tests.facts import UNTIL, events, grid_of


def test_the_last_period_ends_before_the_day_that_is_given_and_all_are_of_28_days() -> None:
    grid = grid_of(1)
    ago = np.array([1, 28, 29, 56, 57, 0, -3])
    days = (UNTIL - ago).astype("datetime64[D]")
    precision = np.full(len(ago), "exact")
    found = replace(events(grid, len(ago)), cell=np.full(len(ago), 2), day=days, time_precision=precision)
    cube = period_cube(grid, found, UNTIL, 2)
    assert cube.by_period()[2].tolist() == [2, 2]
    assert cube.counts.sum() == 4
    assert cube.periods.tolist() == [(UNTIL - back * PERIOD_DAYS).tolist() for back in (2, 1)]


def test_categories_are_kept_apart_and_months_left_out() -> None:
    grid = grid_of(3)
    found = events(grid, 300)
    cube = period_cube(grid, found, UNTIL, 14)
    assert cube.kinds == ("burglary", "fly-tipping")
    for kind in cube.kinds:
        expected = np.bincount(found.cell[found.category == kind], minlength=len(grid))
        assert cube.where([kind]).total().tolist() == expected.tolist()
    by_month = replace(found, time_precision=np.full(300, "month"))
    assert period_cube(grid, by_month, UNTIL, 14).counts.sum() == 0
