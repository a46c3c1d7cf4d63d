"""Texts that a spreadsheet may hold without harm.

https://owasp.org/www-community/attacks/CSV_Injection lists the characters that begin a formula.
"""

import re
from typing import Final

import polars as pl

DANGEROUS: Final = r"[=+\-@\t\r\n＝＋－＠]"
"""A spreadsheet takes a text that begins so for a formula, and may run it; the wide ones are typed in Japan."""


def defused(text: str) -> str:
    """The text, led by an apostrophe where it would be a formula."""
    return f"'{text}" if re.match(DANGEROUS, text) else text


def defused_column(texts: pl.Expr) -> pl.Expr:
    """As `defused`, of each text of a column."""
    return texts.str.replace(f"^{DANGEROUS}", "'${0}")


def defused_table(frame: pl.DataFrame) -> pl.DataFrame:
    """A table fit to be written as CSV. What is a number stays one: -1.23 is a longitude."""
    return frame.with_columns(defused_column(pl.col(pl.String)))
