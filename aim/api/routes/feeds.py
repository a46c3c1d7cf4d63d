"""The feeds and how they stand."""

from datetime import UTC, datetime, time
from typing import Annotated, Final

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from aim.api.drawing import drawing
from aim.api.feeds import FIGURES, MEANINGS, feed_document, feeds_document
from aim.api.links import HTML, JSON
from aim.api.openapi import answers
from aim.api.parameters import LOCAL, FeedsParameters
from aim.api.service import FeedCalling

router: Final = APIRouter(default_response_class=Response, prefix="/feeds")


@router.get("", summary="How the feeds stand", responses=answers("Every feed beside its limits", JSON, HTML))
def feeds(query: Annotated[FeedsParameters, Query()], call: FeedCalling) -> Response:
    as_of = _moment(query)
    found = call.service.feeds.all(call.principal, as_of)
    document = feeds_document(call.base, query, as_of, found)
    if call.wants_html(query.f):
        drawings = {each.feed: drawing(each.units[0]) for each in found if len(each.units) == 1}
        return call.page("feeds.html", **document, drawings=drawings, meanings=MEANINGS)
    return call.document(document)


@router.get("/{feed}", summary="How one feed stands", responses=answers("Periods, loads and spikes too", JSON, HTML))
def feed(
    name: Annotated[str, Path(alias="feed", description="A feed's name, as /feeds lists it.")],
    query: Annotated[FeedsParameters, Query()],
    call: FeedCalling,
) -> Response:
    as_of = _moment(query)
    found, points = call.service.feeds.one(call.principal, name, as_of)
    document = feed_document(call.base, query, as_of, found, points)
    if call.wants_html(query.f):
        return call.page("feed.html", feed=document, figures=FIGURES, drawings=[drawing(unit) for unit in found.units])
    return call.document(document)


def _moment(query: FeedsParameters) -> datetime:
    """The end of the day that was asked for, or this moment: the edge is where the clock is read."""
    return datetime.combine(query.as_of, time.max, LOCAL) if query.as_of else datetime.now(UTC)
