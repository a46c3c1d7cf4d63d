"""What an importer should report, counted while the rows are written."""

from collections import Counter
from enum import StrEnum
from typing import Final


class Flaw(StrEnum):
    """What is wrong with a row on purpose. A row has one flaw at most."""

    INVALID_DATE = "invalid_date"
    FUTURE_DATE = "future_date"
    COORDINATES_SWAPPED = "coordinates_swapped"
    COORDINATES_IN_METRES = "coordinates_in_metres"
    MISSING_ID = "missing_id"
    INVALID_COORDINATES = "invalid_coordinates"
    NO_LOCATION = "no_location"
    NULL_ISLAND = "null_island"
    OUTSIDE_AREA = "outside_area"
    UNKNOWN_CATEGORY = "unknown_category"
    UPDATED_BEFORE_REQUESTED = "updated_before_requested"


_REJECTED: Final = {
    Flaw.INVALID_DATE,
    Flaw.FUTURE_DATE,
    Flaw.COORDINATES_SWAPPED,
    Flaw.COORDINATES_IN_METRES,
    Flaw.INVALID_COORDINATES,
    Flaw.MISSING_ID,
}


class Tally:
    """Counts of one file, under the names of `aim ingest --json`."""

    def __init__(self) -> None:
        self._read = 0
        self._flaws: Counter[Flaw] = Counter()
        self._unmapped: Counter[str] = Counter()

    def count(self, flaw: Flaw | None, category: str) -> None:
        """One more row."""
        self._read += 1
        if flaw:
            self._flaws[flaw] += 1
        if flaw is Flaw.UNKNOWN_CATEGORY:
            self._unmapped[category] += 1

    def report(self) -> dict[str, object]:
        """The counts; `inserted` is that of a first load."""
        reasons = {flaw.value: n for flaw, n in sorted(self._flaws.items()) if flaw in _REJECTED}
        rejected = sum(reasons.values())
        return {
            "read": self._read,
            "inserted": self._read - rejected,
            "updated": 0,
            "unchanged": 0,
            "rejected": rejected,
            "rejected_by_reason": reasons,
            "without_location": self._flaws[Flaw.NO_LOCATION] + self._flaws[Flaw.NULL_ISLAND],
            "outside_area": self._flaws[Flaw.OUTSIDE_AREA],
            "updated_before_requested": self._flaws[Flaw.UPDATED_BEFORE_REQUESTED],
            "unmapped_categories": dict(sorted(self._unmapped.items())),
        }
