"""Tasking layers as OGC API Features."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from aim.api import documents, features, schemas
from aim.api.answers import IMMUTABLE, REVALIDATE
from aim.api.item_parameters import FeatureParameters, ItemsParameters
from aim.api.links import CSV, GEOJSON, HTML, JSON, SCHEMA
from aim.api.openapi import answers
from aim.api.parameters import DocumentParameters, JsonParameters
from aim.api.service import LayerCalling
from aim.api.summary import frame_members

router: Final = APIRouter(default_response_class=Response, prefix="/collections")
Layer = Annotated[str, Path(alias="collectionId", description="A layer's id, as /collections lists it.")]


@router.get("", summary="The tasking layers", responses=answers("All published layers", JSON, HTML))
async def collections(query: Annotated[DocumentParameters, Query()], call: LayerCalling) -> Response:
    snapshot = await call.snapshot()
    document = documents.collections(call.base, snapshot)
    if call.wants_html(query.f):
        return call.page("collections.html", **(document | frame_members(snapshot.versions())))
    return call.document(document, of=snapshot)


@router.get("/{collectionId}", summary="One layer", responses=answers("What the layer shows, and how", JSON, HTML))
async def collection(layer: Layer, query: Annotated[DocumentParameters, Query()], call: LayerCalling) -> Response:
    snapshot = await call.snapshot()
    document = documents.collection(call.base, layer, snapshot.layer(layer), snapshot.runs[layer])
    if call.wants_html(query.f):
        return call.page("collection.html", collection=document)
    return call.document(document, of=snapshot)


@router.get("/{collectionId}/schema", summary="What features hold", responses=answers("JSON Schema", SCHEMA))
async def schema(layer: Layer, query: Annotated[JsonParameters, Query()], call: LayerCalling) -> Response:  # noqa: ARG001  # refuses others
    snapshot = await call.snapshot()
    return call.document(schemas.schema(call.base, layer, snapshot.title(layer)), SCHEMA, of=snapshot)


@router.get(
    "/{collectionId}/queryables", summary="What filters may name", responses=answers("JSON Schema", SCHEMA, JSON)
)
async def queryables(layer: Layer, query: Annotated[JsonParameters, Query()], call: LayerCalling) -> Response:  # noqa: ARG001  # refuses others
    snapshot = await call.snapshot()
    document = schemas.queryables(call.base, layer, snapshot.title(layer))
    if call.wants_plain_json:
        return call.document(document | schemas.draft_queryables(), of=snapshot)
    return call.document(document, SCHEMA, of=snapshot)


@router.get("/{collectionId}/sortables", summary="What orders may name", responses=answers("JSON Schema", SCHEMA))
async def sortables(layer: Layer, query: Annotated[JsonParameters, Query()], call: LayerCalling) -> Response:  # noqa: ARG001  # refuses others
    snapshot = await call.snapshot()
    return call.document(schemas.sortables(call.base, layer, snapshot.title(layer)), SCHEMA, of=snapshot)


@router.get(
    "/{collectionId}/items", summary="Hexagons of a layer", responses=answers("One page, by rank", GEOJSON, HTML, CSV)
)
async def items(layer: Layer, query: Annotated[ItemsParameters, Query()], call: LayerCalling) -> Response:
    snapshot = await call.snapshot()
    versions = await call.versions(layer, query.run)
    call.service.habits.note(call.request.scope, layer)
    page = await features.page(call, layer, versions, query)
    return call.send(page, REVALIDATE if query.run is None else IMMUTABLE, of=snapshot)


@router.get("/{collectionId}/items/{id}", summary="One hexagon", responses=answers("The hexagon", GEOJSON, HTML))
async def item(
    layer: Layer,
    identity: Annotated[str, Path(alias="id", description="The H3 cell in hexadecimal.")],
    query: Annotated[FeatureParameters, Query()],
    call: LayerCalling,
) -> Response:
    snapshot = await call.snapshot()
    versions = await call.versions(layer, query.run)
    feature = await features.feature(call, layer, identity, versions, query)
    return call.send(feature, REVALIDATE if query.run is None else IMMUTABLE, of=snapshot)
