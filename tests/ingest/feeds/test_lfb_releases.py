"""The London Fire Brigade has published its incidents under several headings: all of them load, to the same effect."""

import pytest

from aim.ingest.feeds import FEEDS
from tests.ingest.conftest import Store
from tests.ingest.feeds.looking import only
from tests.ingest.files import fire

FEED = "lfb-incidents"
BEFORE_2017 = (
    "IncidentNumber", "DateOfCall", "CalYear", "TimeOfCall", "HourOfCall", "IncidentGroup", "StopCodeDescription",
    "SpecialServiceType", "PropertyCategory", "PropertyType", "AddressQualifier", "Postcode_full", "Postcode_district",
    "WardCode", "WardName", "BoroughCode", "BoroughName", "Easting_m", "Northing_m", "Easting_rounded",
    "Northing_rounded", "FRS", "IncidentStationGround", "NumPumpsAttending", "PumpCount", "PumpHoursRoundUp",
    "Notional Cost (£)",
)  # fmt: skip
SINCE_2017 = (
    "IncidentNumber", "DateOfCall", "CalYear", "TimeOfCall", "HourOfCall", "IncidentGroup", "StopCodeDescription",
    "SpecialServiceType", "PropertyCategory", "PropertyType", "AddressQualifier", "Postcode_full", "Postcode_district",
    "UPRN", "USRN", "IncGeo_BoroughCode", "IncGeo_BoroughName", "ProperCase", "IncGeo_WardCode", "IncGeo_WardName",
    "IncGeo_WardNameNew", "Easting_m", "Northing_m", "Easting_rounded", "Northing_rounded", "Latitude", "Longitude",
    "FRS", "IncidentStationGround", "NumPumpsAttending", "PumpCount", "PumpHoursRoundUp", "Notional Cost (£)",
)  # fmt: skip
WITH_CALLS = (*SINCE_2017, "NumCalls")
ROW = {
    "Postcode_full": "NULL",
    "Postcode_district": "TS1 ",
    "UPRN": "0",
    "USRN": "0.0",
    "IncGeo_WardName": " Not geo-coded",
    "WardName": " Not geo-coded",
    "PropertyType": "Self contained Sheltered Housing ",
    "Latitude": "0",
    "Longitude": "0",
    "NumCalls": "1.0",
}


@pytest.mark.parametrize("header", [BEFORE_2017, SINCE_2017, WITH_CALLS], ids=["before 2017", "since", "with calls"])
def test_each_release_gives_the_same(cleared: Store, header: tuple[str, ...]) -> None:
    found = only(cleared, FEED, fire(ROW, header=header))
    assert (found["category"], found["location_method"], found["within"]) == ("secondary_fire", "exact", 10.0)
    assert (found["longitude"], found["latitude"]) == pytest.approx((-1.2404, 54.5755), abs=2e-4)
    assert found["attributes"] == {"postcode_district": "TS1"}


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8", "utf-8-sig"])
def test_the_pound_sign_may_be_written_in_each_encoding(cleared: Store, encoding: str) -> None:
    assert cleared.load(FEED, fire(ROW, header=WITH_CALLS).decode("cp1252").encode(encoding)).inserted == 1


def test_columns_beyond_those_it_needs_do_not_matter(cleared: Store) -> None:
    """One more heading of a later release is no new release of the rows."""
    cleared.load(FEED, fire(ROW, header=SINCE_2017))
    assert cleared.load(FEED, fire(ROW | {"NumCalls": "7"}, header=WITH_CALLS)).unchanged == 1


def test_its_layout_never_says_that_a_fire_was_set() -> None:
    words = FEEDS[FEED].words
    meant = set(words.whole.values()) | set(words.patterns.values())
    assert [category for category in meant if "deliberate" in category] == []
