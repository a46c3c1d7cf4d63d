"""What every hot-spot method is: facts in; scores of the cells, or a table of the area, out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aim.hotspots.facts import Facts
from aim.hotspots.grid import Floats

Value = float | int | str
Column = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Scores:
    """What a method says of each of n cells, in the order of the grid; a higher score is a hotter cell.

    `p` is the probability of a score at least this far from the average by chance alone, `q` the same corrected for the
    number of cells tested; None where the method tests nothing. `chosen` is what the method set by itself: a number or
    word for each of its parameters. `columns` is what else it says of each cell. Raises ValueError where the arrays do
    not fit each other.
    """

    score: Floats
    p: Floats | None
    q: Floats | None
    chosen: Mapping[str, Value]
    columns: Mapping[str, Column] = field(default_factory=dict[str, Column])

    def __post_init__(self) -> None:
        for name in ("score", "p", "q"):
            values: NDArray[np.generic] | None = getattr(self, name)
            if values is not None and (values.dtype != np.float64 or values.shape != (len(self.score),)):
                raise ValueError(f"{name} is {values.dtype}{values.shape}, not one float64 for each cell.")
        _check_lengths(self.columns, len(self.score))


@dataclass(frozen=True, eq=False)
class Table:
    """What a method says of the whole area: `columns` of equal length, and single `figures` with `chosen` as in Scores.

    Raises ValueError where the columns are of several lengths.
    """

    columns: Mapping[str, Column]
    figures: Mapping[str, Value]
    chosen: Mapping[str, Value]

    def __post_init__(self) -> None:
        _check_lengths(self.columns, len(next(iter(self.columns.values()))))


@dataclass(frozen=True)
class Lacking:
    """In place of an answer: the facts do not hold what the method needs, and it does not guess."""

    why: str


Answer = Scores | Table | Lacking


@dataclass(frozen=True, kw_only=True)
class Method:
    """What is known of every method; a plug-in is a `CellMethod` or an `AreaMethod`.

    `formula` says in words and signs what is computed, `avoid` when not to use it; both are read by analysts.
    `defaults` are the parameters it runs with.
    """

    name: str
    title: str
    citation: str
    formula: str
    avoid: str
    defaults: Mapping[str, Value]


@dataclass(frozen=True, kw_only=True)
class CellMethod(Method):
    """A method with an answer for each cell of the grid."""

    score: Callable[[Facts], Scores | Lacking]


@dataclass(frozen=True, kw_only=True)
class AreaMethod(Method):
    """A method with one answer for the whole area."""

    table: Callable[[Facts], Table | Lacking]


def _check_lengths(columns: Mapping[str, NDArray[Any]], length: int) -> None:
    for name, values in columns.items():
        if values.shape != (length,):
            raise ValueError(f"The column {name} has the shape {values.shape}, not one value for each of {length}.")
