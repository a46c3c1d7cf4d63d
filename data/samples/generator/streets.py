"""Made-up streets: the map points that police incidents are snapped to and that other incidents lie around."""

from dataclasses import dataclass
from typing import Final

from generator.dice import Chooser, Dice
from generator.planted import CORE_M, HOT_SPOTS, RADIUS_M
from generator.town import TOWN, Point, at, contains, outline, ward_of, wards

_BACKGROUND: Final = 600
_IN_THE_CORE: Final = 4
_AROUND_THE_CORE: Final = 16
_CORE_SHARE: Final = 0.08
_APART_M: Final = 90.0
_LSOAS_IN_A_WARD: Final = 6
# Wide enough that neither a jittered place nor the corner of its 100 m square falls outside the town.
_MARGIN_M: Final = 200.0

_FIRST: Final = (
    "Corvel", "Dunnimere", "Elvarin", "Fenwyn", "Garrolyn", "Hestlow", "Ibbelow", "Jorvane", "Kestowe", "Lindrath",
    "Merrowin", "Nethercop", "Osgarth", "Pellmarsh", "Quillan", "Rusketh", "Skelderic", "Thrumwell", "Ulvarth",
    "Vennick", "Wharrel", "Yarrowmere", "Zennoch", "Ambleigh", "Brindlefax", "Caddowe", "Drossel", "Eskerby",
    "Fallowick", "Gristwell", "Hobbleigh", "Inkersole", "Kittercairn", "Lazenwick", "Mossarth", "Nunwell",
    "Orrenby", "Plashmere", "Quessary", "Ravelisk", "Sallowfax", "Tindle", "Umberwick", "Vardale", "Wexcombe",
    "Yelverwick", "Ashgarrow", "Bellowmere", "Crumhorn", "Dabbleford",
)  # fmt: skip
_LAST: Final = (
    "Street", "Road", "Close", "Avenue", "Grove", "Court", "Drive", "Way", "Crescent", "Terrace", "Lane", "Walk",
    "Mews", "Place",
)  # fmt: skip
_CENTRE_PLACES: Final = ("Shopping Area", "Nightclub", "Parking Area", "Supermarket", "Pedestrian Subway")
_OTHER_PLACES: Final = ("Supermarket", "Parking Area", "Petrol Station", "Park/Open Space", "Sports/Recreation Area")

_CENTRE: Final = at(6.3, 7.9)
# Place, reach in kilometres, weight: the town centre and two suburbs; everything else is thinly built up.
_BUILT_UP: Final = ((_CENTRE, 1.5, 0.45), (at(9.2, 5.4), 1.3, 0.25), (at(2.3, 4.4), 1.2, 0.25))
_SPARSE: Final = 0.3


@dataclass(frozen=True, slots=True)
class Street:
    """A named point. `weight` says how much happens there; `central` is 0 far from the town centre and 1 in it."""

    point: Point
    name: str
    lsoa_code: str
    lsoa_name: str
    weight: float
    central: float


@dataclass(frozen=True, slots=True)
class Streets:
    """All streets of the town, ready to be drawn from."""

    everywhere: Chooser[Street]
    central: Chooser[Street]
    at_hot_spot: dict[str, list[Street]]

    def draw_at_hot_spot(self, dice: Dice, spot: str) -> Street:
        """A street of a planted hot spot, those of its core somewhat more often than the others."""
        streets = self.at_hot_spot[spot]
        return dice.pick(streets[:_IN_THE_CORE] if dice.chance(_CORE_SHARE) else streets)

    def draw(self, dice: Dice, central_share: float) -> Street:
        """A street; in that share of draws one near the town centre."""
        return (self.central if dice.chance(central_share) else self.everywhere).draw(dice)


OUTSIDE: Final = (
    Street(at(-1.0, 5.0), "Netherholt Lane", "E01991001", "Netherholt 001A", 1.0, 0.0),
    Street(at(13.3, 9.0), "Farrowdyke Road", "E01991002", "Netherholt 001B", 1.0, 0.0),
    Street(at(6.0, -0.6), "Grindlehope Track", "E01991003", "Netherholt 002A", 1.0, 0.0),
)
"""Places in a made-up neighbouring district: snapping may carry an incident over the boundary."""


def jitter(dice: Dice, street: Street) -> Point:
    """A place on the street, in whole metres: mostly within 50 m of its point, never beyond 125 m east or north."""
    east, north = 35.0 * dice.bell(), 35.0 * dice.bell()
    return Point(float(int(street.point.easting + east)), float(int(street.point.northing + north)))


def lay_out() -> Streets:
    """The streets of Kelderby."""
    dice = Dice("streets")
    spots = {spot.id: _scatter_around(dice, spot.centre) for spot in HOT_SPOTS}
    planted = [point for points in spots.values() for point in points]
    points = planted + _scatter_over_town(dice)
    streets = dict(zip(points, _build(dice, points), strict=True))
    return Streets(
        Chooser((street, street.weight) for street in streets.values()),
        Chooser((street, street.weight * street.central) for street in streets.values()),
        {spot: [streets[point] for point in points] for spot, points in spots.items()},
    )


def _scatter_around(dice: Dice, centre: Point) -> list[Point]:
    """The points of the core first."""
    found: list[Point] = []
    while len(found) < _IN_THE_CORE + _AROUND_THE_CORE:
        reach = CORE_M if len(found) < _IN_THE_CORE else RADIUS_M
        east, north = dice.between(-reach, reach), dice.between(-reach, reach)
        point = Point(centre.easting + east, centre.northing + north)
        if _is_within(point, centre, reach) and _is_well_inside(point) and not _is_crowded(point, found):
            found.append(point)
    return found


def _scatter_over_town(dice: Dice) -> list[Point]:
    found: list[Point] = []
    while len(found) < _BACKGROUND:
        point = at(dice.between(0.0, 12.5), dice.between(0.0, 11.8))
        if dice.chance(_density(point)) and _is_well_inside(point) and not _is_crowded(point, found):
            found.append(point)
    return found


def _build(dice: Dice, points: list[Point]) -> list[Street]:
    districts = _Districts(points)
    names = _names(dice, len(points))
    return [_street(dice, point, name, districts) for point, name in zip(points, names, strict=True)]


def _street(dice: Dice, point: Point, name: str, districts: "_Districts") -> Street:
    central = _bump(point, _CENTRE, 1.1)
    if dice.chance(0.3 * central):
        name = dice.pick(_CENTRE_PLACES)
    elif dice.chance(0.05):
        name = dice.pick(_OTHER_PLACES)
    weight = 1.0 / (0.5 + dice.fraction())
    return Street(point, name, *districts.lsoa(point), weight, central)


def _names(dice: Dice, n: int) -> list[str]:
    return dice.sample([f"{first} {last}" for first in _FIRST for last in _LAST], n)


class _Districts:
    """Statistical districts: within a ward, the nearest of its first few points."""

    def __init__(self, points: list[Point]) -> None:
        self._seeds = {
            code: [point for point in reversed(points) if contains(ring, point)][:_LSOAS_IN_A_WARD]
            for code, _, ring in wards()
        }

    def lsoa(self, point: Point) -> tuple[str, str]:
        """Code and name."""
        code, _ = ward_of(point)
        ward, seeds = int(code[-2:]), self._seeds[code]
        nearest = min(range(len(seeds)), key=lambda i: _squared(point, seeds[i]))
        number = (ward - 1) * _LSOAS_IN_A_WARD + nearest + 1
        return f"E0199{number:04}", f"{TOWN} {ward:03}{'ABCDEFGHIJ'[nearest]}"


def _density(point: Point) -> float:
    total = _SPARSE
    for centre, reach, weight in _BUILT_UP:
        total += weight * _bump(point, centre, reach)
    return total


def _bump(point: Point, centre: Point, reach_km: float) -> float:
    fall = 1.0 + _squared(point, centre) / (reach_km * reach_km * 1e6)
    return 1.0 / (fall * fall)


def _squared(a: Point, b: Point) -> float:
    east, north = a.easting - b.easting, a.northing - b.northing
    return east * east + north * north


def _is_within(point: Point, centre: Point, reach_m: float) -> bool:
    return _squared(point, centre) <= reach_m * reach_m


def _is_crowded(point: Point, others: list[Point]) -> bool:
    return any(_is_within(point, other, _APART_M) for other in others)


def _is_well_inside(point: Point) -> bool:
    steps = ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1), (0.7, 0.7), (0.7, -0.7), (-0.7, 0.7), (-0.7, -0.7))
    around = (Point(point.easting + _MARGIN_M * x, point.northing + _MARGIN_M * y) for x, y in steps)
    return all(contains(outline(), corner) for corner in around)
