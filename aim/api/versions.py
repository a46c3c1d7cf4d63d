"""What a scoring run published: a version of a layer for one area, and its features in memory."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from aim.access.roles import Edition
from aim.api.crs import Bbox
from aim.api.parameters import LOCAL, Interval


def last_day(end: datetime) -> date:
    """The last day in Europe/London of a span that ends before `end`."""
    return (end - timedelta(microseconds=1)).astimezone(LOCAL).date()


def rfc3339(moment: datetime) -> str:
    """A time of UTC as the standards write it, to the second."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


class Run(NamedTuple):
    """A scoring run that published something; times are UTC, and `as_of` ends what it looked at."""

    id: int
    as_of: datetime
    published_at: datetime


class Key(NamedTuple):
    """Names a version for ever.

    The moment of publication is part of it because a database that is made anew counts its runs from 1 again, and the
    edition because what leaves the partnership says less.
    """

    layer: str
    area: str
    run: int
    published_at: datetime
    edition: Edition = Edition.INSIDE


@dataclass(frozen=True)
class Version:
    """One layer of one area as one run published it; immutable.

    `valid_from` to `valid_to` is the scored window; its end is not part of it.
    """

    key: Key
    resolution: int
    valid_from: datetime
    valid_to: datetime
    description: Mapping[str, Any]

    def meets(self, interval: Interval | None) -> bool:
        """Whether the scored window shares a moment with the interval."""
        if interval is None:
            return True
        begun = interval.end is None or self.valid_from <= interval.end
        return begun and (interval.start is None or interval.start < self.valid_to)


Row = tuple[str, str, bytes]
"""A feature's id, its finished GeoJSON and its boundary."""


class Block:
    """The features of one version in order of rank: finished GeoJSON, and boundaries (WKB, EPSG:4326) to select by.

    Texts and boundaries are each one run of bytes with the places where they end: an object of its own for each would
    take a third more memory.
    """

    def __init__(self, features: Iterable[Sequence[Row]]) -> None:
        """`features` come in parts, of which only one need be in memory: id, body and boundary of each."""
        texts, boundaries = bytearray(), bytearray()
        ids: list[str] = []
        text_sizes, boundary_sizes = [0], [0]
        envelopes = [np.empty((0, 4))]
        for part in features:
            for identity, body, boundary in part:
                encoded = body.encode()
                ids.append(identity)
                texts += encoded
                boundaries += boundary
                text_sizes.append(len(encoded))
                boundary_sizes.append(len(boundary))
            envelopes.append(shapely.bounds(shapely.from_wkb([boundary for _, _, boundary in part])))
        self._texts, self._text_ends = bytes(texts), np.cumsum(text_sizes, dtype=np.int64)
        self._boundaries, self._boundary_ends = bytes(boundaries), np.cumsum(boundary_sizes, dtype=np.int64)
        self._envelopes: NDArray[np.float64] = np.concatenate(envelopes)
        self._ids = np.array(ids, dtype=np.bytes_)
        self._by_id = np.argsort(self._ids, kind="stable")

    def __len__(self) -> int:
        return len(self._ids)

    @cached_property
    def size(self) -> int:
        """Bytes held."""
        arrays = (self._text_ends, self._boundary_ends, self._envelopes, self._ids, self._by_id)
        return len(self._texts) + len(self._boundaries) + sum(each.nbytes for each in arrays)

    def bodies(self, places: Iterable[int]) -> list[bytes]:
        """The finished texts of the features at these places."""
        return _cut(self._texts, self._text_ends, places)

    def feature(self, identity: str) -> bytes | None:
        wanted = identity.encode()
        at = int(np.searchsorted(self._ids, wanted, sorter=self._by_id)) if len(self) else 0
        if at == len(self) or self._ids[self._by_id[at]] != wanted:
            return None
        return self.bodies([int(self._by_id[at])])[0]

    def outlines(self, places: NDArray[np.int64]) -> NDArray[np.object_]:
        """The shapes of the features at these places."""
        return shapely.from_wkb(_cut(self._boundaries, self._boundary_ends, places.tolist()))

    def within(self, bbox: Bbox) -> NDArray[np.int64]:
        """Places of the features whose boundary meets the box.

        Envelopes settle nearly all; a hexagon's corners are not its own, so those on the rim are tested exactly.
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
        """Places of the features whose envelope meets that of a shape in degrees; none where the shape is empty."""
        west, south, east, north = shapely.bounds(shape).tolist()
        left, bottom, right, top = self._envelopes.T
        return np.flatnonzero((left <= east) & (right >= west) & (bottom <= north) & (top >= south))

    def meets(self, places: NDArray[np.int64], shape: shapely.Geometry) -> NDArray[np.bool_]:
        """Whether the boundaries at these places share a point with a shape in degrees."""
        shapely.prepare(shape)
        return shapely.intersects(shape, self.outlines(places))

    def _meets(self, box: tuple[float, float, float, float]) -> NDArray[np.bool_]:
        west, south, east, north = box
        meets = np.zeros(len(self), dtype=bool)
        near = self.near(shapely.box(*box))
        meets[near] = True
        left, bottom, right, top = self._envelopes[near].T
        rim = near[~((left >= west) & (right <= east) & (bottom >= south) & (top <= north))]
        if len(rim):
            meets[rim] = self.meets(rim, shapely.box(*box))
        return meets


def _cut(whole: bytes, ends: NDArray[np.int64], places: Iterable[int]) -> list[bytes]:
    chosen = np.fromiter(places, dtype=np.int64)
    pairs = zip(ends[chosen].tolist(), ends[chosen + 1].tolist(), strict=True)
    return [whole[start:end] for start, end in pairs]
