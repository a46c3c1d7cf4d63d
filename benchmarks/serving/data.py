"""The hexagons that all servers have: as a plain table, and published as a scoring run publishes."""

import json
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import h3
import numpy as np
import polars as pl
from sqlalchemy import Engine, text

from aim.access import keys
from aim.access.principal import Access
from aim.access.rights import write_rights
from aim.access.roles import Role
from aim.db import cluster, migrate
from aim.db.bulk import copy_data, copy_frame, encode
from aim.db.engine import make_engine
from aim.db.tables import published_feature

HEXAGONS: Final = 50_000
TILE: Final = (9, 168, 253)
"""Zoom, row and column of a tile over the middle of the hexagons."""

TABLE: Final = """
CREATE TABLE hexagon (
    id text PRIMARY KEY, rank integer, h3 text, h3_res integer, area_id text, area_name text, level text, strand text,
    tactical_option text, rank_change integer, score double precision, z double precision, p_adjusted double precision,
    confidence text, count_total integer, count_police integer, count_council integer, count_fire integer,
    expected double precision, change integer, rationale text, lead_agency text, plan_owner text, valid_from text,
    valid_to text, review_at text, status text, marking text, handling_code text, geom geometry(Polygon, 4326)
)
"""
PUBLISH: Final = """
INSERT INTO scoring_run (as_of, parameters) VALUES ('2024-11-01Z', '{}');
INSERT INTO published_layer
SELECT max(id), 'hexagon', 'midlands', 8, '2023-11-01Z', '2024-11-01Z', CAST(:description AS jsonb) FROM scoring_run
"""
INDEX: Final = "CREATE INDEX ON hexagon USING gist (geom); CREATE INDEX ON hexagon (rank); ANALYZE"
DESCRIPTION: Final = {
    "title": "Hexagons", "description": "Made up.", "marking": "OFFICIAL", "handling": "P", "made_up": True,
    "parameters": {"h3_res": 8}, "data_cutoff": {"police": "2024-10-31", "council": None, "fire": None},
    "feeds_late": [], "suppressed_count": 0, "attribution": "None.", "caveats": [], "cells": HEXAGONS,
    "incidents": 250_000, "significant": 900, "area_name": "Midlands", "bbox": [-4, 51, 0, 54], "legend": [],
}  # fmt: skip


def analyst_key(engine: Engine) -> str:
    """The secret of a key, so that rights are worked out as for any client."""
    write_rights(engine)
    with engine.begin() as connection:
        return keys.create(connection, "benchmark", Access(Role.ANALYST), "benchmarks", datetime.now(UTC))


@contextmanager
def temporary_cluster() -> Generator[str]:
    """The URL of a new cluster's database with our tables, all of them empty."""
    home = Path(tempfile.mkdtemp(prefix="aim-serving-", dir="/tmp"))
    home.chmod(0o755)
    try:
        url = cluster.up(home).url
        engine = make_engine(url)
        migrate.upgrade(engine)
        engine.dispose()
        yield url
    finally:
        cluster.down(home)
        shutil.rmtree(home)


def fill(engine: Engine) -> None:
    rows = hexagons()
    with engine.begin() as connection:
        connection.execute(text(TABLE))
        copy_data(connection, "hexagon", encode(rows))
        for statement in PUBLISH.split(";"):
            connection.execute(text(statement), {"description": json.dumps(DESCRIPTION)})
        run = connection.scalar(text("SELECT max(id) FROM scoring_run"))
        copy_frame(connection, published_feature, publication(rows).with_columns(run=pl.lit(run)))
        for statement in INDEX.split(";"):
            connection.execute(text(statement))


def publication(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows of `published_feature`, written as a scoring run writes them, with every property in the tile too."""
    features = list(rows.drop("geom").iter_rows(named=True))
    return pl.DataFrame(
        {
            "layer": "hexagon",
            "area": "midlands",
            "rank": rows["rank"],
            "id": rows["id"],
            "body": [feature(properties) for properties in features],
            "tile": [json.dumps(properties) for properties in features],
            "boundary": rows["geom"],
        }
    )


def feature(properties: dict[str, Any]) -> str:
    corners = [[round(lng, 6), round(lat, 6)] for lat, lng in h3.cell_to_boundary(properties["id"])]
    geometry = {"type": "Polygon", "coordinates": [[*corners, corners[0]]]}
    members = {"type": "Feature", "id": properties["id"], "geometry": geometry, "properties": properties}
    return json.dumps(members, separators=(",", ":"))


def hexagons() -> pl.DataFrame:
    """Made-up hexagons at resolution 8 in the Midlands, with the scalar properties of a tasking feature."""
    random = np.random.default_rng(0)
    cells = sorted(h3.grid_disk(h3.latlng_to_cell(52.5, -1.9, 8), 130))[:HEXAGONS]
    counts = random.poisson(5, (3, HEXAGONS))
    fixed = {"h3_res": 8, "area_id": "midlands", "area_name": "Central", "level": "L1", "strand": "prevention",
             "tactical_option": "manage_hotspots", "lead_agency": "police", "plan_owner": "Neighbourhood inspector",
             "valid_from": "2024-11-01", "valid_to": "2024-11-15", "review_at": "2024-11-15", "status": "proposed",
             "marking": "OFFICIAL", "handling_code": "P"}  # fmt: skip
    return pl.DataFrame(
        {
            "id": cells,
            "h3": cells,
            "rank": np.arange(1, HEXAGONS + 1),
            "rank_change": random.integers(-50, 50, HEXAGONS),
            "score": random.uniform(0, 50, HEXAGONS).round(2),
            "z": random.normal(0, 1.5, HEXAGONS).round(4),
            "p_adjusted": random.uniform(0, 1, HEXAGONS).round(4),
            "confidence": random.choice(["99 %", "95 %", "not significant"], HEXAGONS),
            "count_total": counts.sum(axis=0),
            **dict(zip(("count_police", "count_council", "count_fire"), counts, strict=True)),
            "expected": random.uniform(0, 9, HEXAGONS).round(2),
            "change": random.integers(-9, 9, HEXAGONS),
            "rationale": [f"{n} incidents in twelve months, 3.1 times the average cell." for n in counts.sum(axis=0)],
            "geom": [outline(cell) for cell in cells],
        }
    ).with_columns(pl.lit(value).alias(name) for name, value in fixed.items())


def outline(cell: str) -> str:
    corners = [f"{lng:.6f} {lat:.6f}" for lat, lng in h3.cell_to_boundary(cell)]
    return f"SRID=4326;POLYGON(({','.join([*corners, corners[0]])}))"
