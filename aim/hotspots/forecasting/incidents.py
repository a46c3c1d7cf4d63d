"""What a forecast may learn from: incidents by cell and day, those recorded by looking for them left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from aim.hotspots.grid import Floats

Days = NDArray[np.datetime64]
Flags = NDArray[np.bool_]

DAY: Final = np.timedelta64(1, "D")


@dataclass(frozen=True, eq=False, repr=False)
class Incidents:
    """Incidents in the order of their days; make it with `Incidents.of`.

    `cell` is int64[m], the position in a grid of `cells` cells; `day` datetime64[D][m], the local day, and for rows of
    `monthly` the last day of the month they are known to lie in: nobody knows of them before their month is over.
    `enforcement_driven` and `outside` are how many rows were left out, and why.
    """

    cell: NDArray[np.int64]
    day: Days
    monthly: Flags
    cells: int
    enforcement_driven: int = 0
    outside: int = 0

    @classmethod
    def of(
        cls, cell: NDArray[np.int64], day: Days, cells: int, *, enforcement: Flags, monthly: Flags | None = None
    ) -> Incidents:
        """Drops what is outside the grid (`cell` -1) and every row that `enforcement` flags, and sorts the rest.

        Recorded discoveries follow the patrols that a forecast sends, and would feed back into it (Lum & Isaac 2016);
        so the flag has to be given. Raises ValueError where the columns differ in length or a cell is not of the grid.
        """
        monthly = np.zeros(len(cell), dtype=np.bool_) if monthly is None else monthly
        if not len(cell) == len(day) == len(enforcement) == len(monthly):
            raise ValueError("Cells, days and flags have to be of one length.")
        if len(cell) and (cell.min() < -1 or cell.max() >= cells):
            raise ValueError(f"A cell is not one of the {cells} of the grid.")
        day = np.where(monthly, month_end(day), day.astype("datetime64[D]"))
        kept = np.flatnonzero((cell >= 0) & ~enforcement)
        order = kept[np.lexsort((cell[kept], day[kept]))]
        left_out = int(enforcement.sum()), int(((cell < 0) & ~enforcement).sum())
        return cls(cell[order], day[order], monthly[order], cells, *left_out)

    def __len__(self) -> int:
        return len(self.cell)

    def __repr__(self) -> str:
        return f"Incidents({len(self):,} in {self.cells:,} cells)"

    def known(self, as_of: np.datetime64) -> Incidents:
        """Those known at the end of the day `as_of`."""
        ends = int(np.searchsorted(self.day, as_of, side="right"))
        return Incidents(self.cell[:ends], self.day[:ends], self.monthly[:ends], self.cells)

    def counts(self, since: np.datetime64, until: np.datetime64) -> Floats:
        """float64[cells]: incidents of the days from `since` to before `until`.

        An incident known to the month counts with the share of its month's days that lie inside, so that it never
        tells one day of the month from another.
        """
        if not self.monthly.any():
            first, last = np.searchsorted(self.day, [since, until])
            return np.bincount(self.cell[first:last], minlength=self.cells).astype(np.float64)
        ends = _number(self.day) + 1
        begins = np.where(self.monthly, _number(month_start(self.day)), ends - 1)
        window = _number(np.array([since, until]))
        overlap = np.minimum(ends, window[1]) - np.maximum(begins, window[0])
        share = np.maximum(overlap, 0) / (ends - begins)
        return np.bincount(self.cell, weights=share, minlength=self.cells).astype(np.float64)


def month_start(day: Days) -> Days:
    """The first day of each day's month."""
    return day.astype("datetime64[M]").astype("datetime64[D]")


def month_end(day: Days) -> Days:
    """The last day of each day's month."""
    next_month = day.astype("datetime64[M]").astype(np.int64) + 1
    return (_number(next_month.astype("datetime64[M]")) - 1).astype("datetime64[D]")


def _number(day: Days) -> NDArray[np.int64]:
    """Days since 1970: numbers for what numpy's dates cannot do."""
    return day.astype("datetime64[D]").astype(np.int64)
