"""A mended export comes back in, and what a person said holds from then on."""

import csv
import dataclasses
import io
import json
from typing import Any

import pytest

from aim.errors import UnreadableFile, WrongColumns
from aim.ingest.feeds import FEEDS
from aim.ingest.quarantine import list_rejects
from aim.ingest.quarantine.fix import fix
from aim.ingest.report import Report
from tests.ingest.conftest import AS_OF, Store
from tests.ingest.files import NUISANCE, fire, police
from tests.ingest.quarantine.sheets import exported, given_back, mend

STORED = """
SELECT source_id, source_category AS what, to_char(occurred_from AT TIME ZONE 'Europe/London', 'YYYY-MM-DD') AS day
FROM incident ORDER BY 1, 2, 3
"""


def stored(store: Store) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in store.rows(STORED)]


def counts(report: Report) -> tuple[int, int, int, int, int]:
    assert report.read == report.inserted + report.updated + report.unchanged + report.rejected
    return report.read, report.inserted, report.updated, report.unchanged, report.rejected


def test_a_mended_row_is_loaded_and_leaves_the_quarantine(cleared: Store) -> None:
    cleared.load("police-uk-street", police({}, {"Crime ID": "c05c", "Month": "2026-13"}))
    [report] = mend(cleared, {"Month": "2026-04"}).reports
    assert counts(report) == (1, 1, 0, 0, 0)
    assert cleared.rejects() == []
    assert stored(cleared) == [("b04b", "Burglary", "2026-03-01"), ("c05c", "Burglary", "2026-04-01")]


def test_what_is_still_wrong_stays_with_the_new_reason_and_the_raw_row(cleared: Store) -> None:
    cleared.load("police-uk-street", police({"Month": "2026-13", "Crime type": ""}))
    before = json.loads(list_rejects(cleared.engine)[0]["raw"])
    [report] = mend(cleared, {"Month": "2026-04"}).reports
    assert (counts(report), report.rejected_by_reason) == ((1, 0, 0, 0, 1), {"missing_category": 1})
    [reject] = list_rejects(cleared.engine)
    assert (reject["line"], reject["reason"], json.loads(reject["raw"])) == (2, "missing_category", before)
    [shown] = exported(cleared)
    assert (shown["Month"], shown["Crime type"]) == ("2026-04", "")
    [report] = mend(cleared, {"Crime type": "Burglary"}).reports
    assert counts(report) == (1, 1, 0, 0, 0)


def test_a_file_that_is_given_back_as_it_was_changes_nothing(cleared: Store) -> None:
    cleared.load("police-uk-street", police({"Month": "2026-13"}, "1,2"))
    before = cleared.digest()
    [report] = mend(cleared, {}).reports
    assert counts(report) == (2, 0, 0, 0, 2)
    assert cleared.digest() == before
    assert cleared.rows("SELECT FROM correction") == []


def test_a_row_that_was_taken_out_of_the_file_stays(cleared: Store) -> None:
    cleared.load("police-uk-street", police({"Month": "2026-13"}, {"Crime ID": "9", "Month": "2026-14"}))
    sheet = [row | {"Month": "2026-03"} for row in exported(cleared)][:1]
    [report] = fix(cleared.engine, given_back(cleared, sheet), AS_OF, "a tester").reports
    assert counts(report) == (1, 1, 0, 0, 0)
    assert [detail for _, _, detail in cleared.rejects()] == ["2026-14"]


def test_a_second_time_is_told_and_changes_nothing(cleared: Store) -> None:
    cleared.load("police-uk-street", police({"Month": "2026-13"}))
    file = given_back(cleared, [row | {"Month": "2026-03"} for row in exported(cleared)])
    fix(cleared.engine, file, AS_OF, "a tester")
    before = cleared.digest()
    fixed = fix(cleared.engine, file, AS_OF, "a tester")
    assert (fixed.reports, len(fixed.unknown)) == ([], 1)
    assert cleared.digest() == before


def test_a_broken_row_is_mended_in_its_text(cleared: Store) -> None:
    good = police({"Crime ID": "c05c", "Location": "Quay, the"}).decode().splitlines()[1]
    cleared.load("police-uk-street", police({}, good.replace('"', "")))
    [report] = mend(cleared, {"raw": good}).reports
    assert counts(report) == (1, 1, 0, 0, 0)
    assert [row[0] for row in stored(cleared)] == ["b04b", "c05c"]


def test_a_broken_row_is_mended_in_its_cells(cleared: Store) -> None:
    cleared.load("police-uk-street", police({}, "c05c,2026-03"))
    right = {"Crime ID": "c05c", "Month": "2026-03", "Crime type": "Arson", "Reported by": "Cleveland Police"}
    [report] = mend(cleared, right).reports
    assert counts(report) == (1, 1, 0, 0, 0)
    assert ("c05c", "Arson", "2026-03-01") in stored(cleared)


def test_text_that_is_still_no_row_stays(cleared: Store) -> None:
    cleared.load("police-uk-street", police("1,2"))
    for text in ("1,2,3", "", 'a"\n"b', "\n".join([",".join("x" * 12)] * 2)):
        [report] = mend(cleared, {"raw": text}).reports
        assert counts(report) == (1, 0, 0, 0, 1), text
    assert [(row["reason"], row["raw"]) for row in list_rejects(cleared.engine)] == [("wrong_field_count", "1,2")]


def test_an_id_that_is_stored_is_updated(cleared: Store) -> None:
    cleared.load("lfb-incidents", fire({}), "monday.csv")
    cleared.load("lfb-incidents", fire({"DateOfCall": "soon", "TimeOfCall": "10:00:00"}), "tuesday.csv")
    [report] = mend(cleared, {"DateOfCall": "01 Mar 2026"}).reports
    assert counts(report) == (1, 0, 1, 0, 0)
    assert cleared.rows("SELECT occurred_from::text AS at FROM incident") == [{"at": "2026-03-01 10:00:00+00"}]


def test_a_snapshots_other_rows_are_untouched(cleared: Store) -> None:
    cleared.load("police-uk-street", police({}, {"Crime ID": "9"}, NUISANCE, {"Crime ID": "10", "Longitude": "x"}))
    mend(cleared, {"Longitude": "-1.24"})
    assert [row[0] for row in stored(cleared)] == ["10", "9", "b04b", None]


@pytest.mark.parametrize("loads", [1, 2])
def test_the_file_loaded_again_still_holds_the_broken_row_and_nothing_is_lost_or_twice(
    cleared: Store, loads: int
) -> None:
    """What a person said of a row without an id is remembered by what the row says."""
    body = police({}, NUISANCE, NUISANCE | {"Month": "March"}, NUISANCE | {"Month": "March"})
    cleared.load("police-uk-street", body)
    mend(cleared, {"Month": "2026-03"})
    before = stored(cleared)
    assert len(before) == 4
    for _ in range(loads):
        report = cleared.load("police-uk-street", body)
        assert (report.read, report.unchanged, report.removed, report.rejected) == (4, 4, 0, 0)
    assert stored(cleared) == before
    report = cleared.load("police-uk-street", police({}, NUISANCE, NUISANCE, NUISANCE), "mended by the publisher.csv")
    assert (report.unchanged, report.inserted, report.removed) == (4, 0, 0)


def test_a_correction_of_one_of_two_rows_alike_is_of_one(cleared: Store) -> None:
    body = police(NUISANCE | {"Month": "March"}, NUISANCE | {"Month": "March"})
    cleared.load("police-uk-street", body)
    [first, _] = exported(cleared)
    fix(cleared.engine, given_back(cleared, [first | {"Month": "2026-03"}]), AS_OF, "a tester")
    report = cleared.load("police-uk-street", body)
    assert (report.unchanged, report.rejected, [row[0] for row in cleared.rejects()]) == (1, 1, [3])


def test_a_corrected_row_that_becomes_wrong_is_kept_as_it_was_published(cleared: Store) -> None:
    body = police({"Month": "March"}, "1,2")
    cleared.load("police-uk-street", body)
    raws = [row["raw"] for row in list_rejects(cleared.engine)]
    wrong = {"Month": "2026-10", "Crime type": "", "Reported by": "x"}
    mend(cleared, wrong)
    cleared.load("police-uk-street", body)
    found = list_rejects(cleared.engine)
    assert [row["reason"] for row in found] == ["missing_category"] * 2
    assert [row["raw"] for row in found] == raws
    [report] = mend(cleared, wrong | {"Month": "2026-03", "Crime type": "Arson"}).reports
    assert counts(report) == (2, 2, 0, 0, 0)
    assert cleared.load("police-uk-street", body).unchanged == 2


def test_a_correction_is_taken_back_by_giving_the_row_back_as_it_was(cleared: Store) -> None:
    body = police({"Month": "March", "Crime type": ""})
    cleared.load("police-uk-street", body)
    mend(cleared, {"Month": "2026-03"})
    assert cleared.rows("SELECT columns ->> 'Month' AS month, made_by FROM correction") == [
        {"month": "2026-03", "made_by": "a tester"}
    ]
    mend(cleared, {"Month": "March"})
    assert cleared.rows("SELECT FROM correction") == []


def test_a_person_may_think_again_of_a_row_that_is_stored(cleared: Store) -> None:
    body = police({}, NUISANCE | {"Month": "March"}, "1,2")
    cleared.load("police-uk-street", body)
    sheet = [row | {"Month": "2026-03", "Crime type": "Arson"} for row in exported(cleared)]
    fix(cleared.engine, given_back(cleared, sheet), AS_OF, "a tester")
    before = stored(cleared)
    again = given_back(cleared, [row | {"Month": "2026-04"} for row in sheet])
    fixed = fix(cleared.engine, again, AS_OF, "another")
    assert (fixed.reports, sorted(fixed.changed), fixed.unknown) == ([], sorted(row["reject"] for row in sheet), [])
    assert stored(cleared) == before
    assert fix(cleared.engine, again, AS_OF, "another").changed == []
    cleared.load("police-uk-street", body)
    assert [row[2] for row in stored(cleared)].count("2026-04-01") == 2
    assert cleared.rows("SELECT DISTINCT made_by FROM correction") == [{"made_by": "another"}]


def test_a_row_that_was_mended_in_its_text_is_not_emptied_by_the_same_file(cleared: Store) -> None:
    good = police({"Location": "Quay, the"}).decode().splitlines()[1]
    cleared.load("police-uk-street", police(good.replace('"', "")))
    file = given_back(cleared, [row | {"raw": good} for row in exported(cleared)])
    assert fix(cleared.engine, file, AS_OF, "a tester").reports[0].inserted == 1
    fixed = fix(cleared.engine, file, AS_OF, "a tester")
    assert (fixed.changed, len(fixed.unknown)) == ([], 1)


def test_a_correction_knows_when_its_incident_was(cleared: Store) -> None:
    cleared.load("police-uk-street", police({"Month": "March"}))
    mend(cleared, {"Month": "2026-03"})
    assert cleared.rows("SELECT occurred_to::text AS until FROM correction") == [{"until": "2026-03-31 23:00:00+00"}]


def test_a_spreadsheets_own_changes_are_no_corrections(cleared: Store) -> None:
    cleared.load("lfb-incidents", fire({"IncidentNumber": "000123", "DateOfCall": "soon"}))
    [report] = mend(cleared, {"IncidentNumber": "123", "DateOfCall": "01 Mar 2026"}).reports
    assert counts(report) == (1, 1, 0, 0, 0)
    assert stored(cleared)[0][0] == "000123"


def test_rows_of_several_feeds_come_back_in_one_file(cleared: Store) -> None:
    cleared.load("police-uk-street", police({"Month": "2026-13"}))
    cleared.load("lfb-incidents", fire({"DateOfCall": "soon"}))
    fixed = mend(cleared, {"Month": "2026-03", "DateOfCall": "01 Mar 2026"})
    assert [(report.feed, counts(report)) for report in fixed.reports] == [
        ("lfb-incidents", (1, 1, 0, 0, 0)), ("police-uk-street", (1, 1, 0, 0, 0)),
    ]  # fmt: skip


def test_a_mended_row_with_a_name_in_it_is_never_kept(cleared: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The text of a broken row may hold a person's name: what is made of it is loaded, and not remembered."""
    feed = FEEDS["lfb-incidents"]
    monkeypatch.setitem(FEEDS, feed.name, dataclasses.replace(feed, personal=("Caller",)))
    cleared.load("lfb-incidents", fire("Jane Doe,1"))
    right = {"IncidentNumber": "7", "DateOfCall": "01 Mar 2026", "TimeOfCall": "10:00:00"}
    [report] = mend(cleared, right | {"StopCodeDescription": "False Alarm"}).reports
    assert counts(report) == (1, 1, 0, 0, 0)
    assert cleared.rows("SELECT FROM correction") == []


@pytest.mark.parametrize("separator", [";", "\t"])
def test_a_file_as_other_spreadsheets_save_it(cleared: Store, separator: str) -> None:
    cleared.load("police-uk-street", police({"Month": "2026-13", "Reported by": "Nörth – Police; the"}))
    [row] = exported(cleared)
    out = io.StringIO()
    csv.writer(out, delimiter=separator).writerows([list(row), list((row | {"Month": "2026-03"}).values())])
    path = cleared.file(out.getvalue().encode("cp1252"), "mended.csv")
    [report] = fix(cleared.engine, path, AS_OF, "a tester").reports
    assert counts(report) == (1, 1, 0, 0, 0)
    assert cleared.rows("SELECT scope FROM incident") == [{"scope": "Nörth – Police; the 2026-03"}]


def test_a_file_that_is_none_of_these_is_refused(cleared: Store) -> None:
    with pytest.raises(WrongColumns, match="has no column 'reject'"):
        fix(cleared.engine, cleared.file(b"a,b\n1,2\n", "x.csv"), AS_OF, "a tester")
    with pytest.raises(UnreadableFile, match="is not a table in CSV"):
        fix(cleared.engine, cleared.file(b"reject,b\n1,2,3\n", "x.csv"), AS_OF, "a tester")
    with pytest.raises(UnreadableFile, match="holds the row f/1/0 more than once"):
        fix(cleared.engine, cleared.file(b"reject,b\nf/1/0,2\nf/1/0,3\n", "x.csv"), AS_OF, "a tester")
    with pytest.raises(UnreadableFile, match="cannot be read: No such file"):
        fix(cleared.engine, cleared.folder / "missing.csv", AS_OF, "a tester")
