"""What is compared: properties, values, sums and texts without case, each with its kind."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

import polars as pl

from aim.api.filters.parsing import said
from aim.api.filters.times import EARLIEST, LATEST, Span
from aim.layers.publishing.properties import BY_NAME, PROPERTIES, Kind

ARITHMETIC: Final = {
    "+": pl.Expr.add,
    "-": pl.Expr.sub,
    "*": pl.Expr.mul,
    "/": pl.Expr.truediv,
    "div": pl.Expr.floordiv,
    "%": pl.Expr.mod,
    "^": pl.Expr.pow,
}
GEOMETRY: Final = "geometry"


class Type(StrEnum):
    """What may be compared with what: both sides are of one type."""

    TEXT = "text"
    NUMBER = "a number"
    BOOLEAN = "true or false"
    DATE = "a date"
    TIMESTAMP = "a time"
    TEXTS = "a list of texts"


OF_KIND: Final = {
    Kind.TEXT: Type.TEXT,
    Kind.INTEGER: Type.NUMBER,
    Kind.NUMBER: Type.NUMBER,
    Kind.DATE: Type.DATE,
    Kind.TEXTS: Type.TEXTS,
}
COLUMNS: Final = {Type.TEXT: pl.String(), Type.TEXTS: pl.List(pl.String()), Type.NUMBER: pl.Float64()}
"""Texts are held as the numbers of words, and compared as texts; a whole number is compared with any."""
WRITTEN: Final = {
    Type.TEXT: "'a text'",
    Type.NUMBER: "5",
    Type.BOOLEAN: "TRUE",
    Type.DATE: "DATE('2024-05-01')",
    Type.TIMESTAMP: "TIMESTAMP('2024-05-01T09:00:00Z')",
    Type.TEXTS: "('a text')",
}


@dataclass(frozen=True)
class Operand:
    expr: pl.Expr
    type: Type
    text: str | None = None
    """A text that stands in the expression itself: beside a date it is a date."""


class Operands:
    """Reads operands, and notes in `names` the properties that they are made of."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def read(self, node: Any) -> Operand:
        """Raises ValueError for what is no operand."""
        match node:
            case bool():
                return Operand(pl.lit(node), Type.BOOLEAN)
            case int() | float():
                return Operand(pl.lit(float(node), dtype=pl.Float64), Type.NUMBER)
            case str():
                return Operand(pl.lit(node), Type.TEXT, node)
            case {"property": str(name)}:
                return self._property(name)
            case {"date": str(text)}:
                return Operand(pl.lit(_day(text)), Type.DATE)
            case {"timestamp": str(text)}:
                return Operand(pl.lit(_moment(text)), Type.TIMESTAMP)
            case {"op": "casei", "args": [inner]}:
                return self._without_case(inner)
            case {"op": str(op), "args": [left, right]} if op in ARITHMETIC:
                sides = self.alike(left, right, Type.NUMBER)
                return Operand(ARITHMETIC[op](sides[0].expr, sides[1].expr), Type.NUMBER)
            case {"op": str(op)}:
                raise ValueError(f"there is no function or operator “{op[:50]}” that gives a value to compare")
            case None:
                raise ValueError("nothing equals NULL: write rank_change IS NULL")
            case _:
                raise ValueError(f"{said(node)} is nothing that can be compared")

    def alike(self, left: Any, right: Any, wanted: Type | None = None) -> tuple[Operand, Operand]:
        """Two operands of one type. Raises ValueError that says how to write the second."""
        first, second = self.read(left), self.read(right)
        if first.type is Type.DATE and second.text is not None:
            second = Operand(pl.lit(_day(second.text)), Type.DATE)
        if second.type is Type.DATE and first.text is not None:
            first = Operand(pl.lit(_day(first.text)), Type.DATE)
        if first.type is not second.type or (wanted and first.type is not wanted):
            like = wanted or first.type
            odd, node = (second, right) if second.type is not like else (first, left)
            raise ValueError(f"{said(node)} is {odd.type}, where {like} is needed, such as {WRITTEN[like]}")
        return first, second

    def span(self, node: Any) -> tuple[Span, bool]:
        """An instant or an interval of days, and whether it is an interval."""
        match node:
            case {"interval": [first, last]}:
                ends = (EARLIEST if first == ".." else self._date(first), LATEST if last == ".." else self._date(last))
                return Span(*ends), True
            case _:
                day = self._date(node)
                return Span(day, day), False

    def _date(self, node: Any) -> pl.Expr:
        return self.alike({"date": "2024-01-01"}, node, Type.DATE)[1].expr

    def _property(self, name: str) -> Operand:
        if name not in BY_NAME or not BY_NAME[name].queryable:
            known = ", ".join(each.name for each in PROPERTIES if each.queryable)
            raise ValueError(f"there is no “{name[:50]}” to compare; there are {known}")
        self.names.add(name)
        kind = OF_KIND[BY_NAME[name].kind]
        return Operand(pl.col(name).cast(COLUMNS[kind]) if kind in COLUMNS else pl.col(name), kind)

    def _without_case(self, node: Any) -> Operand:
        inner = self.read(node)
        if inner.type is not Type.TEXT:
            raise ValueError(f"CASEI takes a text, and {said(node)} is {inner.type}")
        return Operand(inner.expr.str.to_lowercase(), Type.TEXT, None if inner.text is None else inner.text.lower())


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"“{text[:50]}” is no date: write it as DATE('2024-05-01')") from None


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"“{text[:50]}” is no time: write it as TIMESTAMP('2024-05-01T09:00:00Z')") from None
