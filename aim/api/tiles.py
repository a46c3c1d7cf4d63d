"""Vector tiles as they are sent: PostGIS cuts each once for a version."""

from collections.abc import Sequence

from aim.api import store
from aim.api.answers import Prepared, marked, prepare
from aim.api.links import MVT
from aim.api.service import Call
from aim.api.summary import frame_members
from aim.api.versions import Version
from aim.errors import UnknownName


async def tile(call: Call, versions: Sequence[Version], place: tuple[int, int, int], coding: str) -> Prepared:
    """The tile at (zoom, row, column); its body is empty where it has no cell. Raises UnknownName off the world."""
    zoom, row, column = place
    if max(row, column) >= 2**zoom:
        raise UnknownName(f"At zoom {zoom} rows and columns run from 0 to {2**zoom - 1}; this is {row}, {column}.")
    keys = tuple(version.key for version in versions)

    def build() -> Prepared:
        with call.reading() as connection:
            return prepare(store.tile(connection, keys, place), MVT, coding, marked(frame_members(versions)["marking"]))

    return await call.service.tiles.fetch((keys, place, coding), build)
