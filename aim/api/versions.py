"""What a scoring run published: a version of a layer for one area, and its features in memory."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from aim.api.parameters import LOCAL, Bbox, Interval


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

    The moment of publication is part of it because a database that is made anew counts its runs from 1 again.
    """

    layer: str
    area: str
    run: int
    published_at: datetime


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


class Block:
    """The features of one version in order of rank: finished GeoJSON, and boundaries (WKB, EPSG:4326) to select by."""

    def __init__(self, ids: Sequence[str], bodies: Sequence[bytes], boundaries: Sequence[bytes]) -> None:
        self.bodies = bodies
        self._boundaries = boundaries
        self._envelopes: NDArray[np.float64] = shapely.bounds(shapely.from_wkb(list(boundaries))).reshape(-1, 4)
        self._places = {identity: place for place, identity in enumerate(ids)}

    @cached_property
    def size(self) -> int:
        """Bytes held, near enough for a cache: texts, envelopes, and about 250 bytes of Python objects a feature."""
        return sum(map(len, self.bodies)) + sum(map(len, self._boundaries)) + 282 * len(self.bodies)

    def feature(self, identity: str) -> bytes | None:
        place = self._places.get(identity)
        return None if place is None else self.bodies[place]

    def within(self, bbox: Bbox | None) -> Iterable[int]:
        """Places of the features whose boundary meets the box.

        Envelopes settle nearly all; a hexagon's corners are not its own, so those on the rim are tested exactly.
        """
        if bbox is None:
            return range(len(self.bodies))
        meets = np.zeros(len(self.bodies), dtype=bool)
        for box in bbox.boxes():
            meets |= self._meets(box)
        return np.flatnonzero(meets).tolist()

    def _meets(self, box: tuple[float, float, float, float]) -> NDArray[np.bool_]:
        west, south, east, north = box
        left, bottom, right, top = self._envelopes.T
        meets = (left <= east) & (right >= west) & (bottom <= north) & (top >= south)
        inside = (left >= west) & (right <= east) & (bottom >= south) & (top <= north)
        rim = np.flatnonzero(meets & ~inside).tolist()
        if rim:
            meets[rim] = shapely.intersects(shapely.from_wkb([self._boundaries[i] for i in rim]), shapely.box(*box))
        return meets
