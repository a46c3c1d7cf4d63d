"""The hot spots that are planted, and the answer sheet that says where.

Each lies at the centre of an H3 cell of resolution 8, so that nothing hangs on which side of an edge a point falls.
"""

from dataclasses import dataclass
from typing import Final

import h3

from generator.clock import MONTHS, month_after
from generator.town import Point, at, to_lonlat

CORE_M: Final = 170.0
RADIUS_M: Final = 900.0
"""About a quarter of what is planted lies in the core, within one cell of resolution 9; all of it within the radius."""
ALL_YEAR: Final = (1,) * 12
_LAST_FOUR: Final = (0,) * 8 + (1, 2, 3, 4)
_FIRST_SIX: Final = (1,) * 6 + (0,) * 6


@dataclass(frozen=True, slots=True)
class Plant:
    """Incidents of one kind put at a hot spot, over and above the background: how many in each of the twelve months."""

    feed: str
    category: str
    monthly: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class HotSpot:
    """A place where something happens more often than the town's own unevenness explains."""

    id: str
    kind: str
    title: str
    centre: Point
    plants: tuple[Plant, ...]

    def monthly(self, feed: str) -> list[tuple[str, tuple[int, ...]]]:
        """Category and counts of what is planted here in a feed."""
        return [(plant.category, plant.monthly) for plant in self.plants if plant.feed == feed]


def _each(n: int, shape: tuple[int, ...] = ALL_YEAR) -> tuple[int, ...]:
    return tuple(n * share for share in shape)


HOT_SPOTS: Final = (
    HotSpot(
        "steady",
        "steady",
        "Burglary and vehicle crime on the Wynmere estate, all year",
        at(2.20, 6.90),
        (Plant("police", "Burglary", _each(18)), Plant("police", "Vehicle crime", _each(22))),
    ),
    HotSpot(
        "emerging",
        "emerging",
        "Anti-social behaviour where Aldermoor meets Larkmoss, rising over the last four months",
        at(10.25, 7.82),
        (
            Plant("police", "Anti-social behaviour", _each(30, _LAST_FOUR)),
            Plant("council", "Anti-social behaviour", _each(14, _LAST_FOUR)),
        ),
    ),
    HotSpot(
        "fading",
        "fading",
        "Shoplifting at the Kettlewick retail park, which closed after six months",
        at(9.06, 2.84),
        (
            Plant("police", "Shoplifting", _each(52, _FIRST_SIX)),
            Plant("police", "Other theft", _each(28, _FIRST_SIX)),
        ),
    ),
    HotSpot(
        "joint",
        "joint",
        "Trouble for all three agencies on the Oxhallow estate, all year",
        at(4.61, 2.48),
        (
            Plant("police", "Anti-social behaviour", _each(26)),
            Plant("police", "Criminal damage and arson", _each(16)),
            Plant("council", "Fly-tipping", _each(18)),
            Plant("council", "Graffiti", _each(9)),
            Plant("fire", "Secondary Fire", _each(6)),
        ),
    ),
    HotSpot(
        "fire-only",
        "fire_only",
        "Deliberate secondary fires on waste ground at Saltgarth, all year",
        at(2.64, 9.82),
        (Plant("fire", "Secondary Fire", _each(8)),),
    ),
)


def answer_sheet() -> list[dict[str, object]]:
    """What `planted.json` says of each hot spot."""
    return [_describe(spot) for spot in HOT_SPOTS]


def _describe(spot: HotSpot) -> dict[str, object]:
    longitude, latitude = (round(degrees, 6) for degrees in to_lonlat(spot.centre))
    active = [i for i in range(12) if any(plant.monthly[i] for plant in spot.plants)]
    return {
        "id": spot.id,
        "kind": spot.kind,
        "title": spot.title,
        "lon": longitude,
        "lat": latitude,
        "core_m": CORE_M,
        "radius_m": RADIUS_M,
        "h3_r8": h3.latlng_to_cell(latitude, longitude, 8),
        "h3_r9": h3.latlng_to_cell(latitude, longitude, 9),
        "from": f"{MONTHS[active[0]]}-01",
        "to": f"{month_after(MONTHS[active[-1]])}-01",
        "feeds": sorted({plant.feed for plant in spot.plants}),
        "expected_excess": [
            {
                "feed": plant.feed,
                "category": plant.category,
                "incidents": sum(plant.monthly),
                "monthly": plant.monthly,
            }
            for plant in spot.plants
        ],
    }
