"""Addresses and link objects. The base is the one the client used, so links work behind any name and prefix."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, urlencode

from aim.api.parameters import Parameters

JSON: Final = "application/json"
GEOJSON: Final = "application/geo+json"
HTML: Final = "text/html"
CSV: Final = "text/csv"
SCHEMA: Final = "application/schema+json"
EVENTS: Final = "text/event-stream"
OGC: Final = "http://www.opengis.net/def/rel/ogc/1.0/"
"""Link relations that OGC has defined begin so."""
MVT: Final = "application/vnd.mapbox-vector-tile"
TEXT: Final = "text/plain"
OPENAPI: Final = "application/vnd.oai.openapi+json;version=3.0"


def address(base: str, *segments: str, query: Parameters | None = None, **changes: Any) -> str:
    """`base` (ending in a slash), path segments, and the parameters that are not at their default, some changed."""
    path = "/".join(quote(segment, safe="") for segment in segments)
    pairs = {name: str(value) for name, value in (changes if query is None else given(query, changes)).items()}
    return f"{base}{path}" + (f"?{urlencode(pairs, safe=',:/')}" if pairs else "")


def given(query: Parameters, changes: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters in their own order, so that the same question always has the same address."""
    fields = type(query).model_fields
    changed = query.model_copy(update=changes)
    return {fields[name].alias or name: value for name, value in changed if value != fields[name].default}


def link(rel: str, href: str, media_type: str, title: str) -> dict[str, str]:
    return {"rel": rel, "href": href, "type": media_type, "title": title}
