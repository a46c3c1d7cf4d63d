"""From the tree of an expression to an expression over columns. Nothing a client writes becomes code or SQL: texts are
literals, names are looked up."""

import re
from typing import Any, Final

import polars as pl

from aim.api.crs import Crs
from aim.api.filters import shapes, times
from aim.api.filters.operands import GEOMETRY, Operands, Type
from aim.api.filters.parsing import WRITE, said

COMPARISONS: Final = {
    "=": pl.Expr.eq,
    "<>": pl.Expr.ne,
    "<": pl.Expr.lt,
    ">": pl.Expr.gt,
    "<=": pl.Expr.le,
    ">=": pl.Expr.ge,
}
ARRAYS: Final = ("a_contains", "a_containedby", "a_equals", "a_overlaps")
MOST_CONDITIONS: Final = 100
MOST_SHAPES: Final = 10
LONGEST_PATTERN: Final = 200
FUNCTIONS: Final = ", ".join(("CASEI", *(name.upper() for name in (*shapes.RELATIONS, *times.RELATIONS, *ARRAYS))))


class Compiler:
    """Compiles one expression; `names` and `shapes` are what it needs beside the columns' values.

    `crs` is the system of the expression's coordinates.
    """

    def __init__(self, crs: Crs) -> None:
        self._crs = crs
        self._operands = Operands()
        self._conditions = 0
        self.shapes: list[shapes.Related] = []

    @property
    def names(self) -> set[str]:
        """Properties that the expression reads."""
        return self._operands.names

    def condition(self, node: Any) -> pl.Expr:
        """What is true, false or unknown of a feature. Raises ValueError, with what to do."""
        match node:
            case bool():
                return pl.lit(node)
            case {"op": ("and" | "or") as op, "args": list(inner)} if inner:
                parts = [self.condition(each) for each in inner]
                return pl.all_horizontal(parts) if op == "and" else pl.any_horizontal(parts)
            case {"op": "not", "args": [inner]}:
                return ~self.condition(inner)
            case {"op": "isNull", "args": [{"property": "geometry"}]}:
                return pl.lit(value=False)
            case {"op": "isNull", "args": [inner]}:
                return self._operands.read(inner).expr.is_null()
            case {"op": str(op), "args": list(inner)}:
                return self._predicate(op.lower(), inner)
            case _:
                raise ValueError(f"{said(node)} is neither true nor false: {WRITE}")

    def _predicate(self, op: str, inner: list[Any]) -> pl.Expr:
        self._conditions += 1
        if self._conditions > MOST_CONDITIONS:
            raise ValueError(f"it has more than {MOST_CONDITIONS} conditions: use IN and BETWEEN, or ask in parts")
        match inner:
            case [left, right] if op in COMPARISONS:
                first, second = self._operands.alike(left, right)
                return COMPARISONS[op](first.expr, second.expr)
            case [value, pattern] if op == "like":
                return self._like(value, pattern)
            case [value, low, high] if op == "between":
                return self._between(value, low, high)
            case [value, list(values)] if op == "in" and values:
                return self._in(value, values)
            case [left, right] if op in shapes.RELATIONS:
                return self._related(op, left, right)
            case [left, right] if op in times.RELATIONS:
                return self._timed(op, left, right)
            case [left, list(values)] if op in ARRAYS:
                return self._listed(op, left, values)
            case _:
                raise ValueError(f"there is no “{op[:50]}” of {len(inner)} operands; the functions are {FUNCTIONS}")

    def _like(self, value: Any, pattern: Any) -> pl.Expr:
        first, second = self._operands.alike(value, pattern, Type.TEXT)
        if second.text is None or len(second.text) > LONGEST_PATTERN:
            long = f"at most {LONGEST_PATTERN} characters"
            raise ValueError(f"after LIKE comes a text of {long}, with % for any characters and _ for one")
        return first.expr.str.contains(_regex(second.text))

    def _between(self, value: Any, low: Any, high: Any) -> pl.Expr:
        first, least = self._operands.alike(value, low, Type.NUMBER)
        most = self._operands.alike(value, high, Type.NUMBER)[1]
        return (first.expr >= least.expr) & (first.expr <= most.expr)

    def _in(self, value: Any, values: list[Any]) -> pl.Expr:
        pairs = [self._operands.alike(value, each) for each in values]
        wanted = [second.expr for _, second in pairs]
        if any(each.meta.root_names() for each in wanted):
            raise ValueError("after IN come values and no properties, such as IN ('90 %','95 %')")
        return pairs[0][0].expr.is_in(pl.select(pl.concat_list(wanted)).to_series()[0].to_list())

    def _related(self, op: str, left: Any, right: Any) -> pl.Expr:
        if right == {"property": GEOMETRY}:
            op, left, right = shapes.converse(op), right, left
        if left != {"property": GEOMETRY}:
            raise ValueError(f"a spatial function takes {GEOMETRY} and a shape: {shapes.GIVE}")
        if len(self.shapes) == MOST_SHAPES:
            raise ValueError(f"it names more than {MOST_SHAPES} shapes: join them into one MULTIPOLYGON")
        related = shapes.Related(f"shape_{len(self.shapes)}", op, shapes.shape_of(right, self._crs))
        self.shapes.append(related)
        return pl.col(related.name)

    def _timed(self, op: str, left: Any, right: Any) -> pl.Expr:
        first, first_long = self._operands.span(left)
        second, second_long = self._operands.span(right)
        if op in times.OF_INTERVALS and not (first_long and second_long):
            raise ValueError(f"{op.upper()} takes two intervals, such as INTERVAL(valid_from,valid_to)")
        return times.RELATIONS[op](first, second)

    def _listed(self, op: str, left: Any, values: list[Any]) -> pl.Expr:
        held = self._operands.read(left)
        if held.type is not Type.TEXTS or not all(isinstance(each, str) for each in values):
            raise ValueError(f"{op.upper()} takes a list and texts, such as {op.upper()}(top_categories,('Burglary'))")
        has = [held.expr.list.contains(each) for each in values]
        within = held.expr.list.eval(pl.element().is_in(values).all()).list.first()
        match op:
            case "a_contains":
                return pl.all_horizontal(has)
            case "a_overlaps":
                return pl.any_horizontal(has)
            case "a_containedby":
                return within
            case _:
                return pl.all_horizontal(*has, within)


def _regex(pattern: str) -> str:
    r"""A pattern of LIKE, in which \ takes the meaning from % and _."""
    parts = re.findall(r"\\.|.", pattern, re.DOTALL)
    meant = {"%": ".*", "_": "."}
    return "(?s)^" + "".join(meant.get(part) or re.escape(part[-1]) for part in parts) + "$"
