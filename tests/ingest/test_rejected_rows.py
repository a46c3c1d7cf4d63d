"""A row that cannot be taken is kept aside with its line, its reason and what was wrong; nothing stored changes."""

import json
from typing import Any

import pytest

from aim.errors import UnreadableFile
from tests.ingest.conftest import Store
from tests.ingest.files import fire, police, requests, requests_xml

POLICE_ROWS: dict[str, tuple[dict[str, str], str, str]] = {
    "a month that does not exist": ({"Month": "2019-13"}, "invalid_date", "2019-13"),
    "month zero": ({"Month": "2019-00"}, "invalid_date", "2019-00"),
    "a day in the month": ({"Month": "2019-01-05"}, "invalid_date", "2019-01-05"),
    "a month in words": ({"Month": "Jan 2019"}, "invalid_date", "Jan 2019"),
    "the month first": ({"Month": "01/2019"}, "invalid_date", "01/2019"),
    "figures of another script": ({"Month": "٢٠١٩-٠١"}, "invalid_date", "٢٠١٩-٠١"),
    "no month": ({"Month": ""}, "invalid_date", "no date"),
    "a month to come": ({"Month": "2026-11"}, "future_date", "2026-11-01 00:00:00.000000+00:00"),
    "a month before 1970": ({"Month": "1969-12"}, "implausible_date", "1969-11-30 23:00:00.000000+00:00"),
    "the year nought": ({"Month": "0000-01"}, "implausible_date", "0000-01-01 00:01:15.000000+00:00"),
    "no type of crime": ({"Crime type": ""}, "missing_category", "2026-03"),
    "swapped": ({"Longitude": "54.574210", "Latitude": "-1.239958"}, "coordinates_swapped", "54.574210, -1.239958"),
    "in metres": ({"Longitude": "449200", "Latitude": "520300"}, "coordinates_in_metres", "449200, 520300"),
    "in metres and swapped": ({"Longitude": "520300", "Latitude": "449200"}, "coordinates_in_metres", "520300, 449200"),
    "not a number": ({"Longitude": "NaN"}, "invalid_coordinates", "NaN, 54.574210"),
    "without end": ({"Latitude": "inf"}, "invalid_coordinates", "-1.239958, inf"),
    "in words": ({"Longitude": "1.24 W"}, "invalid_coordinates", "1.24 W, 54.574210"),
    "with a decimal comma": ({"Longitude": "-1,24"}, "invalid_coordinates", "-1,24, 54.574210"),
    "too far north": ({"Latitude": "90.1"}, "invalid_coordinates", "-1.239958, 90.1"),
    "too far east": ({"Longitude": "180.5"}, "invalid_coordinates", "180.5, 54.574210"),
    "a slip in the point": ({"Longitude": "2", "Latitude": "545.74"}, "invalid_coordinates", "2, 545.74"),
    "one of the two": ({"Latitude": ""}, "invalid_coordinates", "-1.239958, "),
}

FIRE_ROWS: dict[str, tuple[dict[str, str], str, str]] = {
    "a day that does not exist": ({"DateOfCall": "31 Nov 2019"}, "invalid_date", "31 Nov 2019 21:30:15"),
    "no leap year": ({"DateOfCall": "29/02/2019"}, "invalid_date", "29/02/2019 21:30:15"),
    "no date": ({"DateOfCall": "NULL"}, "invalid_date", "21:30:15"),
    "no time": ({"TimeOfCall": ""}, "invalid_date", "01 Mar 2026"),
    "hour 24": ({"TimeOfCall": "24:00:00"}, "invalid_date", "01 Mar 2026 24:00:00"),
    "an unknown layout": ({"DateOfCall": "2026/03/01"}, "invalid_date", "2026/03/01 21:30:15"),
    "to come": ({"DateOfCall": "02 Oct 2026"}, "future_date", "2026-10-02 20:30:15.000000+00:00"),
    "before 1970": ({"DateOfCall": "31 Dec 1969"}, "implausible_date", "1969-12-31 20:30:15.000000+00:00"),
    "a year of two figures": ({"DateOfCall": "01/03/26"}, "implausible_date", "0026-03-01 21:31:30.000000+00:00"),
    "when clocks go forward": (
        {"DateOfCall": "29 Mar 2026", "TimeOfCall": "01:30:00"}, "time_does_not_exist", "29 Mar 2026 01:30:00",
    ),
    "no number": ({"IncidentNumber": " "}, "missing_id", "01 Mar 2026 21:30:15"),
    "a number that a spreadsheet has spoilt": ({"IncidentNumber": "2.35E+08"}, "mangled_id", "2.35E+08"),
    "another such": ({"IncidentNumber": "1E+05"}, "mangled_id", "1E+05"),
    "no stop code": ({"StopCodeDescription": "NULL"}, "missing_category", "01 Mar 2026 21:30:15"),
    "degrees": (
        {"Easting_m": "-1.24", "Northing_m": "54.57"}, "coordinates_in_degrees", "-1.24, 54.57",
    ),
    "off the grid": (
        {"Easting_m": "900000", "Northing_m": "520300"}, "invalid_coordinates", "900000, 520300",
    ),
    "in words, both of them": (
        {"Easting_m": "abc", "Northing_m": "", "Easting_rounded": "nan", "Northing_rounded": ""},
        "invalid_coordinates", "abc, ",
    ),
    "half a place": (
        {"Easting_m": "449200", "Northing_m": "", "Easting_rounded": "", "Northing_rounded": ""},
        "invalid_coordinates", "449200, ",
    ),
}  # fmt: skip

REQUESTS: dict[str, tuple[dict[str, Any], str, str]] = {
    "no zone": ({"requested_datetime": "2026-03-12T10:58:43"}, "no_time_zone", "2026-03-12T10:58:43"),
    "a date alone": ({"requested_datetime": "2026-03-12"}, "invalid_date", "2026-03-12"),
    "a day that does not exist": (
        {"requested_datetime": "2026-02-30T10:58:43Z"}, "invalid_date", "2026-02-30T10:58:43Z",
    ),
    "no time at all": ({"requested_datetime": None, "updated_datetime": None}, "invalid_date", "no date"),
    "to come": (
        {"requested_datetime": "2026-10-01T00:00:01Z"}, "future_date", "2026-10-01 00:00:01.000000+00:00",
    ),
    "no id": ({"service_request_id": ""}, "missing_id", "2026-03-12T10:58:43+00:00"),
    "no service": ({"service_name": None}, "missing_category", "2026-03-12T10:58:43+00:00"),
    "swapped": ({"lat": -1.24, "long": 54.5742}, "coordinates_swapped", "54.5742, -1.24"),
    "in metres": ({"lat": 520300, "long": 449200}, "coordinates_in_metres", "449200, 520300"),
    "an object for a number": ({"lat": {"a": 1}}, "invalid_coordinates", "-1.24, {'a': 1}"),
    "not a number": ({"lat": float("nan")}, "invalid_coordinates", "-1.24, nan"),
    "one of the two": ({"long": None}, "invalid_coordinates", ", 54.5742"),
    "no earthly place": ({"lat": 91, "long": 2}, "invalid_coordinates", "2, 91"),
}  # fmt: skip


def assert_rejected(store: Store, feed: str, body: bytes, line: int, reason: str, detail: str) -> None:
    """One row is read and rejected, and no incident is touched."""
    before = store.digest()["incidents"]
    report = store.load(feed, body, "one row")
    assert (report.read, report.rejected, report.rejected_by_reason) == (1, 1, {reason: 1})
    assert (report.inserted, report.updated, report.removed) == (0, 0, 0)
    assert store.digest()["incidents"] == before
    assert store.rejects(feed) == [(line, reason, detail)]


@pytest.mark.parametrize("what", POLICE_ROWS)
def test_a_police_row_is_rejected(filled: Store, what: str) -> None:
    change, reason, detail = POLICE_ROWS[what]
    assert_rejected(filled, "police-uk-street", police(change), 2, reason, detail)


@pytest.mark.parametrize("what", FIRE_ROWS)
def test_a_fire_row_is_rejected(filled: Store, what: str) -> None:
    change, reason, detail = FIRE_ROWS[what]
    assert_rejected(filled, "lfb-incidents", fire(change), 2, reason, detail)


@pytest.mark.parametrize("what", REQUESTS)
def test_a_request_is_rejected(filled: Store, what: str) -> None:
    change, reason, detail = REQUESTS[what]
    assert_rejected(filled, "open311", requests(change), 1, reason, detail)


@pytest.mark.parametrize("body", [requests_xml({"lat": ""}), requests({"lat": ""})])
def test_xml_and_json_are_rejected_alike(filled: Store, body: bytes) -> None:
    assert_rejected(filled, "open311", body, 1, "invalid_coordinates", "-1.24, ")


@pytest.mark.parametrize("stray", [1, "x", None, [1]])
def test_what_is_no_request_is_rejected_by_its_place_in_the_list(cleared: Store, stray: object) -> None:
    body = json.dumps([json.loads(requests({}))[0], stray]).encode()
    report = cleared.load("open311", body)
    assert (report.read, report.inserted, report.rejected) == (2, 1, 1)
    assert cleared.rejects() == [(2, "wrong_field_count", "not a record")]


@pytest.mark.parametrize("day", ["10/22/2020", "01/13/2020", "12/31/2020"])
def test_a_file_that_writes_the_month_first_is_refused(filled: Store, day: str) -> None:
    before = filled.digest()
    sentence = f"^Line 3 has the date {day}: this file writes the month first. Export it as DD/MM/YYYY.$"
    with pytest.raises(UnreadableFile, match=sentence):
        filled.load("lfb-incidents", fire({"DateOfCall": "01/02/2020"}, {"DateOfCall": day}))
    assert filled.digest() == before
