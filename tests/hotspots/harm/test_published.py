"""Indices as published, made up here in their headings: found wherever they stand, refused in a sentence where not."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import pytest

from aim.errors import Refused, UnreadableFile, UsageError, WrongColumns
from aim.hotspots.harm.mix import as_toml, mixed
from aim.hotspots.harm.published import SCHEMES, Published, code_of, read
from aim.hotspots.harm.weights import parse
from tests.ingest.workbooks import Cell, book, sheet_of

CAMBRIDGE: list[list[Cell]] = [
    ["ATHENA URN", "HOME_OFFICE_CLASSIFICATION", "HO_CODE", "FULL_OFFENCE_TITLE", "CCHI Score", "GROUP"],
    ["A1", "901/01", 901, "MADE-UP OFFENCE", 10, "X"],
    ["A2", "901/01", 901, "MADE-UP OFFENCE, GRAVE", 30, "X"],
    ["A3", "902/00", 902, "OLD OFFENCE - EXPIRED 31/03/17", 99, "X"],
    ["A4", "903/00", 903, "OFFENCE WITHOUT A SCORE", None, "X"],
    ["A5", "904/00", 904, "ANOTHER", 1.5, "X"],
    ["A6", None, 905, "NO CLASS", 2, "X"],
]


def saved(folder: Path, sheets: Mapping[str, Sequence[Sequence[Cell]]]) -> Path:
    path = folder / "index.xlsx"
    path.write_bytes(book({name: sheet_of(rows) for name, rows in sheets.items()}))
    return path


def test_the_cambridge_workbook_is_read_from_its_values_sheet(tmp_path: Path) -> None:
    expired: list[list[Cell]] = [CAMBRIDGE[0], ["A9", "999/00", 999, "GONE", 7, "X"]]
    sheets = {"Cover page": [["A licence"]], "CCHI 2026 values sheet": CAMBRIDGE, "Expired offences": expired}
    found = read(saved(tmp_path, sheets), "cambridge")
    assert found.weights == {"901/01": 20, "904/00": 1.5}
    assert found.notes == (
        "Passed over: 1 expired offences.",
        "Passed over: 1 offences without a weight.",
        "Passed over: 1 rows without a code.",
        "Codes with several weights, of which the median counts: 1.",
    )


def test_the_ons_tool_is_read_wherever_its_table_stands(tmp_path: Path) -> None:
    table: list[list[Cell]] = [
        ["Crime Severity Score"],
        [],
        [None, "Offence\ncode [note 1]", "Offence", "Weight (days)"],
    ]
    rows: list[list[Cell]] = [
        [None, 901, "Made up", 1234.5],
        [None, "28 e", "Made up too", "2,345"],
        [None, "9", "x", ":"],
    ]
    found = read(saved(tmp_path, {"Notes": [["Words"]], "Weights": table + rows}), "ons")
    assert found.weights == {"901": 1234.5, "28E": 2345}
    assert found.notes == ("Passed over: 1 offences without a weight.",)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252"])
def test_the_same_as_csv(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "css.csv"
    path.write_text("Title – of it\n\nHO Code,Offence description,CSS weight\n1,A – b,3\n2,C\n", encoding=encoding)
    found = read(path, "ons")
    assert found.weights == {"1": 3}
    assert found.scheme is SCHEMES["ons"]


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        ("a,b\n1,2\n", WrongColumns, "is not the Crime Severity Score .* as published: among the first 60 rows"),
        ("Code,Weight,Weight\n1,2,3\n", WrongColumns, "'weight' is there twice"),
        ("Code,Weight\n1,heavy\n", UnreadableFile, "line 2: the weight 'heavy' is not a number of 0 or more"),
        ("Code,Weight\n1,-2\n", UnreadableFile, "line 2: the weight '-2'"),
        ("Code,Weight\n1,\n", UnreadableFile, "no offence with a weight"),
        ("", WrongColumns, "as published"),
    ],
)
def test_what_does_not_fit_is_refused_in_a_sentence(
    tmp_path: Path, text: str, kind: type[Exception], said: str
) -> None:
    path = tmp_path / "css.csv"
    path.write_text(text)
    with pytest.raises(kind, match=said):
        read(path, "ons")


def test_two_sheets_that_fit_are_not_chosen_between(tmp_path: Path) -> None:
    path = saved(tmp_path, {"CCHI 2021": CAMBRIDGE, "CCHI 2026": [*CAMBRIDGE[:1], *CAMBRIDGE[5:6]]})
    with pytest.raises(UsageError, match="several sheets \\('CCHI 2021', 'CCHI 2026'\\): choose one with --sheet"):
        read(path, "cambridge")
    assert read(path, "cambridge", "CCHI 2026").weights == {"904/00": 1.5}


def test_an_unknown_index_and_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no index 'home-office': give one of ons, cambridge"):
        read(tmp_path / "x.csv", "home-office")
    with pytest.raises(UnreadableFile, match="cannot be read"):
        read(tmp_path / "x.csv", "ons")


def test_codes_are_compared_without_spaces_and_fractions() -> None:
    assert [code_of(text) for text in ("28 e", "1.0", "105/01", " 8N ")] == ["28E", "1", "105/01", "8N"]


INDEX = Published(SCHEMES["ons"], "made-up.csv", {"1": 10.0, "2": 40.0, "3": 5.0}, ("A note.",))


def mix_of(folder: Path, text: str) -> Path:
    path = folder / "mix.csv"
    path.write_text(text)
    return path


def test_a_broad_category_weighs_what_is_recorded_under_it(tmp_path: Path) -> None:
    rows = "violence,1,60\nviolence,2,20\nviolence,9,4\ncriminal_damage_arson,3,8\nrobbery,9,1\nburglary,1,0\n"
    mix = mix_of(tmp_path, "category,offence_code,offences\n" + rows)
    found = mixed(INDEX, mix)
    weight, share = found.weights["violence"]
    assert weight == pytest.approx((60 * 10 + 20 * 40) / 80)
    assert share == pytest.approx(80 / 84)
    assert found.left_out == {"robbery": "the index has no weight for 9", "burglary": "no offences"}
    anchored = mixed(INDEX, mix, "criminal_damage_arson")
    assert anchored.weights["violence"][0] == pytest.approx(17.5 / 5)
    assert anchored.weights["criminal_damage_arson"][0] == 1
    with pytest.raises(Refused, match="robbery is to weigh 1, and has no weight"):
        mixed(INDEX, mix, "robbery")


def test_the_draft_is_a_file_of_weights_that_says_where_they_are_from(tmp_path: Path) -> None:
    mix = mix_of(tmp_path, "category,offence_code,offences\nviolence,1,3\nviolence,2,1\nrobbery,9,1\n")
    text = as_toml(mixed(INDEX, mix), INDEX, mix, date(2027, 1, 1))
    weights = parse(text, "draft")
    assert weights.of("violence") == 17.5
    assert weights.signature is None
    assert "made-up.csv" in weights.category["violence"].source
    assert "100.0% of its offences known" in weights.category["violence"].source
    assert "# No weight for robbery: the index has no weight for 9." in text
    assert "# A note." in text


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("sorcery,1,1", "category 'sorcery' is no category"),
        ("sexual_offences,1,1", "'sexual_offences' never enters a layer of places"),
        ("violence,,1", "is no code"),
        ("violence,1,-1", "offences '-1' is not a number of 0 or more"),
    ],
)
def test_a_mix_that_does_not_fit_is_refused_with_its_line(tmp_path: Path, row: str, said: str) -> None:
    with pytest.raises(UnreadableFile, match=f"line 2.*{said}"):
        mixed(INDEX, mix_of(tmp_path, f"category,offence_code,offences\n{row}\n"))
