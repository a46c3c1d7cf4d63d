"""Tasking layers as vector tiles, in OGC's order of a place: zoom, row, column."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from aim.api import documents, tiles
from aim.api.answers import IMMUTABLE, REVALIDATE
from aim.api.links import JSON, MVT
from aim.api.openapi import answers
from aim.api.parameters import TileParameters
from aim.api.routes.features import Layer
from aim.api.service import LayerCalling

router: Final = APIRouter(default_response_class=Response, prefix="/collections/{collectionId}")


@router.get("/tilejson.json", summary="Where a layer's tiles are", responses=answers("TileJSON 3.0.0", JSON))
async def tilejson(layer: Layer, query: Annotated[TileParameters, Query()], call: LayerCalling) -> Response:
    snapshot = await call.snapshot()
    versions = await call.versions(layer, query.run)
    return call.document(documents.tilejson(call.base, layer, versions, query), of=snapshot)


@router.get(
    "/tiles/WebMercatorQuad/{tileMatrix}/{tileRow}/{tileCol}",
    summary="One vector tile of a layer",
    responses=answers("Mapbox Vector Tile", MVT) | {204: {"description": "No cell lies in the tile"}},
)
async def tile(
    layer: Layer,
    zoom: Annotated[int, Path(alias="tileMatrix", ge=0, le=documents.MAX_ZOOM, description="Zoom level.")],
    row: Annotated[int, Path(alias="tileRow", ge=0, description="Row, counted from the north.")],
    column: Annotated[int, Path(alias="tileCol", ge=0, description="Column, counted from the west.")],
    query: Annotated[TileParameters, Query()],
    call: LayerCalling,
) -> Response:
    snapshot = await call.snapshot()
    versions = await call.versions(layer, query.run)
    found = await tiles.tile(call, versions, (zoom, row, column), call.coding)
    cache_control = REVALIDATE if query.run is None else IMMUTABLE
    return call.send(found, cache_control, of=snapshot) if found.body else Response(status_code=204)
