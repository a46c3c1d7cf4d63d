"""Vector tiles as they are sent: PostGIS cuts each once for a version."""

from collections.abc import Sequence

from aim.api import coarse, store
from aim.api.answers import Prepared, prepare
from aim.api.links import MVT
from aim.api.service import Service
from aim.api.summary import distinct
from aim.api.versions import Version
from aim.errors import UnknownName


async def tile(service: Service, versions: Sequence[Version], place: tuple[int, int, int], coding: str) -> Prepared:
    """The tile at (zoom, row, column); its body is empty where it has no cell. Raises UnknownName off the world."""
    zoom, row, column = place
    if max(row, column) >= 2**zoom:
        raise UnknownName(f"At zoom {zoom} rows and columns run from 0 to {2**zoom - 1}; this is {row}, {column}.")
    keys = tuple(version.key for version in versions)
    resolution = min(coarse.resolution_at(zoom, version.resolution) for version in versions)

    def build() -> Prepared:
        if resolution >= min(version.resolution for version in versions):
            with service.engine.connect() as connection:
                return prepare(store.tile(connection, keys, place), MVT, coding)
        rows = _parents(service, versions, resolution).near(
            coarse.degrees(place, store.TILE_BUFFER / store.TILE_EXTENT)
        )
        with service.engine.connect() as connection:
            return prepare(store.coarse_tile(connection, keys[0].layer, place, rows), MVT, coding)

    return await service.tiles.fetch((keys, place, coding), build)


def _parents(service: Service, versions: Sequence[Version], resolution: int) -> coarse.Parents:
    keys = tuple(version.key for version in versions)
    coloured = distinct(entry["property"] for entry in versions[0].description["legend"])

    def build() -> coarse.Parents:
        return coarse.parents([service.catalogue.columns(key) for key in keys], resolution, coloured)

    return service.parents.make((keys, resolution), build)
