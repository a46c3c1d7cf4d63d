"""London Fire Brigade rows: the better of two places, British clocks, and dates in the ways its releases write them."""

from typing import Any

import pytest

from tests.ingest.conftest import Store
from tests.ingest.files import fire

FOUND = """
SELECT occurred_from AT TIME ZONE 'UTC' AS since, occurred_to AT TIME ZONE 'UTC' AS until, time_precision, category,
       location_method, location_precision_m AS within, round(ST_X(location)::numeric, 4)::float AS longitude,
       round(ST_Y(location)::numeric, 4)::float AS latitude
FROM incident
"""
NO_EXACT_PLACE = {"Easting_m": "NULL", "Northing_m": "NULL"}
NO_PLACE = NO_EXACT_PLACE | {"Easting_rounded": "", "Northing_rounded": " Not geo-coded"}


def incident(store: Store, change: dict[str, str]) -> dict[str, Any]:
    """What one row becomes."""
    report = store.load("lfb-incidents", fire(change))
    assert report.inserted == 1, store.rejects()
    [row] = store.rows(FOUND)
    return row


def when(store: Store, day: str, time: str) -> tuple[str, str]:
    """From and to, in UTC."""
    found = incident(store, {"DateOfCall": day, "TimeOfCall": time})
    return str(found["since"]), str(found["until"])


@pytest.mark.parametrize(
    "day", ["01 Mar 2026", "01/03/2026", "2026-03-01", "01-Mar-26", "01-Mar-2026", " 01 mar 2026 ", "1/3/2026"]
)
@pytest.mark.parametrize("time", ["21:30:00", "21:30"])
def test_dates_are_read_in_the_ways_of_its_releases(cleared: Store, day: str, time: str) -> None:
    assert when(cleared, day, time) == ("2026-03-01 21:30:00",) * 2


def test_summer_time_is_an_hour_ahead(cleared: Store) -> None:
    assert when(cleared, "01 Jul 2026", "00:30:00") == ("2026-06-30 23:30:00",) * 2


def test_the_hour_that_clocks_repeat_may_be_either(cleared: Store) -> None:
    assert when(cleared, "26 Oct 2025", "01:30:00") == ("2025-10-26 00:30:00", "2025-10-26 01:30:00")


@pytest.mark.parametrize(("time", "utc"), [("00:59:59", "00:59:59"), ("02:00:00", "01:00:00")])
def test_the_edges_of_the_lost_hour_exist(cleared: Store, time: str, utc: str) -> None:
    assert when(cleared, "29 Mar 2026", time) == (f"2026-03-29 {utc}",) * 2


def test_the_exact_place_is_taken_where_there_is_one(cleared: Store) -> None:
    found = incident(cleared, {})
    assert (found["location_method"], found["within"]) == ("exact", 10.0)
    assert (found["longitude"], found["latitude"]) == pytest.approx((-1.2404, 54.5755), abs=2e-4)


@pytest.mark.parametrize(
    "missing", [NO_EXACT_PLACE, {"Easting_m": "0", "Northing_m": "0.0"}, {"Easting_m": "nan"}, {"Northing_m": ""}]
)
def test_else_the_middle_of_the_square(cleared: Store, missing: dict[str, str]) -> None:
    found = incident(cleared, missing)
    assert (found["location_method"], found["within"]) == ("rounded", 71.0)
    assert (found["longitude"], found["latitude"]) == pytest.approx((-1.2396, 54.5760), abs=2e-4)


@pytest.mark.parametrize("missing", [NO_PLACE, dict.fromkeys(NO_PLACE, "0")])
def test_else_none(cleared: Store, missing: dict[str, str]) -> None:
    report = cleared.load("lfb-incidents", fire(missing))
    assert (report.inserted, report.without_location) == (1, 1)
    [found] = cleared.rows(FOUND)
    assert (found["location_method"], found["within"], found["longitude"]) == ("none", None, None)


@pytest.mark.parametrize(
    ("change", "category"),
    [
        ({}, "secondary_fire"),
        ({"StopCodeDescription": "Primary Fire", "PropertyCategory": "Dwelling "}, "primary_fire_dwelling"),
        ({"StopCodeDescription": "Primary Fire", "PropertyCategory": "Road Vehicle"}, "primary_fire_vehicle"),
        ({"StopCodeDescription": "Special Service", "SpecialServiceType": "RTC"}, "road_traffic_collision"),
        ({"StopCodeDescription": "Special Service", "SpecialServiceType": "Flooding"}, "special_service"),
        ({"StopCodeDescription": "Special Service"}, "special_service"),
        ({"StopCodeDescription": "False alarm - Malicious"}, "malicious_false_alarm"),
        ({"StopCodeDescription": "Primary Fire", "PropertyCategory": "NULL"}, "unmapped"),
        ({"StopCodeDescription": "Late Call"}, "late_fire_call"),
        ({"StopCodeDescription": "Cat up a tree"}, "unmapped"),
    ],
)
def test_what_happened_is_told_from_two_columns(cleared: Store, change: dict[str, str], category: str) -> None:
    assert incident(cleared, change)["category"] == category


def test_an_incident_is_known_again_by_its_number(cleared: Store) -> None:
    cleared.load("lfb-incidents", fire({}, {"IncidentNumber": "2"}))
    report = cleared.load("lfb-incidents", fire({"DateOfCall": "31 Dec 2025"}))
    assert (report.updated, report.unchanged, report.removed) == (1, 0, 0)
    assert cleared.rows("SELECT count(*) AS n, min(occurred_from)::date::text AS first FROM incident") == [
        {"n": 2, "first": "2025-12-31"}
    ]
