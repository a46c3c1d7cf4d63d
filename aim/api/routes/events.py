"""News as they happen."""

from typing import Annotated, Final

from fastapi import APIRouter, Header
from starlette.responses import Response, StreamingResponse

from aim.api.edge import is_head
from aim.api.links import EVENTS
from aim.api.openapi import answers
from aim.api.service import LayerCalling

router: Final = APIRouter(default_response_class=Response)
HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


@router.get("/events", summary="New runs as they are published", responses=answers("Server-sent events", EVENTS))
async def events(
    call: LayerCalling,
    last_event_id: Annotated[str, Header(description="The last run that the client has heard of.")] = "",
) -> Response:
    if is_head(call.request):
        return Response(media_type=EVENTS, headers=HEADERS)
    last = int(last_event_id) if last_event_id.isascii() and last_event_id.isdigit() else None
    return StreamingResponse(call.service.events.stream(call.principal, last), media_type=EVENTS, headers=HEADERS)
