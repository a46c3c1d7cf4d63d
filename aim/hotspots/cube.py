"""`EventCube`: counts of incidents by cell, period and kind, that know their own labels."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from aim.errors import UnknownName
from aim.hotspots.grid import Cells, Floats


@dataclass(frozen=True, eq=False, repr=False)
class EventCube:
    """`counts` is float64[cells, periods, kinds]; `periods` are the first days of equal periods, oldest first.

    `cells` are in the order of the grid, so that totals can be handed to a method together with it. Raises ValueError
    where labels and counts do not fit.
    """

    counts: Floats
    cells: Cells
    periods: NDArray[np.datetime64]
    kinds: tuple[str, ...]

    def __post_init__(self) -> None:
        labels = (len(self.cells), len(self.periods), len(self.kinds))
        if self.counts.shape != labels:
            raise ValueError(f"Counts of shape {self.counts.shape} do not fit {labels} cells, periods and kinds.")
        if not ((self.cells[1:] > self.cells[:-1]).all() and (self.periods[1:] > self.periods[:-1]).all()):
            raise ValueError("Cells and periods have to be in ascending order, each once.")
        if len(set(self.kinds)) < len(self.kinds):
            raise ValueError(f"A kind is named twice: {', '.join(self.kinds)}.")

    def __repr__(self) -> str:
        cells, periods, kinds = self.counts.shape
        return f"EventCube({cells:,} cells, {periods} periods, {kinds} kinds, {self.counts.sum():,.0f} incidents)"

    def where(self, kinds: Collection[str]) -> EventCube:
        """Only these kinds, in the cube's own order. Raises UnknownName for one that the cube does not hold."""
        strange = sorted(set(kinds) - set(self.kinds))
        if strange:
            raise UnknownName(f"No such kind: {', '.join(strange)}. There are {', '.join(self.kinds)}.")
        kept = [kind in kinds for kind in self.kinds]
        return replace(self, counts=self.counts[:, :, kept], kinds=tuple(kind for kind in self.kinds if kind in kinds))

    def last(self, periods: int) -> EventCube:
        """Only the newest `periods`, or all where there are fewer."""
        first = max(0, len(self.periods) - periods)
        return replace(self, counts=self.counts[:, first:], periods=self.periods[first:])

    def total(self) -> Floats:
        """float64[cells]: incidents of all periods and kinds in each cell."""
        return self.counts.sum(axis=(1, 2), dtype=np.float64)

    def by_period(self) -> Floats:
        """float64[cells, periods]: incidents of all kinds."""
        return self.counts.sum(axis=2, dtype=np.float64)
