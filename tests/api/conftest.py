"""A service over a small published world, and a way to publish more."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import h3
import numpy as np
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, func, insert, select
from starlette.testclient import TestClient

from aim.api.app import create_app
from aim.api.catalogue import LIFETIME
from aim.db.tables import area, feed, published_feature, published_layer, scoring_run
from aim.hotspots.grid import Grid, from_hex
from aim.hotspots.method import Scores
from aim.hotspots.store import Version, write_answers
from aim.settings import Settings
from tests.keys import bearer, everybody, new_key

CENTRE = h3.latlng_to_cell(54.5742, -1.2350, 9)
CELLS = h3.grid_disk(CENTRE, 3)
"""37 hexagons round Middlesbrough."""

OVER_THERE = h3.grid_disk(h3.latlng_to_cell(53.4084, -2.9916, 9), 1)
"""7 hexagons in Liverpool."""

VALID_FROM = datetime(2023, 11, 1, tzinfo=UTC)
VALID_TO = datetime(2024, 11, 1, tzinfo=UTC)


class Clock:
    """Stands still until a test moves it."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds

    def pass_on(self) -> None:
        """Let a look at the versions grow old."""
        self.seconds += LIFETIME


class World:
    """Publishes as a scoring run does: one run, all its rows in one transaction."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def publish(self, layer: str, areas: dict[str, Sequence[str]], **told: Any) -> int:
        """Publish cells by area, ranked in the order given; `told` overrides what the layer says. Gives the run."""
        with self.engine.begin() as connection:
            run = {"as_of": VALID_TO, "parameters": {}}
            number = connection.execute(insert(scoring_run).values(run).returning(scoring_run.c.id)).scalar_one()
            for name, cells in areas.items():
                version = layer_row(number, layer, name, cells, told)
                connection.execute(insert(published_layer).values(version))
                if cells:
                    rows = [feature_row(number, layer, name, *ranked) for ranked in enumerate(cells, 1)]
                    connection.execute(insert(published_feature), rows)
        return number

    def add_feed(self, name: str) -> None:
        """A feed of which no rows are there yet."""
        with self.engine.begin() as connection:
            told = {"title": name.title(), "agency": "council", "delivery": "incremental", "attribution": ""}
            connection.execute(insert(feed).values(name=name, **told))

    def add_answer(self, layer: str, method: str) -> None:
        """What a method said of each version of a layer: a score of 1 in one cell."""
        grid = Grid.of(from_hex([CENTRE]))
        said = Scores(np.ones(1), None, None, {})
        with self.engine.begin() as connection:
            rows = connection.execute(select(published_layer).where(published_layer.c.layer == layer)).all()
            for row in rows:
                write_answers(connection, Version(row.run, row.layer, row.area), "digest", grid, {method: said})

    def add_area(self, identity: str, kind: str, cell: str) -> None:
        """An area in the shape of one cell."""
        shape = func.ST_Multi(func.ST_GeomFromEWKT(polygon(cell)))
        with self.engine.begin() as connection:
            connection.execute(insert(area).values(id=identity, kind=kind, name=f"Area {identity}", boundary=shape))


def layer_row(run: int, layer: str, name: str, cells: Sequence[str], told: dict[str, Any]) -> dict[str, Any]:
    times = {"valid_from": VALID_FROM, "valid_to": VALID_TO}
    times |= {name: told[name] for name in times if name in told}
    description = description_of(name, cells) | {key: told[key] for key in told if key not in times}
    return {"run": run, "layer": layer, "area": name, "resolution": 9, "description": description, **times}


def description_of(name: str, cells: Sequence[str]) -> dict[str, Any]:
    return {
        "title": "All crime",
        "description": "Where recorded crime gathers.",
        "marking": "OFFICIAL",
        "handling": "P",
        "made_up": False,
        "parameters": {"h3_res": 9, "k": 1, "p_adjust": "fdr_bh"},
        "data_cutoff": {"police": "2024-10-31", "council": None, "fire": "2024-10-30"},
        "feeds_late": [],
        "suppressed_count": 0,
        "attribution": "Contains public sector information.",
        "caveats": ["Locations are approximate."],
        "cells": len(cells) + 100,
        "incidents": 10 * len(cells),
        "significant": 1,
        "area_name": name.title(),
        "bbox": [-1.3, 54.5, -1.1, 54.6] if name != "liverpool" else [-3.1, 53.3, -2.8, 53.5],
        "legend": [{"property": "confidence", "value": "99 %", "label": "Hot", "colour": "#99000d"}],
    }


def feature_row(run: int, layer: str, name: str, rank: int, cell: str) -> dict[str, Any]:
    properties = {"h3": cell, "rank": rank, "area_name": name, "confidence": "99 %", "count_total": 50 - rank}
    properties |= {"rationale": f"Ranked {rank} of <b>all</b> & more.", "top_categories": ["Burglary", "Robbery"]}
    properties |= {
        "h3_res": 9,
        "rank_change": None if rank % 3 == 0 else rank % 5 - 2,
        "expected": round(rank / 4, 2),
        "caveats": ["=1+1"] if rank == 1 else [],
        "hotspot_class": ("new", "persistent")[rank % 2],
        "valid_from": f"2024-11-{1 + rank % 28:02}",
        "valid_to": f"2024-12-{1 + rank % 28:02}",
        "lead_agency": "police",
        "supporting_agencies": [] if rank % 2 else ["council", "fire"],
    }
    feature = {"type": "Feature", "id": cell, "geometry": geometry(cell), "properties": properties}
    return {
        "run": run,
        "layer": layer,
        "area": name,
        "rank": rank,
        "id": cell,
        "body": json.dumps(feature),
        "tile": {"rank": rank, "confidence": "99 %"},
        "boundary": polygon(cell),
    }


def ring(cell: str) -> list[list[float]]:
    corners = [[round(lng, 6), round(lat, 6)] for lat, lng in h3.cell_to_boundary(cell)]
    return [*corners, corners[0]]


def geometry(cell: str) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [ring(cell)]}


def polygon(cell: str) -> str:
    return f"SRID=4326;POLYGON(({','.join(f'{x} {y}' for x, y in ring(cell))}))"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def world(engine: Engine) -> World:
    return World(engine)


@pytest.fixture
def app(engine: Engine, clock: Clock) -> FastAPI:
    return create_app(engine, Settings(requests_per_second=0), clock)


@pytest.fixture
def open_app(engine: Engine, clock: Clock) -> FastAPI:
    """The same for clients that send no key: what they ask counts as an analyst's."""
    return create_app(engine, Settings(), clock, everybody=everybody(engine))


@pytest.fixture
def client(app: FastAPI, engine: Engine) -> Iterator[TestClient]:
    """A client, with an analyst's key, of a service that has published nothing yet."""
    with TestClient(app, headers=bearer(new_key(engine))) as client:
        yield client


@pytest.fixture
def published(world: World, client: TestClient) -> TestClient:
    """A client of a service with one layer of 37 hexagons in Middlesbrough and 7 in Liverpool."""
    world.publish("all-crime", {"middlesbrough": CELLS, "liverpool": OVER_THERE})
    return client
