"""A fire service's own records: motives make the sets that SI 2007/1831 prescribes."""

import pytest

from tests.ingest.conftest import Store
from tests.ingest.feeds.files import FIRES, fires
from tests.ingest.feeds.looking import all_text, dropped, only

FEED = "fire-irs"
HOUSE = {"PropertyCategory": "Dwelling", "PropertyType": "House - single occupancy ", "Motive": "Accidental"}
CALM = {"Motive": "", "PropertyCategory": ""}
MOTIVES = ["Deliberate - own property", "Deliberate - others property", "Deliberate - unknown"]
PERSONAL = {
    "Address", "Postcode_full", "UPRN", "CallerName", "CallerTelephone", "OccupierName", "Narrative",
}  # fmt: skip


def category(store: Store, **change: str) -> str:
    """What a row is taken for."""
    return str(only(store, FEED, fires(change))["category"])


def test_callers_occupiers_and_front_doors_are_left_at_the_door(cleared: Store) -> None:
    report = cleared.load(FEED, fires({}, {"IncidentNumber": ""}, "a person,b"))
    assert (report.inserted, report.rejected) == (1, 2)
    assert dropped(report.warnings) == PERSONAL
    kept = all_text(cleared)
    assert [said for said in ("person", "2PE", "100110012345") if said in kept] == []


def test_of_the_postcode_the_outward_part_is_kept(cleared: Store) -> None:
    found = only(cleared, FEED, fires({}))
    assert found["attributes"]["postcode_district"] == "TS1"


@pytest.mark.parametrize("motive", MOTIVES)
@pytest.mark.parametrize(
    ("kind", "place", "meant"),
    [
        ("Primary fire", "Dwelling", "deliberate_primary_fire"),
        ("Primary fire", "Non Residential", "deliberate_primary_fire"),
        ("Primary fire", "Outdoor", "deliberate_primary_fire"),
        ("Primary fire", "Road Vehicle", "deliberate_vehicle_fire"),
        ("Primary fire", "Rail Vehicle", "deliberate_vehicle_fire"),
        ("Primary fire", "Boat", "deliberate_vehicle_fire"),
        ("Secondary fire", "Outdoor", "deliberate_secondary_fire"),
        ("Secondary fire", "Outdoor Structure", "deliberate_secondary_fire"),
        ("Secondary fire", "Road Vehicle", "deliberate_fire"),
    ],
)
def test_deliberate_fires_are_parted_as_the_regulations_part_them(
    cleared: Store, motive: str, kind: str, place: str, meant: str
) -> None:
    assert category(cleared, IncidentType=kind, Motive=motive, PropertyCategory=place) == meant


@pytest.mark.parametrize("motive", ["Accidental", "Not known", ""])
@pytest.mark.parametrize(
    ("kind", "place", "meant"),
    [
        ("Primary fire", "Dwelling", "primary_fire_dwelling"),
        ("Primary fire", "Other Residential", "primary_fire_dwelling"),
        ("Primary fire", "Non Residential", "primary_fire_building"),
        ("Primary fire", "Road Vehicle", "primary_fire_vehicle"),
        ("Primary fire", "Outdoor", "primary_fire_outdoor"),
        ("Secondary fire", "Outdoor", "secondary_fire"),
        ("Chimney fire", "Dwelling", "chimney_fire"),
    ],
)
def test_no_fire_is_deliberate_that_is_not_said_to_be(
    cleared: Store, motive: str, kind: str, place: str, meant: str
) -> None:
    assert category(cleared, IncidentType=kind, Motive=motive, PropertyCategory=place) == meant


@pytest.mark.parametrize(
    ("kind", "service", "meant"),
    [
        ("False alarm - malicious", "", "malicious_false_alarm"),
        ("False Alarm: Malicious", "", "malicious_false_alarm"),
        ("Malicious call", "", "malicious_false_alarm"),
        ("False alarm - due to apparatus", "", "false_alarm"),
        ("False alarm - good intent", "", "false_alarm"),
        ("Special service", "Road traffic collision", "road_traffic_collision"),
        ("Special service", "RTC - extrication", "road_traffic_collision"),
        ("Special service", "Flooding", "special_service"),
        ("Late call", "", "late_fire_call"),
        ("Rehearsal", "", "unmapped"),
    ],
)
def test_what_else_crews_are_called_to(cleared: Store, kind: str, service: str, meant: str) -> None:
    assert category(cleared, IncidentType=kind, SpecialServiceType=service, **CALM) == meant


@pytest.mark.parametrize(
    "attack",
    ["Verbal abuse", "Physical abuse", "Harassment", "Objects thrown at firefighters or appliances",
     "Other acts of aggression", "Yes"],
)  # fmt: skip
def test_violence_against_a_crew_is_its_own_kind(cleared: Store, attack: str) -> None:
    found = only(cleared, FEED, fires({"IncidentType": "Special service", "AttackOnCrew": attack} | CALM))
    assert found["category"] == "violence_against_fire_crew"
    assert found["attributes"]["violence_to_crew"] == "yes"


@pytest.mark.parametrize("attack", ["None", "", "NULL", "No"])
def test_where_there_was_none_there_is_none(cleared: Store, attack: str) -> None:
    found = only(cleared, FEED, fires({"AttackOnCrew": attack}))
    assert found["category"] == "deliberate_vehicle_fire"
    assert found["attributes"].get("violence_to_crew", "no") == "no"


def test_a_crew_attacked_at_a_deliberate_fire_is_told_beside_the_fire(cleared: Store) -> None:
    """An incident has one category: the fire stays in its set, and the attribute finds the attack."""
    found = only(cleared, FEED, fires({"AttackOnCrew": "Verbal abuse"}))
    assert (found["category"], found["attributes"]["violence_to_crew"]) == ("deliberate_vehicle_fire", "yes")


@pytest.mark.parametrize(
    ("said", "kept"),
    [("Present", "present"), ("Yes", "present"), ("Absent", "absent"), ("Not fitted", "absent"), ("no", "absent"),
     ("Not known", "not known"), ("NULL", None)],
)  # fmt: skip
def test_whether_there_was_a_smoke_alarm(cleared: Store, said: str, kept: str | None) -> None:
    found = only(cleared, FEED, fires(HOUSE | {"SmokeAlarm": said}))
    assert (found["category"], found["attributes"].get("smoke_alarm")) == ("primary_fire_dwelling", kept)


def test_motive_and_kind_of_property_are_kept_without_their_spaces(cleared: Store) -> None:
    attributes = only(cleared, FEED, fires({"ExternalRef": "0017 2026-03-12"}))["attributes"]
    assert (attributes["motive"], attributes["property_type"]) == ("deliberate, others' property", "Car")
    assert attributes["external_id"] == "0017 2026-03-12"


@pytest.mark.parametrize(
    ("change", "method", "within"),
    [
        ({}, "exact", 10.0),
        ({"Easting_m": "NULL", "Northing_m": "NULL"}, "rounded", 71.0),
        ({"Easting_m": "0", "Northing_m": "0.0"}, "rounded", 71.0),
        (HOUSE, "rounded", 81.0),
        (HOUSE | {"Easting_m": "", "Northing_m": ""}, "rounded", 142.0),
        ({"IncidentType": "Special service", "SpecialServiceType": "Flooding"} | HOUSE, "rounded", 81.0),
    ],
)
def test_no_home_is_placed_more_exactly_than_its_square(
    cleared: Store, change: dict[str, str], method: str, within: float
) -> None:
    found = only(cleared, FEED, fires(change))
    assert (found["location_method"], found["within"]) == (method, within)
    assert (found["longitude"], found["latitude"]) == pytest.approx((-1.2400, 54.5757), abs=6e-4)


@pytest.mark.parametrize(
    ("day", "time", "since", "until", "precision"),
    [
        ("12/03/2026", "21:15:30", "2026-03-12 21:15:30", "2026-03-12 21:15:30", "exact"),
        ("12 Jul 2026", "21:15", "2026-07-12 20:15:00", "2026-07-12 20:15:00", "exact"),
        ("2026-03-12", "00:00:00", "2026-03-12 00:00:00", "2026-03-12 00:00:00", "exact"),
        ("12-Mar-2026", "", "2026-03-12 00:00:00", "2026-03-13 00:00:00", "day"),
        ("26/10/2025", "01:30:00", "2025-10-26 00:30:00", "2025-10-26 01:30:00", "exact"),
    ],
)
def test_when_is_london_time(cleared: Store, day: str, time: str, since: str, until: str, precision: str) -> None:
    """A control room's clock: its midnight is a midnight, unless there is no time at all."""
    found = only(cleared, FEED, fires({"DateOfCall": day, "TimeOfCall": time}))
    assert (found["since"], found["until"], found["time_precision"]) == (since, until, precision)


def test_an_export_with_the_least_columns_loads(cleared: Store) -> None:
    least = [name for name in FIRES if name in {
        "IncidentNumber", "DateOfCall", "TimeOfCall", "IncidentType", "Motive", "Easting_m", "Northing_m",
        "Easting_rounded", "Northing_rounded",
    }]  # fmt: skip
    found = only(cleared, FEED, fires({"IncidentType": "Secondary fire"}, header=least))
    assert (found["category"], found["attributes"]) == (
        "deliberate_secondary_fire", {"motive": "deliberate, others' property"}
    )  # fmt: skip


def test_the_pound_sign_of_a_heading_may_be_one_byte(cleared: Store) -> None:
    assert b"\xa3" in fires({})
    assert only(cleared, FEED, fires({"PropertyType": "Café"}))["attributes"]["property_type"] == "Café"
