"""The JSON documents of OGC API Features and Tiles that are not features."""

from collections.abc import Sequence
from typing import Any, Final

from aim.api.catalogue import Snapshot
from aim.api.coarse import native_from
from aim.api.crs import CRS84, SYSTEMS
from aim.api.links import CSV, EVENTS, GEOJSON, HTML, JSON, OGC, OPENAPI, SCHEMA, address, link
from aim.api.parameters import Parameters
from aim.api.summary import collection_members, distinct, extent, frame_members
from aim.api.versions import Run, Version, last_day, rfc3339

TITLE: Final = "Active Intelligence Mapping"
DESCRIPTION: Final = (
    "Police, council and fire incidents on one map, "
    "scored and tasked in the language of the National Intelligence Model."
)
CLASSES: Final = {
    "ogcapi-features-1/1.0": ("core", "oas30", "html", "geojson"),
    "ogcapi-features-2/1.0": ("crs",),
    "ogcapi-features-3/1.0": ("queryables", "filter", "features-filter"),
    "ogcapi-features-5/1.0": (
        "schemas", "advanced-property-roles", "returnables-and-receivables", "queryables", "sortables",
    ),
    "cql2/1.0": (
        "cql2-text", "cql2-json", "basic-cql2", "advanced-comparison-operators", "case-insensitive-comparison",
        "basic-spatial-functions", "basic-spatial-functions-plus", "spatial-functions", "temporal-functions",
        "array-functions", "arithmetic",
    ),
    "ogcapi-tiles-1/1.0": ("core", "mvt"),
}  # fmt: skip
"""By standard. Each has its tests, by the numbers of the standard's own, in tests/api/conformance."""
CONFORMS_TO: Final = tuple(
    f"http://www.opengis.net/spec/{standard}/conf/{name}" for standard, names in CLASSES.items() for name in names
)
MAX_ZOOM: Final = 22
TILEJSON_MAX_ZOOM: Final = 14
"""Beyond this zoom level map clients enlarge the tiles of this one: at resolution 10 a cell spans 70 of its pixels."""

RUNS_LISTED: Final = 100


def landing(base: str) -> dict[str, Any]:
    return {
        "title": TITLE,
        "description": DESCRIPTION,
        "links": [
            link("self", address(base, f="json"), JSON, "This document"),
            link("alternate", address(base, f="html"), HTML, "This document as HTML"),
            link("service-desc", address(base, "api"), OPENAPI, "The API, for machines"),
            link("service-doc", address(base, "api.html"), HTML, "The API, for people"),
            link("conformance", address(base, "conformance"), JSON, "What the API conforms to"),
            link("data", address(base, "collections"), JSON, "The tasking layers"),
            link("related", address(base, "areas"), GEOJSON, "The study areas"),
            link("related", address(base, "feeds"), JSON, "The feeds and how they stand"),
            link("related", address(base, "strategy"), JSON, "The control strategy"),
            link("related", address(base, "events"), EVENTS, "New runs as they are published"),
            link("related", address(base, "map"), HTML, "The map"),
        ],
    }


def collections(base: str, snapshot: Snapshot) -> dict[str, Any]:
    return {
        "links": [
            link("self", address(base, "collections", f="json"), JSON, "This document"),
            link("alternate", address(base, "collections", f="html"), HTML, "This document as HTML"),
        ],
        "marking": frame_members(snapshot.versions())["marking"],
        "collections": [
            collection(base, layer, versions, snapshot.runs[layer]) for layer, versions in snapshot.layers.items()
        ],
    }


def collection(base: str, layer: str, versions: Sequence[Version], runs: Sequence[Run]) -> dict[str, Any]:
    """A layer: OGC's members, then ours."""
    told = versions[0].description
    return {
        "id": layer,
        "title": told["title"],
        "description": told["description"],
        "links": collection_links(base, layer),
        "extent": extent(versions),
        "itemType": "feature",
        "crs": list(SYSTEMS),
        "storageCrs": CRS84.uri,
        **collection_members(versions),
        "areas": [area(version) for version in versions],
        "runs": [run_member(run) for run in runs[:RUNS_LISTED]],
    }


def collection_links(base: str, layer: str) -> list[dict[str, str]]:
    path = ("collections", layer)
    return [
        link("self", address(base, *path, f="json"), JSON, "This document"),
        link("alternate", address(base, *path, f="html"), HTML, "This document as HTML"),
        link("items", address(base, *path, "items", f="json"), GEOJSON, "The hexagons as GeoJSON"),
        link("items", address(base, *path, "items", f="html"), HTML, "The hexagons as a table"),
        link("items", address(base, *path, "items", f="csv"), CSV, "The hexagons as CSV"),
        link(f"{OGC}schema", address(base, *path, "schema"), SCHEMA, "What the hexagons hold"),
        link("describedby", address(base, *path, "schema"), SCHEMA, "What the hexagons hold"),
        link(f"{OGC}queryables", address(base, *path, "queryables"), SCHEMA, "What filters may name"),
        link("queryables", address(base, *path, "queryables"), JSON, "The same, in the form of the standard's draft"),
        link(f"{OGC}sortables", address(base, *path, "sortables"), SCHEMA, "What orders may name"),
        link("about", address(base, *path, "card", f="json"), JSON, "What the layer rests on"),
        link("about", address(base, *path, "card", f="html"), HTML, "What the layer rests on, as a page"),
        link("tilejson", address(base, *path, "tilejson.json"), JSON, "The hexagons as vector tiles"),
    ]


def area(version: Version) -> dict[str, Any]:
    """Which run an area's part of the layer comes from, and the time that it scores."""
    return {
        "id": version.key.area,
        "name": version.description["area_name"],
        "run": version.key.run,
        "as_of": last_day(version.valid_to).isoformat(),
        "valid_from": rfc3339(version.valid_from),
        "valid_to": rfc3339(version.valid_to),
    }


def run_member(run: Run) -> dict[str, Any]:
    return {"run": run.id, "as_of": last_day(run.as_of).isoformat(), "published_at": rfc3339(run.published_at)}


def tilejson(base: str, layer: str, versions: Sequence[Version], query: Parameters) -> dict[str, Any]:
    """TileJSON 3.0.0. The order of the place is OGC's: row (y) before column (x)."""
    path = address(base, "collections", layer, "tiles", "WebMercatorQuad")
    members = collection_members(versions)
    return {
        "tilejson": "3.0.0",
        "name": versions[0].description["title"],
        "description": versions[0].description["description"],
        "attribution": members["attribution"],
        "tiles": [f"{path}/{{z}}/{{y}}/{{x}}" + address("", query=query)],
        "minzoom": 0,
        "maxzoom": TILEJSON_MAX_ZOOM,
        "bounds": extent(versions)["spatial"]["bbox"][0],
        "vector_layers": [_vector_layer(layer, versions)],
    }


def _vector_layer(layer: str, versions: Sequence[Version]) -> dict[str, Any]:
    native = max(version.resolution for version in versions)
    first = native_from(native)
    below = "; below, their H3 parents, each with the sum of the counts and the strongest confidence" if first else ""
    return {
        "id": layer,
        "description": f"From zoom {first} on, cells of resolution {native}{below}.",
        "minzoom": 0,
        "maxzoom": TILEJSON_MAX_ZOOM,
        "fields": _fields(versions[0].description["legend"], first),
    }


def _fields(legend: Sequence[dict[str, Any]], first: int) -> dict[str, str]:
    """The id and what the legend colours by, with a description of each; tiles may carry more."""
    coloured = distinct(entry["property"] for entry in legend)
    parents = {
        "h3_res": f"Below zoom {first}: the resolution of the parent",
        "cells": f"Below zoom {first}: how many cells of the layer lie in the parent",
    }
    return {
        "id": f"The H3 cell; from zoom {first} on, as in /items/{{id}}",
        **dict.fromkeys(coloured, "What the legend colours by"),
        **(parents if first else {}),
    }
