"""What the features of a layer hold, as JSON Schema: all of it (part 5), and what filters and orders may name (part 3).

Both are written from aim/layers/publishing/properties.py, which features are made by.
"""

from collections.abc import Callable, Iterable
from typing import Any, Final

from aim.api.links import address
from aim.layers.publishing.properties import PROPERTIES, Kind, Property

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
GEOMETRY: Final = "geometry"
TYPES: Final[dict[Kind, dict[str, Any]]] = {
    Kind.TEXT: {"type": "string"},
    Kind.INTEGER: {"type": "integer"},
    Kind.NUMBER: {"type": "number"},
    Kind.DATE: {"type": "string", "format": "date"},
    Kind.TEXTS: {"type": "array", "items": {"type": "string"}},
    Kind.OBJECT: {"type": "object"},
}
OUTLINE: Final = {"title": "Outline of the cell", "format": "geometry-polygon", "x-ogc-role": "primary-geometry"}


def schema(base: str, layer: str, title: str) -> dict[str, Any]:
    """Every property of the layer's features, null where it may be."""
    return _document(base, layer, "schema", title, PROPERTIES, returned) | {"required": ["h3", "rank"]}


def queryables(base: str, layer: str, title: str) -> dict[str, Any]:
    """The properties that a filter may name: those with values to compare, and the outline."""
    chosen = [each for each in PROPERTIES if each.queryable]
    return _document(base, layer, "queryables", title, chosen, compared) | {"additionalProperties": False}


def draft_queryables() -> dict[str, Any]:
    """The list of the standard's draft: GDAL asks for it, and passes filters on to a server that has one."""
    return {
        "queryables": [{"id": each.name, "type": TYPES[each.kind]["type"]} for each in PROPERTIES if each.queryable]
    }


def sortables(base: str, layer: str, title: str) -> dict[str, Any]:
    """The properties that features may be ordered by: those with one value."""
    document = _document(base, layer, "sortables", title, filter(sortable, PROPERTIES), compared)
    del document["properties"][GEOMETRY]
    return document | {"additionalProperties": False}


def sortable(each: Property) -> bool:
    return each.queryable and each.kind is not Kind.TEXTS


def _document(
    base: str,
    layer: str,
    name: str,
    title: str,
    chosen: Iterable[Property],
    member: Callable[[Property], dict[str, Any]],
) -> dict[str, Any]:
    members = {each.name: member(each) | {"x-ogc-propertySeq": place} for place, each in enumerate(chosen, 1)}
    return {
        "$schema": DIALECT,
        "$id": address(base, "collections", layer, name),
        "type": "object",
        "title": title,
        "properties": {GEOMETRY: OUTLINE, **members},
    }


def returned(each: Property) -> dict[str, Any]:
    """A property as it is served."""
    found = compared(each)
    if not each.nullable:
        return found
    if "enum" in found:
        found["enum"] = [*found["enum"], None]
    return found | {"type": [found["type"], "null"]}


def compared(each: Property) -> dict[str, Any]:
    """A property as a filter sees it; none of its values is null then."""
    found = {"title": each.title, **TYPES[each.kind]}
    if each.name == "h3":
        found["x-ogc-role"] = "id"
    if each.unit is not None:
        found["x-ogc-unit"] = each.unit
    if each.words and each.kind is Kind.TEXT:
        found["enum"] = list(each.words)
    if each.words and each.kind is Kind.TEXTS:
        found["items"] = {"type": "string", "enum": list(each.words)}
    return found
