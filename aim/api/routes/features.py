"""Tasking layers as OGC API Features."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from aim.api import documents, features
from aim.api.answers import IMMUTABLE, REVALIDATE
from aim.api.links import GEOJSON, HTML, JSON
from aim.api.openapi import answers
from aim.api.parameters import DocumentParameters, FeatureParameters, ItemsParameters
from aim.api.service import Calling
from aim.api.summary import frame_members

router: Final = APIRouter(default_response_class=Response, prefix="/collections")
Layer = Annotated[str, Path(description="A layer's id, as /collections lists it.")]


@router.get("", summary="The tasking layers", responses=answers("All published layers", JSON, HTML))
async def collections(query: Annotated[DocumentParameters, Query()], call: Calling) -> Response:
    snapshot = await call.service.catalogue.snapshot()
    document = documents.collections(call.base, snapshot)
    if call.wants_html(query.f):
        return call.page("collections.html", **document, **frame_members(snapshot.versions()))
    return call.document(document)


@router.get("/{layer}", summary="One layer", responses=answers("What the layer shows, and how", JSON, HTML))
async def collection(layer: Layer, query: Annotated[DocumentParameters, Query()], call: Calling) -> Response:
    snapshot = await call.service.catalogue.snapshot()
    document = documents.collection(call.base, layer, snapshot.layer(layer), snapshot.runs[layer])
    if call.wants_html(query.f):
        return call.page("collection.html", collection=document)
    return call.document(document)


@router.get("/{layer}/items", summary="Hexagons of a layer", responses=answers("One page, by rank", GEOJSON, HTML))
async def items(layer: Layer, query: Annotated[ItemsParameters, Query()], call: Calling) -> Response:
    versions = await call.service.catalogue.versions(layer, query.run)
    page = await features.page(call, layer, versions, query)
    return call.send(page, REVALIDATE if query.run is None else IMMUTABLE)


@router.get("/{layer}/items/{id}", summary="One hexagon", responses=answers("The hexagon", GEOJSON, HTML))
async def item(
    layer: Layer,
    identity: Annotated[str, Path(alias="id", description="The H3 cell in hexadecimal.")],
    query: Annotated[FeatureParameters, Query()],
    call: Calling,
) -> Response:
    versions = await call.service.catalogue.versions(layer, query.run)
    feature = await features.feature(call, layer, identity, versions, query)
    return call.send(feature, REVALIDATE if query.run is None else IMMUTABLE)
