"""Areas, feeds and rejects through the command, with the fields that scripts rely on."""

import gzip
import json
import shutil
import signal
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import Engine, func, select, text

from aim.db.tables import incident, rejected_row
from aim.ingest.feeds import FEEDS
from tests.cli.conftest import INTERRUPTIBLE, Aim
from tests.waiting import END_THOSE_WHO_WAIT, await_alone, await_count, await_waiting, held

COUNTS = {"read", "inserted", "updated", "unchanged", "removed", "rejected", "without_location", "outside_area"}
REPORT = COUNTS | {"feed", "rejected_by_reason", "unmapped_categories", "warnings", "seconds"}
POLICE = "police/2025-10/2025-10-madeup-street.csv"
FIRE = "fire/fire-incidents-2025-10_2026-09.csv"
FULL = """
CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$
"""


def incidents(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(incident)).scalar_one()


def requests(*instants: str) -> str:
    """An Open311 file with a request at each of these instants."""
    place = {"lat": 54.5742, "long": -1.235}
    found = [
        {"service_request_id": f"R{at}", "service_name": "Graffiti", "requested_datetime": at} | place
        for at in instants
    ]
    return json.dumps(found)


@pytest.fixture
def mixed(samples: Path, tmp_path: Path) -> Path:
    """A folder that holds two months of police data, a fire file, another table and a note."""
    folder = tmp_path / "delivery"
    (folder / "deeper").mkdir(parents=True)
    shutil.copy(samples / POLICE, folder)
    second = (samples / "police/2025-11/2025-11-madeup-street.csv").read_bytes()
    (folder / "deeper" / "2025-11-madeup-street.csv.gz").write_bytes(gzip.compress(second))
    shutil.copy(samples / FIRE, folder)
    (folder / "wages.csv").write_text("name,wage\nA,1\n")
    (folder / "read me.txt").write_text("hello")
    return folder


def test_areas_are_loaded_and_listed(aim_empty: Aim, samples: Path) -> None:
    loaded = aim_empty.json(
        "areas", "load", samples / "areas/wards.geojson", "--kind", "ward", "--partnership", "Made-up town"
    )
    assert {"areas", "repaired", "rejected"} <= loaded.keys()
    assert len(loaded["areas"]) == 11
    listed = aim_empty.json("areas", "list")["areas"]
    assert {area["kind"] for area in listed} == {"ward", "partnership"}
    assert [area["id"] for area in aim_empty.json("areas", "list", "--kind", "partnership")["areas"]] == [
        "made-up-town"
    ]


def test_a_file_of_areas_that_is_missing_is_one(aim_empty: Aim, tmp_path: Path) -> None:
    slug, message = aim_empty.fails(1, "areas", "load", tmp_path / "wards.geojson", "--kind", "ward")
    assert slug == "unreadable-file"
    assert "wards.geojson" in message


def test_feeds_are_listed_described_and_guessed_without_a_database(aim: Aim, samples: Path, tmp_path: Path) -> None:
    aim.monkeypatch.setenv("AIM_HOME", str(tmp_path / "nothing"))
    listed = aim.json("feeds", "list")["feeds"]
    assert [feed["name"] for feed in listed] == list(FEEDS)
    for name in FEEDS:
        assert aim.json("feeds", "describe", name)["feeds"] == [feed for feed in listed if feed["name"] == name]
    for file, name in ((POLICE, "police-uk-street"), (FIRE, "lfb-incidents")):
        assert aim.json("feeds", "guess", samples / file)["feeds"] == [name]


def test_a_file_that_no_feed_knows_is_told(aim: Aim, tmp_path: Path) -> None:
    aim.monkeypatch.setenv("AIM_HOME", str(tmp_path / "nothing"))
    (tmp_path / "wages.csv").write_text("name,wage\nA,1\n")
    assert aim.json("feeds", "guess", tmp_path / "wages.csv")["feeds"] == []
    assert aim("feeds", "guess", tmp_path / "wages.csv").out == "wages.csv: no feed knows this file\n"


def test_an_ingest_reports_what_became_of_each_row(aim_empty: Aim, samples: Path) -> None:
    first = aim_empty.json("ingest", "police-uk-street", samples / POLICE)
    assert first.keys() >= REPORT
    assert (first["feed"], first["read"], first["inserted"]) == ("police-uk-street", 982, 982)
    assert first["outside_area"] is None
    again = aim_empty.json("ingest", "police-uk-street", samples / POLICE)
    assert (again["inserted"], again["unchanged"]) == (0, 982)
    for report in (first, again):
        assert report["read"] == sum(report[part] for part in ("inserted", "updated", "unchanged", "rejected"))
        assert [file["file"] for file in report["files"]] == [Path(POLICE).name]
        assert report["files"][0].keys() >= REPORT


def test_an_ingest_prints_its_report_as_a_table(aim_empty: Aim, samples: Path) -> None:
    aim_empty.monkeypatch.setenv("COLUMNS", "160")
    answer = aim_empty("ingest", "lfb-incidents", samples / FIRE, "--as-of", "2026-10-01")
    assert answer.code == 0
    assert "1,798" in answer.out
    assert "rejected, invalid date: 2" in answer.out
    assert "No study area is loaded, so no point was checked against one." in answer.out


def test_what_happened_after_the_day_given_is_rejected_and_the_day_itself_is_whole(
    aim_empty: Aim, tmp_path: Path
) -> None:
    file = tmp_path / "requests.json"
    file.write_text(requests("2026-10-01T00:00:00+01:00", "2026-10-01T23:59:59+01:00", "2026-10-02T00:00:00+01:00"))
    report = aim_empty.json("ingest", "open311", file, "--as-of", "2026-10-01")
    assert (report["inserted"], report["rejected_by_reason"]) == (2, {"future_date": 1})


def test_files_of_other_feeds_in_a_folder_are_skipped_and_named(aim_empty: Aim, mixed: Path, engine: Engine) -> None:
    report = aim_empty.json("ingest", "police-uk-street", mixed)
    assert [file["file"] for file in report["files"]] == [
        "2025-10-madeup-street.csv",
        "2025-11-madeup-street.csv.gz",
    ]
    assert report["inserted"] == 982 + 956 == incidents(engine)
    assert report["warnings"][:2] == [
        "Skipped fire-incidents-2025-10_2026-09.csv: it is not of the feed police-uk-street; "
        "it looks like lfb-incidents.",
        "Skipped wages.csv: it is not of the feed police-uk-street; no feed knows it.",
    ]


def test_files_of_other_feeds_in_an_archive_are_skipped_and_named(aim_empty: Aim, mixed: Path, tmp_path: Path) -> None:
    archive = tmp_path / "delivery.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for file in (mixed / "2025-10-madeup-street.csv", mixed / "wages.csv"):
            packed.write(file, f"2025-10/{file.name}")
    report = aim_empty.json("ingest", "police-uk-street", archive)
    assert report["inserted"] == 982
    assert report["warnings"][0].startswith("Skipped delivery.zip:2025-10/wages.csv: it is not of the feed")


def test_a_file_given_by_its_own_name_has_to_be_of_the_feed(aim_empty: Aim, mixed: Path, engine: Engine) -> None:
    slug, message = aim_empty.fails(1, "ingest", "police-uk-street", mixed / Path(FIRE).name)
    assert slug == "wrong-columns"
    assert message.startswith("fire-incidents-2025-10_2026-09.csv lacks the columns 'Crime ID', ")
    assert "It looks like the feed lfb-incidents: aim ingest lfb-incidents ..." in message
    assert incidents(engine) == 0


def test_a_folder_without_a_file_of_the_feed_is_an_error(aim_empty: Aim, mixed: Path, engine: Engine) -> None:
    slug, message = aim_empty.fails(1, "ingest", "open311", mixed)
    assert slug == "wrong-columns"
    assert message.startswith("No file here is of the feed open311; nothing was changed. Skipped 2025-10-madeup")
    assert "it looks like police-uk-street." in message
    assert incidents(engine) == 0


def test_a_folder_with_nothing_to_load_is_an_error(aim: Aim, tmp_path: Path) -> None:
    slug, message = aim.fails(1, "ingest", "open311", tmp_path)
    assert slug == "unreadable-file"
    assert message == f"No CSV, JSON, XML, Excel, GeoPackage, Shapefile, GeoJSON, gzip or zip file in {tmp_path}."


def test_a_failure_says_how_many_files_were_loaded_before_it(
    aim_empty: Aim, samples: Path, mixed: Path, engine: Engine
) -> None:
    first, second = samples / POLICE, samples / "police/2025-12/2025-12-madeup-street.csv"
    slug, message = aim_empty.fails(1, "ingest", "police-uk-street", first, mixed / "wages.csv", second)
    assert slug == "wrong-columns"
    assert message.endswith(" The file before it stays loaded.")
    assert incidents(engine) == 982
    message = aim_empty.fails(1, "ingest", "police-uk-street", first, second, mixed / "wages.csv")[1]
    assert message.endswith(" The 2 files before it stay loaded.")
    assert incidents(engine) == 982 + 1010


def test_an_interrupted_ingest_is_130_and_changes_nothing(aim_empty: Aim, samples: Path, engine: Engine) -> None:
    command = [sys.executable, "-c", INTERRUPTIBLE, "ingest", "police-uk-street", str(samples / POLICE), "--json"]
    with held(engine, "incident"):
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            await_waiting(engine, "incident")
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)
        assert process.returncode == 130
    assert json.loads(out)["error"] == "interrupted"
    assert err == "aim: Interrupted; what was not finished was undone.\n"
    await_alone(engine)
    assert incidents(engine) == 0
    assert aim_empty.json("ingest", "police-uk-street", samples / POLICE)["inserted"] == 982


def test_a_database_that_breaks_off_is_a_sentence_and_changes_nothing(
    aim_empty: Aim, samples: Path, engine: Engine
) -> None:
    with held(engine, "incident"), ThreadPoolExecutor(1) as pool:
        ended = pool.submit(await_count, engine, END_THOSE_WHO_WAIT, lambda n: n == 1)
        slug, message = aim_empty.fails(1, "ingest", "police-uk-street", samples / POLICE)
        ended.result()
    assert slug == "database-unavailable"
    assert message.startswith("The database stopped this (terminating connection due to administrator command")
    assert incidents(engine) == 0


@pytest.mark.parametrize("table", ["feed_run", "rejected_row"])
def test_a_full_disk_is_a_sentence_and_changes_nothing(
    aim_empty: Aim, samples: Path, engine: Engine, table: str
) -> None:
    """Rows reach the first table by SQLAlchemy and the second by COPY, which goes past it."""
    with engine.begin() as connection:
        connection.execute(text(FULL))
        connection.execute(text(f"CREATE TRIGGER full_disk BEFORE INSERT ON {table} EXECUTE FUNCTION full_disk()"))
    slug, message = aim_empty.fails(1, "ingest", "lfb-incidents", samples / FIRE)
    assert slug == "database-full"
    assert message == (
        "The disk of the database is full (could not extend file: No space left on device); what was not finished "
        "was undone. Make room on it, then run this again."
    )
    with engine.begin() as connection:
        connection.execute(text(f"DROP TRIGGER full_disk ON {table}"))
    assert incidents(engine) == 0
    assert aim_empty.json("ingest", "lfb-incidents", samples / FIRE)["rejected"] == 4


def test_rejected_rows_are_listed_and_exported(aim_empty: Aim, samples: Path, tmp_path: Path, engine: Engine) -> None:
    aim_empty.json("ingest", "lfb-incidents", samples / FIRE)
    listed = aim_empty.json("rejects", "list")["rejects"]
    assert len(listed) == 4
    assert all(row.keys() >= {"line", "reason", "raw"} for row in listed)
    assert aim_empty.json("rejects", "list", "--feed", "open311")["rejects"] == []
    out = tmp_path / "rejects.csv"
    assert aim_empty.json("rejects", "export", out) == {"rejects": 4, "file": str(out)}
    written = pl.read_csv(out, infer_schema=False)
    assert written["line"].to_list() == [str(row["line"]) for row in listed]
    assert set(written["reason"]) == {"invalid_coordinates", "invalid_date"}
    with engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(rejected_row)).scalar_one() == 4


def test_rejects_of_an_unknown_feed_are_wrong_usage(aim_empty: Aim) -> None:
    slug, message = aim_empty.fails(2, "rejects", "list", "--feed", "police")
    assert slug == "unknown-name"
    assert message.startswith("There is no feed 'police'. The feeds are: ")
