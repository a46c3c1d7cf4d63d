"""Raw payloads go by when they were fetched."""

import os
from datetime import UTC, datetime
from pathlib import Path

from aim.ingest.retention.files import old_payloads, remove

CUTOFF = datetime(2023, 10, 1, tzinfo=UTC)


def put(folder: Path, name: str, fetched: datetime = CUTOFF) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text("{}")
    os.utime(path, (fetched.timestamp(), fetched.timestamp()))
    return path


def test_what_was_fetched_before_goes_with_its_note(tmp_path: Path) -> None:
    folder = tmp_path / "raw" / "open311"
    old = put(folder, "20230930T235959Z-council-page-1")
    put(folder, f"{old.name}.about")
    new = put(folder, "20231001T000000Z-council-page-1", datetime(2020, 1, 1, tzinfo=UTC))
    put(folder, f"{new.name}.about")
    assert old_payloads(tmp_path, "open311", CUTOFF) == [old]
    assert remove([old]) == 1
    assert sorted(path.name for path in folder.iterdir()) == [new.name, f"{new.name}.about"]
    assert remove([old]) == 1  # another run was there first


def test_a_file_whose_name_does_not_tell_is_as_old_as_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "raw" / "open311"
    old = put(folder, "by-hand.json", datetime(2023, 9, 30, tzinfo=UTC))
    put(folder, "by-hand-too.json")
    assert old_payloads(tmp_path, "open311", CUTOFF) == [old]


def test_other_feeds_and_folders_are_left_alone(tmp_path: Path) -> None:
    put(tmp_path / "raw" / "police", "20200101T000000Z-x")
    put(tmp_path / "raw" / "open311" / "deeper", "20200101T000000Z-x")
    assert old_payloads(tmp_path, "open311", CUTOFF) == []
    assert old_payloads(tmp_path / "nowhere", "open311", CUTOFF) == []
