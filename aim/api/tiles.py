"""Vector tiles as they are sent: PostGIS cuts each once for a version."""

from collections.abc import Sequence
from typing import Final

from aim.api import coarse, store
from aim.api.answers import Prepared, marked, prepare
from aim.api.links import MVT
from aim.api.service import Call
from aim.api.summary import distinct, frame_members
from aim.api.versions import Version
from aim.errors import UnknownName

MARGIN: Final = store.TILE_BUFFER / store.TILE_EXTENT


async def tile(call: Call, versions: Sequence[Version], place: tuple[int, int, int], coding: str) -> Prepared:
    """The tile at (zoom, row, column); its body is empty where it has no cell. Raises UnknownName off the world."""
    zoom, row, column = place
    if max(row, column) >= 2**zoom:
        raise UnknownName(f"At zoom {zoom} rows and columns run from 0 to {2**zoom - 1}; this is {row}, {column}.")
    keys = tuple(version.key for version in versions)

    def build() -> Prepared:
        return prepare(_cut(call, versions, place), MVT, coding, marked(frame_members(versions)["marking"]))

    return await call.service.tiles.fetch((keys, place, coding), build)


def _cut(call: Call, versions: Sequence[Version], place: tuple[int, int, int]) -> bytes:
    """Of the cells themselves, or of their parents where they could not be told apart."""
    resolution = min(coarse.resolution_at(place[0], version.resolution) for version in versions)
    keys = [version.key for version in versions]
    if resolution >= min(version.resolution for version in versions):
        with call.reading() as connection:
            return store.tile(connection, keys, place)
    rows = _parents(call, versions, resolution).near(coarse.degrees(place, MARGIN))
    with call.reading() as connection:
        return store.coarse_tile(connection, keys[0].layer, place, rows)


def _parents(call: Call, versions: Sequence[Version], resolution: int) -> coarse.Parents:
    keys = tuple(version.key for version in versions)
    coloured = distinct(entry["property"] for entry in versions[0].description["legend"])

    def build() -> coarse.Parents:
        frames = [call.service.catalogue.columns(call.principal, key) for key in keys]
        return coarse.parents(frames, resolution, coloured)

    return call.service.parents.make((keys, resolution), build)
