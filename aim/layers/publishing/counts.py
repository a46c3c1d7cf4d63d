"""What is counted in each cell, split by agency, kind of place, category and priority: a cell is one look-up."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from aim.hotspots.peaks import Window as PeakWindow
from aim.hotspots.run import Scored, count_by_cell
from aim.layers.publishing.properties import CONFIDENCES
from aim.layers.publishing.rationale import Finding
from aim.vocabulary.categories import categories
from aim.vocabulary.nim import Agency

TOP: Final = 3


@dataclass(frozen=True)
class Counts:
    """Arrays are aligned with the grid."""

    total: NDArray[np.float64]
    before: NDArray[np.float64] | None
    """Of the twelve months before the window; None where the data do not reach back that far."""
    agencies: dict[str, NDArray[np.float64]]
    methods: dict[str, NDArray[np.float64]]
    categories: dict[int, list[tuple[str, int]]]
    reports: NDArray[np.float64]
    """Of all agencies: more than `total` where they reported the same events."""
    priorities: dict[int, str]
    """By position, the priority that most of the cell's incidents fall under; of equals the first by name."""

    @classmethod
    def of(
        cls, scored: Scored, kinds: tuple[str, ...] | None, by_category: Mapping[str, str], *, comparable: bool
    ) -> "Counts":
        """Of these categories, or of all that were asked for."""
        events = scored.events if kinds is None else scored.events.filter(pl.col("category").is_in(kinds))
        current = events.filter("current")
        return cls(
            total=count_by_cell(scored.grid, current),
            before=count_by_cell(scored.grid, events.filter(~pl.col("current"))) if comparable else None,
            agencies=_split(scored, current, "agency", "reports"),
            methods=_split(scored, current, "method"),
            categories=_top_categories(scored, current),
            reports=count_by_cell(scored.grid, current, "reports"),
            priorities=_priorities(scored, current, by_category),
        )

    def finding(self, at: int, level: int, peaks: tuple[PeakWindow, ...]) -> Finding:
        """What is known of one cell."""
        return Finding(
            count=int(self.total[at]),
            by_agency={agency.value: at_cell(self.agencies, agency.value, at) for agency in Agency},
            top_categories=self.categories.get(at, []),
            expected=float(self.total.mean()),
            confidence=CONFIDENCES.get(level),
            previous=None if self.before is None else int(self.before[at]),
            duplicates=int(self.reports[at] - self.total[at]),
            peaks=peaks,
        )


def at_cell(split: dict[str, NDArray[np.float64]], key: str, at: int) -> int:
    """One cell of one part; 0 where there is no such part."""
    return int(split[key][at]) if key in split else 0


def _split(scored: Scored, events: pl.DataFrame, column: str, what: str = "events") -> dict[str, NDArray[np.float64]]:
    parts = events.partition_by(column, as_dict=True)
    return {str(key[0]): count_by_cell(scored.grid, part, what) for key, part in parts.items()}


def _top_categories(scored: Scored, events: pl.DataFrame) -> dict[int, list[tuple[str, int]]]:
    """By position, the most frequent categories with their counts, most frequent first."""
    titles = {name: category.title for name, category in categories().items()}
    top: dict[int, list[tuple[str, int]]] = {}
    for at, category, count in _summed(scored, events, "category").iter_rows():
        cell = top.setdefault(at, [])
        if len(cell) < TOP:
            cell.append((titles[category], count))
    return top


def _priorities(scored: Scored, events: pl.DataFrame, by_category: Mapping[str, str]) -> dict[int, str]:
    named = events.with_columns(
        priority=pl.col("category").replace_strict(by_category, default="", return_dtype=pl.String)
    )
    leading: dict[int, str] = {}
    for at, priority, _ in _summed(scored, named, "priority").iter_rows():
        leading.setdefault(at, priority)
    return {at: priority for at, priority in leading.items() if priority}


def _summed(scored: Scored, events: pl.DataFrame, column: str) -> pl.DataFrame:
    """Position, value of the column and events of each cell that has any, most events first."""
    summed = events.group_by("cell", column).agg(pl.col("events").sum()).filter(pl.col("events") > 0)
    table = summed.with_columns(at=pl.Series(scored.grid.index_of(summed["cell"].to_numpy())))
    return table.sort("events", column, descending=[True, False]).select("at", column, "events")
