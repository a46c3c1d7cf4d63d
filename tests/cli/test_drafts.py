"""A stranger's file from the disk to the map, in four commands and without a line of code."""

import tomllib
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from tests.cli.conftest import Aim
from tests.ingest.draft.tables import jobs, table

AS_OF = ("--as-of", "2026-06-01")


@pytest.fixture
def stranger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a file that nobody has described, as a British council exports it."""
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "kelderby jobs.csv"
    file.write_bytes(table(jobs(700), ";").encode("cp1252"))
    return file


def test_a_strangers_file_is_on_the_map_after_four_commands(aim_empty: Aim, stranger: Path, samples: Path) -> None:
    wards = samples / "areas/wards.geojson"
    aim_empty.json("areas", "load", wards, "--kind", "ward", "--partnership", "Kelderby")
    draft = aim_empty.json("feeds", "draft", stranger, "--agency", "council")
    assert (draft["ready"], draft["file"]) == (True, "kelderby-jobs.toml")
    loaded = aim_empty.json("ingest", "--profile", "kelderby-jobs.toml", stranger, *AS_OF)
    run = aim_empty.json("score", *AS_OF)

    assert (loaded["read"], loaded["inserted"], loaded["rejected"], loaded["outside_area"]) == (700, 700, 0, 0)
    assert loaded["unmapped_categories"] == {"Wasps": 100}
    [layer] = [layer for layer in run["layers"] if layer["id"] == "anti-social-behaviour"]
    assert layer["incidents"] == 600
    shown = aim_empty.json("layers")["layers"]
    assert [entry["incidents"] for entry in shown if entry["id"] == "anti-social-behaviour"] == [600]


def test_a_draft_says_what_it_would_load_and_what_it_drops(aim: Aim, stranger: Path) -> None:
    draft = aim.json("feeds", "draft", stranger, "--agency", "council", "--name", "town-jobs")
    assert draft["trial"] == {"read": 700, "taken": 700, "without_location": 0, "rejected": {}}
    profile = tomllib.loads(Path("town-jobs.toml").read_text(encoding="utf-8"))
    assert profile["personal"] == ["Caller name", "Telephone"]
    assert profile["file"] == {"delimiter": ";"}
    assert {finding["confidence"] for finding in draft["findings"]} == {"certain", "likely", "to be decided"}


def test_a_draft_in_words_ends_with_the_next_command(aim: Aim, stranger: Path) -> None:
    said = aim("feeds", "draft", stranger, "--agency", "council")
    assert said.code == 0
    assert said.out.splitlines()[-1] == f"Load it: aim ingest --profile kelderby-jobs.toml '{stranger}'"


@pytest.mark.parametrize(
    ("out", "sentence"), [("nowhere/p.toml", "cannot be written: No such file"), (".", "is there")]
)
def test_a_place_that_cannot_be_written_to_is_wrong_usage(aim: Aim, stranger: Path, out: str, sentence: str) -> None:
    slug, message = aim.fails(2, "feeds", "draft", stranger, "--out", out)
    assert slug == "usage-error"
    assert sentence in message


def test_rows_that_a_load_would_refuse_are_told_beforehand(aim: Aim, stranger: Path) -> None:
    rows = [*jobs(40), jobs(41)[40] | {"Date logged": "31/02/2026"}]
    stranger.write_text(table(rows), encoding="utf-8")
    said = aim("feeds", "draft", stranger).out
    assert "By this draft 40 of 41 rows would be taken.\nRefused: 1 invalid date.\n" in said


def test_a_profile_that_somebody_may_have_mended_is_not_written_over(aim: Aim, stranger: Path) -> None:
    Path("kelderby-jobs.toml").write_text("mended", encoding="utf-8")
    slug, message = aim.fails(2, "feeds", "draft", stranger)
    assert (slug, message.split(" is there already")[0]) == ("usage-error", "kelderby-jobs.toml")
    assert Path("kelderby-jobs.toml").read_text(encoding="utf-8") == "mended"
    assert aim.json("feeds", "draft", stranger, "--out", "other.toml")["file"] == "other.toml"


def test_a_feed_is_known_by_its_name_once_its_profile_is_loaded(aim_empty: Aim, stranger: Path) -> None:
    aim_empty.json("feeds", "draft", stranger, "--agency", "council", "--name", "town-jobs")
    aim_empty.json("ingest", "town-jobs", stranger, "--profile", "town-jobs.toml", *AS_OF)
    Path("town-jobs.toml").unlink()

    assert aim_empty.json("ingest", "town-jobs", stranger, *AS_OF)["unchanged"] == 700
    assert "town-jobs" in [feed["name"] for feed in aim_empty.json("feeds", "list")["feeds"]]
    assert aim_empty.json("feeds", "describe", "town-jobs")["feeds"][0]["agency"] == "council"
    assert aim_empty.json("feeds", "guess", stranger)["feeds"] == ["town-jobs"]
    assert "town-jobs" in aim_empty.fails(2, "ingest", "town-job", stranger)[1]


def test_a_changed_profile_takes_the_place_of_the_stored_one_and_says_so(
    aim_empty: Aim, stranger: Path, engine: Engine
) -> None:
    aim_empty.json("feeds", "draft", stranger, "--agency", "council", "--name", "town-jobs")
    first = aim_empty.json("ingest", "--profile", "town-jobs.toml", stranger, *AS_OF)
    mended = Path("town-jobs.toml").read_text(encoding="utf-8").replace('# "Wasps" = ""', '"Wasps" = "waste_service"')
    Path("town-jobs.toml").write_text(mended, encoding="utf-8")
    second = aim_empty.json("ingest", "--profile", "town-jobs.toml", stranger, *AS_OF)

    said = "The profile of town-jobs has changed since its last load: this one is kept."
    assert (said in first["warnings"], said in second["warnings"]) == (False, True)
    assert (second["updated"], second["unmapped_categories"]) == (100, {})
    with engine.connect() as connection:
        assert connection.execute(text("SELECT profile FROM feed WHERE name = 'town-jobs'")).scalar_one() == mended


def test_rejected_rows_of_a_described_feed_are_replayed_by_its_stored_profile(aim_empty: Aim, stranger: Path) -> None:
    late = jobs(30)[:20] + [job | {"Date logged": "31/02/2026"} for job in jobs(30)[20:]]
    stranger.write_bytes(table(late, ";").encode())
    aim_empty.json("feeds", "draft", stranger, "--agency", "council", "--name", "town-jobs", "--out", "p.toml")
    assert aim_empty.json("ingest", "--profile", "p.toml", stranger, *AS_OF)["rejected_by_reason"] == {
        "invalid_date": 10
    }
    again = aim_empty.json("rejects", "replay", "--feed", "town-jobs", *AS_OF)
    assert (again["read"], again["rejected_by_reason"]) == (10, {"invalid_date": 10})


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["other-feed", "FILE"], "other-feed is neither a file nor the feed that p.toml describes, town-jobs."),
        (["town-jobs"], "Say which files to load, after the name of their feed."),
    ],
)
def test_a_profile_and_another_feed_is_wrong_usage(
    aim_empty: Aim, stranger: Path, arguments: list[str], sentence: str
) -> None:
    aim_empty.json("feeds", "draft", stranger, "--agency", "council", "--name", "town-jobs", "--out", "p.toml")
    given = [str(stranger) if word == "FILE" else word for word in arguments]
    assert aim_empty.fails(2, "ingest", *given, "--profile", "p.toml") == ("usage-error", sentence)


def test_a_profile_may_not_take_the_name_of_a_feed_that_ships(aim_empty: Aim, stranger: Path) -> None:
    said = "open311 is a feed that ships with the program: give the profile another"
    assert said in aim_empty.fails(2, "feeds", "draft", stranger, "--name", "open311")[1]
    aim_empty.json("feeds", "draft", stranger, "--agency", "council", "--out", "p.toml")
    profile = Path("p.toml").read_text(encoding="utf-8").replace('name = "kelderby-jobs"', 'name = "open311"')
    Path("p.toml").write_text(profile, encoding="utf-8")
    assert said in aim_empty.fails(2, "ingest", "--profile", "p.toml", stranger)[1]


def test_an_undecided_draft_is_not_loaded_and_says_what_to_settle(aim_empty: Aim, stranger: Path) -> None:
    ambiguous = jobs(40, **{"Date logged": "03/04/2026"})
    stranger.write_text(table(ambiguous), encoding="utf-8")
    draft = aim_empty.json("feeds", "draft", stranger, "--name", "town-jobs", "--out", "p.toml")
    assert (draft["ready"], draft["undecided"], draft["trial"]) == (False, ["time.formats"], None)
    slug, message = aim_empty.fails(1, "ingest", "--profile", "p.toml", stranger)
    assert slug == "wrong-profile"
    assert message == (
        "p.toml is not a profile. time.formats: Field required. Settle what stands in it as TO BE DECIDED."
    )
    profile = Path("p.toml").read_text(encoding="utf-8").replace('# formats = ["%d/%m', 'formats = ["%d/%m')
    Path("p.toml").write_text(profile, encoding="utf-8")
    assert aim_empty.json("ingest", "--profile", "p.toml", stranger, *AS_OF)["inserted"] == 40
