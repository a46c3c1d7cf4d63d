"""A control room's log: numbers that start again each day, codes that change, and what callers say of people."""

import pytest

from aim.errors import UnreadableFile
from tests.ingest.conftest import Store
from tests.ingest.feeds.files import LOG, log
from tests.ingest.feeds.looking import all_text, dropped, only, stored

FEED = "police-cad"
PERSONAL = {"LocationText", "CallerName", "CallerTelephone", "Remarks"}


def test_callers_and_texts_are_left_at_the_door(cleared: Store) -> None:
    report = cleared.load(FEED, log({}, {"IncidentRef": "", "Created": "yesterday"}, "a person,b"))
    assert (report.inserted, report.rejected) == (1, 2)
    assert dropped(report.warnings) == PERSONAL
    assert "person" not in all_text(cleared).lower()


def test_a_number_is_used_again_the_next_day(cleared: Store) -> None:
    assert cleared.load(FEED, log({}, {"Created": "13/03/2026 04:00:00"})).inserted == 2
    assert [row["source_id"] for row in stored(cleared)] == ["0017 2026-03-12", "0017 2026-03-13"]
    assert cleared.load(FEED, log({"Result": "Arrest"})).updated == 1


def test_the_day_of_a_number_is_londons(cleared: Store) -> None:
    assert only(cleared, FEED, log({"Created": "13/07/2026 00:30:00"}))["source_id"] == "0017 2026-07-13"


@pytest.mark.parametrize(
    ("opening", "closing", "category"),
    [
        ("Concern for safety", "Transport - road traffic collision", "transport_incident"),
        ("Transport - highway disruption", "Public safety and welfare - missing person", "public_safety_welfare"),
        ("Suspicious circumstances", "Administration - found property", "police_administration"),
        ("Alarm", "Crime recorded", "crime_call"),
        ("Transport - highway disruption", "", "transport_incident"),
        ("Concern for safety", "NULL", "public_safety_welfare"),
        ("Anti-social behaviour", "Séance", "unmapped"),
    ],
)
def test_what_it_turned_out_to_be_goes_before_what_it_was_taken_for(
    cleared: Store, opening: str, closing: str, category: str
) -> None:
    found = only(cleared, FEED, log({"OpeningCode": opening, "ClosingCode": closing, "ASBQualifier": ""}))
    assert found["category"] == category
    assert found["attributes"]["opened_as"] == opening


@pytest.mark.parametrize(
    "code", ["Anti-social behaviour", "ASB", "Rowdy or inconsiderate behaviour", "Street drinking"]
)
@pytest.mark.parametrize("kind", ["Personal", "Nuisance", "Environmental"])
def test_the_qualifier_decides(cleared: Store, code: str, kind: str) -> None:
    """Beside the code of 2011, and beside the types from before, which some forces still use."""
    found = only(cleared, FEED, log({"ClosingCode": code, "ASBQualifier": f" {kind.upper()} "}))
    assert found["category"] == f"asb_{kind.lower()}"


@pytest.mark.parametrize(
    ("code", "category"),
    [
        ("ASB - Personal", "asb_personal"),
        ("Anti-social behaviour - environmental", "asb_environmental"),
        ("ASB", "anti_social_behaviour"),
        ("Begging / vagrancy", "anti_social_behaviour"),
        ("Rowdy nuisance - environmental damage / littering", "asb_environmental"),
        ("Rowdy nuisance - neighbours", "anti_social_behaviour"),
    ],
)
def test_without_a_qualifier_the_code_says_what_it_can(cleared: Store, code: str, category: str) -> None:
    assert only(cleared, FEED, log({"ClosingCode": code, "ASBQualifier": ""}))["category"] == category


@pytest.mark.parametrize(
    ("closing", "category"),
    [("Transport - road traffic collision", "transport_incident"), ("Crime recorded", "crime_call")],
)
def test_a_qualifier_that_stayed_on_the_row_makes_no_nuisance_of_it(
    cleared: Store, closing: str, category: str
) -> None:
    assert only(cleared, FEED, log({"ClosingCode": closing, "ASBQualifier": "Personal"}))["category"] == category


@pytest.mark.parametrize(
    ("said", "kept"), [("1", "1"), ("2", "2"), ("3", "3"), ("Emergency", "1"), ("PROMPT", "2"), ("Routine ", "3")]
)
def test_the_grade_is_kept(cleared: Store, said: str, kept: str) -> None:
    assert only(cleared, FEED, log({"Grade": said}))["attributes"]["grade"] == kept


def test_a_grade_that_nobody_knows_is_kept_and_mentioned(cleared: Store) -> None:
    report = cleared.load(FEED, log({"Grade": "9"}, {"IncidentRef": "0018", "Grade": "9"}))
    assert "2 rows: grade 9: no word of the profile" in report.warnings
    assert [row["attributes"]["grade"] for row in stored(cleared)] == ["9", "9"]


def test_beat_result_and_the_partners_number_are_kept(cleared: Store) -> None:
    found = only(cleared, FEED, log({"ExternalRef": "KFR-26-30001"}))
    assert found["outcome"] == "Advice given"
    assert found["attributes"]["beat"] == "M2"
    assert found["attributes"]["external_id"] == "KFR-26-30001"


@pytest.mark.parametrize(
    ("stated", "since", "until", "precision"),
    [
        ("12/03/2026 21:15", "2026-03-12 21:15:00", "2026-03-12 21:15:00", "exact"),
        ("12/07/2026 21:15:30", "2026-07-12 20:15:30", "2026-07-12 20:15:30", "exact"),
        ("26/10/2025 01:30:00", "2025-10-26 00:30:00", "2025-10-26 01:30:00", "exact"),
        ("12/03/2026", "2026-03-12 00:00:00", "2026-03-13 00:00:00", "day"),
        ("12/07/2026 00:00", "2026-07-11 23:00:00", "2026-07-12 23:00:00", "day"),
        ("26/10/2025 00:00:00", "2025-10-25 23:00:00", "2025-10-27 00:00:00", "day"),
    ],
)
def test_when_is_london_time(cleared: Store, stated: str, since: str, until: str, precision: str) -> None:
    """The repeated hour may be either; midnight is a day, which has 25 hours when the clocks go back."""
    found = only(cleared, FEED, log({"Created": stated}))
    assert (found["since"], found["until"], found["time_precision"]) == (since, until, precision)


@pytest.mark.parametrize(
    ("stated", "reason"),
    [
        ("29/03/2026 01:30:00", "time_does_not_exist"),
        ("31/02/2026 21:15:00", "invalid_date"),
        ("12/03/26 21:15", "implausible_date"),
        ("12/03/2027 21:15", "future_date"),
        ("12/03/2026 24:00", "invalid_date"),
        ("2026-03-12 21:15", "invalid_date"),
        ("", "invalid_date"),
    ],
)
def test_times_that_cannot_be_are_put_aside(cleared: Store, stated: str, reason: str) -> None:
    """Of a year of two digits nobody has to guess the century."""
    cleared.load(FEED, log({"Created": stated}))
    assert [found for _, found, _ in cleared.rejects()] == [reason]


def test_a_file_that_writes_the_month_first_is_refused(cleared: Store) -> None:
    with pytest.raises(UnreadableFile, match=r"Line 3 has the date 03/13/2026 .* writes the month first"):
        cleared.load(FEED, log({}, {"IncidentRef": "2", "Created": "03/13/2026 21:15"}))
    assert stored(cleared) == []


@pytest.mark.parametrize("said", ["1E+05", "2.6E+07"])
def test_numbers_that_a_spreadsheet_has_spoilt_are_put_aside(cleared: Store, said: str) -> None:
    cleared.load(FEED, log({"IncidentRef": said}))
    assert [found for _, found, _ in cleared.rejects()] == ["mangled_id"]


def test_a_place_is_within_half_a_short_street(cleared: Store) -> None:
    found = only(cleared, FEED, log({}))
    assert (found["longitude"], found["latitude"]) == pytest.approx((-1.2404, 54.5755), abs=2e-4)
    assert (found["location_method"], found["within"]) == ("exact", 50.0)


@pytest.mark.parametrize(
    "change",
    [
        {"ASBQualifier": "Personal"},
        {"ClosingCode": "Public safety and welfare - concern for safety", "ASBQualifier": ""},
        {"ClosingCode": "Domestic incident", "ASBQualifier": ""},
    ],
)
def test_of_calls_about_a_home_only_the_square_is_kept(cleared: Store, change: dict[str, str]) -> None:
    found = only(cleared, FEED, log(change | {"Easting": "449212", "Northing": "520387"}))
    assert (found["location_method"], found["within"]) == ("rounded", 121.0)
    cleared.clear()
    middle = only(cleared, FEED, log({"Easting": "449250", "Northing": "520350"}))
    assert (found["longitude"], found["latitude"]) == (middle["longitude"], middle["latitude"])


@pytest.mark.parametrize("nothing", ["", "0", "NULL", " Not geo-coded"])
def test_calls_without_a_place_are_kept_and_counted(cleared: Store, nothing: str) -> None:
    report = cleared.load(FEED, log({"Easting": nothing, "Northing": nothing}))
    assert (report.inserted, report.without_location) == (1, 1)


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        (("-1.2404", "54.5755"), "coordinates_in_degrees"),
        (("54.5755", "-1.2404"), "coordinates_in_degrees"),
        (("799200", "520300"), "invalid_coordinates"),
        (("-5", "520300"), "invalid_coordinates"),
        (("449200", "14e5"), "invalid_coordinates"),
        (("449200", ""), "invalid_coordinates"),
        (("449200", "by the gate"), "invalid_coordinates"),
    ],
)
def test_places_that_cannot_be_are_put_aside(cleared: Store, place: tuple[str, str], reason: str) -> None:
    cleared.load(FEED, log({"Easting": place[0], "Northing": place[1]}))
    assert [found for _, found, _ in cleared.rejects()] == [reason]


def test_an_export_without_qualifiers_and_closing_codes_loads(cleared: Store) -> None:
    header = [name for name in LOG if name not in ("ASBQualifier", "ClosingCode", "ExternalRef", "Beat", "Result")]
    found = only(cleared, FEED, log({"OpeningCode": "ASB - Nuisance"}, header=header))
    assert (found["category"], found["attributes"]) == ("asb_nuisance", {"opened_as": "ASB - Nuisance", "grade": "2"})
