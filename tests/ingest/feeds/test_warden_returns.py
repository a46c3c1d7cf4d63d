"""Wardens' returns: what they did is activity, what they saw is an incident, and none of it names anybody."""

from pathlib import Path

import polars as pl
import pytest
from pyproj import Transformer

from aim.layers.publishing.known import LAYERS
from aim.vocabulary.categories import categories, of_themes
from tests.ingest.conftest import Store
from tests.ingest.feeds.registers import assert_left_at_the_door, assert_rejected, file_of, incidents, kept

FEED = "warden-returns"
METRES = Transformer.from_crs(4326, 27700, always_xy=True)


@pytest.mark.parametrize(
    ("said", "category"),
    [
        ("Patrol", "warden_patrol"),
        ("Patrol - joint with police", "warden_patrol"),
        ("Reassurance visit", "warden_patrol"),
        ("Referral", "warden_patrol"),
        ("Fixed penalty notice - litter", "fixed_penalty"),
        ("FPN dog fouling", "fixed_penalty"),
        ("Litter report", "litter"),
        ("Graffiti report", "graffiti"),
        ("Abandoned vehicle report", "abandoned_vehicle"),
        ("Needle report", "drug_litter"),
        ("ASB witnessed", "community_asb_report"),
        ("Lost property", "unmapped"),
    ],
)
def test_each_activity_has_its_category(cleared: Store, said: str, category: str) -> None:
    assert kept(cleared, FEED, {"Activity": said})["category"] == category


def test_patrols_and_penalties_are_activity_that_no_layer_counts() -> None:
    activity = set(of_themes("activity"))
    assert {"warden_patrol", "fixed_penalty"} <= activity
    assert [layer.name for layer in LAYERS.values() if activity & set(layer.categories)] == []


def test_a_penalty_is_found_by_looking_for_it() -> None:
    assert categories()["fixed_penalty"].enforcement_driven
    assert not categories()["litter"].enforcement_driven


def test_a_visit_spans_its_time(cleared: Store) -> None:
    row = kept(cleared, FEED)
    assert (row["start"], row["until"], row["time_precision"]) == ("2026-07-12 17:05", "2026-07-12 17:35", "exact")


def test_a_visit_over_the_night_when_clocks_go_back_has_its_real_length(cleared: Store) -> None:
    row = kept(cleared, FEED, {"VisitStart": "26/10/2025 00:50", "VisitEnd": "26/10/2025 02:10"})
    assert (row["start"], row["until"]) == ("2025-10-25 23:50", "2025-10-26 02:10")


def test_a_visit_without_an_end_is_a_moment(cleared: Store) -> None:
    row = kept(cleared, FEED, {"VisitEnd": ""})
    assert row["start"] == row["until"]


def test_a_visit_that_ends_before_it_starts_is_rejected(cleared: Store) -> None:
    backwards = "12/07/2026 18:05 to 12/07/2026 17:35"
    assert_rejected(cleared, FEED, {"VisitEnd": "12/07/2026 17:35"}, "ends_before_start", backwards)


def test_an_end_that_is_no_time_is_rejected(cleared: Store) -> None:
    assert_rejected(cleared, FEED, {"VisitEnd": "late"}, "invalid_date", "12/07/2026 18:05 to late")


def test_a_return_without_activity_is_rejected(cleared: Store) -> None:
    assert_rejected(cleared, FEED, {"Activity": " "}, "missing_category", "12/07/2026 18:05 to 12/07/2026 18:35")


def test_wardens_and_the_people_they_met_are_left_at_the_door(cleared: Store) -> None:
    assert_left_at_the_door(cleared, FEED, ["WardenName", "CollarNumber", "Subject", "Location", "Notes", "UPRN"])


def test_the_team_stays(cleared: Store) -> None:
    assert kept(cleared, FEED)["attributes"] == {"team": "Harbour"}


def test_of_a_visit_to_a_person_only_the_square_is_stored(cleared: Store) -> None:
    rows = [
        {"ReturnID": "1", "Activity": "Reassurance visit", "Easting": "449212", "Northing": "520388"},
        {"ReturnID": "2", "Activity": "Referral", "Easting": "449299", "Northing": "520301"},
        {"ReturnID": "3", "Activity": "Patrol", "Easting": "449212", "Northing": "520388"},
    ]
    cleared.load(FEED, file_of(FEED, *rows))
    visit, referral, patrol = incidents(cleared)
    assert (visit["longitude"], visit["latitude"]) == (referral["longitude"], referral["latitude"])
    assert METRES.transform(visit["longitude"], visit["latitude"]) == pytest.approx((449250, 520350), abs=0.01)
    assert (visit["location_method"], visit["location_precision_m"]) == ("rounded", 81)
    assert (patrol["location_method"], patrol["location_precision_m"]) == ("exact", 10)


def test_degrees_where_metres_belong_are_rejected(cleared: Store) -> None:
    degrees = {"Easting": "-1.24", "Northing": "54.57"}
    assert_rejected(cleared, FEED, degrees, "coordinates_in_degrees", "-1.24, 54.57")


def test_a_return_that_is_sent_again_corrected_is_updated(cleared: Store) -> None:
    cleared.load(FEED, file_of(FEED, {}, {"ReturnID": "WR-2"}))
    report = cleared.load(FEED, file_of(FEED, {"Result": "Words of advice"}, {"ReturnID": "WR-2"}))
    assert (report.updated, report.unchanged, report.inserted) == (1, 1, 0)


def test_the_reference_of_the_register_is_kept(cleared: Store) -> None:
    report = {"Activity": "Abandoned vehicle report", "ExternalReference": "AV-1"}
    assert kept(cleared, FEED, report)["attributes"]["external_id"] == "AV-1"


def test_the_sample_names_vehicles_of_the_register_s_sample(samples: Path) -> None:
    returns, register = (
        pl.read_csv(next((samples / "feeds" / name).iterdir()), infer_schema=False)
        for name in (FEED, "council-abandoned-vehicles")
    )
    named = set(returns["ExternalReference"].drop_nulls())
    assert len(named) >= 5
    assert named <= set(register["Reference"])
