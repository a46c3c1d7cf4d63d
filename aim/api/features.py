"""Items as they are sent: prepared the first time they are asked for, then kept."""

import json
from collections.abc import Hashable, Sequence
from functools import partial
from typing import Any

from jinja2 import Environment
from starlette.concurrency import run_in_threadpool

from aim.api import items, summary
from aim.api.answers import Prepared, marked, prepare
from aim.api.crs import CRS84, SYSTEMS
from aim.api.item_parameters import FeatureParameters, ItemsParameters
from aim.api.links import CSV, GEOJSON
from aim.api.pages import TABLE_COLUMNS, render
from aim.api.remaking import remake
from aim.api.selecting import Source, select
from aim.api.service import Call
from aim.api.versions import Version
from aim.errors import UnknownName
from aim.layers.publishing.properties import BY_NAME
from aim.layers.publishing.tables import table


async def page(call: Call, layer: str, versions: Sequence[Version], query: ItemsParameters) -> Prepared:
    """One page of a layer's features in the format that the call wants. What a box or a filter chose is not kept:
    hardly anybody asks for the same again, and it would push out what everybody asks for.
    """
    asked = query.model_copy(update={"f": "html"}) if call.wants_html(query.f) else query
    if asked.bbox is not None or asked.filter is not None:
        return await run_in_threadpool(_build, call, layer, versions, asked)
    return await call.service.pages.fetch(_key(call, versions, asked), partial(_build, call, layer, versions, asked))


def prepare_page(call: Call, layer: str, versions: Sequence[Version], query: ItemsParameters) -> None:
    """Make a page ahead of who will ask for it; for a worker thread."""
    call.service.pages.make(_key(call, versions, query), partial(_build, call, layer, versions, query))


def _key(call: Call, versions: Sequence[Version], asked: ItemsParameters) -> Hashable:
    return (call.base, call.coding, asked, tuple(version.key for version in versions))


def _build(call: Call, layer: str, versions: Sequence[Version], asked: ItemsParameters) -> Prepared:
    chosen = [version for version in versions if version.meets(asked.datetime)]
    selected = select(_sources(call, chosen), asked)
    found = items.Page(asked, selected.bodies, selected.matched)
    match asked.f:
        case "html":
            return _table(call.service.templates, call.base, layer, versions, found, call.coding)
        case "csv":
            headers = items.csv_headers(call.base, layer, versions, found) + _marked(versions)
            names = tuple(BY_NAME) if asked.properties is None else asked.properties.names
            return prepare(table(found.bodies, names), CSV, call.coding, headers)
        case _:
            return _collection(call, layer, versions, found, selected.name)


def _collection(call: Call, layer: str, versions: Sequence[Version], found: items.Page, name: bytes) -> Prepared:
    query = found.query
    head = items.collection_head(call.base, layer, versions, found)
    headers = items.headers(call.base, layer, query) + _marked(versions)
    if query.plain:
        return prepare(items.collection_document(head, found), GEOJSON, call.coding, headers, named_by=head + name)
    remade = items.Page(query, remake(found.bodies, SYSTEMS[query.crs], query.properties), found.matched)
    return prepare(items.collection_document(head, remade), GEOJSON, call.coding, headers)


async def feature(
    call: Call, layer: str, identity: str, versions: Sequence[Version], query: FeatureParameters
) -> Prepared:
    """One feature in the format that the call wants. Raises UnknownName."""
    base, html, coding = call.base, call.wants_html(query.f), call.coding

    def build() -> Prepared:
        body = items.find_feature([source.block for source in _sources(call, versions)], identity)
        if body is None:
            raise UnknownName(f"The layer “{layer}” has no feature “{identity[:100]}”: its items list those it has.")
        if not html:
            body = body if query.crs == CRS84.uri else remake([body], SYSTEMS[query.crs], None)[0]
            document = items.feature_document(base, layer, identity, body, query)
            return prepare(document, GEOJSON, coding, items.headers(base, layer, query) + _marked(versions))
        links = items.feature_links(base, layer, identity, query, html=True)
        shown = _shown(base, layer, versions, links)
        return render(call.service.templates, "item.html", shown | {"feature": json.loads(body)}, coding)

    key = (base, html, coding, query, identity, tuple(version.key for version in versions))
    return await call.service.pages.fetch(key, build)


def _table(
    templates: Environment, base: str, layer: str, versions: Sequence[Version], found: items.Page, coding: str
) -> Prepared:
    shown = _shown(base, layer, versions, items.page_links(base, layer, versions, found))
    shown |= {"features": [json.loads(body) for body in found.bodies], "columns": TABLE_COLUMNS, "page": found}
    return render(templates, "items.html", shown, coding)


def _marked(versions: Sequence[Version]) -> tuple[tuple[str, str], ...]:
    return marked(summary.frame_members(versions)["marking"])


def _shown(base: str, layer: str, versions: Sequence[Version], links: list[dict[str, str]]) -> dict[str, Any]:
    """What each page of features says of the layer."""
    return {
        "base": base,
        "layer": layer,
        "title": versions[0].description["title"],
        "links": {link["rel"]: link["href"] for link in links},
        "others": [link for link in links if link["rel"] == "alternate"],
        **summary.frame_members(versions),
    }


def _sources(call: Call, versions: Sequence[Version]) -> list[Source]:
    catalogue = call.service.catalogue
    return [
        Source(catalogue.block(call.principal, version.key), partial(catalogue.columns, call.principal, version.key))
        for version in versions
    ]
