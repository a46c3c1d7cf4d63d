"""What a layer rests on: its card for a reader, its methods' answers for an analyst."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Query
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from aim.api import cards
from aim.api.answers import IMMUTABLE, REVALIDATE, marked, prepare
from aim.api.links import CSV, HTML, JSON
from aim.api.openapi import answers
from aim.api.parameters import CardParameters, TileParameters
from aim.api.routes.features import Layer
from aim.api.service import CardCalling, MethodCalling
from aim.api.summary import frame_members

router: Final = APIRouter(default_response_class=Response, prefix="/collections/{collectionId}")


@router.get("/card", summary="What a layer rests on", responses=answers("A card for each area", JSON, HTML))
async def card(layer: Layer, query: Annotated[CardParameters, Query()], call: CardCalling) -> Response:
    versions = await call.versions(layer, query.run)
    found = await run_in_threadpool(cards.cards, call, versions)
    if call.wants_html(query.f):
        told = versions[0].description
        return call.page("card.html", layer=layer, title=told["title"], cards=found, **frame_members(versions))
    return call.document({"marking": frame_members(versions)["marking"], "cards": found})


@router.get("/methods/{method}", summary="What a method said", responses=answers("A table as CSV", CSV))
async def method(
    layer: Layer,
    name: Annotated[str, Path(alias="method", description="A method's name, as the card lists it.")],
    query: Annotated[TileParameters, Query()],
    call: MethodCalling,
) -> Response:
    versions = await call.versions(layer, query.run)
    body = await run_in_threadpool(cards.said, call, versions, name)
    prepared = prepare(body, CSV, call.coding, marked(frame_members(versions)["marking"]))
    return call.send(prepared, REVALIDATE if query.run is None else IMMUTABLE)
