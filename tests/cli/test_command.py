"""The command itself: help that answers at once, exit codes, and a sentence for whatever goes wrong."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine

from aim.errors import DatabaseUnavailable
from tests.cli.conftest import Aim
from tests.conftest import maintenance

HEAVY = {"polars", "pandas", "geopandas", "sqlalchemy", "fastapi", "uvicorn", "numpy", "scipy", "h3"}
VERBS = ("db", "areas", "feeds", "rejects", "analyse", "ingest", "score", "layers", "serve", "demo", "doctor")


@pytest.mark.parametrize("verb", [[], ["ingest"], ["db", "up"], ["analyse", "gi-star"]], ids=str)
def test_help_brings_nothing_heavy_along(verb: list[str]) -> None:
    """Time depends on the machine; what is imported does not."""
    script = f"""
import sys
sys.argv = ["aim", *{verb}, "--help"]
from aim.cli import main
try:
    main()
finally:
    print(*sys.modules, file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0
    assert "Usage: aim" in done.stdout
    assert set(done.stderr.split()) & HEAVY == set()
    assert "typer" in done.stderr.split()


def test_the_module_is_the_command(empty_database_url: str) -> None:
    asked = [sys.executable, "-m", "aim", "feeds", "describe", "police", "--json"]
    own = os.environ | {"AIM_DATABASE_URL": empty_database_url}
    done = subprocess.run(asked, capture_output=True, text=True, timeout=60, check=False, env=own)
    assert done.returncode == 2
    assert done.stderr.startswith("aim: There is no feed 'police'.")
    assert done.stdout.startswith('{"error": "unknown-name"')


def test_the_help_names_every_verb(aim: Aim) -> None:
    answer = aim("--help")
    assert answer.code == 0
    assert all(f" {verb} " in answer.out for verb in VERBS)


def test_without_a_verb_the_help_is_shown_and_nothing_else(aim: Aim) -> None:
    answer = aim()
    assert (answer.code, answer.err) == (2, "")
    assert "Usage: aim" in answer.out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["scor"], "No such command 'scor'."),
        (["ingest"], "Missing argument 'feed'. See `aim --help`."),
        (["score", "--layers", "x"], "No such option: --layers (Possible options: --layer). See `aim --help`."),
        (["score", "--as-of", "yesterday"], "'yesterday' does not match the formats '%Y-%m-%d'. See `aim --help`."),
        (["score", "--as-of", "2026-02-30"], "'2026-02-30' does not match the formats '%Y-%m-%d'. See `aim --help`."),
        (["score", "--resolution", "11"], "less than or equal to 10"),
        (["areas", "load", "x", "--kind", "town"], "'town' is not one of 'partnership', 'borough', 'ward'"),
    ],
)
def test_wrong_usage_is_two(aim: Aim, arguments: list[str], sentence: str) -> None:
    slug, message = aim.fails(2, *arguments)
    assert slug == "usage-error"
    assert sentence in message


def test_without_json_standard_output_stays_empty(aim_empty: Aim) -> None:
    answer = aim_empty("feeds", "describe", "police")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("aim: There is no feed 'police'. The feeds are: ")
    assert "Traceback" not in answer.err


@pytest.mark.parametrize("verb", [["layers"], ["db", "url"], ["doctor"], ["serve"]], ids=str)
def test_an_unknown_setting_stops_the_start_by_its_name(aim: Aim, verb: list[str]) -> None:
    aim.monkeypatch.setenv("AIM_DATABSE_URL", "postgresql://elsewhere")
    answer = aim(*verb)
    assert answer.code == 2
    assert answer.err.startswith("aim: Unknown setting AIM_DATABSE_URL. The settings are AIM_BASEMAP_STYLE, ")


def test_a_database_that_does_not_answer_is_a_sentence(aim: Aim) -> None:
    aim.monkeypatch.setenv("AIM_DATABASE_URL", "postgresql:///aim?host=/nowhere")
    slug, message = aim.fails(1, "layers")
    assert slug == "database-unavailable"
    assert message.startswith("The database does not answer (")


def test_an_address_of_another_kind_of_database_is_a_sentence(aim: Aim) -> None:
    aim.monkeypatch.setenv("AIM_DATABASE_URL", "sqlite:///aim.db")
    slug, message = aim.fails(1, "layers")
    assert slug == "database-unavailable"
    assert "has to start with postgresql://" in message


def test_a_database_that_forbids_something_is_a_sentence(aim: Aim, empty_database_url: str, cluster_home: Path) -> None:
    database = empty_database_url.partition("?")[0].rpartition("/")[2]
    with maintenance(cluster_home, database) as session:
        session.execute("ALTER SCHEMA public OWNER TO CURRENT_USER")
    aim.monkeypatch.setenv("AIM_DATABASE_URL", empty_database_url)
    slug, message = aim.fails(1, "layers")
    assert slug == DatabaseUnavailable().slug
    assert message == (
        "The database stopped this (permission denied for schema public); what was not finished was undone."
    )


def test_a_file_that_cannot_be_written_is_a_sentence(aim_empty: Aim, tmp_path: Path) -> None:
    slug, message = aim_empty.fails(1, "rejects", "export", tmp_path / "missing" / "rejects.csv")
    assert slug == "aim-error"
    assert "No such file or directory" in message
    assert "missing/rejects.csv" in message


def test_an_error_of_the_program_itself_is_not_hidden(aim_empty: Aim, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE published_layer CASCADE")
    with pytest.raises(Exception, match="UndefinedTable"):
        aim_empty("layers")


@pytest.mark.parametrize(
    "verb", [["db", "migrate"], ["areas", "list"], ["feeds", "list"], ["rejects", "list"], ["layers"]], ids=str
)
def test_what_people_read_is_not_json(aim_empty: Aim, verb: list[str]) -> None:
    answer = aim_empty(*verb)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.strip()
    assert not answer.out.startswith("{")
