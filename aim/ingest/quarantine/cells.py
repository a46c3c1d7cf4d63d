"""Cells that a spreadsheet may open: nothing in them runs as a formula, and nothing is lost on the way back."""

from typing import Final

import polars as pl

from aim.spreadsheet import DANGEROUS

NUMBER: Final = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
FORMULA: Final = f"^'*{DANGEROUS}"
"""Apostrophes before it count, so that those which were there are told from the one that is put there."""
PROTECTED: Final = f"^'+{DANGEROUS}"


def protected(text: pl.Expr) -> pl.Expr:
    """The text with an apostrophe before what a spreadsheet would run. Numbers stay numbers: -1.23 is a longitude."""
    runs = text.str.contains(FORMULA) & ~text.str.contains(NUMBER)
    return pl.when(~runs).then(text).otherwise(pl.lit("'") + text)


def as_written(text: pl.Expr) -> pl.Expr:
    """The text of a cell that `protected` has made."""
    return pl.when(text.str.contains(PROTECTED)).then(text.str.slice(1)).otherwise(text)


def same_value(before: str | None, after: str | None) -> bool:
    """Whether a cell says what it said. A spreadsheet turns 00123 into 123 and 1.50 into 1.5: no person did that."""
    if (before or "") == (after or ""):
        return True
    try:
        return float(before or "") == float(after or "")
    except ValueError:
        return False
