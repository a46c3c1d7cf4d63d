"""`aim share` as a shell runs it."""

from pathlib import Path

import pytest

from tests.cli.conftest import Aim
from tests.exchange.conftest import Land

ASKED = ("share", "--quarter", "2026Q2", "--area", "town")
SPRING = ("2026-04-01 12:00", "2026-05-15 12:00", "2026-06-30 12:00")


@pytest.fixture
def spring(land: Land) -> Land:
    """Anti-social behaviour through a spring that is over."""
    land.span("police-uk-street", "anti_social_behaviour", SPRING)
    return land


def test_as_json_it_is_the_manifest(aim: Aim, spring: Land) -> None:
    out = spring.folder / "out"
    about = aim.json(*ASKED, "--out", out)
    assert about["folder"] == str(out)
    assert about["files"].keys() == {path.name for path in out.iterdir()} - {"manifest.json"}
    assert [found["rows"] for found in about["sets"] if found["set"] == "police-anti-social-behaviour"] == [3]


def test_for_a_person_it_names_the_files_and_what_is_missing(aim: Aim, spring: Land) -> None:
    answer = aim(*ASKED, "--out", spring.folder / "out", "--agency", "police")
    assert answer.code == 0
    for said in ("police-anti-social-behaviour.csv", "not made, police-fraud-forgery", "disclose by 2026-09-30"):
        assert said in answer.out
    assert "council" not in answer.out


def test_a_second_run_refuses(aim: Aim, spring: Land) -> None:
    out = spring.folder / "out"
    aim.json(*ASKED, "--out", out)
    slug, sentence = aim.fails(2, *ASKED, "--out", out)
    assert slug == "usage-error"
    assert "choose another folder" in sentence


def test_nothing_loaded_is_refused_for_the_datas_sake(aim: Aim, land: Land) -> None:
    out = land.folder / "out"
    slug, _ = aim.fails(3, *ASKED, "--out", out)
    assert slug == "refused"
    assert not out.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        ("--quarter", "2026-Q9", "--area", "town"),
        ("--quarter", "2999Q1", "--area", "town"),
        ("--quarter", "2026Q2", "--area", "nowhere"),
        ("--quarter", "2026Q2"),
        ("--quarter", "2026Q2", "--area", "town", "--agency", "navy"),
    ],
)
def test_a_wrong_call(aim: Aim, spring: Land, tmp_path: Path, wrong: tuple[str, ...]) -> None:
    aim.fails(2, "share", *wrong, "--out", tmp_path / "out")
    assert not (tmp_path / "out").exists()
