"""Temporal functions of CQL2, over spans of whole days: an instant is a span of one day."""

from collections.abc import Callable
from typing import Final, NamedTuple

import polars as pl


class Span(NamedTuple):
    """First and last day, both included; where a feature does not know one, nothing holds of it."""

    first: pl.Expr
    last: pl.Expr


EARLIEST: Final = pl.date(1, 1, 1)
LATEST: Final = pl.date(9999, 12, 31)


def _after(a: Span, b: Span) -> pl.Expr:
    return a.first > b.last


def _equals(a: Span, b: Span) -> pl.Expr:
    return (a.first == b.first) & (a.last == b.last)


def _meets(a: Span, b: Span) -> pl.Expr:
    return a.last == b.first


def _overlaps(a: Span, b: Span) -> pl.Expr:
    return (a.first < b.first) & (a.last > b.first) & (a.last < b.last)


def _starts(a: Span, b: Span) -> pl.Expr:
    return (a.first == b.first) & (a.last < b.last)


def _during(a: Span, b: Span) -> pl.Expr:
    return (a.first > b.first) & (a.last < b.last)


def _finishes(a: Span, b: Span) -> pl.Expr:
    return (a.last == b.last) & (a.first > b.first)


def _disjoint(a: Span, b: Span) -> pl.Expr:
    return _after(a, b) | _after(b, a)


Relation = Callable[[Span, Span], pl.Expr]


def _turned(relation: Relation) -> Relation:
    return lambda a, b: relation(b, a)


OF_ANY: Final[dict[str, Relation]] = {
    "t_after": _after,
    "t_before": _turned(_after),
    "t_disjoint": _disjoint,
    "t_equals": _equals,
    "t_intersects": lambda a, b: ~_disjoint(a, b),
}
"""Of instants and intervals."""
OF_INTERVALS: Final[dict[str, Relation]] = {
    "t_contains": _turned(_during),
    "t_during": _during,
    "t_finishedby": _turned(_finishes),
    "t_finishes": _finishes,
    "t_meets": _meets,
    "t_metby": _turned(_meets),
    "t_overlappedby": _turned(_overlaps),
    "t_overlaps": _overlaps,
    "t_startedby": _turned(_starts),
    "t_starts": _starts,
}
RELATIONS: Final = OF_ANY | OF_INTERVALS
