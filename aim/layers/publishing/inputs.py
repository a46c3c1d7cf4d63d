"""What a layer is made from, as one digest: where it is the same as last time, so is the layer."""

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Final

import polars as pl
import shapely
from sqlalchemy import Connection, select

import aim
from aim.areas import Area
from aim.db.tables import feed
from aim.hotspots.harm.weights import Weights
from aim.hotspots.record import Record
from aim.hotspots.run import Question
from aim.layers.publishing.layer import Layer

MADE_BY: Final = ("hotspots", "layers", "strategy", "vocabulary", "ingest/health")
"""Rooms of the program whose code decides what a layer says."""


def inputs_of(
    connection: Connection,
    layer: Layer,
    question: Question,
    record: Record,
    wards: list[Area],
    weights: Weights | None,
    strategy: str | None,
) -> str:
    """A SHA-256 of the incidents' versions, links, places, weights and settings that the layer depends on, and of the
    program itself. `strategy` is the digest of the control strategy in force.
    """
    holding = record.rows.group_by("feed").agg(pl.col("category").cast(pl.String).is_in(layer.categories).any())
    feeds = set(holding.filter("category")["feed"].cast(pl.String))
    known = connection.execute(select(feed.c.name, feed.c.attribution).order_by(feed.c.name)).all()
    parts = (
        program(),
        repr(layer),
        repr(question),
        record.until.isoformat(),
        [(area.id, area.name, shapely.to_wkb(area.boundary, hex=True)) for area in (record.area, *wards)],
        [(name, month.isoformat(), version) for name, month, version in record.versions if name in feeds],
        record.links.rows(),
        [(row.name, row.attribution) for row in known if row.name in feeds],
        None if weights is None or weights.signature is None else weights.signature.sha256,
        strategy,
    )
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


@cache
def program() -> str:
    """A digest of the code and the data files that decide what a layer says."""
    root = Path(aim.__file__).parent
    files = sorted(file for room in MADE_BY for file in (root / room).rglob("*") if file.suffix in (".py", ".toml"))
    told = hashlib.sha256()
    for file in files:
        told.update(f"{file.relative_to(root)}\0".encode() + file.read_bytes())
    return told.hexdigest()
