"""CQL2 as text or JSON into one tree: that of CQL2 JSON."""

import json
import re
from typing import Any, Final

from cql2 import ParseError, parse_json, parse_text

LONGEST: Final = 8_000
"""Characters: room for a polygon of some 300 corners."""
DEEPEST: Final = 10
"""Levels of brackets and prefixed operators. The parser takes twice as long for each level of an expression that it
cannot read, and ends the process on some thousands."""
DEEPEST_JSON: Final = 32
PARTS: Final = re.compile(r"""'(?:[^'\\]|''|\\.)*'|"[^"]*"|[()]|[-+]|\bNOT\b|[^\s()'"+-]+|['"]""", re.IGNORECASE)
PREFIXES: Final = {"-", "+", "not"}
LITERAL: Final = re.compile(r"'(?:[^'\\]|''|\\.)*'", re.DOTALL)
ESCAPED: Final = {
    r"\'": "''", r"\a": "\a", r"\b": "\b", r"\t": "\t", r"\n": "\n", r"\v": "\v", r"\f": "\f", r"\r": "\r",
}  # fmt: skip
WRITE: Final = "write it as in confidence = '99 %' AND count_total > 5"


def parse(text: str, *, as_json: bool) -> Any:
    """The tree. Raises ValueError that says what to mend."""
    if len(text) > LONGEST:
        raise ValueError(f"it is longer than {LONGEST:,} characters: simplify its shape, or ask in parts")
    if (deepest := DEEPEST_JSON if as_json else DEEPEST) < (_depth_of_json(text) if as_json else depth(text)):
        raise ValueError(f"it is nested deeper than {deepest} levels: leave out brackets that are not needed")
    try:
        return (parse_json(text) if as_json else parse_text(LITERAL.sub(_unescaped, text))).to_json()
    except ParseError as error:
        if as_json:
            raise ValueError('the JSON is not CQL2: write it as {"op":"=","args":[{"property":"rank"},1]}') from error
        raise ValueError(f"the text is not CQL2{_where(str(error))}: {WRITE}") from error


def depth(text: str) -> int:
    """Levels of brackets and of operators that stand before their only operand. Raises ValueError for odd brackets."""
    open_brackets = run = deepest = 0
    for part in PARTS.findall(text):
        if part == ")":
            open_brackets -= 1
            if open_brackets < 0:
                break
        elif part == "(":
            open_brackets += 1
        run = run + 1 if part.lower() in PREFIXES else 0 if part not in "()" else run
        deepest = max(deepest, open_brackets + run)
    if open_brackets:
        raise ValueError("its brackets do not match: close each that is opened")
    return deepest


def _unescaped(literal: re.Match[str]) -> str:
    """A text with the escapes of the standard taken out, which the library leaves in; those of LIKE are left to it."""
    return re.sub(r"\\.", lambda found: ESCAPED.get(found[0], found[0]), literal[0], flags=re.DOTALL)


def _depth_of_json(text: str) -> int:
    level = deepest = 0
    for part in re.findall(r'"(?:[^"\\]|\\.)*"|[\[{\]}]', text):
        level += (part in "[{") - (part in "]}")
        deepest = max(deepest, level)
    return deepest


def _where(message: str) -> str:
    """The library names the place as line:column."""
    found = re.search(r"--> \d+:(\d+)", message)
    return f" from character {found[1]} on" if found else ""


def said(value: Any) -> str:
    """A part of an expression in the words of a refusal."""
    return json.dumps(value, ensure_ascii=False)[:60]
