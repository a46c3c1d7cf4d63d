"""A made-up CSV file of a feed with one row a report, and what an importer should say of it."""

import csv
import io
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Final

from generator.clock import zoned
from generator.dice import Dice
from generator.streets import OUTSIDE
from generator.town import Point, to_lonlat

FIRST: Final = date(2026, 7, 1)
TAKEN: Final = zoned(datetime(2026, 9, 30, 23, 59, 59))
"""The sheets hold one quarter, as it stood at its end."""


@dataclass(frozen=True, slots=True)
class Row:
    """The cells by column, and what is odd about them: why it is to be rejected, or how it is to be counted."""

    cells: dict[str, str]
    rejected: str = ""
    nowhere: bool = False
    outside: bool = False
    unmapped: str = ""


Spoil = Callable[[Row], Row]
"""Makes a good row into an odd one."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """`place` and `start` name the columns that spoils change; `bom`: with the byte order mark of a spreadsheet."""

    feed: str
    file: str
    header: Sequence[str]
    id: str
    start: str
    place: tuple[str, str]
    encoding: str = "utf-8"
    bom: bool = False
    rows: list[Row] = field(default_factory=list[Row])

    def path(self) -> str:
        """Where it lies in the folder of the samples."""
        return f"feeds/{self.feed}/{self.file}"

    def text(self) -> str:
        """The file, its lines ended by LF."""
        out = io.StringIO()
        writer = csv.DictWriter(out, self.header, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(row.cells for row in self.rows)
        return ("\ufeff" if self.bom else "") + out.getvalue()

    def report(self) -> dict[str, object]:
        """The counts of a first load, under the names of `aim ingest --json`."""
        reasons = Counter(row.rejected for row in self.rows if row.rejected)
        rejected = sum(reasons.values())
        return {
            "read": len(self.rows),
            "inserted": len(self.rows) - rejected,
            "updated": 0,
            "unchanged": 0,
            "rejected": rejected,
            "rejected_by_reason": dict(sorted(reasons.items())),
            "without_location": sum(row.nowhere for row in self.rows),
            "outside_area": sum(row.outside for row in self.rows),
            "unmapped_categories": dict(sorted(Counter(row.unmapped for row in self.rows if row.unmapped).items())),
        }

    def spoiled(self, dice: Dice, spoils: Sequence[Spoil]) -> "Sheet":
        """With each of `spoils` done to a row of its own."""
        rows = list(self.rows)
        for at, spoil in zip(dice.sample(range(len(rows)), len(spoils)), spoils, strict=True):
            rows[at] = spoil(rows[at])
        return replace(self, rows=rows)

    def rejected(self, reason: str, **cells: str) -> Spoil:
        """Other cells (`id` and `start` stand for those columns), for which the row is to be rejected."""
        named = {{"id": self.id, "start": self.start}.get(name, name): text for name, text in cells.items()}
        return lambda row: replace(row, cells=row.cells | named, rejected=reason)

    def swapped(self, row: Row) -> Row:
        """Degrees, latitude first."""
        longitude, latitude = degrees(OUTSIDE[0].point)
        return replace(row, cells=row.cells | self.placed(latitude, longitude), rejected="coordinates_swapped")

    def nowhere(self, text: str) -> Spoil:
        """Nothing, or a word for it, where the place belongs."""
        return lambda row: replace(row, cells=row.cells | self.placed(text, text), nowhere=True)

    def placed(self, x: str, y: str) -> dict[str, str]:
        """The two cells of the place."""
        return dict(zip(self.place, (x, y), strict=True))


def with_cells(cells: dict[str, str], *, outside: bool = False, unmapped: str = "") -> Spoil:
    """Other cells, with which the row is good all the same."""
    return lambda row: replace(row, cells=row.cells | cells, outside=outside, unmapped=unmapped)


def degrees(point: Point) -> tuple[str, str]:
    """Longitude and latitude with six decimals."""
    longitude, latitude = to_lonlat(point)
    return f"{longitude:.6f}", f"{latitude:.6f}"


def metres(point: Point) -> tuple[str, str]:
    """Easting and northing in whole metres."""
    return f"{point.easting:.0f}", f"{point.northing:.0f}"
