"""The control strategy over HTTP: what a body says, and the documents."""

import json
from typing import Any, Final

from starlette.requests import Request

from aim.api.links import HTML, JSON, address, link
from aim.errors import UsageError
from aim.strategy.schema import Strategy, checked, parse
from aim.strategy.store import Version

TOML: Final = "application/toml"
WHERE: Final = "The body"
BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "description": "A whole control strategy.",
        "content": {TOML: {"schema": {"type": "string"}}, JSON: {"schema": {"type": "object"}}},
    }
}
"""Of the route that takes one, in OpenAPI's words: it is read by hand, for it comes in two formats."""


async def strategy_of(request: Request) -> Strategy:
    """The strategy in a body of TOML or JSON, which `Limits` has held to its size.

    Raises UsageError and WrongStrategy.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in (TOML, JSON):
        raise UsageError(f"Say with Content-Type what the body is: {TOML} or {JSON}.")
    try:
        text = (await request.body()).decode("utf-8")
        return parse(text, WHERE) if media_type == TOML else checked(json.loads(text), WHERE)
    except UnicodeDecodeError as error:
        raise UsageError("The body is not UTF-8: send it as UTF-8.") from error
    except (ValueError, RecursionError) as error:  # figures without end and brackets without end among them
        raise UsageError(f"The body is not JSON: {error}.") from error


def strategy_document(base: str, found: Version | None) -> dict[str, Any]:
    """A version, and where the others are; one without priorities where none is loaded yet."""
    here = address(base, "strategy")
    if found is None:
        links = [link("version-history", address(base, "strategy", "versions"), JSON, "All versions")]
        return {"version": None, "priorities": [], "intelligence_requirements": [], "links": links}
    links = [
        link("self", f"{here}?version={found.version}&f=json", JSON, "This version"),
        link("alternate", f"{here}?version={found.version}&f=html", HTML, "This version as HTML"),
        link("version-history", address(base, "strategy", "versions"), JSON, "All versions"),
    ]
    return found.as_dict() | {"links": links}


def versions_document(base: str, found: list[Version]) -> dict[str, Any]:
    """All versions, the current one first."""
    here = address(base, "strategy")
    listed = [
        each.heading() | {"links": [link("item", f"{here}?version={each.version}&f=json", JSON, each.strategy.title)]}
        for each in found
    ]
    return {"versions": listed, "links": [link("self", address(base, "strategy", "versions"), JSON, "This document")]}
