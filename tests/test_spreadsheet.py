"""No text begins a formula, in a table or by itself; numbers and all other texts stay as they are."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aim.spreadsheet import defused, defused_table

BEGINS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
TEXT = st.text(st.one_of(st.sampled_from(("'", "1", *BEGINS)), st.characters(codec="utf-8")), max_size=6)


@pytest.mark.parametrize("begin", BEGINS)
def test_what_would_be_a_formula_is_led_by_an_apostrophe(begin: str) -> None:
    assert defused(f"{begin}1+1") == f"'{begin}1+1"


@given(st.lists(TEXT))
def test_a_table_is_defused_as_its_texts_are(texts: list[str]) -> None:
    frame = pl.DataFrame({"said": texts, "z": [-1.5] * len(texts)}, schema={"said": pl.String, "z": pl.Float64})
    found = defused_table(frame)
    assert found["said"].to_list() == [defused(text) for text in texts]
    assert not any(text.startswith(BEGINS) for text in found["said"])
    assert all(said in (text, f"'{text}") for said, text in zip(found["said"], texts, strict=True))
    assert found["z"].to_list() == frame["z"].to_list()
