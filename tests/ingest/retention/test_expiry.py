"""What is past its feed's period goes, counts of it stay, and it does not come back."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from aim.ingest.feeds import FEEDS
from aim.ingest.quarantine import list_rejects
from aim.ingest.quarantine.replay import replay
from aim.ingest.retention import erase
from aim.ingest.retention.expiry import erasures, holdings
from aim.ingest.retention.period import set_period
from tests.ingest.conftest import Store
from tests.ingest.files import fire, police
from tests.ingest.quarantine.sheets import mend
from tests.ingest.retention.conftest import (
    AS_OF,
    CRIMES,
    FIRES,
    Expire,
    aggregates,
    days,
    load_crimes,
    load_fires,
    partitions,
)  # fmt: skip

LINKED = """
INSERT INTO incident_link (feed_a, scope_a, identity_a, ordinal_a, feed_b, scope_b, identity_b, ordinal_b,
                           rule, parts, status, began)
SELECT a.feed, a.scope, a.identity, a.ordinal, b.feed, b.scope, b.identity, b.ordinal, 'reviewer', '{}', 'made',
       least(a.occurred_from, b.occurred_from)
FROM incident AS a, incident AS b WHERE a.feed = :fires AND b.feed = :crimes
"""
"""Everything with everything."""


def keep(store: Store, feed: str, months: int) -> None:
    with store.engine.begin() as connection:
        set_period(connection, FEEDS[feed], months)


def test_what_is_older_than_the_period_goes_and_the_rest_stays(store: Store, run: Expire) -> None:
    load_fires(store, "29 Sep 2023", "30 Sep 2023", "01 Oct 2023", "02 Oct 2023")
    assert run()[FIRES].incidents == 2
    assert days(store) == ["2023-10-01", "2023-10-02"]


def test_a_month_is_as_old_as_its_end(store: Store, run: Expire) -> None:
    load_crimes(store, "2023-08", "2023-09", "2023-10")
    assert run()[CRIMES].incidents == 1
    assert run(AS_OF + timedelta(days=1))[CRIMES].incidents == 1
    assert days(store) == ["2023-10-01"]


def test_each_feed_has_its_own_period(store: Store, run: Expire) -> None:
    load_fires(store, "01 Sep 2023", "01 Sep 2025")
    load_crimes(store, "2023-08", "2025-08")
    keep(store, FIRES, 12)
    gone = run()
    assert (gone[FIRES].incidents, gone[FIRES].retention_months) == (2, 12)
    assert (gone[CRIMES].incidents, gone[CRIMES].retention_months) == (1, 36)
    assert days(store) == ["2025-08-01"]


def test_one_feed_can_be_asked_for(store: Store, run: Expire) -> None:
    load_fires(store, "01 Sep 2020")
    load_crimes(store, "2020-08")
    assert list(run(feed=FIRES)) == [FIRES]
    assert days(store) == ["2020-08-01"]
    assert partitions(store) == ["incident_2020"]


def test_counts_of_what_went_stay(store: Store, run: Expire) -> None:
    load_crimes(store, "2020-08", "2020-08", "2020-12", "2026-03")
    load_fires(store, "31 Aug 2020")
    assert run()[CRIMES].aggregates == 2
    assert [(feed, month, count) for feed, _, month, count in aggregates(store)] == [
        (FIRES, "2020-08", 1),
        (CRIMES, "2020-08", 2),
        (CRIMES, "2020-12", 1),
    ]


def test_a_year_that_is_past_it_as_a_whole_is_dropped(store: Store, run: Expire) -> None:
    load_crimes(store, "2019-05", "2020-08", "2023-05", "2023-11")
    assert run()[CRIMES].incidents == 3
    assert partitions(store) == ["incident_2023"]
    assert days(store) == ["2023-11-01"]
    assert load_crimes(store, "2020-08", name="late.csv").rejected_by_reason == {"expired": 1}


def test_a_year_that_another_feed_still_needs_stays(store: Store, run: Expire) -> None:
    load_crimes(store, "2020-08")
    load_fires(store, "01 Sep 2020")
    keep(store, FIRES, 120)
    run()
    assert (partitions(store), days(store)) == (["incident_2020"], ["2020-09-01"])


def test_where_someone_reads_for_long_the_rows_go_and_the_empty_table_stays(
    store: Store, run: Expire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erase, "LOCK_WAIT", "10ms")
    load_crimes(store, "2020-08")
    with store.engine.connect() as reader:
        assert reader.execute(text("SELECT count(*) FROM incident")).scalar_one() == 1
        assert run()[CRIMES].incidents == 1
    assert (partitions(store), days(store)) == (["incident_2020"], [])
    assert [count for *_, count in aggregates(store)] == [1]
    run()
    assert (partitions(store), [count for *_, count in aggregates(store)]) == ([], [1])


def test_a_second_run_erases_and_counts_nothing(store: Store, run: Expire) -> None:
    load_crimes(store, "2020-08", "2023-08", "2026-03")
    run()
    before = (days(store), aggregates(store), erasures(store.engine))
    assert not any(gone.anything() for gone in run().values())
    assert (days(store), aggregates(store), erasures(store.engine)) == before


def test_a_file_loaded_again_brings_nothing_back(store: Store, run: Expire) -> None:
    load_crimes(store, "2020-08", "2026-03")
    run()
    report = load_crimes(store, "2020-08", "2026-03")
    assert (report.read, report.unchanged, report.rejected) == (2, 1, 1)
    assert report.rejected_by_reason == {"expired": 1}
    assert list_rejects(store.engine) == []
    run()
    assert [count for *_, count in aggregates(store)] == [1]


def test_a_snapshot_with_expired_rows_still_takes_out_what_is_gone(store: Store, run: Expire) -> None:
    """Nothing that is stored can be one of those rows."""
    load_crimes(store, "2020-08", "2026-03", "2026-03")
    run()
    report = load_crimes(store, "2020-08", "2026-03")
    assert (report.rejected, report.unchanged, report.removed) == (1, 1, 1)


def test_nor_where_the_period_is_made_longer_later(store: Store, run: Expire) -> None:
    """Else the same incidents would be counted twice."""
    load_crimes(store, "2022-08", "2026-03")
    run()
    keep(store, CRIMES, 120)
    assert load_crimes(store, "2022-08", "2026-03").rejected_by_reason == {"expired": 1}


def test_a_feed_of_which_nothing_was_erased_takes_old_files(store: Store, run: Expire) -> None:
    run()
    load_fires(store, "01 Sep 2026")
    run()
    assert load_fires(store, "01 Sep 2026", "01 Sep 2010", name="archive.csv").inserted == 1
    assert run()[FIRES].incidents == 1


def test_what_is_past_its_period_is_so_whatever_else_is_wrong_with_it(store: Store, run: Expire) -> None:
    load_fires(store, "01 Sep 2020")
    run()
    report = store.load(FIRES, fire({"DateOfCall": "02 Sep 2020", "Easting_m": "x", "Easting_rounded": "x"}))
    assert report.rejected_by_reason == {"expired": 1}
    assert list_rejects(store.engine) == []


def test_old_rows_leave_the_quarantine_and_what_is_due_in_it_does_not_come_back(store: Store, run: Expire) -> None:
    nowhere = {"Easting_m": "x", "Easting_rounded": "x"}
    store.load(FIRES, fire({"DateOfCall": "01 Sep 2020"} | nowhere, {"DateOfCall": "01 Sep 2026"} | nowhere))
    store.load(CRIMES, police({"Month": "March"}))
    gone = run()
    assert (gone[FIRES].quarantined, gone[CRIMES].quarantined) == (1, 0)
    assert sorted(row["line"] for row in list_rejects(store.engine)) == [2, 3]
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE feed_run SET loaded_at = '2020-01-01'"))
    assert run()[CRIMES].quarantined == 1


def test_a_row_in_quarantine_that_has_expired_since_is_not_mended_into_the_table(store: Store, run: Expire) -> None:
    load_fires(store, "01 Sep 2020")
    store.load(FIRES, fire({"IncidentNumber": "9", "DateOfCall": "soon"}), "broken.csv")
    run()
    [report] = mend(store, {"DateOfCall": "02 Sep 2020"}).reports
    assert (report.read, report.rejected_by_reason) == (1, {"expired": 1})
    assert list_rejects(store.engine) == []
    assert replay(store.engine, AS_OF) == []


def test_corrections_go_with_their_incidents(store: Store, run: Expire) -> None:
    store.load(
        FIRES, fire({"IncidentNumber": "8", "DateOfCall": "soon"}, {"IncidentNumber": "9", "DateOfCall": "late"})
    )
    mend(store, {"DateOfCall": "02 Sep 2023"})
    assert run(AS_OF - timedelta(days=31))[FIRES].corrections == 0
    assert run()[FIRES].corrections == 2
    assert store.rows("SELECT FROM correction") == []


def test_old_payloads_go_and_are_logged_when_they_have_gone(store: Store, run: Expire) -> None:
    load_fires(store, "01 Sep 2020")
    folder = store.folder / "raw" / FIRES
    folder.mkdir(parents=True)
    for name in ("20200101T000000Z-x", "20200101T000000Z-x.about", "20260101T000000Z-x"):
        (folder / name).write_text("")
    assert run()[FIRES].files == 1
    assert [path.name for path in folder.iterdir()] == ["20260101T000000Z-x"]
    assert [(row["incidents"], row["files"]) for row in erasures(store.engine)] == [(0, 1), (1, 0)]


def test_the_log_says_what_went_and_why_and_nothing_of_what_it_said(store: Store, run: Expire) -> None:
    load_fires(store, "01 Sep 2020")
    run()
    [entry] = erasures(store.engine)
    assert {name: entry[name] for name in entry if name not in ("id", "erased_at")} == {
        "erased_by": "a tester", "feed": FIRES, "retention_months": 36, "as_of": AS_OF,
        "cutoff": datetime(2023, 9, 30, 23, tzinfo=UTC), "incidents": 1, "aggregates": 1, "quarantined": 0,
        "corrections": 0, "files": 0, "rule": "ended before 2023-10-01, 36 months before 2026-10-01 (London)",
    }  # fmt: skip
    assert erasures(store.engine, CRIMES) == []


@pytest.mark.parametrize(
    "statement", ["UPDATE erasure_log SET incidents = 0", "DELETE FROM erasure_log", "TRUNCATE erasure_log"]
)
def test_the_log_is_only_ever_added_to(store: Store, run: Expire, statement: str) -> None:
    load_fires(store, "01 Sep 2020")
    run()
    with pytest.raises(ProgrammingError, match="erasure_log is append-only"), store.engine.begin() as connection:
        connection.execute(text(statement))
    assert len(erasures(store.engine)) == 1


def test_what_would_go_is_told_and_nothing_is_changed(store: Store, run: Expire) -> None:
    load_crimes(store, "2020-08", "2023-10", "2026-03")
    store.load(FIRES, fire({"DateOfCall": "01 Sep 2020", "Easting_m": "x", "Easting_rounded": "x"}))
    before = store.digest()
    told = {held.due.feed: held for held in holdings(store.engine, AS_OF, store.folder)}
    assert store.digest() == before
    assert (told[CRIMES].incidents, told[CRIMES].oldest) == (3, datetime(2020, 8, 31, 23, tzinfo=UTC))
    assert (told[CRIMES].next_due, told[CRIMES].erased_until) == (date(2023, 9, 2), None)
    assert (told[FIRES].incidents, told[FIRES].oldest, told[FIRES].next_due) == (0, None, None)
    gone = run()
    for name in ("incidents", "quarantined", "corrections", "files"):
        assert {feed: getattr(held.due, name) for feed, held in told.items()} == {
            feed: getattr(erased, name) for feed, erased in gone.items()
        }
    [later] = holdings(store.engine, AS_OF, store.folder, CRIMES)
    assert (later.incidents, later.due.incidents, later.next_due) == (2, 0, date(2026, 11, 2))
    assert later.erased_until == datetime(2023, 9, 30, 23, tzinfo=UTC)


def test_the_days_that_health_counts_are_those_that_are_held(store: Store, run: Expire) -> None:
    load_fires(store, "01 Sep 2020", "30 Sep 2023", "01 Oct 2023", "01 Sep 2026")
    run()
    rows = store.rows("SELECT starts::text, rows FROM feed_volume WHERE feed = :feed ORDER BY 1", feed=FIRES)
    assert rows == [{"starts": "2023-10-01", "rows": 1}, {"starts": "2026-09-01", "rows": 1}]


def test_links_go_with_either_of_their_incidents(store: Store, run: Expire) -> None:
    load_fires(store, "01 Sep 2023", "01 Sep 2026")
    load_crimes(store, "2023-08", "2023-11")
    with store.engine.begin() as connection:
        connection.execute(text(LINKED), {"fires": FIRES, "crimes": CRIMES})
    assert store.rows("SELECT count(*) AS n FROM incident_link") == [{"n": 4}]
    run()
    assert store.rows("SELECT extract(year FROM began)::integer AS year FROM incident_link") == [{"year": 2023}]
    assert days(store) == ["2023-11-01", "2026-09-01"]


def test_published_layers_are_untouched(store: Store, run: Expire) -> None:
    """They show what a meeting saw, and hold no incident."""
    load_fires(store, "01 Sep 2020")
    with store.engine.begin() as connection:
        connection.execute(
            text("INSERT INTO scoring_run (as_of, parameters) VALUES ('2020-10-01', '{}')"),
        )
    run()
    assert store.rows("SELECT count(*) AS n FROM scoring_run") == [{"n": 1}]
