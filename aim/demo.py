"""The main job on the made-up samples: areas, strategy, feeds, a scoring run, and a look at what a client gets."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.error import HTTPError
from urllib.request import urlopen

from sqlalchemy import Engine, select

from aim.api.app import create_app
from aim.api.server import running
from aim.areas import load_areas, slug
from aim.db.tables import published_layer
from aim.errors import AimError, SetupError
from aim.ingest.load import feed_named, ingest
from aim.ingest.report import Report, total
from aim.ingest.source import payloads
from aim.layers.publishing.current import current_layers
from aim.layers.publishing.publish import publish
from aim.settings import Settings
from aim.strategy.file import made_up
from aim.strategy.store import load
from aim.vocabulary.kinds import AreaKind

SAMPLES: Final = Path(__file__).resolve().parents[1] / "data" / "samples"
PARTNERSHIP: Final = "Made-up town"
FEEDS: Final = (
    ("police-uk-street", "police"),
    ("open311", "council"),
    ("lfb-incidents", "fire"),
    ("police-offending-places", "feeds/police-offending-places"),
)
AS_OF: Final = datetime(2026, 10, 1, tzinfo=UTC)
"""The day after the last one in the samples: a date after it is one that somebody mistyped."""


def prepare(engine: Engine, say: Callable[[str], None]) -> list[str]:
    """Load the samples and publish the layers, unless that was done before; returns the layers' ids.

    Loading again changes nothing, so an interrupted first run is simply finished.
    """
    if not _published(engine):
        load_samples(engine, say)
        run = publish(engine, area=slug(PARTNERSHIP))
        hot = "; ".join(f"{p.id} {p.significant} hot of {p.cells} cells" for p in run.layers)
        say(f"Scored as of {run.as_of}: {hot}")
    return [layer["id"] for layer in current_layers(engine)]


def load_samples(engine: Engine, say: Callable[[str], None]) -> None:
    """The made-up town's wards, control strategy and feeds. Raises SetupError where the program runs without them."""
    if not SAMPLES.is_dir():
        raise SetupError(f"The samples are not in {SAMPLES}: run the demo from a checkout of the project.")
    load_areas(engine, SAMPLES / "areas" / "wards.geojson", AreaKind.WARD, partnership=PARTNERSHIP)
    load(engine, made_up(), "demo")
    for name, folder in FEEDS:
        say(_sentence(_load(engine, name, SAMPLES / folder)))


def _published(engine: Engine) -> bool:
    """Whether the made-up town is published; a real partnership in the same database is not the demo's."""
    here = select(published_layer.c.run).where(published_layer.c.area == slug(PARTNERSHIP)).limit(1)
    with engine.connect() as connection:
        return connection.execute(here).first() is not None


def _load(engine: Engine, name: str, folder: Path) -> Report:
    feed = feed_named(name)
    return total(name, [ingest(engine, feed, payload, AS_OF) for payload in payloads([folder])])


def _sentence(report: Report) -> str:
    counts = f"{report.read:,} rows read, {report.rejected:,} rejected, {report.without_location:,} without a place"
    return f"{report.feed}: {counts}"


def run_once(settings: Settings, engine: Engine, say: Callable[[str], None]) -> str:
    """Serve, ask for the map, a layer and a tile as a client would, and stop; returns the address that answered.

    Raises AimError where one of them does not answer as it should.
    """
    with running(create_app(engine, settings), settings.host, settings.port) as url:
        page, script = _get(f"{url}/map"), _get(f"{url}/static/map.js")
        layer = _json(f"{url}/collections?f=json")["collections"][0]["id"]
        items = _json(f"{url}/collections/{layer}/items?f=json&limit=5")
        tile = _get(f"{url}/collections/{layer}/tiles/WebMercatorQuad/{_tile_of(items['features'][0])}")
    if not (b"map.js" in page and script and tile):
        raise AimError("The service answers, but the map or the tile is empty: run `aim doctor`.")
    say(f"{url}/map, {layer} ({items['numberMatched']} hexagons) and a tile of {len(tile):,} bytes answered")
    return url


def _tile_of(feature: dict[str, Any], zoom: int = 11) -> str:
    """The z/row/column of the Web Mercator tile that holds a feature's first corner."""
    from math import asinh, pi, radians, tan

    longitude, latitude = feature["geometry"]["coordinates"][0][0]
    side = 2**zoom
    column = int((longitude + 180) / 360 * side)
    row = int((1 - asinh(tan(radians(latitude))) / pi) / 2 * side)
    return f"{zoom}/{row}/{column}"


def _get(url: str) -> bytes:
    try:
        with urlopen(url, timeout=60) as answer:  # noqa: S310  # our own server, which `running` has just started
            return answer.read()
    except HTTPError as error:
        raise AimError(f"{url} answered {error.code} {error.reason}: run `aim doctor`.") from error


def _json(url: str) -> dict[str, Any]:
    return json.loads(_get(url))
