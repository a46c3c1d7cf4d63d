"""The control strategy: read by those who task, set by those who may."""

from typing import Annotated, Final

from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from aim.api.links import HTML, JSON
from aim.api.openapi import answers
from aim.api.parameters import JsonParameters, StrategyParameters
from aim.api.service import StrategyCalling, StrategyWriting
from aim.api.strategy import BODY, strategy_document, strategy_of, versions_document
from aim.strategy import store
from aim.vocabulary.categories import categories

router: Final = APIRouter(default_response_class=Response, prefix="/strategy")


@router.get("", summary="The control strategy", responses=answers("A version of it", JSON, HTML))
def strategy(query: Annotated[StrategyParameters, Query()], call: StrategyCalling) -> Response:
    with call.service.engine.connect() as connection:
        current = next(iter(store.versions(connection)), None)
        found = current if query.version is None else store.version_of(connection, query.version)
    document = strategy_document(call.base, found)
    if call.wants_html(query.f):
        titles = {name: category.title for name, category in categories().items()}
        return call.page("strategy.html", strategy=document, current=current and current.version, titles=titles)
    return call.document(document)


@router.get("/versions", summary="Its versions", responses=answers("All, the current one first", JSON))
def versions(
    query: Annotated[JsonParameters, Query()],  # noqa: ARG001  # refuses what it does not know
    call: StrategyCalling,
) -> Response:
    with call.service.engine.connect() as connection:
        return call.document(versions_document(call.base, store.versions(connection)))


@router.put("", summary="Set the control strategy", responses=answers("What was loaded", JSON), openapi_extra=BODY)
async def set_strategy(
    query: Annotated[JsonParameters, Query()],  # noqa: ARG001  # refuses what it does not know
    call: StrategyWriting,
) -> Response:
    wanted = await strategy_of(call.request)
    loaded = await run_in_threadpool(store.load, call.service.engine, wanted, call.principal.name)
    return call.document(loaded.as_dict())
