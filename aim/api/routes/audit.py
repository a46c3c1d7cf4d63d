"""The log, for who may read it; that they did is a line of it, too."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from aim.api.links import HTML, JSON, address, link
from aim.api.openapi import answers
from aim.api.parameters import AuditParameters
from aim.api.service import AuditCalling
from aim.audit.log import Action
from aim.audit.reading import SUBJECT, Wanted, newest

router: Final = APIRouter(default_response_class=Response)


@router.get("/audit", summary="What was done and who looked", responses=answers("The newest lines first", JSON, HTML))
async def audit(query: Annotated[AuditParameters, Query()], call: AuditCalling) -> Response:
    await call.look(SUBJECT)
    wanted = Wanted(query.actor, query.subject, query.action)
    lines = await run_in_threadpool(newest, call.service.door, wanted, query.limit, query.before)
    links = _links(call.base, query, lines)
    if call.wants_html(query.f):
        hrefs = {each["rel"]: each["href"] for each in links}
        return call.page("audit.html", lines=lines, links=hrefs, query=query, actions=list(Action))
    return call.document({"links": links, "lines": lines})


def _links(base: str, query: AuditParameters, lines: list[dict[str, Any]]) -> list[dict[str, str]]:
    found = [
        link("self", address(base, "audit", query=query, f="json"), JSON, "This page"),
        link("alternate", address(base, "audit", query=query, f="html"), HTML, "This page as HTML"),
    ]
    if len(lines) == query.limit:
        older = address(base, "audit", query=query, before=lines[-1]["id"])
        found.append(link("next", older, HTML if query.f == "html" else JSON, "Older lines"))
    return found
