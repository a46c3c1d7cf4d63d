"""Feeds that are left out of scoring because no information-sharing agreement for them is in force."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from aim.hotspots.record import Record
from aim.layers.publishing.layer import Layer


@dataclass(frozen=True)
class Ended:
    """Of one area: by feed, the last day of its agreement, and the categories of what is left out."""

    days: Mapping[str, date]
    categories: Mapping[str, set[str]]

    @classmethod
    def of(cls, known: Record, ended: Mapping[str, date]) -> "Ended":
        """Of these feeds, those that the record has anything of."""
        return cls(ended, known.categories_of(ended) if ended else {})

    def caveats(self, layer: Layer) -> list[str]:
        """What a layer says of the feeds that it would count."""
        return [
            f"Without {feed}: no information-sharing agreement for it is in force (the last day was "
            f"{self.days[feed].day} {self.days[feed]:%B %Y})."
            for feed, held in sorted(self.categories.items())
            if held & set(layer.categories)
        ]
