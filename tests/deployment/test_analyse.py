"""Where people go, from plain files."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from aim.deployment.analyse import cover_file, rounds_file
from aim.errors import AimError


def written(path: Path, header: list[str], rows: Sequence[Sequence[object]]) -> Path:
    with path.open("w", newline="") as out:
        csv.writer(out).writerows([header, *rows])
    return path


def test_cover_tells_which_sites_to_open_and_what_they_reach(tmp_path: Path) -> None:
    demand = written(tmp_path / "demand.csv", ["x", "y", "weight"], [[0, 0, 5], [100, 0, 1], [1000, 0, 4]])
    sites = written(tmp_path / "sites.csv", ["x", "y"], [[90, 0], [10, 0], [1000, 50]])
    found = cover_file(demand, sites, 85, 2)
    assert found["opened"].to_list() == [False, True, True]
    assert found["within_reach"].to_list() == [1, 5, 4]
    assert set(found["covered"]) == {9}


def test_rounds_from_a_file_are_those_of_the_reference(tmp_path: Path, shared: Path) -> None:
    case = json.loads((shared / "reference/orienteering_small_exact.json").read_text())
    names = [f"place {at}" for at in range(len(case["score"]))]
    rows = [[name, score, *far] for name, score, far in zip(names, case["score"], case["travel_min"], strict=True)]
    file = written(tmp_path / "places.csv", ["place", "score", *names], rows)
    found = rounds_file(file, case["service_min"], case["budget_min"], 2)
    assert found["score"].sum() == case["exact_two_routes"]
    assert found["minutes"].max() < case["budget_min"]
    assert names[0] not in found["place"].to_list()


def test_a_place_without_its_column_of_minutes_is_named(tmp_path: Path) -> None:
    file = written(tmp_path / "places.csv", ["place", "score", "A"], [["A", 0, 0], ["B", 1, 5]])
    with pytest.raises(AimError, match="B"):
        rounds_file(file, 10, 60, 1)
