"""The quarantine: what is kept of a rejected row, how it is listed and exported."""

import csv
import json
from pathlib import Path

from aim.ingest.quarantine import export_rejects, list_rejects
from aim.ingest.reasons import SENTENCES, RejectReason
from tests.ingest.conftest import Store
from tests.ingest.files import fire, police


def test_a_reject_keeps_its_place_its_reason_and_the_raw_row(cleared: Store) -> None:
    cleared.load("police-uk-street", police({}, {"Month": "2019-13", "Location": 'The "Ship", quay'}), "street.csv")
    [reject] = list_rejects(cleared.engine)
    raw = json.loads(reject.pop("raw"))
    assert reject == {
        "feed": "police-uk-street", "file": "street.csv", "line": 3, "reason": "invalid_date", "detail": "2019-13",
        "sentence": "The date or time is missing, does not exist or is not in the feed's format.",
    }  # fmt: skip
    assert (raw["Location"], raw["Month"], raw["Crime ID"]) == ('The "Ship", quay', "2019-13", "b04b")
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
    cleared.load("police-uk-street", police({"Crime type": ""}), "another.csv")
    cleared.load("police-uk-street", police({}), "street.csv")
    assert cleared.rejects() == [(2, "missing_category", "-1.239958, 54.574210")]


def test_the_export_is_a_csv_of_the_whole_list(cleared: Store, tmp_path: Path) -> None:
    cleared.load("police-uk-street", police({"Month": "a,\nb"}, "1,2"), "street.csv")
    assert export_rejects(cleared.engine, tmp_path / "rejects.csv") == 2
    with (tmp_path / "rejects.csv").open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    assert [(row["line"], row["reason"], row["detail"]) for row in rows] == [
        ("2", "invalid_date", "a,\nb"), ("4", "wrong_field_count", "2 fields instead of 12"),
    ]  # fmt: skip
    assert rows[1]["raw"] == "1,2"


def test_an_empty_quarantine_exports_its_header(cleared: Store, tmp_path: Path) -> None:
    assert export_rejects(cleared.engine, tmp_path / "rejects.csv") == 0
    assert (tmp_path / "rejects.csv").read_text() == "feed,file,line,reason,sentence,detail,raw\n"


def test_every_reason_has_a_sentence() -> None:
    assert SENTENCES.keys() == set(RejectReason)
    assert all(sentence.endswith(".") for sentence in SENTENCES.values())
