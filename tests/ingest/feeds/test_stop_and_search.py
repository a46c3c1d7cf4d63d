"""Stop and search: nothing of the person is kept, and what forces leave out is not made up."""

import pytest

from aim.errors import UnreadableFile
from aim.vocabulary.categories import categories
from tests.ingest.conftest import Store
from tests.ingest.feeds.files import SEARCHES, SEARCHES_FILE, searches
from tests.ingest.feeds.looking import all_text, dropped, only, stored

FEED = "police-uk-stop-and-search"
PERSON = {*SEARCHES[6:10], "Removal of more than just outer clothing"}


def test_nothing_of_the_person_gets_in(cleared: Store) -> None:
    """Neither in good rows nor in those that are put aside with what they said."""
    bad = {"Date": "2026-02-31T21:15:30+00:00"}
    report = cleared.load(FEED, searches({}, bad, "a,row,of,five,fields"), SEARCHES_FILE)
    assert (report.inserted, report.rejected) == (1, 2)
    assert dropped(report.warnings) == PERSON
    assert "-person" not in all_text(cleared)
    assert "Controlled drugs" in all_text(cleared)


def test_it_is_kept_out_of_every_forecast(cleared: Store) -> None:
    found = only(cleared, FEED, searches({}), SEARCHES_FILE)
    assert found["category"] == "stop_and_search"
    assert categories()["stop_and_search"].enforcement_driven
    assert categories()["stop_and_search"].theme == "activity"


@pytest.mark.parametrize("kind", ["Person search", "Vehicle search", "Person and Vehicle search"])
def test_all_three_kinds_are_known(cleared: Store, kind: str) -> None:
    assert only(cleared, FEED, searches({"Type": kind}), SEARCHES_FILE)["category"] == "stop_and_search"


def test_latitude_stands_before_longitude(cleared: Store) -> None:
    found = only(cleared, FEED, searches({}), SEARCHES_FILE)
    assert (found["longitude"], found["latitude"]) == (-1.24, 54.5742)
    assert (found["location_method"], found["within"]) == ("snapped", 200.0)


def test_what_it_was_for_and_what_came_of_it_are_kept(cleared: Store) -> None:
    found = only(cleared, FEED, searches({}), SEARCHES_FILE)
    assert found["outcome"] == "A no further action disposal"
    assert found["attributes"] == {"object": "Controlled drugs", "legislation": "Misuse of Drugs Act 1971 (section 23)"}


@pytest.mark.parametrize(
    ("stated", "since", "until", "precision"),
    [
        ("2026-03-12T21:15:30+00:00", "2026-03-12 21:15:30", "2026-03-12 21:15:30", "exact"),
        ("2026-07-12T21:15:30+00:00", "2026-07-12 21:15:30", "2026-07-12 21:15:30", "exact"),
        ("2026-07-12T21:15:30+01:00", "2026-07-12 20:15:30", "2026-07-12 20:15:30", "exact"),
        ("2026-03-12T00:00:01+00:00", "2026-03-12 00:00:01", "2026-03-12 00:00:01", "exact"),
        ("2026-03-12T00:00:00+00:00", "2026-03-12 00:00:00", "2026-03-13 00:00:00", "day"),
        ("2026-07-12T00:00:00+01:00", "2026-07-11 23:00:00", "2026-07-12 23:00:00", "day"),
        ("2026-07-11T23:00:00+00:00", "2026-07-11 23:00:00", "2026-07-12 23:00:00", "day"),
        ("2026-07-12T00:00:00+00:00", "2026-07-11 23:00:00", "2026-07-12 23:00:00", "day"),
        ("2026-07-12T00:00:00Z", "2026-07-11 23:00:00", "2026-07-12 23:00:00", "day"),
    ],
)
def test_a_midnight_is_a_day_without_its_time(
    cleared: Store, stated: str, since: str, until: str, precision: str
) -> None:
    """London's midnight, in whichever zone it is written, and the midnight of the text."""
    found = only(cleared, FEED, searches({"Date": stated}), SEARCHES_FILE)
    assert (found["since"], found["until"], found["time_precision"]) == (since, until, precision)


@pytest.mark.parametrize(
    ("stated", "reason"),
    [("2026-03-12T21:15:30", "no_time_zone"), ("2026-03-32T21:15:30+00:00", "invalid_date"), ("", "invalid_date")],
)
def test_a_time_that_cannot_be_told_is_put_aside(cleared: Store, stated: str, reason: str) -> None:
    cleared.load(FEED, searches({"Date": stated}), SEARCHES_FILE)
    assert [found for _, found, _ in cleared.rejects()] == [reason]


def test_searches_without_a_place_are_kept_and_counted(cleared: Store) -> None:
    report = cleared.load(FEED, searches({}, {"Latitude": "", "Longitude": ""}), SEARCHES_FILE)
    assert (report.inserted, report.without_location) == (2, 1)


def test_searches_alike_stay_as_many_as_they_are(cleared: Store) -> None:
    """There is no reference: two people stopped at once look the same."""
    assert cleared.load(FEED, searches({}, {}, {}), SEARCHES_FILE).inserted == 3
    report = cleared.load(FEED, searches({}, {}), SEARCHES_FILE)
    assert (report.unchanged, report.removed) == (2, 1)


def test_the_files_name_says_the_force_and_the_month(cleared: Store) -> None:
    cleared.load(FEED, searches({}), SEARCHES_FILE)
    for name in ("2026-04-cleveland-stop-and-search.csv", "2026-03-north-wales-stop-and-search.csv"):
        assert cleared.load(FEED, searches({}), name).removed == 0
    cleared.load(FEED, searches({}, {}), f"archive/{SEARCHES_FILE}")
    scopes = sorted(row["scope"] for row in stored(cleared))
    assert scopes == ["cleveland 2026-03", "cleveland 2026-03", "cleveland 2026-04", "north-wales 2026-03"]


def test_a_file_that_was_renamed_is_refused(cleared: Store) -> None:
    with pytest.raises(UnreadableFile, match=r"does not say what the file holds .* give the file its published name"):
        cleared.load(FEED, searches({}), "searches.csv")
    assert stored(cleared) == []
