"""What an incident has to tell before a question can be put to it: a day, an hour, a place that is near enough."""

from dataclasses import dataclass, replace

import polars as pl

from aim.hotspots.record import Record
from aim.incident import TimePrecision


@dataclass(frozen=True)
class Needs:
    """Nothing, unless said: `within_m` is how far off the place may be at most, in metres."""

    day: bool = False
    within_m: float | None = None

    def met(self) -> pl.Expr:
        """Whether a row of a record tells it."""
        day = pl.col("time_precision").cast(pl.String) != TimePrecision.MONTH.value if self.day else pl.lit(value=True)
        return day if self.within_m is None else day & (pl.col("precision_m") <= self.within_m)

    def of(self, record: Record) -> Record:
        """The record without the incidents that do not tell it."""
        return record if self == Needs() else replace(record, rows=record.rows.filter(self.met()))

    def unmet(self, record: Record, categories: tuple[str, ...]) -> dict[str, int]:
        """By feed, the incidents of these categories inside the area that do not tell it."""
        counted = pl.col("inside") & pl.col("category").cast(pl.String).is_in(categories)
        rows = record.rows.filter(counted & ~self.met()).group_by(pl.col("feed").cast(pl.String)).len().sort("feed")
        return dict(rows.iter_rows())

    def __str__(self) -> str:
        day = ["the day"] if self.day else []
        place = [] if self.within_m is None else [f"a place within {self.within_m:.0f} m"]
        return " and ".join(day + place)
