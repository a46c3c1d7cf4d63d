"""The quarantine is tried again after a mend: the good rows join the others, the rest stays, twice is once."""

import dataclasses

import polars as pl
import pytest

from aim.ingest.feed import Feed
from aim.ingest.feeds import FEEDS
from aim.ingest.quarantine import list_rejects
from aim.ingest.quarantine.replay import replay
from aim.ingest.report import Report
from tests.ingest.conftest import AS_OF, Store
from tests.ingest.files import NUISANCE, fire, police
from tests.ingest.quarantine.test_fix import counts, stored

IDENTITIES = "SELECT scope, identity, ordinal, content_hash FROM incident ORDER BY 1, 2, 3"


def with_months(feed: Feed, **months: str) -> Feed:
    """The feed, mended: it knows these words for months."""

    def normalise(raw: pl.DataFrame) -> pl.DataFrame:
        return feed.normalise(raw.with_columns(pl.col("Month").replace(months)))

    return dataclasses.replace(feed, normalise=normalise)


@pytest.fixture
def mended(monkeypatch: pytest.MonkeyPatch) -> Feed:
    """Once asked for, the feed reads "March" as a month."""
    feed = with_months(FEEDS["police-uk-street"], March="2026-03")
    monkeypatch.setitem(FEEDS, feed.name, feed)
    return feed


def again(store: Store, feed: str | None = None) -> list[Report]:
    return replay(store.engine, AS_OF, feed)


def test_before_a_mend_nothing_changes(cleared: Store) -> None:
    cleared.load("police-uk-street", police({}, {"Month": "March"}, "1,2"))
    before = cleared.digest()
    [report] = again(cleared)
    assert counts(report) == (2, 0, 0, 0, 2)
    assert report.rejected_by_reason == {"invalid_date": 1, "wrong_field_count": 1}
    assert cleared.digest() == before


def test_after_a_mend_the_good_rows_join_the_others(cleared: Store, request: pytest.FixtureRequest) -> None:
    body = police({}, {"Crime ID": "9", "Month": "March"}, {"Crime ID": "10", "Month": "April"}, "1,2")
    cleared.load("police-uk-street", body)
    request.getfixturevalue("mended")
    [report] = again(cleared)
    assert counts(report) == (3, 1, 0, 0, 2)
    assert [row[0] for row in stored(cleared)] == ["9", "b04b"]
    assert [(row["line"], row["reason"]) for row in list_rejects(cleared.engine)] == [
        (4, "invalid_date"),
        (5, "wrong_field_count"),
    ]
    before = cleared.digest()
    [report] = again(cleared)
    assert counts(report) == (2, 0, 0, 0, 2)
    assert cleared.digest() == before


def test_a_replay_and_a_load_of_the_mended_feed_are_one(cleared: Store, request: pytest.FixtureRequest) -> None:
    """Rows without an id that are alike are counted as often as the file has them."""
    body = police(NUISANCE, NUISANCE | {"Month": "March"}, NUISANCE, NUISANCE | {"Month": "March"}, {})
    cleared.load("police-uk-street", body)
    request.getfixturevalue("mended")
    again(cleared)
    replayed = cleared.rows(IDENTITIES)
    assert len(replayed) == 5
    report = cleared.load("police-uk-street", body)
    assert (report.unchanged, report.inserted, report.removed, report.rejected) == (5, 0, 0, 0)
    assert cleared.rows(IDENTITIES) == replayed


def test_a_row_that_an_earlier_file_had_in_good_order_is_not_stored_twice(
    cleared: Store, request: pytest.FixtureRequest
) -> None:
    cleared.load("police-uk-street", police(NUISANCE, {}), "first.csv")
    cleared.load("police-uk-street", police(NUISANCE | {"Month": "March"}, {}), "second.csv")
    request.getfixturevalue("mended")
    [report] = again(cleared)
    assert counts(report) == (1, 0, 0, 1, 0)
    assert len(stored(cleared)) == 2


def test_the_older_of_two_versions_does_not_win(cleared: Store, request: pytest.FixtureRequest) -> None:
    cleared.load("police-uk-street", police({"Month": "March", "Last outcome category": "old"}), "monday.csv")
    cleared.load("police-uk-street", police({"Month": "March", "Last outcome category": "new"}), "tuesday.csv")
    request.getfixturevalue("mended")
    [report] = again(cleared)
    assert counts(report) == (2, 1, 1, 0, 0)
    assert cleared.rows("SELECT outcome FROM incident") == [{"outcome": "new"}]


def test_one_feed_can_be_asked_for(cleared: Store) -> None:
    cleared.load("police-uk-street", police({"Month": "March"}))
    cleared.load("lfb-incidents", fire({"DateOfCall": "soon"}))
    assert [report.feed for report in again(cleared, "lfb-incidents")] == ["lfb-incidents"]
    assert [report.feed for report in again(cleared)] == ["lfb-incidents", "police-uk-street"]


def test_an_empty_quarantine_has_nothing_to_report(cleared: Store) -> None:
    assert again(cleared) == []


def test_a_date_in_the_future_is_replayed_when_it_has_come(cleared: Store) -> None:
    cleared.load("lfb-incidents", fire({"DateOfCall": "02 Oct 2026"}))
    assert counts(again(cleared)[0]) == (1, 0, 0, 0, 1)
    assert counts(replay(cleared.engine, AS_OF.replace(day=3))[0]) == (1, 1, 0, 0, 0)


def test_what_mending_needs_is_forgotten_when_nothing_is_left_to_mend(
    cleared: Store, request: pytest.FixtureRequest
) -> None:
    cleared.load("police-uk-street", police({}, {"Month": "March"}, "1,2"))
    [kept] = cleared.rows("SELECT header, columns, length(taken) AS keys FROM feed_run")
    assert kept["header"].startswith("Crime ID,Month,")
    assert ("Month" in kept["columns"], kept["keys"]) == (True, 8)
    request.getfixturevalue("mended")
    again(cleared)
    assert cleared.rows("SELECT length(taken) AS keys FROM feed_run") == [{"keys": 16}]
    cleared.load("police-uk-street", police({}))
    assert cleared.rows("SELECT DISTINCT header, columns, taken FROM feed_run") == [
        {"header": None, "columns": None, "taken": None}
    ]
