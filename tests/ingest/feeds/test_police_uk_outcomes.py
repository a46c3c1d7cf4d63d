"""Outcomes of data.police.uk: a month of a force is replaced, and one crime may have several."""

import pytest

from aim.vocabulary.categories import categories
from tests.ingest.conftest import Store
from tests.ingest.feeds.files import OUTCOMES, outcomes
from tests.ingest.feeds.looking import only, stored

FEED = "police-uk-outcomes"


def test_an_outcome_is_no_incident_of_any_layer(cleared: Store) -> None:
    found = only(cleared, FEED, outcomes({}))
    assert (found["category"], found["outcome"]) == ("crime_outcome", "Investigation complete; no suspect identified")
    assert categories()["crime_outcome"].theme == "outcome"


def test_a_month_is_all_that_is_known_of_when(cleared: Store) -> None:
    found = only(cleared, FEED, outcomes({"Month": "2026-07"}))
    assert (found["since"], found["until"]) == ("2026-06-30 23:00:00", "2026-07-31 23:00:00")
    assert (found["time_precision"], found["scope"]) == ("month", "Cleveland Police 2026-07")


def test_the_place_is_a_map_point(cleared: Store) -> None:
    found = only(cleared, FEED, outcomes({}))
    assert (found["longitude"], found["latitude"]) == (-1.24, 54.5742)
    assert (found["location_method"], found["within"]) == ("snapped", 200.0)


def test_a_crime_may_have_several_outcomes(cleared: Store) -> None:
    charged = outcomes({"Outcome type": "Suspect charged"}, {"Outcome type": "Offender fined"}, {"Crime ID": "c"})
    assert cleared.load(FEED, charged).inserted == 3
    assert [row["outcome"] for row in stored(cleared)][:2] == ["Suspect charged", "Offender fined"]
    assert cleared.load(FEED, charged).unchanged == 3


def test_a_release_replaces_its_month_and_no_other(cleared: Store) -> None:
    cleared.load(FEED, outcomes({}, {"Crime ID": "c"}))
    cleared.load(FEED, outcomes({"Month": "2026-04"}))
    report = cleared.load(FEED, outcomes({"Outcome type": "Local resolution"}))
    assert (report.updated, report.removed, report.inserted) == (1, 1, 0)
    assert len(stored(cleared)) == 2


@pytest.mark.parametrize("place", [("", ""), ("0.000000", "0.000000"), ("0", "0.0")])
def test_what_lies_nowhere_is_kept_and_counted(cleared: Store, place: tuple[str, str]) -> None:
    """Coordinates are zeroed where the nearest map point is 20 km off."""
    report = cleared.load(FEED, outcomes({"Longitude": place[0], "Latitude": place[1]}))
    assert (report.inserted, report.without_location) == (1, 1)
    assert stored(cleared)[0]["location_method"] == "none"


@pytest.mark.parametrize(
    ("now", "before_2014"),
    [
        ("Investigation complete; no suspect identified", "No further action"),
        ("Suspect charged as part of another case", "Offender sentenced as part of another case"),
        ("Offender given community sentence", "Offender given community penalty"),
        ("Offender sent to prison", "Offender imprisoned"),
        ("Defendant found not guilty", "Suspect found not guilty"),
    ],
)
def test_both_words_of_a_renamed_outcome_are_known(cleared: Store, now: str, before_2014: str) -> None:
    report = cleared.load(FEED, outcomes({"Outcome type": now}, {"Outcome type": before_2014}))
    assert (report.inserted, report.unmapped_categories) == (2, {})


def test_an_outcome_that_nobody_knows_is_counted_by_name(cleared: Store) -> None:
    report = cleared.load(FEED, outcomes({"Outcome type": "Offender sent to sea"}))
    assert report.unmapped_categories == {"Offender sent to sea": 1}


def test_an_outcome_without_its_crime_is_kept(cleared: Store) -> None:
    assert only(cleared, FEED, outcomes({"Crime ID": ""}))["source_id"] is None


def test_the_columns_may_stand_in_any_order(cleared: Store) -> None:
    found = only(cleared, FEED, outcomes({}, header=OUTCOMES[::-1]))
    assert (found["longitude"], found["latitude"]) == (-1.24, 54.5742)
