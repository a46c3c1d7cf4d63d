"""Coordinate reference systems that features are served in (OGC API Features, part 2).

Features are stored and served in longitude and latitude (CRS84). EPSG:4326 is the same with latitude first.
"""

import warnings
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer
from pyproj.transformer import TransformerGroup

Box = tuple[float, float, float, float]
SEGMENTS: Final = 256
"""Parts that the longest edge of a box is cut into before it is bent into degrees: at 100 km an error below 0.1 m."""


@dataclass(frozen=True)
class Crs:
    """One system: `reach` is the box of its own coordinates that it can be used in; None for degrees."""

    uri: str
    name: str
    decimals: int
    latitude_first: bool = False
    reach: Box | None = None

    def __str__(self) -> str:
        return self.uri

    def from_degrees(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        """Pairs of longitude and latitude as pairs in this system's own axis order."""
        if self.reach is None:
            return places[:, ::-1] if self.latitude_first else places
        return np.column_stack(_transformer(CRS84.name, self.name).transform(*places.T))

    def to_degrees(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        """Pairs in this system's own axis order as pairs of longitude and latitude."""
        if self.reach is None:
            return places[:, ::-1] if self.latitude_first else places
        return np.column_stack(_transformer(self.name, CRS84.name).transform(*places.T))

    def shape_to_degrees(self, shape: shapely.Geometry) -> shapely.Geometry:
        """A shape of this system in longitude and latitude; edges in metres are cut short, so that they bend."""
        if self.reach is not None and not shapely.is_empty(shape):
            left, bottom, right, top = shapely.bounds(shape).tolist()
            shape = shapely.segmentize(shape, max(right - left, top - bottom, 1.0) / SEGMENTS)
        return shapely.transform(shape, self.to_degrees)


CRS84: Final = Crs("http://www.opengis.net/def/crs/OGC/1.3/CRS84", "OGC:CRS84", 6)
WGS84: Final = Crs("http://www.opengis.net/def/crs/EPSG/0/4326", "EPSG:4326", 6, latitude_first=True)
NATIONAL_GRID: Final = Crs(
    "http://www.opengis.net/def/crs/EPSG/0/27700", "EPSG:27700", 2, reach=(-200_000, -300_000, 900_000, 1_500_000)
)
WEB_MERCATOR: Final = Crs(
    "http://www.opengis.net/def/crs/EPSG/0/3857",
    "EPSG:3857",
    2,
    reach=(-20_037_508.34, -20_048_966.1, 20_037_508.34, 20_048_966.1),
)
SYSTEMS: Final = {crs.uri: crs for crs in (CRS84, WGS84, NATIONAL_GRID, WEB_MERCATOR)}
WITHOUT_OSTN15: Final = (
    "Coordinates of EPSG:27700 are off by 1 to 4 m here, because Ordnance Survey's OSTN15 grid is not installed: "
    "`aim doctor` says how to get it."
)


@dataclass(frozen=True)
class Bbox:
    """A box as the client wrote it: four edges in the axis order of `crs`; in degrees it may cross the antimeridian."""

    edges: Box
    crs: Crs = CRS84

    def __str__(self) -> str:
        return ",".join(f"{edge:.12g}" for edge in self.edges)

    @property
    def degrees(self) -> Box:
        """West, south, east, north of a box that is given in degrees."""
        a, b, c, d = self.edges
        return (b, a, d, c) if self.crs.latitude_first else self.edges

    def boxes(self) -> list[Box]:
        """A box in degrees as one, or as two where it crosses the antimeridian, each (west, south, east, north)."""
        west, south, east, north = self.degrees
        if west <= east:
            return [self.degrees]
        return [(west, south, 180.0, north), (-180.0, south, east, north)]

    def shape(self) -> shapely.Geometry:
        """A box in metres as a shape in degrees; empty where it lies wholly beyond the system's reach."""
        reach = self.crs.reach
        assert reach is not None  # noqa: S101  # boxes in degrees are asked for `boxes`
        left, bottom = max(self.edges[0], reach[0]), max(self.edges[1], reach[1])
        right, top = min(self.edges[2], reach[2]), min(self.edges[3], reach[3])
        if left > right or bottom > top:
            return shapely.Polygon()
        return self.crs.shape_to_degrees(shapely.box(left, bottom, right, top))


@cache
def _transformer(source: str, target: str) -> Transformer:
    return Transformer.from_crs(source, target)


@cache
def has_ostn15() -> bool:
    """Whether PROJ has the grid that makes National Grid coordinates good to 0.1 m."""
    with warnings.catch_warnings():  # it warns of what is asked for here
        warnings.simplefilter("ignore")
        return TransformerGroup("EPSG:4326", "EPSG:27700").best_available


def caveats(crs: Crs) -> list[str]:
    """What a reader of coordinates in this system must know."""
    return [WITHOUT_OSTN15] if crs is NATIONAL_GRID and not has_ostn15() else []


def remade(geometry: dict[str, Any], crs: Crs) -> dict[str, Any]:
    """A GeoJSON polygon of longitudes and latitudes in another system, in its own axis order."""
    rings = [np.round(crs.from_degrees(np.array(ring)), crs.decimals).tolist() for ring in geometry["coordinates"]]
    return {"type": geometry["type"], "coordinates": rings}
