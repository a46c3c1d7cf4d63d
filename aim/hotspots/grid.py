"""The H3 grid of a study area: its cells, their neighbours, their outlines and their width.

Cells are unsigned 64-bit integers in ascending order; only files and the web see them as hexadecimal text. Coordinates
are WGS84 degrees, longitude first.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import h3.api.numpy_int as h3
import numpy as np
import polars as pl
import polars_h3
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

from aim.errors import TooCoarse, UsageError
from aim.incident import RESOLUTIONS

Cells = NDArray[np.uint64]
Floats = NDArray[np.float64]

MIDDLE_OF_ENGLAND = (-1.9, 52.5)
BASE_CELL_SHIFT = 45  # bits below the base cell in an H3 index: fifteen digits of three bits
RESOLUTION_SHIFT = 52
ROOM_PER_CELL = 16  # slots of a lattice that may be spent on one cell before the plain look-up is cheaper
DISK_CHUNK = 4_000_000  # cells of disks held at a time by the plain look-up: 32 MB


def cells_of(polygon: BaseGeometry, resolution: int) -> Cells:
    """The cells, in ascending order, whose centres lie in a polygon or multipolygon (WGS84), holes left out.

    Raises UsageError where the shape is not a polygon or its coordinates are not degrees.
    """
    if polygon.geom_type not in ("Polygon", "MultiPolygon"):
        raise UsageError(f"A study area has to be a polygon; this is a {polygon.geom_type}.")
    if polygon.is_empty:
        return np.empty(0, dtype=np.uint64)
    west, south, east, north = polygon.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise UsageError("A study area has to be in degrees of longitude and latitude (EPSG:4326): reproject it first.")
    return np.unique(h3.geo_to_cells(polygon, resolution))


@dataclass(frozen=True, eq=False)
class Grid:
    """Every cell of a study area, of one resolution; make it with `Grid.of`.

    `cells` is uint64[n], ascending and read-only; arrays of values are aligned with it.
    """

    cells: Cells
    resolution: int

    @classmethod
    def of(cls, cells: ArrayLike) -> Grid:
        """A grid of these cells, which may come in any order; repeats count once.

        Raises UsageError for no cells, for what is not an H3 cell, for several resolutions, and for the twelve
        pentagons of each resolution, which have five neighbours and upset every statistic; all lie in the sea.
        """
        ordered = _ascending(np.asarray(cells, dtype=np.uint64))
        if not len(ordered):
            raise UsageError("A study area has to hold at least one cell: choose a finer resolution.")
        if not _each(ordered, polars_h3.is_valid_cell).all():
            raise UsageError("Not all of these are H3 cells.")
        resolution = _one_resolution(ordered)
        ordered.flags.writeable = False
        grid = cls(ordered, resolution)
        if (grid.index_of(h3.get_pentagons(resolution)) >= 0).any():
            raise UsageError("The study area holds one of the twelve pentagons of H3: leave that cell out.")
        return grid

    def __len__(self) -> int:
        return len(self.cells)

    def __repr__(self) -> str:
        return f"Grid({len(self):,} cells of resolution {self.resolution})"

    def index_of(self, cells: Cells) -> NDArray[np.int64]:
        """Where each cell stands in the grid; -1 for those outside it."""
        at = np.searchsorted(self.cells, cells)
        return np.where(self.cells.take(at, mode="clip") == cells, at, -1)

    def neighbours(self, k: int) -> Neighbours:
        """For each cell, the cells of the study area within `k` steps, itself included.

        Study areas are nearly always one patch far from any pentagon: there a flat lattice answers, several times
        faster than asking H3 for each disk. Both give the same neighbours, in another order.
        """
        positions = _positions_by_lattice(self.cells, k) if _is_flat(self, k) else None
        return Neighbours(_positions_by_disk(self, k) if positions is None else positions)


@dataclass(frozen=True, eq=False)
class Neighbours:
    """Who is near whom in a grid of n cells.

    `positions` is int32[m, n], m being the cells of a whole disk: column c lists the positions in the grid of the cells
    near cell c, itself included. n stands for a cell outside the study area, so that a sum reads a zero beyond the end.
    """

    positions: NDArray[np.int32]

    @cached_property
    def sizes(self) -> NDArray[np.int32]:
        """int32[n]: how many cells of the study area lie near each cell, itself included."""
        sizes = np.zeros(self.positions.shape[1], dtype=np.int32)
        for row in self.positions:
            sizes += row < len(sizes)
        return sizes

    def sum(self, values: Floats) -> Floats:
        """Like `values` (float64[n], or [n, t] for t periods): summed over each cell's neighbours, itself included."""
        padded = np.concatenate([values, np.zeros_like(values[:1])])
        total = np.zeros(values.shape)
        for row in self.positions:
            total += padded.take(row, axis=0)
        return total


def boundaries(cells: Cells) -> NDArray[np.object_]:
    """The outline of each cell as a Shapely polygon, counter-clockwise. Cells across the antimeridian are not cut."""
    rings = _each(cells, polars_h3.cell_to_boundary)
    owners = np.repeat(np.arange(len(cells)), rings.list.len().to_numpy())
    corners = rings.explode().explode().to_numpy().reshape(-1, 2)[:, ::-1]  # H3 puts latitude first
    return np.asarray(shapely.polygons(shapely.linearrings(corners, indices=owners)))


def cell_width_m(resolution: int, at: tuple[float, float] = MIDDLE_OF_ENGLAND) -> float:
    """Metres between opposite sides of a cell at a place (longitude, latitude).

    Taken from the cell's true area, as if it were regular: over Britain cells are a tenth smaller than on average.
    """
    longitude, latitude = at
    area = h3.cell_area(h3.latlng_to_cell(latitude, longitude, resolution), unit="m^2")
    return math.sqrt(2 * area / math.sqrt(3))


def finest_resolution(location_precision_m: float, at: tuple[float, float] = MIDDLE_OF_ENGLAND) -> int:
    """The finest of `RESOLUTIONS` whose cells are at least twice as wide as the location error (metres).

    Raises TooCoarse where even the widest cells are too fine.
    """
    for resolution in sorted(RESOLUTIONS, reverse=True):
        if cell_width_m(resolution, at) >= 2 * location_precision_m:
            return resolution
    widest = cell_width_m(min(RESOLUTIONS), at)
    raise TooCoarse(
        f"These locations are good to {location_precision_m:.0f} m only, and the widest cells, {widest:.0f} m across, "
        f"need {widest / 2:.0f} m or better: load data with finer locations."
    )


def to_hex(cells: Cells) -> list[str]:
    """Cells as files and the web know them: fifteen hexadecimal digits."""
    return _each(cells, polars_h3.int_to_str).to_list()


def from_hex(texts: Sequence[str]) -> Cells:
    """Cells from hexadecimal text, in the order given. Raises UsageError naming the first that is not an H3 cell."""
    cells = parse_hex(pl.Series(texts, dtype=pl.String))
    if cells.null_count():
        raise UsageError(f"{texts[cells.is_null().arg_true()[0]]!r} is not an H3 cell.")
    return cells.to_numpy().astype(np.uint64)


def parse_hex(texts: pl.Series) -> pl.Series:
    """Cells (UInt64) from hexadecimal text; null where it is not an H3 cell."""
    cells = texts.to_frame("text").select(cell=polars_h3.str_to_int("text"))
    return cells.select(pl.when(polars_h3.is_valid_cell("cell")).then("cell")).to_series()


def _each(cells: Cells, function: Callable[[str], pl.Expr]) -> pl.Series:
    """A function of polars-h3 on an array of cells."""
    return pl.DataFrame({"cell": cells}, schema={"cell": pl.UInt64}).select(function("cell")).to_series()


def _ascending(cells: Cells) -> Cells:
    """A copy in ascending order without repeats; most come so already, and looking costs less than sorting."""
    return cells.copy() if (cells[1:] > cells[:-1]).all() else np.unique(cells)


def _one_resolution(cells: Cells) -> int:
    """The resolution of all cells. It leads the bits, so the first and last cell have the extremes."""
    first, last = (int(cell) >> RESOLUTION_SHIFT & 15 for cell in (cells[0], cells[-1]))
    if first != last:
        raise UsageError(f"Cells of several resolutions ({first} to {last}) are mixed: use one.")
    return first


def _is_flat(grid: Grid, k: int) -> bool:
    """Whether no cell, nor any way of `k` steps between two of them, goes round a pentagon, where no flat lattice fits.

    A pentagon is the first cell of its base cell, and base cells are about 7 ** (resolution / 2) cells wide.
    """
    pentagons = h3.get_pentagons(grid.resolution)
    ends = pentagons + np.uint64(1 << BASE_CELL_SHIFT)
    clear = np.array_equal(np.searchsorted(grid.cells, pentagons), np.searchsorted(grid.cells, ends))
    return clear and k < 7 ** (grid.resolution / 2) / 4


def _positions_by_lattice(cells: Cells, k: int) -> NDArray[np.int32] | None:
    """`Neighbours.positions` by way of H3's local IJ coordinates, or None where one lattice cannot hold all cells.

    The lattice has a margin of `k` slots, so that no step leaves it.
    """
    n = len(cells)
    both = _local_ij(cells)
    if both is None:
        return None
    i, j = (axis - axis.min() + k for axis in both)
    width = int(j.max()) + k + 1
    slots = width * (int(i.max()) + k + 1)
    if slots > ROOM_PER_CELL * n + 100_000:
        return None
    lattice = np.full(slots, n, dtype=np.int32)
    slot = i * width + j
    lattice[slot] = np.arange(n, dtype=np.int32)
    steps = _disk_steps(k)
    positions = np.empty((len(steps), n), dtype=np.int32)
    for row, (along_i, along_j) in zip(positions, steps, strict=True):
        lattice.take(slot + (along_i * width + along_j), out=row, mode="clip")  # any other mode makes numpy copy `out`
    return positions


def _local_ij(cells: Cells) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None:
    """Lattice coordinates, whose axes stand at 120 degrees; None where H3 cannot lay all cells on one plane.

    The origin is a whole column because the plug-in answers for one row only when given a literal.
    """
    frame = pl.DataFrame({"cell": cells, "origin": np.full_like(cells, cells[len(cells) // 2])})
    pairs = frame.select(polars_h3.cell_to_local_ij("cell", "origin")).to_series()
    if pairs.null_count():
        return None
    flat = pairs.explode().to_numpy()
    return flat[::2].astype(np.int64), flat[1::2].astype(np.int64)


def _disk_steps(k: int) -> list[tuple[int, int]]:
    """The steps from a cell to all cells at most `k` away, in local IJ coordinates."""
    reach = range(-k, k + 1)
    return [(i, j) for i in reach for j in reach if abs(i - j) <= k]


def _positions_by_disk(grid: Grid, k: int) -> NDArray[np.int32]:
    """`Neighbours.positions` by asking H3 for each disk, which is right everywhere; in chunks, to bound the memory."""
    n, size = len(grid), 3 * k * (k + 1) + 1
    step = max(1, DISK_CHUNK // size)
    return np.concatenate([_disks(grid, grid.cells[at : at + step], size, k) for at in range(0, n, step)], axis=1)


def _disks(grid: Grid, cells: Cells, size: int, k: int) -> NDArray[np.int32]:
    """Positions of the disks of some cells, int32[size, cells]. Near a pentagon disks are smaller, hence the ranks."""
    disks = _each(cells, lambda name: polars_h3.grid_disk(name, k))
    lengths = disks.list.len().to_numpy().astype(np.int64)
    owner = np.repeat(np.arange(len(cells)), lengths)
    rank = np.arange(len(owner)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    positions = np.full((size, len(cells)), len(grid), dtype=np.int32)
    found = grid.index_of(disks.explode().to_numpy())
    positions[rank, owner] = np.where(found < 0, len(grid), found)
    return positions
