"""Spatial functions of CQL2: each relates the outlines of the features to one shape."""

import json
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from aim.api.blocks import Block
from aim.api.crs import Bbox, Crs

RELATIONS: Final = {
    "s_intersects": shapely.intersects,
    "s_disjoint": shapely.disjoint,
    "s_equals": shapely.equals,
    "s_touches": shapely.touches,
    "s_crosses": shapely.crosses,
    "s_within": shapely.within,
    "s_contains": shapely.contains,
    "s_overlaps": shapely.overlaps,
}
SHAPES: Final = (
    "Point",
    "MultiPoint",
    "LineString",
    "MultiLineString",
    "Polygon",
    "MultiPolygon",
    "GeometryCollection",
)
GIVE: Final = (
    "write a shape as POLYGON((-1.3 54.5,-1.1 54.5,-1.1 54.6,-1.3 54.5)) or a box as BBOX(-1.3,54.5,-1.1,54.6)"
)


@dataclass(frozen=True)
class Related:
    """Whether the outline of each feature stands in a relation to a shape in degrees; `name` is that of its column."""

    name: str
    relation: str
    shape: shapely.Geometry

    def holds(self, block: Block) -> NDArray[np.bool_]:
        """For each feature of a version."""
        holds = np.full(len(block), self.relation == "s_disjoint")
        near = block.near(self.shape)
        shapely.prepare(self.shape)  # the one asked many times stands first
        holds[near] = RELATIONS[converse(self.relation)](self.shape, block.outlines(near))
        return holds


def converse(relation: str) -> str:
    """What holds of the shape and a feature, where `relation` holds of the feature and the shape."""
    return {"s_within": "s_contains", "s_contains": "s_within"}.get(relation, relation)


def shape_of(value: Any, crs: Crs) -> shapely.Geometry:
    """A shape of CQL2 JSON in degrees. Raises ValueError where it is none, or lies outside the system's reach."""
    if isinstance(value, dict) and "bbox" in value:
        shape = _box(value["bbox"], crs)
    elif isinstance(value, dict) and value.get("type") in SHAPES:
        shape = _geojson(value)
        _check(shape, crs)
        shape = crs.shape_to_degrees(shape)
    else:
        raise ValueError(f"a spatial function takes the geometry and a shape: {GIVE}")
    return shape


def _geojson(value: dict[str, Any]) -> shapely.Geometry:
    try:
        shape = shapely.from_geojson(json.dumps(value))
    except (shapely.GEOSException, TypeError) as error:
        raise ValueError(f"a shape cannot be made of what is given: {GIVE}") from error
    if not shapely.is_valid(shape):
        raise ValueError(f"the shape is not valid ({shapely.is_valid_reason(shape)[:80]}): mend it")
    return shapely.force_2d(shape)


def _box(edges: Any, crs: Crs) -> shapely.Geometry:
    if len(edges) not in (4, 6) or not all(isinstance(edge, int | float) for edge in edges):
        raise ValueError(f"a box has four numbers: {GIVE}")
    low, high = edges[:2], edges[len(edges) // 2 :][:2]
    _check(shapely.MultiPoint([low, high]), crs)
    box = Bbox((low[0], low[1], high[0], high[1]), crs)
    if crs.reach is not None:
        return box.shape()
    if box.degrees[1] > box.degrees[3]:
        raise ValueError("the south edge of a box comes before its north edge")
    return shapely.union_all([shapely.box(*part) for part in box.boxes()])


def _check(shape: shapely.Geometry, crs: Crs) -> None:
    reach = crs.reach or ((-90, -180, 90, 180) if crs.latitude_first else (-180, -90, 180, 90))
    places = shapely.get_coordinates(shape)
    if not np.isfinite(places).all() or (places < reach[:2]).any() or (places > reach[2:]).any():
        raise ValueError(f"a coordinate lies outside {crs.name}: name its system with filter-crs")
