"""The grid: which cells an area has, who is near whom, and how fine cells may be."""

from contextlib import suppress

import h3
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from aim.errors import TooCoarse, UsageError
from aim.hotspots.grid import (
    Grid,
    boundaries,
    cell_width_m,
    cells_of,
    finest_resolution,
    from_hex,
    to_hex,
)
from tests import oracles

TOWN = shapely.box(-1.26, 54.55, -1.20, 54.59)
PARK = shapely.box(-1.24, 54.56, -1.22, 54.58)
ISLAND = shapely.box(-1.18, 54.57, -1.16, 54.58)

MIDDLESBROUGH = h3.latlng_to_cell(54.57, -1.23, 9)
SHETLAND = h3.latlng_to_cell(60.15, -1.15, 9)  # in the base cell of a pentagon


def cell_at_corner(vertex: str) -> str:
    latitude, longitude = h3.vertex_to_latlng(vertex)
    return h3.latlng_to_cell(latitude, longitude, 9)


# Where base cells meet, on every side of the one that holds Great Britain.
CORNERS = [cell_at_corner(vertex) for vertex in sorted(h3.cell_to_vertexes(h3.cell_to_parent(MIDDLESBROUGH, 0)))]
ROUND_PENTAGONS = [min(h3.grid_ring(min(h3.get_pentagons(resolution)), 2)) for resolution in (3, 4, 9)]


def cells(*texts: str) -> NDArray[np.uint64]:
    return np.array([h3.str_to_int(text) for text in texts], dtype=np.uint64)


def centres_inside(area: BaseGeometry, resolution: int) -> set[str]:
    """Every cell round about, kept if its centre is inside."""
    middle = area.centroid
    around = h3.grid_disk(h3.latlng_to_cell(middle.y, middle.x, resolution), 30)
    return {cell for cell in around if area.contains(shapely.Point(*reversed(h3.cell_to_latlng(cell))))}


@pytest.mark.parametrize("area", [TOWN, TOWN - PARK, shapely.union(TOWN - PARK, ISLAND)], ids=["box", "hole", "parts"])
def test_the_cells_of_an_area_are_those_with_their_centre_inside(area: BaseGeometry) -> None:
    found = cells_of(area, 9)
    assert set(to_hex(found)) == centres_inside(area, 9)
    assert (found[1:] > found[:-1]).all()


def test_areas_that_share_a_border_share_no_cell_and_leave_none_out() -> None:
    west, east = (shapely.box(*bounds) for bounds in ((-1.26, 54.55, -1.23, 54.59), (-1.23, 54.55, -1.20, 54.59)))
    both = np.concatenate([cells_of(west, 9), cells_of(east, 9)])
    assert np.array_equal(np.sort(both), cells_of(TOWN, 9))


def test_heights_in_the_outline_are_passed_over() -> None:
    assert np.array_equal(cells_of(shapely.force_3d(TOWN, 20.0), 8), cells_of(TOWN, 8))


def test_an_empty_area_has_no_cells() -> None:
    assert len(cells_of(shapely.Polygon(), 9)) == 0


def test_an_area_in_eastings_and_northings_is_refused() -> None:
    with pytest.raises(UsageError, match=r"degrees of longitude and latitude \(EPSG:4326\): reproject"):
        cells_of(shapely.box(449_000, 519_000, 452_000, 521_000), 9)


def test_a_line_is_no_area() -> None:
    with pytest.raises(UsageError, match="has to be a polygon; this is a LineString"):
        cells_of(shapely.LineString([(-1.2, 54.5), (-1.1, 54.6)]), 9)


def test_a_grid_is_in_order_with_each_cell_once_and_read_only() -> None:
    given_cells = cells(*sorted(h3.grid_disk(MIDDLESBROUGH, 1), reverse=True), MIDDLESBROUGH)
    before = given_cells.copy()
    grid = Grid.of(given_cells)
    assert to_hex(grid.cells) == sorted(h3.grid_disk(MIDDLESBROUGH, 1))
    assert (len(grid), grid.resolution) == (7, 9)
    assert repr(grid) == "Grid(7 cells of resolution 9)"
    assert np.array_equal(given_cells, before)
    with pytest.raises(ValueError, match="read-only"):
        grid.cells[0] = 0


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        ([], "at least one cell"),
        ([MIDDLESBROUGH, h3.cell_to_parent(MIDDLESBROUGH)], r"several resolutions \(8 to 9\) are mixed"),
        (list(h3.grid_disk(min(h3.get_pentagons(9)), 1)), "one of the twelve pentagons"),
    ],
    ids=["none", "mixed", "pentagon"],
)
def test_a_grid_refuses(texts: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Grid.of(cells(*texts))


def test_a_grid_refuses_numbers_that_are_no_cells() -> None:
    with pytest.raises(UsageError, match="Not all of these are H3 cells"):
        Grid.of([h3.str_to_int(MIDDLESBROUGH), 7])


def test_index_of_says_where_a_cell_stands_and_minus_one_outside() -> None:
    grid = Grid.of(cells(*h3.grid_disk(MIDDLESBROUGH, 1)))
    outside = [h3.latlng_to_cell(0, 0, 9), h3.latlng_to_cell(-60, 170, 9), SHETLAND]
    assert grid.index_of(grid.cells[::-1]).tolist() == [6, 5, 4, 3, 2, 1, 0]
    assert grid.index_of(cells(*outside)).tolist() == [-1, -1, -1]


def near_as_text(grid: Grid, k: int) -> dict[str, set[str]]:
    names = [*to_hex(grid.cells), ""]
    columns = grid.neighbours(k).positions.T
    return {names[at]: {names[other] for other in column} - {""} for at, column in enumerate(columns)}


MIDDLES = [MIDDLESBROUGH, SHETLAND, *CORNERS, *ROUND_PENTAGONS]


@st.composite
def scattered_cells(draw: st.DrawFn) -> list[str]:
    """Part of one patch or of several far apart: inland, where base cells meet, near a pentagon."""
    resolution = draw(st.sampled_from([3, 4, 9]))
    known = [cell for cell in MIDDLES if h3.get_resolution(cell) == resolution]
    middles = draw(st.lists(st.sampled_from(known), min_size=1, max_size=3))
    around = sorted(set().union(*(h3.grid_disk(middle, 4) for middle in middles)))
    return draw(st.lists(st.sampled_from([c for c in around if not h3.is_pentagon(c)]), min_size=1, unique=True))


@settings(deadline=None)
@given(chosen=scattered_cells(), k=st.integers(0, 3))
def test_neighbours_are_those_that_h3_gives_one_by_one(chosen: list[str], k: int) -> None:
    grid = Grid.of(cells(*chosen))
    expected = oracles.neighbours(chosen, k)
    assert near_as_text(grid, k) == expected
    assert grid.neighbours(k).sizes.tolist() == [len(expected[cell]) for cell in to_hex(grid.cells)]


@pytest.mark.parametrize("middle", MIDDLES)
def test_neighbours_of_a_whole_patch(middle: str) -> None:
    patch = [cell for cell in h3.grid_disk(middle, 12) if not h3.is_pentagon(cell)]
    assert near_as_text(Grid.of(cells(*patch)), 2) == oracles.neighbours(patch, 2)


def on_the_plane_of(origin: str, patch: list[str]) -> list[str]:
    """Those cells to which H3 gives local coordinates from an origin."""
    found: list[str] = []
    for cell in patch:
        with suppress(h3.H3FailedError):
            h3.cell_to_local_ij(origin, cell)
            found.append(cell)
    return found


def test_the_way_round_a_pentagon_may_be_shorter_than_on_the_plane() -> None:
    pentagon = min(h3.get_pentagons(4))
    patch = on_the_plane_of("84081e1ffffffff", [cell for cell in h3.grid_disk(pentagon, 8) if cell != pentagon])
    assert near_as_text(Grid.of(cells(*patch)), 5) == oracles.neighbours(patch, 5)


def test_wide_neighbourhoods_of_very_large_cells_reach_round_pentagons() -> None:
    pentagons = {h3.get_base_cell_number(cell) for cell in h3.get_pentagons(0)}
    around = [cell for cell in h3.grid_disk("8013fffffffffff", 1) if h3.get_base_cell_number(cell) not in pentagons]
    patch = [child for cell in around for child in h3.cell_to_children(cell, 2)]
    assert near_as_text(Grid.of(cells(*patch)), 8) == oracles.neighbours(patch, 8)


def test_two_very_small_cells_far_apart_take_no_room_for_the_land_between() -> None:
    chosen = [h3.latlng_to_cell(54.57, -1.23, 15), h3.latlng_to_cell(51.5, -0.12, 15)]
    assert Grid.of(cells(*chosen)).neighbours(1).sizes.tolist() == [1, 1]


def test_disks_asked_for_in_small_lots_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    patch = Grid.of(cells(*h3.grid_disk(SHETLAND, 4)))
    at_once = near_as_text(patch, 1)
    monkeypatch.setattr("aim.hotspots.grid.DISK_CHUNK", 50)
    assert near_as_text(patch, 1) == at_once


def test_cells_on_both_sides_of_the_world_are_no_neighbours() -> None:
    chosen = [MIDDLESBROUGH, h3.latlng_to_cell(-41.3, 174.8, 9)]
    assert Grid.of(cells(*chosen)).neighbours(1).sizes.tolist() == [1, 1]


def test_sums_run_over_the_study_area_only() -> None:
    i, j = h3.cell_to_local_ij(MIDDLESBROUGH, MIDDLESBROUGH)
    row = [h3.local_ij_to_cell(MIDDLESBROUGH, i + step, j) for step in (-1, 0, 1, 5)]
    grid = Grid.of(cells(*row))
    at = grid.index_of(cells(*row))
    values = np.empty(4)
    values[at] = [10, 1, 100, 1000]
    assert grid.neighbours(1).sum(values)[at].tolist() == [11, 111, 101, 1000]
    assert grid.neighbours(0).sum(values)[at].tolist() == [10, 1, 100, 1000]


def test_outlines_are_those_of_h3_longitude_first_and_counter_clockwise() -> None:
    on_an_edge = "85186d37fffffff"  # of the icosahedron, in France: it has a corner more
    chosen = [MIDDLESBROUGH, SHETLAND, on_an_edge]
    assert len(h3.cell_to_boundary(on_an_edge)) > 6
    for outline, cell in zip(boundaries(cells(*chosen)), chosen, strict=True):
        corners = [(longitude, latitude) for latitude, longitude in h3.cell_to_boundary(cell)]
        assert shapely.is_ccw(outline.exterior)
        assert shapely.equals_exact(outline, shapely.Polygon(corners), tolerance=1e-9)


def test_no_cells_have_no_outlines() -> None:
    assert len(boundaries(cells())) == 0


def test_a_cell_is_as_wide_as_its_area_says() -> None:
    for resolution, low, high in ((8, 860, 905), (9, 324, 342), (10, 122, 130)):
        assert low < cell_width_m(resolution) < high
        assert low < cell_width_m(resolution, at=(-4.25, 55.86)) < high


@pytest.mark.parametrize(("precision_m", "resolution"), [(1, 10), (10, 10), (71, 9), (100, 9), (200, 8), (400, 8)])
@pytest.mark.parametrize("at", [(-5.5, 50.1), (-1.23, 54.57), (-3.2, 58.9), (1.7, 52.5)])
def test_cells_are_at_least_twice_as_wide_as_the_location_error(
    precision_m: float, resolution: int, at: tuple[float, float]
) -> None:
    assert finest_resolution(precision_m, at) == resolution


def test_locations_may_be_too_coarse_for_any_cell() -> None:
    with pytest.raises(TooCoarse, match=r"good to 2000 m only.*need 4\d\d m or better"):
        finest_resolution(2000)


def test_cells_survive_the_way_to_text_and_back() -> None:
    texts = [SHETLAND, MIDDLESBROUGH, CORNERS[0]]
    assert to_hex(from_hex(texts)) == texts
    assert from_hex([MIDDLESBROUGH.upper()]).tolist() == [h3.str_to_int(MIDDLESBROUGH)]
    assert from_hex([]).dtype == np.uint64


@pytest.mark.parametrize("text", ["", "spam", "ffffffffffffffff", "0x" + MIDDLESBROUGH, MIDDLESBROUGH[:-1]])
def test_text_that_is_no_cell_is_named(text: str) -> None:
    with pytest.raises(UsageError, match=f"^'{text}' is not an H3 cell"):
        from_hex([MIDDLESBROUGH, text])
