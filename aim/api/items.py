"""Pages of features, spliced from texts that were finished when they were published."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from aim.api import crs
from aim.api.blocks import Block
from aim.api.item_parameters import FeatureParameters, ItemsParameters
from aim.api.links import CSV, GEOJSON, HTML, JSON, OGC, SCHEMA, address, link
from aim.api.summary import distinct, feature_members
from aim.api.versions import Version, rfc3339

FORMATS: Final = {"json": GEOJSON, "html": HTML, "csv": CSV}
TITLES: Final = {"json": "as GeoJSON", "html": "as a table to read", "csv": "as CSV"}


@dataclass(frozen=True)
class Page:
    """The features of one request: `bodies` are finished GeoJSON, `matched` counts what all pages hold together."""

    query: ItemsParameters
    bodies: Sequence[bytes]
    matched: int

    @property
    def next_offset(self) -> int | None:
        after = self.query.offset + len(self.bodies)
        return after if self.bodies and after < self.matched else None

    @property
    def previous_offset(self) -> int | None:
        return max(0, self.query.offset - self.query.limit) if self.query.offset else None


def collection_head(base: str, layer: str, versions: Sequence[Version], page: Page) -> bytes:
    """All of the FeatureCollection but its features. `versions` are all of the layer, also those that the query's time
    leaves out."""
    head = {
        "type": "FeatureCollection",
        "numberMatched": page.matched,
        "numberReturned": len(page.bodies),
        "timeStamp": _time_stamp(versions),
        "truncated": page.next_offset is not None,
        "caveats": [*_cut_short(page), *crs.caveats(crs.SYSTEMS[page.query.crs])],
        "runs": {version.key.area: version.key.run for version in versions},
        "links": page_links(base, layer, versions, page),
        **feature_members(versions),
    }
    return _encoded(head)


def collection_document(head: bytes, page: Page) -> bytes:
    """Joined once, for a copy of megabytes takes as long as finding what is in it."""
    texts = [*page.bodies] or [b""]
    texts[0] = head[:-1] + b',"features":[' + texts[0]
    texts[-1] += b"]}"
    return b",".join(texts)


def _cut_short(page: Page) -> list[str]:
    if page.next_offset is None:
        return []
    return [f"Only {len(page.bodies):,} of {page.matched:,} features are in this answer: follow the link “next”."]


def headers(base: str, layer: str, query: FeatureParameters | ItemsParameters) -> tuple[tuple[str, str], ...]:
    """What features are sent with: the system of their coordinates, and where to learn what filters may name."""
    queryables = address(base, "collections", layer, "queryables")
    return (
        ("Content-Crs", f"<{query.crs}>"),
        ("Link", f'<{queryables}>; rel="{OGC}queryables"; type="{SCHEMA}"'),
    )


def csv_headers(base: str, layer: str, versions: Sequence[Version], page: Page) -> tuple[tuple[str, str], ...]:
    """What a table cannot say itself: how much there is, where the rest is, whose data they are."""
    links = [f'<{each["href"]}>; rel="{each["rel"]}"; type="{each["type"]}"'
             for each in page_links(base, layer, versions, page) if each["rel"] in ("next", "prev")]  # fmt: skip
    counts = (("OGC-NumberMatched", str(page.matched)), ("OGC-NumberReturned", str(len(page.bodies))))
    name = ("Content-Disposition", 'attachment; filename="hexagons.csv"')
    return (*counts, name, *((("Link", ", ".join(links)),) if links else ()))


def page_links(base: str, layer: str, versions: Sequence[Version], page: Page) -> list[dict[str, str]]:
    """`self`, `alternate`, `collection`, and the neighbouring pages in the format of this one.

    Neighbours name the run where all areas come from one, so that a reader who is half-way through when the next run
    is published still gets each feature once.
    """
    runs = distinct(version.key.run for version in versions)
    run = runs[0] if len(runs) == 1 else page.query.run
    own = page.query.f or "json"

    def to(rel: str, title: str, f: str, **changes: int | None) -> dict[str, str]:
        href = address(base, "collections", layer, "items", query=page.query, f=f, **changes)
        return link(rel, href, FORMATS[f], title)

    found = [to("self", "This page", own)]
    found += [to("alternate", f"This page {title}", other) for other, title in TITLES.items() if other != own]
    found.append(link("collection", address(base, "collections", layer), JSON, "The layer"))
    if page.next_offset is not None:
        found.append(to("next", "The next page", own, offset=page.next_offset, run=run))
    if page.previous_offset is not None:
        found.append(to("prev", "The page before", own, offset=page.previous_offset, run=run))
    return found


def find_feature(blocks: Sequence[Block], identity: str) -> bytes | None:
    """A feature's text. Where areas overlap and both hold the cell, the first area's is taken."""
    return next((body for block in blocks if (body := block.feature(identity)) is not None), None)


def feature_document(base: str, layer: str, identity: str, body: bytes, query: FeatureParameters) -> bytes:
    """The published feature with links to itself and to its layer."""
    return body.rstrip()[:-1] + b',"links":' + _encoded(feature_links(base, layer, identity, query)) + b"}"


def feature_links(
    base: str, layer: str, identity: str, query: FeatureParameters, *, html: bool = False
) -> list[dict[str, str]]:
    path = ("collections", layer, "items", identity)
    own, other = ("html", "json") if html else ("json", "html")
    return [
        link("self", address(base, *path, query=query, f=own), FORMATS[own], "This feature"),
        link(
            "alternate", address(base, *path, query=query, f=other), FORMATS[other], "This feature in the other format"
        ),
        link("collection", address(base, "collections", layer), JSON, "The layer"),
    ]


def _time_stamp(versions: Sequence[Version]) -> str:
    """When the newest version was published: its features were finished then, and the same answer keeps its ETag."""
    return rfc3339(max(version.key.published_at for version in versions))


def _encoded(value: Mapping[str, Any] | Sequence[Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
