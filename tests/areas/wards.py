"""Made-up wards, and an office that loads them."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely
from sqlalchemy import Engine, text

from aim.areas import Area, Loaded, areas, load_areas
from aim.vocabulary.kinds import AreaKind

ONE = {"WD_CODE": "W1", "WD_NAME": "One"}
TWO = {"WD_CODE": "W2", "WD_NAME": "Two"}
EASTING, NORTHING = 449_000.0, 520_000.0
"""In Middlesbrough."""


def square(x: float = -1.24, y: float = 54.57, side: float = 0.01) -> dict[str, Any]:
    """A square in degrees from its south-west corner."""
    ring = [[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]]
    return {"type": "Polygon", "coordinates": [ring]}


def collection(*features: tuple[dict[str, Any], dict[str, Any] | None]) -> dict[str, Any]:
    """GeoJSON of properties and shapes."""
    found = [{"type": "Feature", "properties": about, "geometry": shape} for about, shape in features]
    return {"type": "FeatureCollection", "features": found}


def kilometre() -> gpd.GeoDataFrame:
    """A square kilometre of the National Grid."""
    box = shapely.box(EASTING, NORTHING, EASTING + 1000, NORTHING + 1000)
    return gpd.GeoDataFrame([ONE], geometry=[box], crs="EPSG:27700")


@dataclass(frozen=True)
class Office:
    """A database, and a folder for the files that are loaded into it."""

    engine: Engine
    folder: Path

    def load(self, body: dict[str, Any] | str, name: str = "wards.geojson", **more: Any) -> Loaded:
        """Load a feature collection, or a file of this text."""
        (self.folder / name).write_text(body if isinstance(body, str) else json.dumps(body), encoding="utf-8")
        return self.load_file(name, **more)

    def load_file(self, name: str, **more: Any) -> Loaded:
        """Load a file of the folder as wards."""
        return load_areas(self.engine, self.folder / name, AreaKind.WARD, **more)

    def stored(self) -> dict[str, Area]:
        """All areas by id."""
        with self.engine.connect() as connection:
            return {area.id: area for area in areas(connection)}

    def square_metres(self, identity: str) -> float:
        """The size of an area on the ellipsoid."""
        query = text("SELECT ST_Area(boundary::geography) FROM area WHERE id = :id")
        with self.engine.connect() as connection:
            return connection.execute(query, {"id": identity}).scalar_one()
