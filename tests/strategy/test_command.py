"""`aim strategy`: load, show and list."""

from importlib.resources import files
from pathlib import Path

from tests.cli.conftest import Aim

SHIPPED = Path(str(files("aim.strategy").joinpath("default.toml")))


def test_a_file_becomes_the_current_version_once(aim_empty: Aim, tmp_path: Path) -> None:
    slug, message = aim_empty.fails(2, "strategy", "show")
    assert (slug, message) == ("unknown-name", "No control strategy is loaded yet: run `aim strategy load FILE`.")
    loaded = aim_empty.json("strategy", "load", SHIPPED)
    assert (loaded["version"], loaded["unchanged"], loaded["priorities"]) == (1, False, 6)
    assert aim_empty.json("strategy", "load", SHIPPED)["unchanged"] is True
    changed = tmp_path / "ours.toml"
    changed.write_text(SHIPPED.read_text().replace("by = 10", "by = 12"))
    assert aim_empty.json("strategy", "load", changed)["version"] == 2
    listed = aim_empty.json("strategy", "list")["versions"]
    assert [(each["version"], each["made_up"]) for each in listed] == [(2, True), (1, True)]
    assert listed[0]["loaded_by"].startswith("operator:")
    shown = aim_empty.json("strategy", "show", "--version", 1)
    assert [each["targets"][0]["by"] for each in shown["priorities"] if each["id"] == "acquisitive_crime"] == [10]
    for said in ("version 2, made up", "Intelligence requirement"):
        assert said in aim_empty("strategy", "show").out


def test_a_file_that_is_wrong_changes_nothing(aim_empty: Aim, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(SHIPPED.read_text().replace('level = "L2"', 'level = "L9"'))
    slug, message = aim_empty.fails(1, "strategy", "load", wrong)
    assert slug == "wrong-strategy"
    assert "priorities.5.level" in message
    assert aim_empty.fails(1, "strategy", "load", tmp_path / "none.toml")[0] == "unreadable-file"
    wrong.write_bytes(b"title = '\xff'")
    assert "not UTF-8" in aim_empty.fails(1, "strategy", "load", wrong)[1]
    wrong.write_text("#" * 300_000)
    assert "more than 256 KiB" in aim_empty.fails(1, "strategy", "load", wrong)[1]
    assert aim_empty.json("strategy", "list") == {"versions": []}
