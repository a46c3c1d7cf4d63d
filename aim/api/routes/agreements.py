"""The information-sharing agreements, as those who answer for sharing see them."""

from datetime import UTC, datetime
from typing import Annotated, Final

from fastapi import APIRouter, Query
from starlette.responses import Response

from aim.access.agreements import agreements
from aim.api.links import JSON, address, link
from aim.api.openapi import answers
from aim.api.parameters import LOCAL, JsonParameters
from aim.api.service import AgreementCalling

router: Final = APIRouter(default_response_class=Response, prefix="/agreements")


@router.get("", summary="Information-sharing agreements", responses=answers("The last version of each", JSON))
def listed(
    query: Annotated[JsonParameters, Query()],  # noqa: ARG001  # refuses what it does not know
    call: AgreementCalling,
) -> Response:
    today = datetime.now(UTC).astimezone(LOCAL).date()
    with call.reading() as connection:
        found = [each.as_dict(today) for each in agreements(connection)]
    links = [link("self", address(call.base, "agreements"), JSON, "This document")]
    return call.document({"links": links, "agreements": found})
