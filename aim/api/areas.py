"""The documents of the study areas."""

import json
from collections.abc import Sequence

from aim.api.links import GEOJSON, address, link
from aim.api.parameters import AreasParameters
from aim.api.store import AREA_TOLERANCE


def areas_document(base: str, query: AreasParameters, matched: int, features: Sequence[str]) -> bytes:
    """A page of areas. Their boundaries are simplified for drawing, and the document says by how much."""
    head = {
        "type": "FeatureCollection",
        "numberMatched": matched,
        "numberReturned": len(features),
        "simplified_by_degrees": AREA_TOLERANCE,
        "links": areas_links(base, query, matched),
    }
    return f'{json.dumps(head)[:-1]},"features":[{",".join(features)}]}}'.encode()


def areas_links(base: str, query: AreasParameters, matched: int) -> list[dict[str, str]]:
    offsets = {"self": query.offset}
    if query.offset + query.limit < matched:
        offsets["next"] = query.offset + query.limit
    if query.offset:
        offsets["prev"] = max(0, query.offset - query.limit)
    return [
        link(rel, address(base, "areas", query=query, offset=offset), GEOJSON, f"Areas from number {offset + 1}")
        for rel, offset in offsets.items()
    ]
