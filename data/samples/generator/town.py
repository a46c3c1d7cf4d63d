"""Kelderby on the ground: its outline, its wards, and the way from metres to degrees.

Everything is laid out in metres of EPSG:27700 and turned into WGS84 when it is written.
"""

from collections.abc import Sequence
from functools import cache
from typing import Final, NamedTuple

from generator.dice import Dice

TOWN_CODE: Final = "SYN-T01"
TOWN: Final = "Kelderby"


class Point(NamedTuple):
    """Easting and northing in metres, EPSG:27700."""

    easting: float
    northing: float


Ring = tuple[Point, ...]

_ORIGIN: Final = Point(444_000.0, 511_600.0)

# Kilometres east and north of the origin. Capitals lie on the town's edge.
_NODES: Final[dict[str, tuple[float, float]]] = {
    "A": (0.9, 10.1), "B": (3.3, 11.3), "C": (6.3, 10.8), "D": (9.0, 11.4), "E": (11.8, 10.6), "F": (12.2, 7.3),
    "G": (11.5, 4.4), "H": (11.9, 1.6), "I": (9.1, 0.7), "J": (6.3, 1.2), "K": (3.4, 0.6), "L": (0.9, 1.7),
    "M": (0.2, 4.6), "N": (0.7, 7.5),
    "p": (3.6, 8.2), "q": (6.0, 8.9), "r": (8.7, 8.4), "s": (3.2, 5.4), "t": (5.4, 6.3), "u": (7.5, 5.9),
    "v": (9.4, 5.2), "w": (3.6, 3.5), "x": (6.3, 3.6),
}  # fmt: skip
_OUTLINE: Final = "ABCDEFGHIJKLMN"
_WARDS: Final = (
    ("Saltgarth", "ABpN"),
    ("Harbour Reach", "BCqp"),
    ("Tollbarrow", "CDrq"),
    ("Aldermoor", "DEFr"),
    ("Wynmere", "NpsM"),
    ("Old Kelder", "pqts"),
    ("Cinderhope", "qrut"),
    ("Larkmoss", "rFGvu"),
    ("Oxhallow", "MswxJKL"),
    ("Brackenside", "stuxw"),
    ("Kettlewick", "uvGHIJx"),
)

# WGS84 degrees of a point, quadratic in tens of kilometres from 450000, 517500: fitted to PROJ's transformation of
# EPSG:27700 without its grid, within 0.011 m over the town. PROJ itself gives other last digits with the OSTN15 grid
# installed than without, and with each version of the C library, so it cannot give the same bytes everywhere.
_LONGITUDE: Final = (-1.228515843, 0.154583968, 0.00169513, -4.72e-06, 0.000339734, 4.72e-06)
_LATITUDE: Final = (54.550288458, -0.000985386, 0.089860046, -9.8751e-05, -3.284e-06, -6.9e-07)


def to_lonlat(point: Point) -> tuple[float, float]:
    """Longitude and latitude, WGS84 degrees."""
    x = (point.easting - 450_000.0) / 10_000.0
    y = (point.northing - 517_500.0) / 10_000.0
    powers = (1.0, x, y, x * x, x * y, y * y)
    return _weigh(_LONGITUDE, powers), _weigh(_LATITUDE, powers)


def _weigh(coefficients: Sequence[float], powers: Sequence[float]) -> float:
    total = 0.0
    for coefficient, power in zip(coefficients, powers, strict=True):
        total += coefficient * power
    return total


def at(x_km: float, y_km: float) -> Point:
    """The point that many kilometres east and north of the town's south-west corner."""
    return Point(_ORIGIN.easting + 1000.0 * x_km, _ORIGIN.northing + 1000.0 * y_km)


@cache
def outline() -> Ring:
    """The edge of the town."""
    return _ring(_OUTLINE)


@cache
def wards() -> tuple[tuple[str, str, Ring], ...]:
    """Code, name and edge of each ward. Neighbours share the very same points, so that they tile the town."""
    return tuple((f"SYN-W{i:02}", name, _ring(nodes)) for i, (name, nodes) in enumerate(_WARDS, start=1))


def contains(ring: Ring, point: Point) -> bool:
    """Whether the point lies inside, by crossings of a ray to the east."""
    inside = False
    for a, b in zip(ring, ring[1:] + ring[:1], strict=True):
        if (a.northing > point.northing) != (b.northing > point.northing):
            share = (point.northing - a.northing) / (b.northing - a.northing)
            inside ^= point.easting < a.easting + share * (b.easting - a.easting)
    return inside


def ward_of(point: Point) -> tuple[str, str]:
    """Code and name of the ward around a point; both empty outside the town."""
    found = ((code, name) for code, name, ring in wards() if contains(ring, point))
    return next(found, ("", ""))


def geojson(features: list[tuple[dict[str, str], Ring]]) -> dict[str, object]:
    """A FeatureCollection (RFC 7946): six decimals, rings that run anticlockwise and close, `made_up` on each area."""
    return {"type": "FeatureCollection", "features": [_feature(properties, ring) for properties, ring in features]}


def _feature(properties: dict[str, str], ring: Ring) -> dict[str, object]:
    return {"type": "Feature", "properties": properties | {"made_up": True}, "geometry": _polygon(ring)}


def _polygon(ring: Ring) -> dict[str, object]:
    # The nodes of the table run clockwise; RFC 7946 wants the outer ring the other way round.
    corners = [_rounded(point) for point in ring[::-1]]
    return {"type": "Polygon", "coordinates": [[*corners, corners[0]]]}


def _rounded(point: Point) -> list[float]:
    longitude, latitude = to_lonlat(point)
    return [round(longitude, 6), round(latitude, 6)]


def _ring(nodes: str) -> Ring:
    ring: Ring = ()
    for start, end in zip(nodes, nodes[1:] + nodes[0], strict=True):
        ring += _edge(start, end)[:-1]
    return ring


def _edge(start: str, end: str) -> Ring:
    # Drawn once in one direction, so that the wards on both sides get the same bends.
    if start > end:
        return _edge(end, start)[::-1]
    return _bend(at(*_NODES[start]), at(*_NODES[end]), Dice("edge", start, end), depth=3)


def _bend(a: Point, b: Point, dice: Dice, depth: int) -> Ring:
    if depth == 0:
        return (a, b)
    sideways = dice.between(-0.14, 0.14)
    middle = Point(
        (a.easting + b.easting) / 2.0 + sideways * (b.northing - a.northing),
        (a.northing + b.northing) / 2.0 - sideways * (b.easting - a.easting),
    )
    return _bend(a, middle, dice, depth - 1)[:-1] + _bend(middle, b, dice, depth - 1)
