"""Cells in spreadsheets: nothing runs, nothing is lost."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aim.ingest.quarantine.cells import as_written, protected, same_value

TEXT = st.text(st.one_of(st.sampled_from("'=+-@\t\r\n＝1.eE "), st.characters(codec="utf-8")), max_size=8)


def shown(texts: list[str]) -> list[str]:
    return pl.DataFrame({"a": texts}, schema={"a": pl.String}).select(protected(pl.col("a")))["a"].to_list()


def read_back(texts: list[str]) -> list[str]:
    return pl.DataFrame({"a": texts}, schema={"a": pl.String}).select(as_written(pl.col("a")))["a"].to_list()


@pytest.mark.parametrize(
    "text", ["=1+1", "+cmd", "-cmd", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "-1-1", "--1", "-", "＝1", '=HYPERLINK("x")']
)
def test_what_a_spreadsheet_would_run_is_made_text(text: str) -> None:
    assert shown([text]) == ["'" + text]


@pytest.mark.parametrize("text", ["-1.23", "+44", "-1", "1e-5", "-.5", "-1.", "a=b", "", "'tis", "2026-03"])
def test_all_else_stays_as_it_is(text: str) -> None:
    assert shown([text]) == [text]


@given(st.lists(TEXT, min_size=1))
def test_what_comes_back_is_what_went_out(texts: list[str]) -> None:
    assert read_back(shown(texts)) == texts


@given(TEXT)
def test_nothing_that_is_shown_begins_a_formula(text: str) -> None:
    [cell] = shown([text])
    assert cell[:1] not in "=@\t\r\n＝＋－＠" or cell == ""
    assert cell[:1] not in "+-" or cell == "" or float(cell) is not None


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [("00123", "123", True), ("1.50", "1.5", True), ("100000", "1E+05", True), (None, "", True), ("a", "a", True),
     ("2026-03", "Mar-26", False), ("1", "2", False), ("1", "", False), ("x", None, False)],
)  # fmt: skip
def test_a_spreadsheets_way_of_writing_a_number_is_no_change(before: str | None, after: str | None, same: bool) -> None:
    assert same_value(before, after) is same
