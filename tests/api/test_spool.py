"""Bytes read by place: the same from memory, from the disk, and from a disk that filled up half-way."""

import errno
import logging
import os
from pathlib import Path
from typing import Any

import h3
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from aim.api.blocks import Block, Row
from aim.api.catalogue import DISK_BYTES, MEMORY_BYTES, MOST_FILES, weight
from aim.api.crs import Bbox
from aim.api.spool import SMALL, Spool, spool_folder
from tests.api.conftest import CENTRE, geometry

CELLS = h3.grid_disk(CENTRE, 20)
PARTS = [bytes([number % 251]) * (1_000 + number) for number in range(700)]


def written(folder: Path | None) -> tuple[Spool, np.ndarray[Any, np.dtype[np.int64]]]:
    made = Spool(folder)
    for part in PARTS:
        made.write(part)
    ends = np.cumsum([len(part) for part in PARTS])
    made.finish()
    return made, ends


def assert_reads(made: Spool, ends: np.ndarray[Any, np.dtype[np.int64]]) -> None:
    places = np.random.default_rng(0).permutation(len(PARTS))[:300]
    sizes = np.array([len(PARTS[place]) for place in places])
    assert made.cut(ends[places] - sizes, ends[places]) == [PARTS[place] for place in places]
    assert made.cut(ends[:0], ends[:0]) == []


@pytest.mark.parametrize("on_disk", [True, False])
def test_pieces_come_in_the_order_asked_for(tmp_path: Path, on_disk: bool) -> None:
    made, ends = written(tmp_path if on_disk else None)
    assert made.on_disk is on_disk
    assert_reads(made, ends)


def test_the_file_has_no_name_that_another_could_open(tmp_path: Path) -> None:
    made, _ = written(tmp_path)
    assert made.on_disk
    assert list(tmp_path.iterdir()) == []


def test_few_bytes_need_no_file(tmp_path: Path) -> None:
    made = Spool(tmp_path)
    made.write(bytes(SMALL - 1))
    made.finish()
    assert not made.on_disk


@pytest.mark.parametrize("room", [0, SMALL // 2, SMALL + 100])
def test_a_full_disk_loses_nothing(
    tmp_path: Path, room: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    write = os.pwrite

    def full(file: int, part: memoryview, at: int) -> int:
        if at >= room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(file, part[: room - at], at)

    monkeypatch.setattr(os, "pwrite", full)
    with caplog.at_level(logging.WARNING):
        made, ends = written(tmp_path)
    assert not made.on_disk
    assert_reads(made, ends)
    assert [record.getMessage() for record in caplog.records] == [
        f"{tmp_path} takes no more (No space left on device): texts of layers stay in memory."
    ]


def test_a_folder_that_cannot_be_written_to_is_not_used(tmp_path: Path) -> None:
    assert spool_folder(tmp_path) == tmp_path
    assert spool_folder(tmp_path / "missing").is_dir()


def rows(folder: Path | None, cells: list[str]) -> Block:
    texts = [
        f'{{"id":"{cell}","properties":{{"rank":{rank}}}, "rest": "{"x" * 400}"}}' for rank, cell in enumerate(cells)
    ]
    features: list[Row] = [
        (rank, cell, text, shapely.to_wkb(shapely.geometry.shape(geometry(cell))))
        for rank, (cell, text) in enumerate(zip(cells, texts, strict=True))
    ]
    by_id = sorted(features, key=lambda row: row[1])
    return Block([by_id[:500], by_id[500:]], folder)


@pytest.fixture(scope="module", params=["disk", "memory"])
def block(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Block:
    return rows(tmp_path_factory.mktemp("spool") if request.param == "disk" else None, CELLS)


def test_features_are_found_by_rank_by_id_and_by_box(block: Block) -> None:
    places = [700, 3, 12, 1000]
    assert [f'"{CELLS[place]}"'.encode() in body for place, body in zip(places, block.bodies(places), strict=True)] == [
        True
    ] * 4
    assert block.feature(CELLS[9]) == block.bodies([9])[0]
    assert [
        block.feature(each) for each in ("", "x", CELLS[9].upper(), "0" + CELLS[9], h3.cell_to_parent(CENTRE, 8))
    ] == [None] * 5
    shapes = np.array([shapely.geometry.shape(geometry(cell)) for cell in CELLS])
    for seed in range(40):
        west, south, *sizes = np.random.default_rng(seed).uniform((-1.3, 54.53, 0, 0), (-1.17, 54.61, 0.05, 0.03))
        box = (west, south, west + sizes[0], south + sizes[1])
        expected = np.flatnonzero(shapely.intersects(shapely.box(*box), shapes))
        assert block.within(Bbox(box)).tolist() == expected.tolist()


def test_a_box_that_touches_a_corner_has_the_cell(block: Block) -> None:
    """Single precision alone would lose it on one side or the other."""
    for at in range(0, len(CELLS), 40):
        west, south, east, north = shapely.geometry.shape(geometry(CELLS[at])).bounds
        for box in ((west - 1, south - 1, west, north + 1), (east, south - 1, east + 1, north + 1)):
            assert at in block.within(Bbox(box))


COORDINATE = st.integers(0, 8).map(lambda tenths: 0.1 * tenths)
"""Few places, not all of them numbers of single precision, so that edges often touch."""
POINT = st.tuples(COORDINATE, COORDINATE)


@given(st.lists(st.lists(POINT, min_size=1, max_size=4), min_size=1, max_size=12), POINT, POINT)
def test_a_box_holds_what_any_shape_shares_with_it(outlines: list[list[Any]], one: Any, other: Any) -> None:
    """Shapes in pieces too, whose envelope may span a box in which there is nothing of them."""
    shapes = [shapely.union_all([shapely.Point(at).buffer(0.03, 1) for at in points]) for points in outlines]
    block = Block([[(rank, str(rank), "{}", shapely.to_wkb(shape)) for rank, shape in enumerate(shapes)]])
    (west, east), (south, north) = (sorted(edges) for edges in zip(one, other, strict=True))
    expected = np.flatnonzero(shapely.intersects(shapely.box(west, south, east, north), np.array(shapes)))
    assert block.within(Bbox((west, south, east, north))).tolist() == expected.tolist()


def test_ids_that_are_not_cells_are_found_too() -> None:
    shape = shapely.to_wkb(shapely.box(0, 0, 1, 1))
    block = Block([[(2, "series-7", "{}", shape), (1, "0a", "[]", shape)]])
    assert (block.feature("series-7"), block.feature("0a"), block.feature("a")) == (b"{}", b"[]", None)
    assert block.bodies([0, 1]) == [b"[]", b"{}"]


def test_a_block_without_features() -> None:
    block = Block([])
    assert (len(block), block.bodies([]), block.feature("x")) == (0, [], None)
    assert block.within(Bbox((0, 0, 1, 1))).tolist() == []


def test_texts_or_ranks_that_differ_have_another_digest() -> None:
    shape = shapely.to_wkb(shapely.box(0, 0, 1, 1))
    first = Block([[(1, "a", "{}", shape), (2, "b", "[]", shape)]])
    others = [[(2, "a", "{}", shape), (1, "b", "[]", shape)], [(1, "a", "{}", shape), (2, "b", "[1]", shape)]]
    assert len({first.digest, *(Block([other]).digest for other in others)}) == 3


def test_what_a_block_takes_of_the_budget(block: Block) -> None:
    if block.on_disk:
        assert weight(block) == DISK_BYTES // MOST_FILES
    else:
        assert weight(block) == block.size * (DISK_BYTES // MEMORY_BYTES)
