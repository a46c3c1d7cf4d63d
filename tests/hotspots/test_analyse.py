"""Gi* of a plain file: the same numbers as everywhere, or a sentence that says which line is at fault."""

import gzip
from pathlib import Path

import h3
import numpy as np
import polars as pl
import pytest

from aim.errors import AimError, UnreadableFile, UsageError, WrongColumns
from aim.hotspots.analyse import gi_star_file

HOME = "891946548cbffff"
PATCH = sorted(h3.grid_disk(HOME, 3))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "cells.csv"


def rows(counts: dict[str, str]) -> str:
    return "cell,count\n" + "".join(f"{cell},{count}\n" for cell, count in counts.items())


@pytest.mark.parametrize(
    "name",
    [
        "gistar_h3_synth_k1.csv",
        "gistar_h3_memphis_robbery_r8_k1.csv",
        "gistar_h3_memphis_robbery_r9_k1.csv.gz",
    ],
)
def test_a_reference_file_gives_the_reference_values_in_its_own_order(shared: Path, name: str) -> None:
    path = shared / "reference" / name
    expected = pl.read_csv(path, infer_schema_length=None)
    found = gi_star_file(path, k=1)
    assert found.columns == ["cell", "count", "neighbours", "z", "p", "q"]
    assert found["cell"].to_list() == expected["cell"].to_list()
    assert found["count"].to_list() == expected["count"].to_list()
    assert found["neighbours"].to_list() == expected["n_nbrs_incl_self"].to_list()
    np.testing.assert_allclose(found["z"], expected["gi_star_z"], rtol=0, atol=1e-9)
    np.testing.assert_allclose(found["p"], expected["p"], rtol=1e-9, atol=0)
    np.testing.assert_allclose(found["q"], expected["p_fdr_bh"], rtol=1e-9, atol=0)


def test_the_order_of_the_file_is_kept_and_changes_nothing(file: Path) -> None:
    counts = {cell: str(at % 5) for at, cell in enumerate(PATCH)}
    file.write_text(rows(counts))
    forwards = gi_star_file(file, k=1)
    file.write_text(rows(dict(reversed(counts.items()))))
    backwards = gi_star_file(file, k=1)
    assert backwards["cell"].to_list() == PATCH[::-1]
    assert backwards.reverse().equals(forwards)


def test_results_written_as_csv_lose_nothing(file: Path) -> None:
    file.write_text(rows({cell: str(at % 5) for at, cell in enumerate(PATCH)}))
    found = gi_star_file(file, k=2)
    written = file.with_name("out.csv")
    found.write_csv(written)
    assert pl.read_csv(written, schema=found.schema).equals(found)


def test_weighted_counts_stay_as_they_are_and_whole_ones_whole(file: Path) -> None:
    file.write_text(rows({PATCH[0]: "1.5", PATCH[1]: "2"}))
    assert gi_star_file(file, k=1)["count"].to_list() == [1.5, 2.0]
    file.write_text(rows({PATCH[0]: "1.0", PATCH[1]: "2"}))
    assert gi_star_file(file, k=1)["count"].dtype == pl.Int64


def test_a_byte_order_mark_more_columns_gzip_and_blank_lines_are_all_one(file: Path) -> None:
    file.write_text(f"cell,count\n{PATCH[0]},1\n{PATCH[1]},2\n")
    plain = gi_star_file(file, k=1)
    file.write_text(f"\ufeffname,count,cell\nA,1,{PATCH[0]}\n\nB,2,{PATCH[1]}\n\n")
    assert gi_star_file(file, k=1).equals(plain)
    zipped = file.with_suffix(".csv.gz")
    zipped.write_bytes(gzip.compress(file.read_bytes()))
    assert gi_star_file(zipped, k=1).equals(plain)


def test_the_name_of_a_file_is_not_a_pattern(file: Path) -> None:
    odd = file.with_name("cells[1].csv")
    odd.write_text(rows({HOME: "7"}))
    assert gi_star_file(odd, k=1)["count"].to_list() == [7]


def test_one_cell_is_its_own_average(file: Path) -> None:
    file.write_text(rows({HOME: "7"}))
    assert gi_star_file(file, k=1).rows() == [(HOME, 7, 1, 0.0, 1.0, 1.0)]


@pytest.mark.parametrize("k", [-1, 11])
def test_k_has_bounds(file: Path, k: int) -> None:
    file.write_text(rows({HOME: "7"}))
    with pytest.raises(UsageError, match=f"k is {k}: give the steps to the farthest neighbour, from 0 to 10"):
        gi_star_file(file, k=k)


@pytest.mark.parametrize("k", [0, 10])
def test_k_may_be_at_its_bounds(file: Path, k: int) -> None:
    file.write_text(rows(dict.fromkeys(PATCH, "1")))
    assert set(gi_star_file(file, k)["neighbours"]) == {1 if k == 0 else 37}


BAD_FILES: list[tuple[str | bytes, type[AimError], str]] = [
    ("", UnreadableFile, "cells.csv is empty"),
    ("cell,count\n", UnreadableFile, "has a header and no rows"),
    (f"cell,number\n{HOME},1\n", WrongColumns, r"no column 'count'. It needs cell,count; .* has 'cell, number'"),
    (f"cell;count\n{HOME};1\n", WrongColumns, "no column 'cell'.*has 'cell;count'"),
    (f"cell,count\r{HOME},1\r", WrongColumns, "no column 'count'"),
    (f"cell,count,count\n{HOME},1,2\n", WrongColumns, "has the column 'count' twice"),
    (f"cell,count\n{HOME},1\nspam,2\n", UnreadableFile, "line 3: the cell 'spam' is not an H3 cell"),
    (f"cell,count\n{HOME},1\n,2\n", UnreadableFile, "line 3: the cell '' is not an H3 cell"),
    (f"cell,count\n{HOME},1\n{HOME.upper()},2\n", UnreadableFile, f"line 3: the cell '{HOME.upper()}' was there"),
    (f"cell,count\n{HOME},1\n{h3.cell_to_parent(HOME)},2\n", UnreadableFile, "several resolutions"),
    (f"cell,count\n{min(h3.get_pentagons(9))},1\n", UnreadableFile, "one of the twelve pentagons"),
    (
        f"cell,count\n\n{HOME},-1\n",
        UnreadableFile,
        "line 3: the count '-1' is not a number of incidents, 0 or more",
    ),
    (f"cell,count\n{HOME},many\n", UnreadableFile, "line 2: the count 'many' is not"),
    (f"cell,count\n{HOME},\n", UnreadableFile, "line 2: the count '' is not"),
    (f"cell,count\n{HOME},nan\n", UnreadableFile, "the count 'nan' is not"),
    (f"cell,count\n{HOME},inf\n", UnreadableFile, "the count 'inf' is not"),
    (f"cell,count\n{HOME},1e300\n", UnreadableFile, "the count '1e300' is not"),
    (f"cell,count\n{HOME},1,2\n", UnreadableFile, "cannot be read as CSV text in UTF-8"),
    (b"cell,count\n\xe9,1\n", UnreadableFile, "cannot be read as CSV text in UTF-8: invalid utf-8"),
    (gzip.compress(b"cell,count\n" * 999)[:-20], UnreadableFile, "cannot be read as CSV text in UTF-8"),
    ("x" * 10_000_000, WrongColumns, "no column 'cell'"),
]


@pytest.mark.parametrize(("content", "error", "message"), BAD_FILES, ids=[message for *_, message in BAD_FILES])
def test_a_file_that_is_not_what_it_should_be_is_refused(
    file: Path, content: str | bytes, error: type[AimError], message: str
) -> None:
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(error, match=message) as caught:
        gi_star_file(file, k=1)
    assert len(str(caught.value)) < 600
    assert "\n" not in str(caught.value)


def test_a_folder_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "missing.csv"):
        with pytest.raises(UnreadableFile, match=r"is not a file\."):
            gi_star_file(path, k=1)
