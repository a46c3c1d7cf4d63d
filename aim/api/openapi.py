"""The API's description: OpenAPI 3.0, the version that OGC's conformance class names."""

from typing import Any, Final

from fastapi import FastAPI
from fastapi.routing import APIRoute

from aim.api.links import CSV, EVENTS, GEOJSON, HTML, JSON, OPENAPI, SCHEMA, TEXT
from aim.api.problems import PROBLEM

VERSION: Final = "3.0.3"
PROBLEM_SCHEMA: Final = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "description": "What kind of problem, for programs."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What happened and what to do, for people."},
        "instance": {"type": "string"},
        "parameter": {"type": "string", "description": "The parameter at fault."},
    },
}


def answers(description: str, *media_types: str) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route: 200 in these media types, and a problem for all else, a page to who reads pages."""
    content = {media_type: {"schema": _schema(media_type)} for media_type in media_types}
    told = {PROBLEM: {"schema": PROBLEM_SCHEMA}, HTML: {"schema": _schema(HTML)}}
    problem = {"description": "A problem (RFC 9457)", "content": told}
    return {200: {"description": description, "content": content}, "default": problem}


def operation_id(route: APIRoute) -> str:
    return route.name


def describe(app: FastAPI, base: str) -> dict[str, Any]:
    """The document as served: FastAPI writes 3.1 but for what is mended here."""
    document = app.openapi()
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    for parameter in (each for operation in operations for each in operation.get("parameters", [])):
        if parameter["schema"].get("type") == "array":
            parameter |= {"style": "form", "explode": False}
    components = {"components": {}}  # holds only the classes that parameters are parsed into: no client sees them
    return document | components | {"servers": [{"url": base.rstrip("/") or "/"}]}


def _schema(media_type: str) -> dict[str, str]:
    if media_type in (JSON, GEOJSON, OPENAPI, SCHEMA):
        return {"type": "object"}
    return {"type": "string"} if media_type in (HTML, TEXT, CSV, EVENTS) else {"type": "string", "format": "binary"}
