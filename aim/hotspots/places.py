"""Cells and points in metres: EPSG:27700, the National Grid, in which distances in Britain are true to a thousandth."""

from functools import cache

import numpy as np
import polars as pl
import polars_h3
from numpy.typing import NDArray
from pyproj import Transformer

from aim.hotspots.grid import Cells, Floats

METRES = "EPSG:27700"
DEGREES = "EPSG:4326"


@cache
def _transformer(source: str, target: str) -> Transformer:
    return Transformer.from_crs(source, target, always_xy=True)


def to_metres(longitude: Floats, latitude: Floats) -> tuple[Floats, Floats]:
    """x and y in metres of places in degrees."""
    return _transformer(DEGREES, METRES).transform(longitude, latitude)


def centres(cells: Cells) -> Floats:
    """float64[n, 2]: x and y of each cell's centre in metres."""
    frame = pl.DataFrame({"cell": cells}, schema={"cell": pl.UInt64})
    degrees = frame.select(y=polars_h3.cell_to_lat("cell"), x=polars_h3.cell_to_lng("cell"))
    return np.column_stack(to_metres(degrees["x"].to_numpy(), degrees["y"].to_numpy()))


def areas_m2(cells: Cells) -> Floats:
    """float64[n]: each cell's true area."""
    frame = pl.DataFrame({"cell": cells}, schema={"cell": pl.UInt64})
    return frame.select(polars_h3.cell_area("cell", "m^2")).to_series().to_numpy()


def cells_at(x: Floats, y: Floats, resolution: int) -> NDArray[np.uint64]:
    """The cell of each point in metres."""
    longitude, latitude = _transformer(METRES, DEGREES).transform(x, y)
    frame = pl.DataFrame({"longitude": longitude, "latitude": latitude})
    found = frame.select(polars_h3.latlng_to_cell("latitude", "longitude", resolution)).to_series()
    return found.to_numpy().astype(np.uint64)


def at_resolution(cells: Cells, resolution: int) -> NDArray[np.uint64]:
    """The cells of another resolution that these lie in, or that lie in them; H3's hexagons fit each other roughly."""
    frame = pl.DataFrame({"cell": cells}, schema={"cell": pl.UInt64})
    finer = resolution > resolution_of(cells)
    change = polars_h3.cell_to_children if finer else polars_h3.cell_to_parent
    found = frame.select(change("cell", resolution)).to_series()
    return np.unique((found.explode() if finer else found).to_numpy().astype(np.uint64))


def resolution_of(cells: Cells) -> int:
    """The resolution that a cell's own bits tell."""
    return int(cells[0]) >> 52 & 15
