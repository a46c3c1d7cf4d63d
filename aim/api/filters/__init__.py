"""Filters in CQL2 (OGC 21-065): parsed by the library `cql2`, checked against the described properties, and evaluated
over the columns of a version."""

from dataclasses import dataclass, field
from typing import Final, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from aim.api.blocks import Block
from aim.api.crs import Crs
from aim.api.filters.compiling import Compiler
from aim.api.filters.parsing import parse
from aim.api.filters.shapes import Related

LANGUAGES: Final = ("cql2-text", "cql2-json", "cql-text")
"""The first is taken where none is named; the last is what GDAL calls it, after the standard's draft."""
MASK: Final = "filter_holds"


@dataclass(frozen=True)
class Filter:
    """One expression, ready to evaluate; equal to another where its text, language and system are."""

    text: str
    language: str
    crs: Crs
    holds: pl.Expr = field(compare=False, repr=False)
    names: tuple[str, ...] = field(compare=False, repr=False)
    """Properties that it reads."""
    shapes: tuple[Related, ...] = field(compare=False, repr=False)

    def __str__(self) -> str:
        return self.text

    @classmethod
    def parse(cls, text: str, language: str, crs: Crs) -> Self:
        """Raises ValueError, with what to do, for an expression that cannot be read or evaluated."""
        compiler = Compiler(crs)
        holds = compiler.condition(parse(text, as_json=language == "cql2-json"))
        return cls(text, language, crs, holds, tuple(sorted(compiler.names)), tuple(compiler.shapes))

    def places(self, block: Block, columns: pl.DataFrame) -> NDArray[np.int64]:
        """Places of the features for which it is true: neither false nor unknown."""
        related = [pl.Series(each.name, each.holds(block)) for each in self.shapes]
        frame = columns.with_columns(related).with_columns(self.holds.alias(MASK))
        return np.flatnonzero(frame[MASK].fill_null(value=False).to_numpy())
