"""Low zoom: cells too small to see are drawn as their H3 parents, which say what they hold together.

A parent is made from the same rows that are served one by one, so it shows no more than they do.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, pi, radians, sqrt
from typing import Any, Final

import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray

from aim.layers.publishing.properties import CONFIDENCES, NOT_SIGNIFICANT

LEAST_PIXELS: Final = 7
"""A cell narrower than this is a dot. Each step of H3 is 2.6 times as wide, so parents are 7 to 19 pixels wide."""

TILE_PIXELS: Final = 512
"""What map clients of today draw a vector tile at."""

LATITUDE: Final = radians(52.5)
"""The middle of England, where Web Mercator draws things 1.64 times as wide as at the equator."""

EARTH_METRES: Final = 40_075_016.68557849
EARTH_SQUARE_METRES: Final = 510_065_621_724_000
WEAKEST_FIRST: Final = (NOT_SIGNIFICANT, *CONFIDENCES.values())
SUMMED: Final = "count_total"
MERCATOR_EDGE: Final = 85.06
"""Degrees of latitude at which the square of Web Mercator ends."""


@dataclass(frozen=True)
class Parents:
    """Parents of one resolution: outlines (WKB, EPSG:4326), their properties, and their envelopes in degrees."""

    outlines: Sequence[bytes]
    properties: Sequence[str]
    envelopes: NDArray[np.float64]

    @property
    def size(self) -> int:
        """Bytes held, about."""
        return sum(map(len, self.outlines)) + sum(map(len, self.properties)) + self.envelopes.nbytes

    def near(self, box: tuple[float, float, float, float]) -> list[tuple[bytes, str]]:
        """Those whose envelope meets west, south, east, north."""
        west, south, east, north = box
        left, bottom, right, top = self.envelopes.T
        places = np.flatnonzero((left <= east) & (right >= west) & (bottom <= north) & (top >= south))
        return [(self.outlines[place], self.properties[place]) for place in places.tolist()]


def resolution_at(zoom: int, native: int) -> int:
    """The finest H3 resolution, `native` at most, whose cells can be told apart at a zoom level."""
    fitting = (each for each in range(native, 0, -1) if _pixels(zoom, each) >= LEAST_PIXELS)
    return next(fitting, 0)


def native_from(native: int) -> int:
    """The zoom level from which cells of a layer's own resolution are drawn."""
    return next(zoom for zoom in range(32) if resolution_at(zoom, native) == native)


def parents(frames: Sequence[pl.DataFrame], resolution: int, coloured: Sequence[str]) -> Parents:
    """The parents of the cells in `frames` (columns as in columns.py), those of all frames together.

    Counts are summed, the strongest confidence and the best rank are taken; what else a legend colours by is that of
    the cell of best rank.
    """
    import polars_h3

    from aim.hotspots.grid import boundaries  # both only where low zoom is asked for: they take 20 MB

    taken = [name for name in coloured if name not in ("confidence", SUMMED, "rank", "h3", "h3_res")]
    columns = ["rank", SUMMED, *taken]
    rows = pl.concat([_rows(frame, columns) for frame in frames])
    parent = polars_h3.cell_to_parent(polars_h3.str_to_int("h3"), resolution).cast(pl.UInt64)
    grouped = rows.sort("rank").with_columns(parent=parent).drop_nulls("parent").group_by("parent", maintain_order=True)
    table = grouped.agg(
        pl.col("rank").min(), pl.col(SUMMED).sum(), pl.col("strength").max(), pl.col(taken).first(), cells=pl.len()
    )
    shapes = boundaries(table["parent"].to_numpy())
    told = [_told(row, resolution) for row in table.iter_rows(named=True)]
    return Parents(shapely.to_wkb(shapes).tolist(), told, shapely.bounds(shapes).reshape(-1, 4))


def degrees(place: tuple[int, int, int], margin: float) -> tuple[float, float, float, float]:
    """West, south, east, north of the tile at (zoom, row, column) and a margin round it, in parts of its width."""
    zoom, row, column = place
    tiles = 2**zoom
    west, east = ((column + each) / tiles * 360 - 180 for each in (-margin, 1 + margin))
    south, north = (_latitude((row + each) / tiles) for each in (1 + margin, -margin))
    return west, south, east, north


def _rows(frame: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    strength = pl.col("confidence").cast(pl.Enum(WEAKEST_FIRST)).to_physical().alias("strength")
    texts = [pl.col(name).cast(pl.String) if frame[name].dtype == pl.Categorical else pl.col(name) for name in columns]
    return frame.select(pl.col("h3").cast(pl.String), strength, *texts)


def _told(row: dict[str, Any], resolution: int) -> str:
    identity, strength = f"{row.pop('parent'):x}", row.pop("strength")
    confidence = {} if strength is None else {"confidence": WEAKEST_FIRST[strength]}
    return json.dumps({"id": identity, "h3": identity, "h3_res": resolution, **confidence, **row})


def _pixels(zoom: int, resolution: int) -> float:
    """Width of a cell between opposite sides; of a regular one with the average area, in pixels of a client's map."""
    width = sqrt(2 * EARTH_SQUARE_METRES / (2 + 120 * 7**resolution) / sqrt(3)) / cos(LATITUDE)
    return width / (EARTH_METRES / (TILE_PIXELS * 2**zoom))


def _latitude(down: float) -> float:
    """Degrees north of a place so far down the square of Web Mercator (0: its upper edge, 1: its lower edge)."""
    return float(
        np.clip(np.degrees(2 * np.arctan(np.exp(pi * (1 - 2 * down))) - pi / 2), -MERCATOR_EDGE, MERCATOR_EDGE)
    )
