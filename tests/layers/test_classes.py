"""What became of each cell: the emerging class that a feature carries, and when it carries none."""

from datetime import date, timedelta

import pytest

from tests.town import ASB, CRIME, FIRES, Town, at, near, properties

LAST = date(2026, 6, 30)
STEADY = near(2)


def fires(town: Town, periods: int) -> None:
    """A fire in each period in a steady place, and in the last one a crowd of them in the centre."""
    for period in range(periods):
        town.fires(f"{LAST - timedelta(days=28 * period)} 20:00", [at(STEADY)])
    town.fires(f"{LAST - timedelta(days=3)} 20:00", [at()] * 30)
    town.score()


def class_by_count(town: Town) -> dict[int, str]:
    """Of the cells that hold fires: the layer's cells are smaller than the town's."""
    found = properties(town.engine, FIRES).values()
    return {each["count_total"]: each["hotspot_class"] for each in found if each["count_total"]}


def test_a_crowd_in_the_last_period_alone_is_a_new_hot_spot(town: Town) -> None:
    fires(town, 14)
    assert class_by_count(town) == {30: "new", 14: "none"}


def test_under_ten_periods_nothing_is_guessed(town: Town) -> None:
    fires(town, 8)
    assert class_by_count(town) == {30: "not enough periods", 8: "not enough periods"}


@pytest.mark.parametrize("layer", [CRIME, ASB])
def test_where_the_day_is_not_known_there_is_no_class(town: Town, layer: str) -> None:
    for month in range(1, 13):
        town.crimes(f"2025-{month:02d}", [at()] * 3, "Burglary" if layer == CRIME else "Anti-social behaviour")
    town.score()
    assert {found["hotspot_class"] for found in properties(town.engine, layer).values()} == {None}
