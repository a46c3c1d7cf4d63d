"""The landing page, what the API conforms to and how it is described, health, and the map."""

from typing import Annotated, Final

from fastapi import APIRouter, Query
from starlette.responses import Response

from aim.api import documents
from aim.api.links import HTML, JSON, OPENAPI, TEXT
from aim.api.openapi import answers, describe
from aim.api.pages import home_layers
from aim.api.parameters import DocumentParameters, JsonParameters
from aim.api.service import Calling, LayerCalling, MetricsCalling
from aim.api.summary import frame_members
from aim.db.engine import check

router: Final = APIRouter(default_response_class=Response)


@router.get("/", summary="Landing page", responses=answers("Links to the rest", JSON, HTML))
async def landing(query: Annotated[DocumentParameters, Query()], call: Calling) -> Response:
    if call.wants_html(query.f):
        snapshot = await call.snapshot()
        return call.page("home.html", layers=home_layers(snapshot), **frame_members(snapshot.versions()))
    return call.document(documents.landing(call.base))


@router.get("/conformance", summary="Conformance", responses=answers("Classes of requirements met", JSON))
async def conformance(query: Annotated[JsonParameters, Query()], call: Calling) -> Response:  # noqa: ARG001  # refuses others
    return call.document({"conformsTo": documents.CONFORMS_TO})


@router.get("/api", summary="This description", responses=answers("OpenAPI 3.0", OPENAPI))
async def api(query: Annotated[JsonParameters, Query()], call: Calling) -> Response:  # noqa: ARG001  # refuses others
    return call.document(describe(call.request.app, call.base), OPENAPI)


@router.get("/api.html", include_in_schema=False)
async def api_page(call: Calling) -> Response:
    return call.page("api.html")


@router.get("/map", include_in_schema=False)
async def map_page(call: LayerCalling) -> Response:
    return call.page("map.html", basemap_style=call.service.settings.basemap_style)


@router.get("/health/live", summary="Whether the service runs", responses=answers("It runs", JSON))
async def live(call: Calling) -> Response:
    return call.document({"status": "live", "version": call.request.app.version})


@router.get("/health/ready", summary="Whether the database answers", responses=answers("It answers", JSON))
def ready(call: Calling) -> Response:
    check(call.service.engine)
    return call.document({"status": "ready", "version": call.request.app.version})


@router.get("/metrics", summary="Metrics for Prometheus", responses=answers("Prometheus text, or OpenMetrics", TEXT))
def metrics(call: MetricsCalling) -> Response:
    body, media_type = call.service.metrics.exposed(call.request.headers.get("accept", ""), call.principal)
    return Response(body, headers={"Content-Type": media_type, "Cache-Control": "no-store", "Vary": "Accept"})
