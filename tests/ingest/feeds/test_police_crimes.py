"""Recorded crime: Home Office codes, crimes that nobody saw happen, and nothing of victims and suspects."""

import pytest

from tests.ingest.conftest import Store
from tests.ingest.feeds.files import CRIMES, crimes
from tests.ingest.feeds.looking import all_text, dropped, only, stored

FEED = "police-crimes"
FRIDAY, MONDAY = "13/03/2026 17:30", "16/03/2026 08:15"


def test_victims_suspects_and_addresses_are_left_at_the_door(cleared: Store) -> None:
    report = cleared.load(FEED, crimes({}, {"CrimeNumber": "", "HomeOfficeCode": ""}, "a person,b"))
    assert (report.inserted, report.rejected) == (1, 2)
    assert dropped(report.warnings) == {"Address", "Postcode", "VictimName", "OffenderName", "ModusOperandi"}
    assert "person" not in all_text(cleared).lower()


def test_more_columns_about_persons_are_known_by_name(cleared: Store) -> None:
    more = ("VictimDateOfBirth", "OffenderAge", "VehicleRegistration", "OfficerInCase")
    report = cleared.load(FEED, crimes(dict.fromkeys(more, "of a person"), header=(*CRIMES, *more)))
    assert set(more) <= dropped(report.warnings)
    assert "person" not in all_text(cleared).lower()


@pytest.mark.parametrize(
    ("since", "until", "spans", "precision"),
    [
        (FRIDAY, MONDAY, ("2026-03-13 17:30:00", "2026-03-16 08:15:00"), "exact"),
        (FRIDAY, "", ("2026-03-13 17:30:00", "2026-03-13 17:30:00"), "exact"),
        (FRIDAY, FRIDAY, ("2026-03-13 17:30:00", "2026-03-13 17:30:00"), "exact"),
        ("13/03/2026 00:00", "", ("2026-03-13 00:00:00", "2026-03-14 00:00:00"), "day"),
        ("13/03/2026", "15/03/2026", ("2026-03-13 00:00:00", "2026-03-16 00:00:00"), "day"),
        (FRIDAY, "13/03/2026 00:00", ("2026-03-13 17:30:00", "2026-03-14 00:00:00"), "exact"),
        ("28/03/2026 20:00", "29/03/2026 09:00", ("2026-03-28 20:00:00", "2026-03-29 08:00:00"), "exact"),
        ("25/10/2025 20:00", "26/10/2025 01:30", ("2025-10-25 19:00:00", "2025-10-26 01:30:00"), "exact"),
    ],
)
def test_it_happened_between_two_moments(
    cleared: Store, since: str, until: str, spans: tuple[str, str], precision: str
) -> None:
    """Over a weekend; or at one moment; or on a day. Midnight is no time; an ambiguous end is taken at its latest."""
    found = only(cleared, FEED, crimes({"CommittedFrom": since, "CommittedTo": until}))
    assert (found["since"], found["until"], found["time_precision"]) == (*spans, precision)


@pytest.mark.parametrize(
    ("since", "until", "reason"),
    [
        (MONDAY, FRIDAY, "ends_before_start"),
        ("", MONDAY, "invalid_date"),
        (FRIDAY, "when they came home", "invalid_date"),
        (FRIDAY, "31/06/2026 08:00", "invalid_date"),
        ("29/03/2026 01:30", MONDAY, "time_does_not_exist"),
    ],
)
def test_spans_that_cannot_be_are_put_aside(cleared: Store, since: str, until: str, reason: str) -> None:
    cleared.load(FEED, crimes({"CommittedFrom": since, "CommittedTo": until}))
    [(line, found, _)] = cleared.rejects()
    assert (line, found) == (2, reason)


def test_what_cannot_be_is_shown_with_both_its_ends(cleared: Store) -> None:
    cleared.load(FEED, crimes({"CommittedFrom": MONDAY, "CommittedTo": FRIDAY}))
    assert cleared.rejects() == [(2, "ends_before_start", f"{MONDAY} to {FRIDAY}")]


@pytest.mark.parametrize(
    ("code", "category"),
    [
        ("28E", "burglary"), ("28F", "burglary"), ("28E/1", "burglary"), ("28A", "burglary"), ("30C", "burglary"),
        ("45", "vehicle_crime"), ("45/10", "vehicle_crime"), ("48", "vehicle_crime"), ("48/1", "vehicle_crime"),
        ("58", "criminal_damage_arson"), ("58C", "criminal_damage_arson"), ("56B", "criminal_damage_arson"),
        ("34B", "robbery"), ("34A/1", "robbery"),
        ("8N", "violence"), ("8n/1", "violence"), ("1", "violence"), ("1/1", "violence"), ("105A", "violence"),
        ("17A", "sexual_offences"), ("19C", "sexual_offences"), ("20A/2", "sexual_offences"),
        ("88E", "sexual_offences"),
        ("53D", "fraud_forgery"), ("61", "fraud_forgery"), ("51/1", "fraud_forgery"),
        ("9A", "public_order"), ("125/9", "public_order"), ("66", "public_order"),
        ("39", "theft_from_person"), ("44", "bicycle_theft"), ("46", "shoplifting"), ("49/10", "other_theft"),
        ("92E", "drugs"), ("10D", "possession_of_weapons"), ("79", "other_crime"),
        ("195/94", "unmapped"), ("19", "unmapped"), ("4", "unmapped"), ("458", "unmapped"), ("28Z", "unmapped"),
    ],
)  # fmt: skip
def test_home_office_codes(cleared: Store, code: str, category: str) -> None:
    """A code that begins like another one is not that one, and what nobody knows is not put under other crime."""
    found = only(cleared, FEED, crimes({"HomeOfficeCode": code}))
    assert (found["category"], found["source_category"]) == (category, code)


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("1", "Charged or summonsed"),
        ("18", "Investigation complete, no suspect identified"),
        ("22", "Diversionary, educational or intervention activity"),
        ("1a", "Charged or summonsed, alternate offence"),
        ("", None),
    ],
)
def test_the_outcome_is_told_in_words(cleared: Store, code: str, outcome: str | None) -> None:
    assert only(cleared, FEED, crimes({"OutcomeCode": code}))["outcome"] == outcome


def test_all_twenty_two_outcomes_have_words(cleared: Store) -> None:
    rows = [{"CrimeNumber": str(code), "OutcomeCode": str(code)} for code in range(1, 23)]
    report = cleared.load(FEED, crimes(*rows))
    assert [warning for warning in report.warnings if "outcome" in warning] == []
    assert len({row["outcome"] for row in stored(cleared)}) == 22


def test_an_outcome_that_nobody_knows_is_kept_and_mentioned(cleared: Store) -> None:
    report = cleared.load(FEED, crimes({"OutcomeCode": "77"}))
    assert "outcome 77: no word of the profile" in report.warnings
    assert stored(cleared)[0]["outcome"] == "77"


def test_a_crime_whose_outcome_changes_is_updated(cleared: Store) -> None:
    cleared.load(FEED, crimes({}, {"CrimeNumber": "2"}))
    report = cleared.load(FEED, crimes({"OutcomeCode": "1"}))
    assert (report.updated, report.removed) == (1, 0)


@pytest.mark.parametrize("code", ["28E/1", "28A", "58A", "40", "19C", "88E/2"])
def test_of_homes_and_of_sexual_offences_only_the_square_is_kept(cleared: Store, code: str) -> None:
    found = only(cleared, FEED, crimes({"HomeOfficeCode": code}))
    assert (found["location_method"], found["within"]) == ("rounded", 121.0)


@pytest.mark.parametrize("code", ["30C", "58C", "45", "8N", "195/94"])
def test_elsewhere_the_point_is(cleared: Store, code: str) -> None:
    found = only(cleared, FEED, crimes({"HomeOfficeCode": code}))
    assert (found["location_method"], found["within"]) == ("exact", 50.0)


def test_beat_and_a_partners_number_are_kept(cleared: Store) -> None:
    found = only(cleared, FEED, crimes({"ExternalRef": "KFR-26-30001"}))
    assert found["attributes"] == {"beat": "M2", "external_id": "KFR-26-30001"}
