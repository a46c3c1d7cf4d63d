"""What a second delivery does to the first: a snapshot replaces its scope, an incremental feed adds and updates."""

from dataclasses import replace

import h3
import pytest

from aim.ingest.feeds import FEEDS
from aim.ingest.load import feed_named, ingest
from aim.ingest.source import payloads
from aim.vocabulary.categories import Words
from tests.ingest.conftest import AS_OF, Store
from tests.ingest.files import NUISANCE, fire, police, requests

ELSEWHERE = {"Longitude": "-1.200000"}
IDS = "SELECT source_id FROM incident WHERE source_id IS NOT NULL ORDER BY source_id"


def counts(store: Store, feed: str, body: bytes) -> tuple[int, int, int, int]:
    """Inserted, updated, unchanged, removed."""
    report = store.load(feed, body)
    assert report.balanced()
    return report.inserted, report.updated, report.unchanged, report.removed


def crimes(*ids: str) -> list[dict[str, str]]:
    return [{"Crime ID": crime} for crime in ids]


def test_a_snapshot_adds_updates_keeps_and_removes(cleared: Store) -> None:
    assert counts(cleared, "police-uk-street", police(*crimes("a", "b", "c"))) == (3, 0, 0, 0)
    solved = {"Crime ID": "b", "Last outcome category": "Offender sent to prison"}
    assert counts(cleared, "police-uk-street", police({"Crime ID": "a"}, solved, {"Crime ID": "d"})) == (1, 1, 1, 1)
    assert [row["source_id"] for row in cleared.rows(IDS)] == ["a", "b", "d"]


def test_a_snapshot_leaves_other_months_and_forces_alone(cleared: Store) -> None:
    counts(cleared, "police-uk-street", police(*crimes("a", "b")))
    counts(cleared, "police-uk-street", police({"Crime ID": "c", "Month": "2026-04"}))
    counts(cleared, "police-uk-street", police({"Crime ID": "d", "Reported by": "Durham Constabulary"}))
    assert counts(cleared, "police-uk-street", police(*crimes("a"))) == (0, 0, 1, 1)
    assert [row["source_id"] for row in cleared.rows(IDS)] == ["a", "c", "d"]


def test_a_file_of_two_months_replaces_both(cleared: Store) -> None:
    april = {"Month": "2026-04"}
    counts(cleared, "police-uk-street", police(*crimes("a", "b"), {"Crime ID": "c"} | april, {"Crime ID": "d"} | april))
    assert counts(cleared, "police-uk-street", police(*crimes("a"), {"Crime ID": "c"} | april)) == (0, 0, 2, 2)


def test_rows_without_an_id_are_counted_not_merged(cleared: Store) -> None:
    assert counts(cleared, "police-uk-street", police(*[NUISANCE] * 5)) == (5, 0, 0, 0)
    assert counts(cleared, "police-uk-street", police(*[NUISANCE] * 7)) == (2, 0, 5, 0)
    assert counts(cleared, "police-uk-street", police(*[NUISANCE] * 3)) == (0, 0, 3, 4)
    assert [row["ordinal"] for row in cleared.rows("SELECT ordinal FROM incident ORDER BY 1")] == [0, 1, 2]


def test_rows_alike_in_all_but_their_place_in_the_file_are_the_same(cleared: Store) -> None:
    rows = [NUISANCE, NUISANCE | ELSEWHERE, *crimes("a", "b"), NUISANCE]
    counts(cleared, "police-uk-street", police(*rows))
    assert counts(cleared, "police-uk-street", police(*reversed(rows))) == (0, 0, 5, 0)


def test_a_crime_id_given_twice_is_two_rows(cleared: Store) -> None:
    rows = [{"Crime ID": "a"}, {"Crime ID": "a", "Crime type": "Robbery"}]
    assert counts(cleared, "police-uk-street", police(*rows)) == (2, 0, 0, 0)
    assert counts(cleared, "police-uk-street", police(*rows)) == (0, 0, 2, 0)


def test_a_snapshot_whose_rows_are_all_broken_removes_nothing(cleared: Store) -> None:
    counts(cleared, "police-uk-street", police(*crimes("a", "b")))
    assert counts(cleared, "police-uk-street", police({"Month": "2026-03-01"}, {"Crime type": ""})) == (0, 0, 0, 0)
    assert len(cleared.rows(IDS)) == 2


def test_a_snapshot_with_a_broken_row_removes_nothing_and_says_so(cleared: Store) -> None:
    counts(cleared, "police-uk-street", police(*crimes("a", "b", "c")))
    report = cleared.load("police-uk-street", police({"Crime ID": "a"}, {"Crime ID": "b", "Crime type": ""}))
    assert (report.unchanged, report.removed, report.rejected) == (1, 0, 1)
    assert "2 stored rows that the file no longer holds were kept, because it has rejected rows." in report.warnings
    assert [row["source_id"] for row in cleared.rows(IDS)] == ["a", "b", "c"]


def test_an_incremental_feed_never_removes(cleared: Store) -> None:
    counts(cleared, "open311", requests({}, {"service_request_id": "2"}))
    assert counts(cleared, "open311", requests({"service_request_id": "3"})) == (1, 0, 0, 0)
    assert len(cleared.rows(IDS)) == 3


@pytest.mark.parametrize(("day", "year"), [("31 Dec 2025", 2025), ("01 Jan 2026", 2026)])
def test_an_incident_may_move_to_another_year(cleared: Store, day: str, year: int) -> None:
    counts(cleared, "lfb-incidents", fire({"DateOfCall": "01 Jul 2024"}, {"IncidentNumber": "2"}))
    assert counts(cleared, "lfb-incidents", fire({"DateOfCall": day})) == (0, 1, 0, 0)
    years = "SELECT extract(year FROM occurred_from)::int AS year FROM incident WHERE source_id <> '2'"
    assert cleared.rows(years) == [{"year": year}]


def test_a_file_may_span_years_that_are_known_and_years_that_are_not(store: Store) -> None:
    store.load("lfb-incidents", fire({"DateOfCall": "01 Jul 2024"}))
    rows = [{"IncidentNumber": str(year), "DateOfCall": f"01 Jul {year}"} for year in range(1970, 2026, 5)]
    report = store.load("lfb-incidents", fire({"DateOfCall": "01 Jul 2024"}, *rows))
    assert (report.inserted, report.unchanged) == (len(rows), 1)
    assert store.load("lfb-incidents", fire(*rows)).unchanged == len(rows)


def test_feeds_do_not_touch_each_other(cleared: Store) -> None:
    cleared.load("lfb-incidents", fire({"IncidentNumber": "7"}))
    cleared.load("open311", requests({"service_request_id": "7"}))
    cleared.load("police-uk-street", police({"Crime ID": "7"}))
    assert len(cleared.rows(IDS)) == 3
    assert cleared.load("open311", requests({"service_request_id": "7"})).unchanged == 1


def test_a_word_mapped_since_changes_the_category_on_the_next_load(
    cleared: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    cleared.load("police-uk-street", police({"Crime type": "Sorcery"}))
    known = FEEDS["police-uk-street"]
    learnt = Words(known.words.whole | {"sorcery": "other_crime"}, known.words.patterns)
    monkeypatch.setitem(FEEDS, known.name, replace(known, words=learnt))
    assert counts(cleared, "police-uk-street", police({"Crime type": "Sorcery"})) == (0, 1, 0, 0)
    assert cleared.rows("SELECT category FROM incident") == [{"category": "other_crime"}]


def test_indexes_and_constraints_are_those_of_the_parent_whichever_way_a_year_came_about(store: Store) -> None:
    """2026 comes as a whole; 2025 comes into a database that knows the scope already."""
    store.load("lfb-incidents", fire({}))
    store.load("lfb-incidents", fire({"DateOfCall": "01 Jul 2025"}))
    query = """
        SELECT c.relname AS name, (SELECT count(*) FROM pg_index WHERE indrelid = c.oid AND indisvalid) AS indexes,
               (SELECT count(*) FROM pg_constraint WHERE conrelid = c.oid AND contype = 'c') AS checks,
               (SELECT count(*) FROM pg_attribute WHERE attrelid = c.oid AND attnotnull AND attnum > 0) AS filled
        FROM pg_inherits JOIN pg_class AS c ON c.oid = inhrelid WHERE inhparent = 'incident'::regclass ORDER BY 1
    """
    parts = store.rows(query)
    assert [part.pop("name") for part in parts] == ["incident_2025", "incident_2026"]
    assert parts[0] == parts[1]
    assert parts[0]["indexes"] == 5
    assert store.rows("SELECT 1 FROM pg_class WHERE relname LIKE 'incoming%'") == []


def test_a_load_reads_the_clock_nowhere(cleared: Store) -> None:
    """The same file on an earlier day has dates in the future."""
    [payload] = payloads([cleared.file(police({}), "street.csv")])
    feed = feed_named("police-uk-street")
    assert ingest(cleared.engine, feed, payload, AS_OF.replace(month=2)).rejected_by_reason == {"future_date": 1}
    assert ingest(cleared.engine, feed, payload, AS_OF.replace(month=3)).inserted == 1


def test_the_report_is_kept_with_the_load(cleared: Store) -> None:
    report = cleared.load("police-uk-street", police({}, {"Month": ""}), "street.csv")
    [run] = cleared.rows("SELECT feed, file_name, report FROM feed_run")
    assert (run["feed"], run["file_name"]) == ("police-uk-street", "street.csv")
    assert run["report"] == report.as_dict()


def test_progress_tells_the_file_and_the_rows_so_far(cleared: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aim.ingest.tabular.BLOCK", 512)
    told: list[tuple[str, int]] = []
    rows = crimes(*map(str, range(30)))
    cleared.load("police-uk-street", police(*rows), "street.csv", lambda what, done: told.append((what, done)))
    assert len(told) > 3
    assert {what for what, _ in told} == {"street.csv"}
    assert [done for _, done in told] == sorted(done for _, done in told)
    assert told[-1] == ("street.csv", 30)


def test_what_feeds_share_is_worked_out_for_each_row(cleared: Store) -> None:
    cleared.load("police-uk-street", police({}))
    [row] = cleared.rows("SELECT *, ST_AsText(location) AS point FROM incident")
    assert (row["agency"], row["marking"], row["category"]) == ("police", "OFFICIAL", "burglary")
    assert (row["scope"], row["time_precision"]) == ("Cleveland Police 2026-03", "month")
    assert row["point"] == "POINT(-1.239958 54.57421)"
    for resolution in (8, 9, 10):
        assert row[f"h3_r{resolution}"] == h3.str_to_int(h3.latlng_to_cell(54.57421, -1.239958, resolution))
