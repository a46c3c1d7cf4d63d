"""The study areas."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from aim.api import store
from aim.api.answers import prepare
from aim.api.areas import areas_document
from aim.api.links import GEOJSON
from aim.api.openapi import answers
from aim.api.parameters import AreasParameters, JsonParameters
from aim.api.service import LayerCalling
from aim.errors import UnknownName

router: Final = APIRouter(default_response_class=Response, prefix="/areas")


@router.get("", summary="The study areas", responses=answers("One page, boundaries simplified", GEOJSON))
def areas(query: Annotated[AreasParameters, Query()], call: LayerCalling) -> Response:
    with call.reading() as connection:
        matched, page = store.areas(connection, query.kind, query.limit, query.offset)
    return call.send(prepare(areas_document(call.base, query, matched, page), GEOJSON, call.coding))


@router.get("/{id}", summary="One study area", responses=answers("The area with its whole boundary", GEOJSON))
def area(
    identity: Annotated[str, Path(alias="id", description="An area's id, as /areas lists it.")],
    query: Annotated[JsonParameters, Query()],  # noqa: ARG001  # refuses what it does not know
    call: LayerCalling,
) -> Response:
    with call.reading() as connection:
        found = store.area_feature(connection, identity)
    if found is None:
        raise UnknownName(f"There is no area “{identity[:100]}”: /areas lists those there are.")
    return call.send(prepare(found.encode(), GEOJSON, call.coding))
