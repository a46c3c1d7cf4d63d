"""The features of a version: finished texts and boundaries in a spool, and an index that says where each lies.

Texts lie in the order of their cells, which H3 numbers so that neighbours are mostly close: what a box holds is read
in a few pieces. Everything else goes by place, the order of rank.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from aim.api.crs import Bbox
from aim.api.spool import Spool

Row = tuple[int, str, str, bytes]
"""A feature's rank, its id, its finished GeoJSON and its boundary (WKB, EPSG:4326)."""

CELL_DIGITS: Final = 15


@dataclass(frozen=True)
class Index:
    """Where the features of a block are, each array in the order of rank but `by_id`; small, and cheap to read again.

    Envelopes are degrees in single precision, widened so that none is smaller than the shape: they tell which shapes
    may meet a box, and which surely do.
    """

    starts: NDArray[np.int64]
    text_sizes: NDArray[np.uint32]
    outline_sizes: NDArray[np.uint32]
    envelopes: NDArray[np.float32]
    ids: NDArray[np.uint64] | NDArray[np.bytes_]
    by_id: NDArray[np.uint32]

    @property
    def size(self) -> int:
        """Bytes held."""
        return sum(array.nbytes for array in self._arrays())

    def dump(self) -> bytes:
        written = BytesIO()
        for array in self._arrays():
            np.save(written, array, allow_pickle=False)
        return written.getvalue()

    @classmethod
    def load(cls, dumped: bytes) -> "Index":
        read = BytesIO(dumped)
        return cls(*(np.load(read, allow_pickle=False) for _ in cls.__dataclass_fields__))

    def place(self, identity: str) -> int | None:
        """The place of the feature of this id; None where there is none."""
        wanted: Any = identity.encode()
        if self.ids.dtype == np.uint64:
            if not _is_cell(identity):
                return None
            wanted = np.uint64(int(identity, 16))
        at = int(np.searchsorted(self.ids, wanted, sorter=self.by_id)) if len(self.ids) else 0
        if at == len(self.ids) or self.ids[self.by_id[at]] != wanted:
            return None
        return int(self.by_id[at])

    def _arrays(self) -> list[NDArray[Any]]:
        return [getattr(self, name) for name in self.__dataclass_fields__]


class Block:
    """The features of one version. Its bytes are in a spool; its index is there too, and `indexes` keeps those in use
    in memory.
    """

    def __init__(
        self,
        features: Iterable[Sequence[Row]],
        folder: Path | None = None,
        keep_index: Callable[[Callable[[], Index]], Index] = lambda load: load(),
    ) -> None:
        """`features` come in parts, of which only one need be in memory, best in the order of their ids."""
        self._spool = Spool(folder)
        index, self.digest = _written(features, self._spool)
        self._count = len(index.ids)
        self._index_start = self._spool.size
        self._spool.write(index.dump())
        self._spool.finish()
        self._keep_index = keep_index

    def __len__(self) -> int:
        return self._count

    @property
    def size(self) -> int:
        """Bytes held, in memory or on the disk."""
        return self._spool.size

    @property
    def on_disk(self) -> bool:
        return self._spool.on_disk

    @property
    def index(self) -> Index:
        return self._keep_index(self._load_index)

    def bodies(self, places: Sequence[int] | NDArray[np.int64]) -> list[bytes]:
        """The finished texts of the features at these places."""
        chosen, index = np.asarray(places, dtype=np.int64), self.index
        starts = index.starts[chosen]
        return self._spool.cut(starts, starts + index.text_sizes[chosen])

    def feature(self, identity: str) -> bytes | None:
        place = self.index.place(identity)
        return None if place is None else self.bodies([place])[0]

    def outlines(self, places: NDArray[np.int64]) -> NDArray[np.object_]:
        """The shapes of the features at these places."""
        index = self.index
        starts = index.starts[places] + index.text_sizes[places]  # each lies behind its text
        return shapely.from_wkb(self._spool.cut(starts, starts + index.outline_sizes[places]))

    def within(self, bbox: Bbox) -> NDArray[np.int64]:
        """Places of the features whose boundary meets the box.

        Envelopes settle nearly all; a hexagon's corners are not its own, so those at the box's are tested exactly.
        """
        if bbox.crs.reach is not None:
            shape = bbox.shape()
            near = self.near(shape)
            return near[self.meets(near, shape)]
        meets = np.zeros(len(self), dtype=bool)
        for box in bbox.boxes():
            meets |= self._meets(box)
        return np.flatnonzero(meets)

    def near(self, shape: shapely.Geometry) -> NDArray[np.int64]:
        """Places of all features whose envelope meets that of a shape in degrees, and of a few that miss it by a
        hair's breadth; none where the shape is empty.
        """
        west, south, east, north = shapely.bounds(shape).tolist()
        left, bottom, right, top = self.index.envelopes
        return np.flatnonzero((left <= east) & (right >= west) & (bottom <= north) & (top >= south))

    def meets(self, places: NDArray[np.int64], shape: shapely.Geometry) -> NDArray[np.bool_]:
        """Whether the boundaries at these places share a point with a shape in degrees."""
        shapely.prepare(shape)
        return shapely.intersects(shape, self.outlines(places))

    def _meets(self, box: tuple[float, float, float, float]) -> NDArray[np.bool_]:
        meets = np.zeros(len(self), dtype=bool)
        near = self.near(shapely.box(*box))
        meets[near] = True
        unsure = near[~_surely_meet(self.index.envelopes[:, near], box)]
        if len(unsure):
            meets[unsure] = self.meets(unsure, shapely.box(*box))
        return meets

    def _load_index(self) -> Index:
        return Index.load(self._spool.read(self._index_start, self._spool.size))


def _written(features: Iterable[Sequence[Row]], spool: Spool) -> tuple[Index, bytes]:
    """Write each text with its boundary behind it; gives where they are, and a digest of the texts and their order."""
    places: list[tuple[int, int, int, int]] = []
    ids, envelopes, digest = list[str](), [np.empty((0, 4))], blake2b(digest_size=16)
    for part in features:
        for rank, identity, body, boundary in part:
            text = body.encode()
            digest.update(text)
            places.append((rank, spool.size, len(text), len(boundary)))
            ids.append(identity)
            spool.write(text)
            spool.write(boundary)
        envelopes.append(shapely.bounds(shapely.from_wkb([boundary for *_, boundary in part])))
    ranks, starts, text_sizes, outline_sizes = np.array(places, dtype=np.int64).reshape(-1, 4).T
    order = np.argsort(ranks, kind="stable")
    digest.update(order.tobytes())
    numbers = _numbers(ids)[order]
    index = Index(
        starts=starts[order],
        text_sizes=text_sizes[order].astype(np.uint32),
        outline_sizes=outline_sizes[order].astype(np.uint32),
        envelopes=_widened(np.concatenate(envelopes)[order]),
        ids=numbers,
        by_id=np.argsort(numbers, kind="stable").astype(np.uint32),
    )
    return index, digest.digest()


def _surely_meet(envelopes: NDArray[np.float32], box: tuple[float, float, float, float]) -> NDArray[np.bool_]:
    """Whether envelopes alone tell that their shapes share a point with a box: where one lies within the box one way
    and ends within it the other way, the shape has a point at that end, which the box holds. It leaves the corners.
    """
    west, south, east, north = box
    left, bottom, right, top = envelopes
    within_across, ends_across = _between(left, right, west, east)
    within_along, ends_along = _between(bottom, top, south, north)
    return (within_across & ends_along) | (within_along & ends_across)


def _between(
    low: NDArray[np.float32], high: NDArray[np.float32], start: float, end: float
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether all between two edges lies in a range, and whether one of the edges does; the shape's own are up to one
    number of single precision further in."""
    inner_low, inner_high = np.nextafter(low, np.float32(np.inf)), np.nextafter(high, np.float32(-np.inf))
    low_in, high_in = low.astype(np.float64) >= start, high.astype(np.float64) <= end
    ends = (low_in & (inner_low.astype(np.float64) <= end)) | (high_in & (inner_high.astype(np.float64) >= start))
    return low_in & high_in, ends


def _numbers(ids: Sequence[str]) -> NDArray[np.uint64] | NDArray[np.bytes_]:
    """Ids of H3 cells as numbers, which take half the memory; others as they are."""
    if all(map(_is_cell, ids)):
        return np.array([int(each, 16) for each in ids], dtype=np.uint64)
    return np.array([each.encode() for each in ids], dtype=np.bytes_)


def _is_cell(identity: str) -> bool:
    """Whether it is written as H3 writes a cell, so that the number leads back to the very text."""
    return len(identity) == CELL_DIGITS and not identity.strip("0123456789abcdef") and identity[0] != "0"


def _widened(envelopes: NDArray[np.float64]) -> NDArray[np.float32]:
    """Four rows, west, south, east and north, each edge moved outward to the next number of single precision."""
    west_south, east_north = envelopes.T[:2], envelopes.T[2:]
    low, high = west_south.astype(np.float32), east_north.astype(np.float32)
    low = np.where(low > west_south, np.nextafter(low, np.float32(-np.inf)), low)
    high = np.where(high < east_north, np.nextafter(high, np.float32(np.inf)), high)
    return np.ascontiguousarray(np.concatenate([low, high]))
