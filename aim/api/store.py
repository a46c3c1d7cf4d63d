"""The statements: what is published, read in the versions that a request may see."""

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import Any, Final

from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    LargeBinary,
    Row,
    Select,
    Text,
    cast,
    func,
    select,
    text,
    tuple_,
)

from aim.access.roles import Edition
from aim.api.blocks import Row as Feature
from aim.api.versions import Key, Run, Version
from aim.db.tables import area, published_feature, scoring_run
from aim.layers.publishing.export import VERSIONS

AT_ONCE: Final = 2_000
"""Features read at a time, so that a version is not in memory twice while it is read."""

TILE_EXTENT: Final = 4096
TILE_BUFFER: Final = 64
"""Tile units drawn beyond the edge, so that outlines have no seams."""

TILE: Final = text(
    """
    WITH square AS (SELECT ST_TileEnvelope(:zoom, :column, :row) AS mercator),
    cells AS MATERIALIZED ( -- else each shape would be cut twice: once to see whether it is NULL
        SELECT ST_AsMVTGeom(ST_Transform(boundary, 3857), mercator, :extent, :buffer) AS geometry,
               tile || jsonb_build_object('id', id) AS properties
        FROM published_feature, square
        WHERE boundary && ST_Transform(ST_Expand(mercator, :margin), 4326)
          AND edition IN ('both', :edition)
          AND layer = :layer AND (run, area) IN (SELECT * FROM unnest(CAST(:runs AS bigint[]), CAST(:areas AS text[])))
    )
    SELECT ST_AsMVT(cells, :layer, :extent, 'geometry') FROM cells WHERE geometry IS NOT NULL
    """
)
COARSE_TILE: Final = text(
    """
    WITH square AS (SELECT ST_TileEnvelope(:zoom, :column, :row) AS mercator),
    cells AS MATERIALIZED (
        SELECT ST_AsMVTGeom(ST_Transform(ST_GeomFromWKB(outline, 4326), 3857), mercator, :extent, :buffer) AS geometry,
               CAST(told AS jsonb) AS properties
        FROM unnest(CAST(:outlines AS bytea[]), CAST(:properties AS text[])) AS rows (outline, told), square
    )
    SELECT ST_AsMVT(cells, :layer, :extent, 'geometry') FROM cells WHERE geometry IS NOT NULL
    """
)
WORLD_METRES: Final = 40_075_016.68557849
"""Width of zoom level 0 in EPSG:3857."""

AREA_TOLERANCE: Final = 0.0001
"""Degrees (about 10 m) by which the boundaries of a list of areas are simplified."""


def rights(connection: Connection) -> str | None:
    """All that the database grants to who asks; None to nobody. It changes when an agreement ends."""
    return connection.scalar(text("SELECT CAST(a AS text) FROM aim_access() AS a"))


def current_keys(connection: Connection, edition: Edition) -> list[Key]:
    """For each layer and area the version of the greatest run, ordered by layer and area."""
    table = VERSIONS[edition].c
    latest = (
        select(table.layer, table.area, func.max(table.run).label("run")).group_by(table.layer, table.area).subquery()
    )
    keys = select(latest, scoring_run.c.published_at).join(scoring_run, scoring_run.c.id == latest.c.run)
    return sorted(_key(row, edition) for row in connection.execute(keys))


def versions(connection: Connection, keys: Collection[Key], edition: Edition) -> list[Version]:
    """The versions of these keys, ordered by layer and area."""
    table = VERSIONS[edition].c
    return _read(connection, edition, tuple_(table.layer, table.area, table.run).in_([key[:3] for key in keys]))


def versions_of_run(connection: Connection, layer: str, run: int, edition: Edition) -> list[Version]:
    """What one run published of a layer, ordered by area; empty where it published nothing."""
    table = VERSIONS[edition].c
    return _read(connection, edition, table.layer == layer, table.run == run)


def runs(connection: Connection, edition: Edition) -> dict[str, list[Run]]:
    """The runs that can be read, by layer, the newest first."""
    table = VERSIONS[edition].c
    published = select(table.layer, scoring_run.c.id, scoring_run.c.as_of, scoring_run.c.published_at)
    rows = connection.execute(
        published.join(scoring_run, scoring_run.c.id == table.run)
        .distinct()
        .order_by(table.layer, scoring_run.c.id.desc())
    )
    found: dict[str, list[Run]] = {}
    for row in rows:
        found.setdefault(row.layer, []).append(Run(row.id, _utc(row.as_of), _utc(row.published_at)))
    return found


def features(connection: Connection, key: Key) -> Iterator[Sequence[Feature]]:
    """All features of a version in parts: those of both editions, then those of its own, each in the order of ids.

    Two statements, because an index gives the order within one edition, and a sort of whole texts would go to disk.
    """
    table = published_feature.c
    of_version = [table[name] == getattr(key, name) for name in ("run", "layer", "area")]
    query = select(table.rank, table.id, table.body, _wkb(table.boundary)).where(*of_version).order_by(table.id)
    for edition in (Edition.BOTH, key.edition):
        rows = connection.execute(query.where(table.edition == edition), execution_options={"yield_per": AT_ONCE})
        yield from rows.partitions()


def tile(connection: Connection, keys: Sequence[Key], place: tuple[int, int, int]) -> bytes:
    """A Mapbox Vector Tile of versions of one layer at (zoom, row, column) of WebMercatorQuad; empty without cells."""
    return connection.scalar(TILE, tile_parameters(keys, place)) or b""


def coarse_tile(
    connection: Connection, layer: str, place: tuple[int, int, int], rows: Sequence[tuple[bytes, str]]
) -> bytes:
    """The same of rows that are not in the database: outlines (WKB, EPSG:4326), each with its properties as JSON."""
    zoom, row, column = place
    parameters = {
        "zoom": zoom, "row": row, "column": column, "extent": TILE_EXTENT, "buffer": TILE_BUFFER, "layer": layer,
        "outlines": [outline for outline, _ in rows], "properties": [told for _, told in rows],
    }  # fmt: skip
    return connection.scalar(COARSE_TILE, parameters) or b""


def tile_parameters(keys: Sequence[Key], place: tuple[int, int, int]) -> dict[str, Any]:
    zoom, row, column = place
    margin = WORLD_METRES / 2**zoom * TILE_BUFFER / TILE_EXTENT
    return {
        "zoom": zoom, "row": row, "column": column, "margin": margin, "extent": TILE_EXTENT, "buffer": TILE_BUFFER,
        "layer": keys[0].layer, "edition": keys[0].edition,
        "runs": [key.run for key in keys], "areas": [key.area for key in keys],
    }  # fmt: skip


def areas(connection: Connection, kind: str | None, limit: int, offset: int) -> tuple[int, list[str]]:
    """How many areas there are of a kind, and one page of them as GeoJSON features with simplified boundaries."""
    chosen = [] if kind is None else [area.c.kind == kind]
    matched = connection.scalar(select(func.count()).select_from(area).where(*chosen)) or 0
    outline = func.ST_Multi(func.ST_SimplifyPreserveTopology(area.c.boundary, AREA_TOLERANCE))
    page = _area_features(outline).where(*chosen).order_by(area.c.kind, area.c.id).limit(limit).offset(offset)
    return matched, list(connection.scalars(page))


def area_feature(connection: Connection, identity: str) -> str | None:
    """One area as a GeoJSON feature with its whole boundary."""
    return connection.scalar(_area_features(area.c.boundary).where(area.c.id == identity))


def _area_features(boundary: ColumnElement[Any]) -> Select[str]:
    named = {name: area.c[name] for name in ("id", "kind", "name", "partnership", "repaired", "made_up")}
    feature = func.json_build_object(
        "type", "Feature", "id", area.c.id,
        "geometry", cast(func.ST_AsGeoJSON(boundary, 6), JSON),
        "properties", func.json_build_object(*chain.from_iterable(named.items())),
    )  # fmt: skip
    return select(cast(feature, Text))


def _read(connection: Connection, edition: Edition, *chosen: ColumnElement[bool]) -> list[Version]:
    table = VERSIONS[edition].c
    names = ("layer", "area", "run", "resolution", "valid_from", "valid_to", "description")
    query = select(*(table[name] for name in names), scoring_run.c.published_at).where(*chosen)
    rows: Sequence[Row[Any]] = connection.execute(query.join(scoring_run, scoring_run.c.id == table.run)).all()
    return sorted((_version(row, edition) for row in rows), key=lambda version: version.key)


def _version(row: Row[Any], edition: Edition) -> Version:
    return Version(_key(row, edition), row.resolution, _utc(row.valid_from), _utc(row.valid_to), row.description)


def _key(row: Row[Any], edition: Edition) -> Key:
    return Key(row.layer, row.area, row.run, _utc(row.published_at), edition)


def _wkb(boundary: ColumnElement[Any]) -> ColumnElement[bytes]:
    return func.ST_AsBinary(boundary, type_=LargeBinary)


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)
