"""Items as they are sent: prepared the first time they are asked for, then kept."""

import json
from collections.abc import Sequence
from typing import Any

from jinja2 import Environment

from aim.api import items, summary
from aim.api.answers import Prepared, prepare
from aim.api.links import GEOJSON
from aim.api.pages import TABLE_COLUMNS, render
from aim.api.parameters import FeatureParameters, ItemsParameters
from aim.api.service import Call
from aim.api.versions import Block, Version
from aim.errors import UnknownName


async def page(call: Call, layer: str, versions: Sequence[Version], query: ItemsParameters) -> Prepared:
    """One page of a layer's features in the format that the call wants."""
    base, html = call.base, call.wants_html(query.f)

    def build() -> Prepared:
        chosen = [version for version in versions if version.meets(query.datetime)]
        cut = items.Page.cut(_blocks(call, chosen), query)
        if not html:
            return prepare(items.collection_document(base, layer, versions, cut), GEOJSON)
        return _table(call.service.templates, base, layer, versions, cut)

    key = (base, html, query, tuple(version.key for version in versions))
    return await call.service.pages.fetch(key, build)


async def feature(
    call: Call, layer: str, identity: str, versions: Sequence[Version], query: FeatureParameters
) -> Prepared:
    """One feature in the format that the call wants. Raises UnknownName."""
    base, html = call.base, call.wants_html(query.f)

    def build() -> Prepared:
        body = items.find_feature(_blocks(call, versions), identity)
        if body is None:
            raise UnknownName(f"The layer “{layer}” has no feature “{identity[:100]}”: its items list those it has.")
        if not html:
            return prepare(items.feature_document(base, layer, identity, body, query), GEOJSON)
        links = items.feature_links(base, layer, identity, query, html=True)
        shown = _shown(base, layer, versions, links)
        return render(call.service.templates, "item.html", shown | {"feature": json.loads(body)})

    key = (base, html, query, identity, tuple(version.key for version in versions))
    return await call.service.pages.fetch(key, build)


def _table(templates: Environment, base: str, layer: str, versions: Sequence[Version], cut: items.Page) -> Prepared:
    shown = _shown(base, layer, versions, items.page_links(base, layer, versions, cut, html=True))
    features = [json.loads(body) for body in cut.bodies]
    return render(templates, "items.html", shown | {"features": features, "columns": TABLE_COLUMNS, "page": cut})


def _shown(base: str, layer: str, versions: Sequence[Version], links: list[dict[str, str]]) -> dict[str, Any]:
    """What each page of features says of the layer."""
    return {
        "base": base,
        "layer": layer,
        "title": versions[0].description["title"],
        "links": {link["rel"]: link["href"] for link in links},
        **summary.frame_members(versions),
    }


def _blocks(call: Call, versions: Sequence[Version]) -> list[Block]:
    return [call.service.catalogue.block(version.key) for version in versions]
