"""The same file once more: proved unchanged without being read, and read again whenever anything has changed."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from aim.areas import load_areas
from aim.ingest.feeds import FEEDS
from aim.ingest.load import feed_named, ingest
from aim.ingest.report import Report
from aim.ingest.source import payloads
from aim.vocabulary.categories import Words
from aim.vocabulary.kinds import AreaKind
from tests.ingest.conftest import AS_OF, Store
from tests.ingest.files import NUISANCE, police, requests

FEED = "police-uk-street"
BAD = {"Month": "2026-13", "Crime ID": "bad"}
BODY = police({}, NUISANCE, NUISANCE, BAD)


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that were read."""
    read: list[str] = []
    feed = FEEDS[FEED]

    def noted(payload):  # type: ignore[no-untyped-def]  # as `Feed.read`
        read.append(payload.name)
        return feed.read(payload)

    monkeypatch.setitem(FEEDS, FEED, replace(feed, read=noted))
    return read


def counts(report: Report) -> tuple[int, ...]:
    """Read, inserted, updated, unchanged, removed, rejected."""
    assert report.balanced()
    return report.read, report.inserted, report.updated, report.unchanged, report.removed, report.rejected


def test_the_same_file_is_not_read_again(cleared: Store, readings: list[str]) -> None:
    first = cleared.load(FEED, BODY)
    digest = cleared.digest()
    again = cleared.load(FEED, BODY)
    assert counts(first) == (4, 3, 0, 0, 0, 1)
    assert counts(again) == (4, 0, 0, 3, 0, 1)
    assert (again.rejected_by_reason, again.warnings) == (first.rejected_by_reason, first.warnings)
    assert readings == ["file.csv"]
    assert cleared.digest()["incidents"] == digest["incidents"]
    assert len(cleared.rejects()) == 1


def test_another_file_is(cleared: Store, readings: list[str]) -> None:
    cleared.load(FEED, BODY)
    assert counts(cleared.load(FEED, police({}, NUISANCE)))[3] == 2
    assert len(readings) == 2


def test_a_file_whose_incidents_were_changed_is_read(cleared: Store, readings: list[str]) -> None:
    cleared.load(FEED, BODY)
    with cleared.engine.begin() as connection:
        connection.execute(text("DELETE FROM incident WHERE source_id IS NOT NULL"))
    assert counts(cleared.load(FEED, BODY)) == (4, 1, 0, 2, 0, 1)
    assert len(readings) == 2


def test_a_file_whose_words_have_been_mapped_since_is_read(
    cleared: Store, readings: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    body = police({"Crime type": "Sorcery"})
    cleared.load(FEED, body)
    known = FEEDS[FEED]
    learnt = Words(known.words.whole | {"sorcery": "other_crime"}, known.words.patterns)
    monkeypatch.setitem(FEEDS, FEED, replace(known, words=learnt))
    assert counts(cleared.load(FEED, body)) == (1, 0, 1, 0, 0, 0)


def test_a_file_with_dates_to_come_is_read(cleared: Store, readings: list[str]) -> None:
    [payload] = payloads([cleared.file(police({"Month": "2026-03"}), "file.csv")])
    assert ingest(cleared.engine, feed_named(FEED), payload, AS_OF.replace(month=2)).rejected == 1
    assert ingest(cleared.engine, feed_named(FEED), payload, AS_OF).inserted == 1
    assert len(readings) == 2


def test_a_file_is_read_where_the_areas_have_changed(store: Store, samples: Path, readings: list[str]) -> None:
    store.load(FEED, BODY)
    load_areas(store.engine, samples / "areas" / "wards.geojson", AreaKind.WARD, partnership="Made-up town")
    assert store.load(FEED, BODY).outside_area is not None
    assert len(readings) == 2


def test_an_incremental_file_is_read_where_another_has_come_since(cleared: Store) -> None:
    one, other = requests({}), requests({"service_request_id": "14-01100670"})
    cleared.load("open311", one, "one.json")
    cleared.load("open311", other, "other.json")
    assert counts(cleared.load("open311", one, "one.json")) == (1, 0, 0, 1, 0, 0)
