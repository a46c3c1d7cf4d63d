"""`aim analyse`: the reference files through the command itself, and a sentence for each file that is not right."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h3
import numpy as np
import polars as pl
import pytest

from tests.cli.conftest import Aim
from tests.facts import HOME

DISK = sorted(h3.grid_disk(HOME, 7))
MIDDLE = sorted(h3.grid_disk(HOME, 1))
Write = Callable[[str, str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def file(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text)
        return path

    return file


def test_the_trend_of_a_series_is_that_of_the_reference(aim: Aim, write: Write, shared: Path) -> None:
    for case in json.loads((shared / "reference/mann_kendall.json").read_text()).values():
        rows = [f"{at},{value}" for at, value in enumerate(case["x"])]
        path = write("series.csv", "\n".join(["t,value", *reversed(rows)]))
        [found] = aim.json("analyse", "mann-kendall", "--series", path)["trend"]
        original = case["original"]
        expected = {name: original[name] for name in ("s", "z", "p", "slope", "intercept")}
        expected |= {"n": len(case["x"]), "variance": original["var_s"], "tau": original["Tau"]}
        assert found == pytest.approx(expected, rel=1e-9)


def test_a_series_by_date_is_read_in_the_order_of_its_dates(aim: Aim, write: Write) -> None:
    path = write("series.csv", "t,value\n2026-03-01,9\n2026-01-01,1\n2026-02-01,4\n")
    [found] = aim.json("analyse", "mann-kendall", "--series", path)["trend"]
    assert (found["s"], found["slope"]) == (3, 4)


def cube(periods: list[str], hot_from: int) -> str:
    """A quiet town whose middle is busy from one period on; empty cells have no row but one each."""
    rows = [f"{cell},{periods[0]},0" for cell in DISK if cell not in MIDDLE]
    rows += [f"{cell},{period},{9 * (at >= hot_from)}" for cell in MIDDLE for at, period in enumerate(periods)]
    return "\n".join(["cell,period,count", *rows])


def test_emerging_hot_spots_are_told_by_number_and_by_date(aim: Aim, write: Write) -> None:
    dates = [str(np.datetime64("2025-01-01") + 28 * at) for at in range(12)]
    for periods in ([str(at) for at in range(3, 15)], dates):
        path = write("cube.csv", cube(periods, hot_from=10))
        found = {row["cell"]: row for row in aim.json("analyse", "emerging", "--cube", path, "--k", 1)["cells"]}
        assert found.keys() == set(DISK)
        assert found[HOME]["class"] == "consecutive hot spot"
        assert found[HOME]["hot_periods"] == 2
        assert found[min(set(DISK) - set(h3.grid_disk(HOME, 3)))]["class"] == "none"


def test_a_period_that_nobody_names_is_an_empty_one(aim: Aim, write: Write) -> None:
    path = write("cube.csv", f"cell,period,count\n{HOME},1,3\n{HOME},12,4\n")
    [row] = aim.json("analyse", "emerging", "--cube", path)["cells"]
    assert row["class"] == "none"
    path = write("cube.csv", f"cell,period,count\n{HOME},1,3\n{HOME},9,4\n")
    [row] = aim.json("analyse", "emerging", "--cube", path)["cells"]
    assert row["class"] == "not enough periods"


def test_the_hours_of_the_week_are_those_of_the_reference(aim: Aim, write: Write, shared: Path) -> None:
    text = (shared / "reference/aoristic_dcburglaries_input.csv").read_text()
    path = write("events.csv", text.replace("StartDateTime", "from").replace("EndDateTime", "to"))
    answer = aim("analyse", "aoristic", "--events", path, "--zone", "UTC")
    assert answer.code == 0
    assert answer.out.startswith("day,hour,weight\nMonday,0,")
    found = pl.read_csv(answer.out.encode())["weight"].to_numpy()
    expected = pl.read_csv(shared / "reference/aoristic_dcburglaries_R_168.csv")["weight"].to_numpy()
    np.testing.assert_allclose(np.roll(found, 24), expected, rtol=0, atol=1e-9)


def test_times_are_those_of_londons_clocks(aim: Aim, write: Write) -> None:
    path = write("events.csv", "from,to\n2026-07-06 00:30,\n2026-01-05T00:30:00,2026-01-05 01:30\n")
    hours = aim.json("analyse", "aoristic", "--events", path)["hours"]
    assert [row["weight"] for row in hours[:2]] == [1.5, 0.5]
    assert len(hours) == 168


def test_near_repeats_are_those_of_the_reference(aim: Aim, write: Write, shared: Path, tmp_path: Path) -> None:
    text = (shared / "reference/knox_input_memphis600.csv").read_text()
    path = write("points.csv", text.replace("day", "date", 1))
    out = tmp_path / "bands.csv"
    answer = aim("analyse", "knox", "--points", path, "--out", out, "--permutations", 99, "--seed", 2)
    assert (answer.code, answer.out) == (0, "")
    cases = json.loads((shared / "reference/knox_near_repeat.json").read_text())["near_repeat_grid"]
    assert pl.read_csv(out)["observed"].to_list() == [case["observed"] for case in cases]
    again = aim.json("analyse", "knox", "--points", path, "--permutations", 99, "--seed", 2)["bands"]
    assert again == pl.read_csv(out).to_dicts()


def test_before_and_after_is_that_of_the_reference(aim: Aim, write: Write, shared: Path) -> None:
    told = json.loads((shared / "reference/wdd_etest_wdq.json").read_text())
    for name in ("paper_2018", "simple", "time_weights"):
        path = write("counts.json", json.dumps(told[name]["inputs"]))
        [found] = aim.json("analyse", "wdd", "--counts", path)["effect"]
        out = told[name]["out"]
        expected = [out[key] for key in ("Est_Total", "SE_Total", "Z", "LowCI", "HighCI")]
        assert [found[key] for key in ("total", "total_se", "z", "low", "high")] == pytest.approx(expected, rel=1e-9)
    path = write("counts.json", json.dumps(told["paper_2018"]["inputs"]))
    [found] = aim.json("analyse", "wdd", "--counts", path)["effect"]
    assert found["wdq"] == pytest.approx(told["wdq_formula_cases"][0]["wdq"], rel=1e-9)
    assert found["rate_ratio"] == pytest.approx(110 / 207, rel=1e-9)
    assert found["did_ratio"] == pytest.approx(0.5146902439766, rel=1e-9)


def test_ratios_that_cannot_be_told_are_null(aim: Aim, write: Write) -> None:
    path = write("counts.json", '{"control": [0, 4], "treated": [0, 2]}')
    [found] = aim.json("analyse", "wdd", "--counts", path)["effect"]
    assert found["total"] == -2
    assert {found[name] for name in ("wdq", "rate_ratio", "did_ratio")} == {None}


def test_accuracy_is_that_of_the_reference(aim: Aim, write: Write, shared: Path) -> None:
    table = pl.read_csv(shared / "reference/pai_ptools_tiny.csv")
    names = {"id": "cell", "Count": "observed", "Pred": "predicted", "Area": "area"}
    path = write("cells.csv", table.sort("id").select(*names).rename(names).write_csv())
    found = aim.json("analyse", "pai", "--cells", path)["cells"]
    assert [int(row["cell"]) for row in found] == table["id"].to_list()
    for ours, theirs in (("pai", "PAI"), ("pei", "PEI"), ("calibration_ratio", "RRI"), ("hit_rate", "PCumCount")):
        assert [row[ours] for row in found] == pytest.approx(table[theirs].to_list(), rel=1e-9)


def test_what_is_no_number_is_null_in_json_and_empty_in_csv(aim: Aim, write: Write) -> None:
    path = write("cells.csv", "cell,observed,predicted,area\na,0,1,1\n")
    [row] = aim.json("analyse", "pai", "--cells", path)["cells"]
    assert row["pai"] is None
    assert not any(isinstance(value, float) and math.isnan(value) for value in row.values())
    assert "NaN" not in aim("analyse", "pai", "--cells", path).out


def test_a_name_from_a_file_is_no_formula_in_what_is_written_and_itself_in_json(
    aim: Aim, write: Write, tmp_path: Path
) -> None:
    path, out = write("cells.csv", "cell,observed,predicted,area\n=1+1,3,2,1\nb,1,1,1\n"), tmp_path / "out.csv"
    found = aim.json("analyse", "pai", "--cells", path, "--out", out)["cells"]
    assert [row["cell"] for row in found] == ["=1+1", "b"]
    assert pl.read_csv(out)["cell"].to_list() == ["'=1+1", "b"]
    assert "\n'=1+1," in aim("analyse", "pai", "--cells", path).out


BAD: list[tuple[str, str, str, str, str]] = [
    ("mann-kendall", "--series", "t,x\n1,2\n", "wrong-columns", "no column 'value'. It needs t,value"),
    ("mann-kendall", "--series", "t,value\n1,2\n1,3\n", "unreadable-file", "line 3: the t '1' was there before"),
    ("mann-kendall", "--series", "t,value\n1,2\n2,x\n", "unreadable-file", "line 3: the value 'x' is not a number"),
    ("mann-kendall", "--series", "t,value\nmay,2\n", "unreadable-file", "line 2: the t 'may' is not a date such as"),
    ("mann-kendall", "--series", "t,value\n2026-01-01,2\n7,2\n", "unreadable-file", "line 3: the t '7' is not a date"),
    ("emerging", "--cube", f"cell,period,count\n{HOME},1,-2\n", "unreadable-file", "line 2: the count '-2' is not"),
    ("emerging", "--cube", "cell,period,count\nx,1,2\n", "unreadable-file", "line 2: the cell 'x' is not an H3 cell"),
    (
        "emerging",
        "--cube",
        f"cell,period,count\n{HOME},2026-01-01,1\n{HOME},2026-02-01,1\n",
        "unreadable-file",
        "line 3: the period '2026-02-01' is not a multiple of 28 days after the first",
    ),
    (
        "emerging",
        "--cube",
        f"cell,period,count\n{HOME},1,1\n{HOME},1,1\n",
        "unreadable-file",
        "line 3: the cell '891946548cbffff' was there before with this period",
    ),
    (
        "emerging",
        "--cube",
        f"cell,period,count\n{HOME},1,1\n{HOME},99999,1\n",
        "unreadable-file",
        "line 3: the period '99999' is 1000 or more after the first",
    ),
    ("aoristic", "--events", "from,to\nnoon,\n", "unreadable-file", "line 2: the from 'noon' is not a time such as"),
    ("aoristic", "--events", "from,to\n2026-01-01 10:00,x\n", "unreadable-file", "line 2: the to 'x' is not a time"),
    (
        "aoristic",
        "--events",
        "from,to\n2026-03-29 01:30,\n",
        "unreadable-file",
        "line 2: the from '2026-03-29 01:30' never was on the clocks of Europe/London",
    ),
    ("knox", "--points", "x,y,date\n1,2,3\n", "unreadable-file", "has one incident: near repeats need two"),
    ("knox", "--points", "x,y,date\n1,2,3\n1,a,3\n", "unreadable-file", "line 3: the y 'a' is not a number of metres"),
    ("knox", "--points", "x,y,date\n1,2,1 May\n", "unreadable-file", "line 2: the date '1 May' is not a date such as"),
    (
        "pai",
        "--cells",
        "cell,observed,predicted,area\na,1,1,0\n",
        "unreadable-file",
        "line 2: the area '0' is not an area above 0",
    ),
    (
        "pai",
        "--cells",
        "cell,observed,predicted,area\na,1,1,2\na,1,1,2\n",
        "unreadable-file",
        "line 3: the cell 'a' was there before",
    ),
    ("wdd", "--counts", "{", "unreadable-file", "line 1: this is not JSON"),
    ("wdd", "--counts", "[1]", "unreadable-file", 'has to be an object with "control": [before, after]'),
    (
        "wdd",
        "--counts",
        '{"control": [1, 2], "treated": [1]}',
        "unreadable-file",
        "treated is not 2 numbers in brackets",
    ),
    ("wdd", "--counts", '{"control": [1, 2], "treated": [1, NaN]}', "unreadable-file", "treated is not 2 numbers"),
    ("wdd", "--counts", '{"control": [1, 2], "treated": [1, 2], "a": 1}', "unreadable-file", "nobody knows a. It may"),
    (
        "wdd",
        "--counts",
        '{"control": [1, 2], "treated": [1, 2], "alpha": 2}',
        "unreadable-file",
        "alpha has to lie between 0 and 1",
    ),
]


@pytest.mark.parametrize(
    ("verb", "option", "text", "slug", "sentence"), BAD, ids=[f"{row[0]}: {row[4]}" for row in BAD]
)
def test_a_file_that_is_not_right_is_told_with_its_line_and_what_to_do(
    aim: Aim, write: Write, verb: str, option: str, text: str, slug: str, sentence: str
) -> None:
    found, message = aim.fails(1, "analyse", verb, option, write("file", text))
    assert found == slug
    assert sentence in message


@pytest.mark.parametrize(
    ("arguments", "text", "sentence"),
    [
        (["emerging", "--k", "11", "--cube"], f"cell,period,count\n{HOME},1,1\n", "k is 11: give the steps"),
        (["aoristic", "--zone", "Mars", "--events"], "from,to\n2026-01-01 10:00,\n", "There is no time zone 'Mars'"),
        (["wdd", "--counts"], '{"control": [1, 2], "treated": [1, -2]}', "A count is below 0"),
        (
            ["wdd", "--counts"],
            '{"control": [1, 2], "treated": [1, 2], "time_weights": [0, 1]}',
            "A weight is 0 or less",
        ),
        (["knox", "--permutations", "0", "--points"], "x,y,date\n", "greater than or equal to 1"),
    ],
)
def test_a_wrong_call_is_told(aim: Aim, write: Write, arguments: list[str], text: str, sentence: str) -> None:
    slug, message = aim.fails(2, "analyse", *arguments, write("file", text))
    assert slug == "usage-error"
    assert sentence in message


def test_a_file_that_is_not_there_is_told(aim: Aim, tmp_path: Path) -> None:
    verbs: dict[str, str] = {"emerging": "--cube", "wdd": "--counts"}
    for verb, option in verbs.items():
        slug, message = aim.fails(1, "analyse", verb, option, tmp_path / "missing")
        assert (slug, message[-14:]) == ("unreadable-file", "is not a file.")


def test_what_the_verbs_give_has_the_columns_they_promise(aim: Aim, write: Write) -> None:
    promised: dict[str, tuple[str, str, Any]] = {
        "mann-kendall": ("--series", "t,value\n1,2\n", "n,s,variance,z,p,tau,slope,intercept"),
        "emerging": (
            "--cube",
            f"cell,period,count\n{HOME},1,1\n",
            "cell,class,z,p,q,hot_periods,cold_periods,trend_z,trend_p,slope",
        ),
        "knox": (
            "--points",
            "x,y,date\n1,2,3\n1,2,3\n",
            "metres_over,metres_to,days_over,days_to,observed,expected,ratio,p",
        ),
    }
    for verb, (option, text, header) in promised.items():
        assert aim("analyse", verb, option, write("file", text)).out.splitlines()[0] == header
