"""A published world of two study areas and layers of each kind of secrecy, and sessions of those who may read it."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import h3
import numpy as np
from sqlalchemy import Connection, Engine, insert

from aim.access.principal import Access, Principal
from aim.access.rights import write_rights
from aim.access.secrets import credential_of
from aim.db.engine import as_user, make_engine, reading
from aim.db.roles import APP, DOOR
from aim.db.tables import (
    area,
    feed,
    feed_volume,
    published_card,
    published_feature,
    published_layer,
    published_outside,
    scoring_run,
)
from aim.hotspots.grid import Grid, from_hex
from aim.hotspots.method import Scores
from aim.hotspots.store import Version, write_answers
from aim.strategy.file import made_up
from aim.strategy.store import load
from tests.api.conftest import description_of, feature_row, layer_row, polygon
from tests.keys import new_key

CELLS: Final = h3.grid_disk(h3.latlng_to_cell(54.5742, -1.2350, 9), 1)
AREAS: Final = ("here", "there")
FEEDS: Final = {"open-police": ("police", True), "police-own": ("police", False), "council-own": ("council", False)}
LAYERS: Final[dict[str, tuple[str, list[str] | None]]] = {
    "of-open-data": ("OFFICIAL", ["open-police"]),
    "of-the-police": ("OFFICIAL", ["open-police", "police-own"]),
    "of-the-council": ("OFFICIAL", ["council-own"]),
    "joint": ("OFFICIAL", ["council-own", "police-own"]),
    "sensitive": ("OFFICIAL-SENSITIVE", ["open-police"]),
    "of-before": ("OFFICIAL", None),
}
"""Marking and feeds of each; None: published before feeds were kept."""
BOTH, INSIDE, OUTSIDE = CELLS[0], CELLS[1], CELLS[2]
"""A cell that is the same in either edition, and one that only one has."""


@dataclass(frozen=True)
class Published:
    """The world, reached as its owner and as the two roles of the service."""

    owner: Engine
    app: Engine
    door: Engine

    def principal(self, access: Access) -> Principal:
        """Somebody with a key that the database knows."""
        return Principal("key:test", access, credential_of(new_key(self.owner, access)))

    @contextmanager
    def as_app(self, credential: str) -> Generator[Connection]:
        """A direct session of `aim_app`."""
        with reading(self.app, credential) as connection:
            yield connection


@contextmanager
def published(url: str) -> Generator[Published]:
    """Fill a migrated, empty database."""
    owner, app, door = make_engine(url), make_engine(as_user(url, APP)), make_engine(as_user(url, DOOR))
    write_rights(owner)
    load(owner, made_up(), "tests")
    with owner.begin() as connection:
        _fill(connection)
    yield Published(owner, app, door)
    for engine in (owner, app, door):
        engine.dispose()


def _fill(connection: Connection) -> None:
    shape = f"SRID=4326;MULTI{polygon(CELLS[0]).removeprefix('SRID=4326;').replace('((', '(((').replace('))', ')))')}"
    for name in AREAS:
        place = {"kind": "partnership", "name": name.title(), "boundary": shape}
        connection.execute(insert(area).values(id=name, **place))
    for name, (agency, is_open) in FEEDS.items():
        told = {"title": name, "delivery": "incremental", "attribution": "", "agency": agency, "open": is_open}
        connection.execute(insert(feed).values(name=name, **told))
        volume = {
            "span": "day",
            "starts": datetime(2024, 10, 1, tzinfo=UTC).date(),
            "rows": 9,
            "placed": 9,
            "mapped": 9,
        }
        connection.execute(insert(feed_volume).values(feed=name, scope="", **volume))
    for layer, (marking, feeds) in LAYERS.items():
        run = connection.execute(
            insert(scoring_run)
            .values(as_of=datetime(2024, 11, 1, tzinfo=UTC), parameters={})
            .returning(scoring_run.c.id)
        ).scalar_one()
        for name in AREAS:
            _publish(connection, run, layer, name, {"marking": marking, "feeds": feeds})


def _publish(connection: Connection, run: int, layer: str, name: str, told: dict[str, Any]) -> None:
    row = layer_row(run, layer, name, CELLS, {"marking": told["marking"]}) | told
    connection.execute(insert(published_layer).values(row))
    row["description"] = description_of(name, CELLS) | {"marking": told["marking"], "suppressed_count": 1}
    connection.execute(insert(published_outside).values(row))
    for edition, cells in (("both", [BOTH]), ("inside", [INSIDE]), ("outside", [OUTSIDE])):
        rows = [feature_row(run, layer, name, 2 - (cell == BOTH), cell) | {"edition": edition} for cell in cells]
        connection.execute(insert(published_feature), rows)
    for edition in ("inside", "outside"):
        card = {"of": {"area": name}, "edition": edition}
        connection.execute(insert(published_card).values(run=run, layer=layer, area=name, edition=edition, card=card))

    said = Scores(np.ones(1), None, None, {})
    write_answers(connection, Version(run, layer, name), "digest", Grid.of(from_hex([CELLS[0]])), {"count": said})
