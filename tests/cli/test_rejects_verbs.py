"""The quarantine and its ways back through the command."""

import csv
from pathlib import Path
from typing import Any

from tests.cli.conftest import Aim
from tests.ingest.files import fire, police

COUNTS = ("read", "inserted", "updated", "unchanged", "rejected")


def write(folder: Path, name: str, body: bytes) -> Path:
    path = folder / name
    path.write_bytes(body)
    return path


def rewrite(path: Path, **cells: str) -> None:
    """Write these cells into each row of a CSV."""
    with path.open(newline="", encoding="utf-8-sig") as lines:
        rows = [row | cells for row in csv.DictReader(lines)]
    with path.open("w", newline="", encoding="utf-8-sig") as lines:
        writer = csv.DictWriter(lines, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def counts(answer: dict[str, Any]) -> list[int]:
    assert answer["read"] == sum(answer[part] for part in COUNTS[1:])
    return [answer[name] for name in COUNTS]


def test_from_a_broken_file_to_a_mended_row(aim_empty: Aim, tmp_path: Path) -> None:
    file = write(tmp_path, "fire.csv", fire({}, {"IncidentNumber": "9", "DateOfCall": "soon"}))
    aim_empty.json("ingest", "lfb-incidents", file)
    sheet = tmp_path / "rejects.csv"
    assert aim_empty.json("rejects", "export", sheet, "--feed", "lfb-incidents")["rejects"] == 1
    rewrite(sheet, DateOfCall="02 Mar 2026")
    fixed = aim_empty.json("rejects", "fix", sheet)
    assert (counts(fixed), fixed["feed"], fixed["unknown"]) == ([1, 1, 0, 0, 0], "lfb-incidents", [])
    assert [counts(feed) for feed in fixed["feeds"]] == [[1, 1, 0, 0, 0]]
    assert aim_empty.json("rejects", "list")["rejects"] == []
    again = aim_empty.json("rejects", "fix", sheet)
    assert (counts(again), len(again["unknown"])) == ([0, 0, 0, 0, 0], 1)
    loaded = aim_empty.json("ingest", "lfb-incidents", file)
    assert (loaded["unchanged"], loaded["rejected"]) == (2, 0)


def test_a_replay_reports_by_feed(aim_empty: Aim, tmp_path: Path) -> None:
    aim_empty.json("ingest", "lfb-incidents", write(tmp_path, "fire.csv", fire({"DateOfCall": "soon"})))
    street = write(tmp_path, "street.csv", police({"Month": "2026-03"}, {"Crime ID": "9", "Month": "March"}))
    aim_empty.json("ingest", "police-uk-street", street, "--as-of", "2026-01-01")
    replayed = aim_empty.json("rejects", "replay", "--as-of", "2026-10-01")
    assert counts(replayed) == [3, 1, 0, 0, 2]
    assert {feed["feed"]: counts(feed) for feed in replayed["feeds"]} == {
        "lfb-incidents": [1, 0, 0, 0, 1],
        "police-uk-street": [2, 1, 0, 0, 1],
    }
    assert counts(aim_empty.json("rejects", "replay", "--feed", "lfb-incidents")) == [1, 0, 0, 0, 1]
    answer = aim_empty("rejects", "replay")
    assert answer.code == 0
    assert "still rejected, invalid date: 2" in answer.out
    assert "all feeds" in answer.out


def test_a_file_that_is_no_export_is_an_error_and_changes_nothing(aim_empty: Aim, tmp_path: Path) -> None:
    slug, message = aim_empty.fails(1, "rejects", "fix", write(tmp_path, "x.csv", b"a,b\n1,2\n"))
    assert slug == "wrong-columns"
    assert message == "x.csv has no column 'reject': mend a file that `aim rejects export` wrote."
    assert aim_empty.fails(1, "rejects", "fix", tmp_path / "missing.csv")[0] == "unreadable-file"
    assert aim_empty.fails(2, "rejects", "replay", "--feed", "police")[0] == "unknown-name"


def test_rows_that_are_left_alone_are_named(aim_empty: Aim, tmp_path: Path) -> None:
    answer = aim_empty("rejects", "fix", write(tmp_path, "x.csv", b"reject,raw\nf/1/0,x\n"))
    assert answer.code == 0
    assert "Not in quarantine (any more), so left alone: 1 (f/1/0)." in answer.out
