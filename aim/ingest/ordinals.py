"""Numbers for rows that share an identity: 0, 1, ... through a whole file that is read in blocks."""

from dataclasses import dataclass, field

import numpy as np
import polars as pl
from numpy.typing import NDArray

Keys = NDArray[np.int64]


@dataclass
class Ordinals:
    """Remembers the keys of earlier blocks: eight bytes a row, in sorted runs that double in length.

    So the work for n rows grows with n log n, and memory stays far below the file's size.
    """

    runs: list[Keys] = field(default_factory=list[Keys])

    def number(self, keys: pl.Series) -> pl.Series:
        """The ordinal (Int32) of each key (Int64), counting from the start of the file."""
        block = keys.to_numpy()
        order = np.argsort(block, kind="stable")
        ordered = block[order]
        first = np.searchsorted(ordered, ordered)
        ordinals = np.empty(len(block), np.int32)
        ordinals[order] = np.arange(len(block)) - first + self._before(ordered)
        self._remember(ordered)
        return pl.Series("ordinal", ordinals)

    def _before(self, ordered: Keys) -> NDArray[np.int64]:
        """How often each key stands in earlier blocks."""
        counts = np.zeros(len(ordered), np.int64)
        for run in self.runs:
            at = np.searchsorted(run, ordered)
            known = np.flatnonzero(run.take(at, mode="clip") == ordered)
            counts[known] += np.searchsorted(run, ordered[known], side="right") - at[known]
        return counts

    def _remember(self, ordered: Keys) -> None:
        while self.runs and len(self.runs[-1]) <= 2 * len(ordered):
            ordered = np.sort(np.concatenate([self.runs.pop(), ordered]), kind="stable")
        if len(ordered):
            self.runs.append(ordered)
