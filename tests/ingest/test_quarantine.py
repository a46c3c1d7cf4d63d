"""The quarantine: what is kept of a rejected row, how it is listed and exported, and what supersedes it."""

import csv
import dataclasses
import json
from pathlib import Path

import pytest

from aim.ingest.feeds import FEEDS
from aim.ingest.quarantine import export_rejects, list_rejects
from aim.ingest.reasons import SENTENCES, RejectReason
from tests.ingest.conftest import Store
from tests.ingest.files import POLICE, fire, police


def test_a_reject_keeps_its_place_its_reason_and_the_raw_row(cleared: Store) -> None:
    cleared.load("police-uk-street", police({}, {"Month": "2019-13", "Crime type": 'The "Ship", quay'}), "street.csv")
    [reject] = list_rejects(cleared.engine)
    raw = json.loads(reject.pop("raw"))
    assert reject == {
        "feed": "police-uk-street", "file": "street.csv", "line": 3, "reason": "invalid_date", "detail": "2019-13",
        "sentence": "The date or time is missing, does not exist or is not in the feed's format.",
    }  # fmt: skip
    assert (raw["Crime type"], raw["Month"], raw["Crime ID"]) == ('The "Ship", quay', "2019-13", "b04b")
    assert "line" not in raw


def test_the_newest_load_is_listed_first_and_one_feed_can_be_asked_for(cleared: Store) -> None:
    cleared.load("police-uk-street", police({"Month": ""}, {"Crime type": ""}), "street.csv")
    cleared.load("lfb-incidents", fire({"DateOfCall": ""}), "fire.csv")
    assert [(r["file"], r["line"]) for r in list_rejects(cleared.engine)] == [
        ("fire.csv", 2),
        ("street.csv", 2),
        ("street.csv", 3),
    ]
    assert [r["file"] for r in list_rejects(cleared.engine, "lfb-incidents")] == ["fire.csv"]


def test_a_mended_file_takes_its_rejects_out_and_no_others(cleared: Store) -> None:
    cleared.load("police-uk-street", police({"Month": "2019-13"}), "street.csv")
    cleared.load("police-uk-street", police({"Crime type": "", "Crime ID": "c05c"}), "another.csv")
    cleared.load("police-uk-street", police({}), "street.csv")
    assert [(row["file"], row["reason"]) for row in list_rejects(cleared.engine)] == [
        ("another.csv", "missing_category")
    ]


def test_files_of_one_name_in_two_folders_are_two_files(cleared: Store) -> None:
    cleared.load("lfb-incidents", fire({"DateOfCall": "soon"}), "march/fire.csv")
    cleared.load("lfb-incidents", fire({"IncidentNumber": "9", "DateOfCall": "late"}), "april/fire.csv")
    assert [detail for _, _, detail in cleared.rejects()] == ["late 21:30:15", "soon 21:30:15"]
    cleared.load("lfb-incidents", fire({"IncidentNumber": "9"}), "april/fire.csv")
    assert [detail for _, _, detail in cleared.rejects()] == ["soon 21:30:15"]


def test_a_row_that_another_file_holds_too_is_in_quarantine_once(cleared: Store) -> None:
    """Overlapping deliveries would fill it with the same few rows."""
    cleared.load("lfb-incidents", fire({"DateOfCall": "soon"}, {"DateOfCall": "soon"}, "1,2"), "monday.csv")
    cleared.load("lfb-incidents", fire({"IncidentNumber": "9"}, "1,2", {"DateOfCall": "soon"}), "tuesday.csv")
    found = [(row["file"], row["line"], row["reason"]) for row in list_rejects(cleared.engine)]
    assert found == [
        ("tuesday.csv", 3, "wrong_field_count"),
        ("tuesday.csv", 4, "invalid_date"),
        ("monday.csv", 3, "invalid_date"),
    ]


def test_a_record_that_came_later_in_good_order_leaves_the_quarantine(cleared: Store) -> None:
    """Else a replay would bring back what was true on Monday."""
    rows = ({"DateOfCall": "soon"}, {"IncidentNumber": "9", "DateOfCall": "soon"}, {"IncidentNumber": "NULL"})
    cleared.load("lfb-incidents", fire(*rows), "monday.csv")
    cleared.load("lfb-incidents", fire({"StopCodeDescription": "False Alarm"}), "tuesday.csv")
    assert [row["line"] for row in list_rejects(cleared.engine)] == [3, 4]


def test_a_record_that_came_earlier_in_good_order_does_not(cleared: Store) -> None:
    cleared.load("lfb-incidents", fire({}), "monday.csv")
    cleared.load("lfb-incidents", fire({"DateOfCall": "soon"}, {}), "tuesday.csv")
    assert [row["line"] for row in list_rejects(cleared.engine)] == [2]


def test_nothing_of_a_broken_row_is_kept_where_it_may_hold_a_name(
    cleared: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = FEEDS["lfb-incidents"]
    monkeypatch.setitem(FEEDS, feed.name, dataclasses.replace(feed, personal=("Caller",)))
    cleared.load("lfb-incidents", fire({}, "Jane Doe,1"))
    assert [(row["reason"], row["raw"]) for row in list_rejects(cleared.engine)] == [("wrong_field_count", "")]
    assert cleared.rows("SELECT fingerprint FROM rejected_row") == [{"fingerprint": None}]


def test_the_export_is_a_csv_of_the_whole_list_with_each_rows_own_cells(cleared: Store, tmp_path: Path) -> None:
    cleared.load("police-uk-street", police({"Month": "a,\nb"}, "1,2"), "street.csv")
    cleared.load("lfb-incidents", fire({"DateOfCall": ""}), "fire.csv")
    assert export_rejects(cleared.engine, tmp_path / "rejects.csv") == 3
    with (tmp_path / "rejects.csv").open(newline="", encoding="utf-8-sig") as lines:
        rows = list(csv.DictReader(lines))
    assert [(row["line"], row["reason"], row["detail"]) for row in rows] == [
        ("2", "invalid_date", "21:30:15"),
        ("2", "invalid_date", "a,\nb"),
        ("4", "wrong_field_count", "2 fields instead of 12"),
    ]
    assert [(row["Month"], row["TimeOfCall"], row["Longitude"]) for row in rows] == [
        ("", "21:30:15", ""), ("a,\nb", "", "-1.239958"), ("", "", ""),
    ]  # fmt: skip
    assert rows[2]["raw"] == "1,2"
    assert export_rejects(cleared.engine, tmp_path / "fire.csv", "lfb-incidents") == 1
    assert "Month" not in (tmp_path / "fire.csv").read_text(encoding="utf-8-sig").splitlines()[0]


def test_an_export_runs_no_formula(cleared: Store, tmp_path: Path) -> None:
    cleared.load("police-uk-street", police({"Month": "@SUM(A1)", "Crime ID": "=1+1"}, "=cmd|'/c calc'!A1"))
    export_rejects(cleared.engine, tmp_path / "rejects.csv")
    with (tmp_path / "rejects.csv").open(newline="", encoding="utf-8-sig") as lines:
        rows = list(csv.DictReader(lines))
    assert [(row["detail"], row["Crime ID"]) for row in rows] == [
        ("'@SUM(A1)", "'=1+1"),
        ("1 fields instead of 12", ""),
    ]
    assert rows[1]["raw"] == "'=cmd|'/c calc'!A1"
    assert rows[0]["Longitude"] == "-1.239958"


def test_a_files_own_names_of_columns_do_not_leave_in_an_export(cleared: Store, tmp_path: Path) -> None:
    """The names are the profile's, which the operator wrote: a file that calls a column =1+1 puts nothing into it."""
    cleared.load("police-uk-street", police({"Month": "2026-13"}, header=(*POLICE, "=1+1")))
    assert export_rejects(cleared.engine, tmp_path / "rejects.csv") == 1
    header = (tmp_path / "rejects.csv").read_text(encoding="utf-8-sig").splitlines()[0]
    names = header.split(",")[8:]
    assert names
    assert set(names) < set(POLICE)


def test_an_empty_quarantine_exports_its_header(cleared: Store, tmp_path: Path) -> None:
    assert export_rejects(cleared.engine, tmp_path / "rejects.csv") == 0
    text = (tmp_path / "rejects.csv").read_text(encoding="utf-8-sig")
    assert text == "reject,feed,file,line,reason,sentence,detail,raw\n"


def test_every_reason_has_a_sentence() -> None:
    assert SENTENCES.keys() == set(RejectReason)
    assert all(sentence.endswith(".") for sentence in SENTENCES.values())
