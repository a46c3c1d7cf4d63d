"""The street-level API: an answer replaces the answer for the same area and month, and nothing else."""

from typing import Any

import pytest

from aim.errors import UnreadableFile
from tests.ingest.conftest import Store
from tests.ingest.feeds.files import ANSWER_FILE, CRIME, NUISANCE, answer
from tests.ingest.feeds.looking import only, stored

FEED = "police-uk-api"


def test_a_record_says_what_a_row_of_the_files_says(cleared: Store) -> None:
    found = only(cleared, FEED, answer({}), ANSWER_FILE)
    assert (found["category"], found["outcome"]) == ("violence", "Under investigation")
    assert (found["since"], found["until"]) == ("2026-03-01 00:00:00", "2026-03-31 23:00:00")
    assert (found["time_precision"], found["location_method"], found["within"]) == ("month", "snapped", 200.0)


def test_coordinates_are_strings_in_a_place_of_their_own(cleared: Store) -> None:
    found = only(cleared, FEED, answer({}), ANSWER_FILE)
    assert (found["longitude"], found["latitude"]) == (-1.24, 54.5742)


@pytest.mark.parametrize(
    ("slug", "category"),
    [
        ("anti-social-behaviour", "anti_social_behaviour"),
        ("criminal-damage-arson", "criminal_damage_arson"),
        ("theft-from-the-person", "theft_from_person"),
        ("violent-crime", "violence"),
    ],
)
def test_categories_are_slugs(cleared: Store, slug: str, category: str) -> None:
    assert only(cleared, FEED, answer({"category": slug}), ANSWER_FILE)["category"] == category


@pytest.mark.parametrize("kind", ["Force", "BTP"])
def test_the_railway_police_can_be_told_from_the_force(cleared: Store, kind: str) -> None:
    assert only(cleared, FEED, answer({"location_type": kind}), ANSWER_FILE)["attributes"] == {"location_type": kind}


def test_anti_social_behaviour_has_no_reference_and_stays_apart(cleared: Store) -> None:
    assert cleared.load(FEED, answer(NUISANCE, NUISANCE, NUISANCE), ANSWER_FILE).inserted == 3
    assert [(row["source_id"], row["outcome"]) for row in stored(cleared)] == [(None, None)] * 3


def test_ids_that_a_release_gives_anew_double_nothing(cleared: Store) -> None:
    """The publisher does not promise that `id` stays; `persistent_id` does."""
    cleared.load(FEED, answer({"id": 1}, NUISANCE | {"id": 2}), ANSWER_FILE)
    report = cleared.load(FEED, answer(NUISANCE | {"id": 7}, {"id": 9}), ANSWER_FILE)
    assert (report.unchanged, report.inserted, report.removed) == (2, 0, 0)


def test_a_revised_month_updates_and_removes(cleared: Store) -> None:
    cleared.load(FEED, answer({}, {"persistent_id": "c"}, NUISANCE), ANSWER_FILE)
    solved = {"outcome_status": {"category": "Local resolution", "date": "2026-04"}}
    report = cleared.load(FEED, answer(solved, NUISANCE, {"persistent_id": "d"}), ANSWER_FILE)
    assert (report.updated, report.removed, report.inserted, report.unchanged) == (1, 1, 1, 1)


def test_other_months_and_areas_stay(cleared: Store) -> None:
    names = [ANSWER_FILE, "centre-2026-04.json", "moor-2026-03.json", "2026-03.json"]
    for name in names:
        assert cleared.load(FEED, answer({}), name).inserted == 1
    assert {row["scope"] for row in stored(cleared)} == {
        "centre 2026-03", "centre 2026-04", "moor 2026-03", "2026-03"
    }  # fmt: skip


def test_a_name_without_a_month_is_refused(cleared: Store) -> None:
    with pytest.raises(UnreadableFile, match=r"does not say what the file holds"):
        cleared.load(FEED, answer({}), "crimes.json")


@pytest.mark.parametrize(
    "change",
    [
        {"location": None, "location_type": None},
        {"location": {"latitude": "0.0", "longitude": "0.0"}},
        {"location": {"latitude": "", "longitude": ""}},
    ],
)
def test_crimes_without_a_place_are_kept_and_counted(cleared: Store, change: dict[str, Any]) -> None:
    report = cleared.load(FEED, answer(change), ANSWER_FILE)
    assert (report.inserted, report.without_location) == (1, 1)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"month": "2026-3"}, "invalid_date"),
        ({"month": None}, "invalid_date"),
        ({"category": ""}, "missing_category"),
        ({"location": CRIME["location"] | {"latitude": "here"}}, "invalid_coordinates"),
        ({"location": {"latitude": "-1.239958", "longitude": "54.574210"}}, "coordinates_swapped"),
    ],
)
def test_records_that_cannot_be_taken(cleared: Store, change: dict[str, Any], reason: str) -> None:
    cleared.load(FEED, answer(change), ANSWER_FILE)
    assert [found for _, found, _ in cleared.rejects()] == [reason]
