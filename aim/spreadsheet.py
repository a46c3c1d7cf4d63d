"""Texts that a spreadsheet may hold without harm."""

from typing import Final

DANGEROUS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
"""A spreadsheet takes a text that begins so for a formula, and may run it."""


def defused(text: str) -> str:
    """The text, led by an apostrophe where it would be a formula."""
    return f"'{text}" if text.startswith(DANGEROUS) else text
