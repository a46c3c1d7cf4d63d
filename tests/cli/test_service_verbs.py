"""Scoring, layers, analysis, the database, the doctor and the demo through the command."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import h3
import polars as pl
import pytest

from aim.db.engine import make_engine
from aim.layers.publishing.known import LAYERS
from tests import oracles
from tests.cli.conftest import INTERRUPTIBLE, Aim
from tests.town import rows_in

PATCH = sorted(h3.grid_disk("891946548cbffff", 3))
COUNTS = {cell: float(at % 4) for at, cell in enumerate(PATCH)}
BUILT = Path(__file__).resolve().parents[2] / "aim" / "api" / "static" / "map.js"


def test_a_scoring_run_reports_its_layers(aim_loaded: Aim) -> None:
    run = aim_loaded.json("score")
    assert run.keys() >= {"run", "as_of", "layers", "seconds"}
    assert run["as_of"] == "2026-09-30"
    assert [layer["id"] for layer in run["layers"]] == list(LAYERS)
    assert all(layer.keys() >= {"id", "cells", "incidents", "significant", "resolution"} for layer in run["layers"])
    listed = aim_loaded.json("layers")["layers"]
    assert {(layer["id"], layer["run"], layer["incidents"]) for layer in listed} == {
        (layer["id"], run["run"], layer["incidents"]) for layer in run["layers"]
    }


def test_a_scoring_run_prints_a_table(aim_loaded: Aim) -> None:
    aim_loaded.monkeypatch.setenv("COLUMNS", "120")
    answer = aim_loaded("score", "--layer", "all-crime", "--as-of", "2026-06-30")
    assert answer.code == 0
    assert "as of 2026-06-30" in answer.out
    assert "made-up-town" in answer.out
    assert "deliberate-fires" not in answer.out


def test_a_day_given_is_scored_to_its_end(aim_loaded: Aim) -> None:
    june, july = (
        aim_loaded.json("score", "--layer", "all-crime", "--as-of", day) for day in ("2026-06-30", "2026-07-01")
    )
    assert (june["as_of"], july["as_of"]) == ("2026-06-30", "2026-07-01")
    assert july["layers"][0]["incidents"] > june["layers"][0]["incidents"]


def test_scoring_without_a_study_area_is_refused(aim_empty: Aim) -> None:
    slug, message = aim_empty.fails(3, "score")
    assert slug == "no-study-area"
    assert message == (
        "There is no study area to score: load one with `aim areas load FILE --kind ward --partnership NAME`."
    )


def test_scoring_without_incidents_is_refused(aim_empty: Aim, samples: Path) -> None:
    aim_empty.json("areas", "load", samples / "areas/town.geojson", "--kind", "partnership")
    slug, message = aim_empty.fails(3, "score", "--layer", "all-crime")
    assert slug == "no-incidents"
    assert message.startswith("There are no incidents for the layer all-crime in ")


def test_cells_finer_than_police_data_can_bear_are_refused_and_nothing_changes(
    aim_loaded: Aim, sample_url: str
) -> None:
    aim_loaded.json("score")
    engine = make_engine(sample_url)
    before = rows_in(engine)
    slug, message = aim_loaded.fails(3, "score", "--resolution", "9")
    assert slug == "too-coarse"
    assert "police-uk-street (within 200 m)" in message
    assert "--resolution 8" in message
    assert rows_in(engine) == before
    engine.dispose()


@pytest.mark.parametrize(
    ("option", "known"), [("--layer", "The layers are: all-crime"), ("--area", "The partnerships are: made-up-town.")]
)
def test_an_unknown_name_is_answered_with_the_known_ones(aim_loaded: Aim, option: str, known: str) -> None:
    slug, message = aim_loaded.fails(2, "score", option, "middlesbrough")
    assert slug == "unknown-name"
    assert known in message


@pytest.fixture
def cells(tmp_path: Path) -> Path:
    file = tmp_path / "cells.csv"
    file.write_text("cell,count\n" + "".join(f"{cell},{count:.0f}\n" for cell, count in COUNTS.items()))
    return file


def test_gi_star_of_a_plain_file_goes_to_standard_output_to_a_file_or_to_json(
    aim: Aim, cells: Path, tmp_path: Path
) -> None:
    printed = aim("analyse", "gi-star", "--cells", cells, "--k", 1)
    assert printed.code == 0
    assert printed.out.startswith("cell,count,neighbours,z,p,q\n")
    out = tmp_path / "scored.csv"
    written = aim("analyse", "gi-star", "--cells", cells, "--out", out)
    assert (written.code, written.out) == (0, "")
    assert out.read_text() == printed.out
    expected = oracles.gi_star(COUNTS, k=1)
    found = aim.json("analyse", "gi-star", "--cells", cells)["cells"]
    assert found == pl.read_csv(out).to_dicts()
    for row in found:
        assert (row["neighbours"], row["z"]) == pytest.approx(expected[row["cell"]][:2], rel=1e-9)


def test_gi_star_refuses_a_wrong_k_and_a_wrong_file(aim: Aim, cells: Path) -> None:
    assert aim.fails(2, "analyse", "gi-star", "--cells", cells, "--k", 11)[0] == "usage-error"
    cells.write_text("hexagon,count\n")
    slug, message = aim.fails(1, "analyse", "gi-star", "--cells", cells)
    assert slug == "wrong-columns"
    assert "It needs cell,count" in message


def test_the_database_verbs_say_where_it_is_and_what_it_runs(aim: Aim, cluster_home: Path) -> None:
    aim.monkeypatch.setenv("AIM_HOME", str(cluster_home))
    for verb in ("up", "status", "url"):
        found = aim.json("db", verb)
        assert found["running"] is True
        assert found["url"].startswith("postgresql:///aim?host=")
        assert found["postgis"].startswith("3.")
        assert int(found["version"].partition(".")[0]) >= 14
    assert aim("db", "url").out == found["url"] + "\n"
    assert "is running, PostgreSQL" in aim("db", "status").out


def test_looking_for_a_cluster_makes_none(aim: Aim, open_folder: Path) -> None:
    home = open_folder / "nothing"
    aim.monkeypatch.setenv("AIM_HOME", str(home))
    for verb in ("status", "url"):
        found = aim.json("db", verb)
        assert (found["running"], found["version"], found["postgis"]) == (False, None, None)
    assert not home.exists()


def test_a_database_elsewhere_is_migrated_and_told_without_its_password(aim: Aim, empty_database_url: str) -> None:
    secret = empty_database_url.replace("&user=aim", "&user=aim&password=secret")
    aim.monkeypatch.setenv("AIM_DATABASE_URL", secret)
    for _ in range(2):
        found = aim.json("db", "migrate")
        assert found.keys() >= {"url", "version", "postgis", "running", "revision"}
        assert "secret" not in found["url"]
    assert aim.json("db", "url") == {"url": secret, "running": None, "version": None, "postgis": None}


def test_the_doctor_gives_its_checks_and_one_where_something_is_wrong(aim: Aim, database_url: str) -> None:
    aim.monkeypatch.setenv("AIM_DATABASE_URL", database_url)
    answer = aim("doctor", "--json")
    checks = answer.json["checks"]
    assert answer.code == int(any(not check["ok"] and check["level"] == "error" for check in checks))
    found = {check["name"]: check["ok"] for check in checks}
    assert found["Database"] is found["PostGIS"] is found["Migrations"] is found["Time zones"] is True


def test_the_doctor_is_one_where_the_database_is_behind(aim: Aim, empty_database_url: str) -> None:
    aim.monkeypatch.setenv("AIM_DATABASE_URL", empty_database_url)
    answer = aim("doctor")
    assert answer.code == 1
    assert "error   Migrations: never migrated" in answer.out
    assert "Run `aim db migrate`." in answer.out


@pytest.mark.skipif(not BUILT.is_file(), reason="the web client is not built: run script/web")
def test_the_demo_answers_once_and_gives_its_address(aim_loaded: Aim) -> None:
    aim_loaded.monkeypatch.setenv("AIM_PORT", "0")
    answer = aim_loaded("demo", "--once", "--json")
    assert answer.code == 0, answer.err
    assert answer.json["url"].startswith("http://127.0.0.1:")
    assert answer.json["layers"] == list(LAYERS)
    assert "hexagons) and a tile of" in answer.err


def test_serving_tells_its_address_and_ends_quietly_when_interrupted(aim_loaded: Aim) -> None:
    command = [sys.executable, "-c", INTERRUPTIBLE, "serve", "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        with urlopen(f"{told['url']}/health/live", timeout=60) as answer:  # noqa: S310  # our own server
            assert answer.status == 200
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=60) == ("", "")
    assert process.returncode == 130


def test_a_port_that_cannot_be_is_wrong_usage(aim: Aim) -> None:
    assert "less than or equal to 65535" in aim.fails(2, "serve", "--port", 70000)[1]
