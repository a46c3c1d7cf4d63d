"""`aim harm`: from the policy defaults or a published index to weights that somebody signed."""

from pathlib import Path

from tests.cli.conftest import Aim


def test_from_the_defaults_to_signed_weights_and_a_change_is_told(aim: Aim, tmp_path: Path) -> None:
    path = tmp_path / "ours.toml"
    assert aim.json("harm", "example", path) == {"file": str(path)}
    shown = aim.json("harm", "show", path)
    assert (shown["signature"], shown["valid"]) == (None, False)
    assert "burglary" in shown["missing"]
    made = aim.json(
        "harm", "sign", path, "--by", "A. Person", "--role", "Chair", "--why", "Minute 4", "--on", "2026-11-03"
    )
    assert (made["by"], made["on"], len(made["sha256"])) == ("A. Person", "2026-11-03", 64)
    shown = aim.json("harm", "show", path)
    assert shown["valid"]
    assert shown["signature"]["sha256"] == made["sha256"]
    assert f"SHA-256 {made['sha256']}" in aim("harm", "show", path).out
    path.write_text(path.read_text().replace("8.4", "84"))
    assert not aim.json("harm", "show", path)["valid"]
    assert "This is NOT what A. Person signed on 2026-11-03" in aim("harm", "show", path).out


def test_without_a_file_the_defaults_are_shown_as_what_they_are(aim: Aim) -> None:
    said = aim("harm", "show").out
    assert "Policy defaults" in said
    assert "Nobody has signed it, so nothing is scored with it." in said


def test_a_draft_is_made_of_an_index_and_a_mix(aim: Aim, tmp_path: Path) -> None:
    index, mix, out = (tmp_path / name for name in ("css.csv", "mix.csv", "draft.toml"))
    index.write_text("Offence code,Offence,Weight\n1,Made up,30\n2,Made up,10\n")
    mix.write_text("category,offence_code,offences\nviolence,1,1\nviolence,2,3\nrobbery,3,1\n")
    call = ("harm", "draft", index, "--scheme", "ons", "--mix", mix, "--out", out, "--review-by", "2027-11-01")
    found = aim.json(*call)
    assert found["weights"] == {"violence": 15}
    assert found["left_out"] == {"robbery": "the index has no weight for 3"}
    assert aim.json("harm", "show", out)["review_by"] == "2027-11-01"
    slug, said = aim.fails(2, *call)
    assert (slug, "was left alone" in said) == ("usage-error", True)
    out.unlink()
    aim.json(*call, "--anchor", "violence")
    assert aim.json("harm", "show", out)["weights"][0]["value"] == 1


def test_what_is_no_file_of_weights_fails_in_a_sentence(aim: Aim, tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text("title = 3\n")
    slug, said = aim.fails(1, "harm", "show", tmp_path / "x.toml")
    assert slug == "unreadable-file"
    assert "x.toml is no file of harm weights: title" in said
    aim.fails(2, "harm", "draft", tmp_path / "x.toml", "--scheme", "ons")
