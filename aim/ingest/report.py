"""What happened to each row of a load: `read = inserted + updated + unchanged + rejected`, always."""

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class Report:
    """The counts of one load, of one file or added up over several."""

    feed: str
    read: int = 0
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    rejected: int = 0
    without_location: int = 0
    outside_area: int | None = None
    """Points outside every study area, kept all the same; None while no area is loaded."""
    rejected_by_reason: dict[str, int] = field(default_factory=dict[str, int])
    unmapped_categories: dict[str, int] = field(default_factory=dict[str, int])
    warnings: list[str] = field(default_factory=list[str])
    seconds: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON objects know it."""
        return asdict(self)

    def balanced(self) -> bool:
        """Whether every row read is accounted for."""
        return self.read == self.inserted + self.updated + self.unchanged + self.rejected


def total(feed: str, reports: list[Report]) -> Report:
    """The sum of several files' reports."""
    summed = Report(feed)
    for report in reports:
        for name in ("read", "inserted", "updated", "unchanged", "removed", "rejected", "without_location", "seconds"):
            setattr(summed, name, getattr(summed, name) + getattr(report, name))
        if report.outside_area is not None:
            summed.outside_area = (summed.outside_area or 0) + report.outside_area
        add_counts(summed.rejected_by_reason, report.rejected_by_reason)
        add_counts(summed.unmapped_categories, report.unmapped_categories)
        summed.warnings += [warning for warning in report.warnings if warning not in summed.warnings]
    return summed


def add_counts(into: dict[str, int], counts: dict[str, int]) -> None:
    """Add counts by name to counts by name."""
    for name, count in counts.items():
        into[name] = into.get(name, 0) + count
