"""Study areas: the polygons a partnership answers for. Scoring runs over all of a partnership's area."""

import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import shapely
from geoalchemy2.shape import from_shape, to_shape
from sqlalchemy import Connection, Engine, delete, func, select
from sqlalchemy.dialects.postgresql import insert as upsert

from aim.audit.log import Action, operator, record
from aim.db.tables import area
from aim.errors import UnknownName, UnreadableFile, UsageError
from aim.vocabulary.kinds import AreaKind

if TYPE_CHECKING:
    import geopandas as gpd

ID_FIELD = re.compile(r"^(id|code|.*(cd|code))$", re.IGNORECASE)
NAME_FIELD = re.compile(r"^(name|.*(nm|name))$", re.IGNORECASE)
EARTH = (180.0, 90.0, 180.0, 90.0)
"""Degrees of longitude and latitude, twice: no bound is farther from zero."""
TRUE = ("true", "1")


@dataclass(frozen=True)
class Area:
    """An area and its boundary (degrees, EPSG:4326)."""

    id: str
    kind: AreaKind
    name: str
    partnership: str | None
    repaired: bool
    made_up: bool
    boundary: shapely.MultiPolygon


@dataclass(frozen=True)
class Loaded:
    """What a load of areas did: ids loaded, ids of repaired boundaries, features left out and why."""

    areas: list[str]
    repaired: list[str]
    rejected: list[str]
    partnership: str | None

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON objects know it."""
        return asdict(self)


def load_areas(
    engine: Engine,
    file: Path,
    kind: AreaKind,
    id_field: str | None = None,
    name_field: str | None = None,
    partnership: str | None = None,
) -> Loaded:
    """Load areas from GeoJSON, GeoPackage or Shapefile, any CRS; the same id again replaces the area.

    With `partnership`, the areas join the partnership of that name, whose boundary is the union of its areas; without,
    they stay in the one they are in. Invalid polygons are repaired and named. Raises UnreadableFile or UsageError;
    nothing is then changed.
    """
    joined = slug(partnership) if partnership else None
    if joined == "":
        raise UsageError(f"The partnership's name {partnership!r} needs a letter from a to z or a figure.")
    frame = _read(file)
    ids, names = _field(frame, id_field, ID_FIELD, "--id-field"), _field(frame, name_field, NAME_FIELD, "--name-field")
    found, rejected = _areas(frame, ids, names, kind, joined)
    if not found:
        raise UnreadableFile(f"{file.name} holds no usable polygon: {'; '.join(rejected) or 'it is empty'}.")
    with engine.begin() as connection:
        changed = _partnerships_of(connection, [a.id for a in found])
        if joined and partnership:
            changed[joined] = partnership
        _store(connection, found)
        _renew(connection, changed)
        told = {"file": file.name, "kind": kind.value, "areas": len(found), "partnership": joined}
        record(connection, Action.ALTERATION, operator(), "areas", told)
    return Loaded([a.id for a in found], [a.id for a in found if a.repaired], rejected, joined)


def read_boundary(file: Path) -> shapely.MultiPolygon:
    """The union of all polygons of a GeoJSON, GeoPackage or Shapefile, in degrees; nothing is stored.

    Raises UnreadableFile where there is none.
    """
    shapes = [polygons(shape) for shape in _read(file).geometry]
    union = polygons(shapely.union_all(shapes))
    if union.is_empty:
        raise UnreadableFile(f"{file.name} holds no usable polygon.")
    return union


def slug(name: str) -> str:
    """A name as an id: lower case, words joined by hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _read(file: Path) -> "gpd.GeoDataFrame":
    """The file as a frame in degrees. The libraries for it are slow to import, and few commands load areas."""
    import geopandas as gpd
    from pyogrio.errors import DataLayerError, DataSourceError
    from pyproj.exceptions import CRSError

    if not file.is_file():
        raise UnreadableFile(f"{file} is not there, or is not a file.")
    try:
        frame = cast(object, gpd.read_file(file, layer=_layer(file), on_invalid="ignore"))
    except (DataSourceError, DataLayerError, ValueError) as error:
        raise UnreadableFile(
            f"{file.name} is no GeoJSON, GeoPackage or Shapefile that can be read ({error})."
        ) from error
    if not isinstance(frame, gpd.GeoDataFrame) or frame.empty:
        raise UnreadableFile(f"{file.name} holds no areas.")
    if frame.crs is None:
        raise UnreadableFile(
            f"{file.name} does not say its coordinate reference system: add one, for example a .prj file."
        )
    try:
        frame = frame.to_crs(4326)
    except CRSError as error:
        raise UnreadableFile(f"The coordinates of {file.name} cannot be brought to WGS84 ({error}).") from error
    if (abs(frame.total_bounds) > EARTH).any():
        raise UnreadableFile(
            f"Coordinates of {file.name} lie outside the earth. If they are eastings and northings, the file has to "
            "say so: save it again with its coordinate reference system."
        )
    return frame


def _layer(file: Path) -> str | None:
    from pyogrio import list_layers

    layers = [str(name) for name, shapes in list_layers(file) if shapes is not None]
    if len(layers) > 1:
        raise UnreadableFile(f"{file.name} holds several layers ({', '.join(layers)}): save one to a file of its own.")
    return layers[0] if layers else None


def _field(frame: "gpd.GeoDataFrame", wanted: str | None, pattern: re.Pattern[str], option: str) -> str:
    columns = [str(column) for column in frame.columns if column != frame.geometry.name]
    if wanted is not None and wanted not in columns:
        raise UsageError(f"There is no field {wanted!r}. The fields are: {', '.join(columns)}.")
    likely = [wanted] if wanted else [column for column in columns if pattern.match(column)]
    if not likely:
        raise UsageError(f"Which field to use is not clear: give {option}. The fields are: {', '.join(columns)}.")
    return likely[0]


def _areas(
    frame: "gpd.GeoDataFrame", ids: str, names: str, kind: AreaKind, partnership: str | None
) -> tuple[list[Area], list[str]]:
    found: dict[str, Area] = {}
    rejected: list[str] = []
    made_up = _texts(frame, "made_up") if "made_up" in frame else [""] * len(frame)
    texts = _texts(frame, ids), _texts(frame, names), made_up
    for key, name, fictional, shape in zip(*texts, frame.geometry, strict=True):
        boundary = polygons(shape)
        if not key or boundary.is_empty:
            rejected.append(f"{key or 'a feature'}: {'no id' if not key else 'no polygon'}")
        elif key in found:
            rejected.append(f"{key}: the id appears twice")
        else:
            repaired = not shapely.is_valid(shape)
            found[key] = Area(key, kind, name or key, partnership, repaired, fictional.lower() in TRUE, boundary)
    return list(found.values()), rejected


def _texts(frame: "gpd.GeoDataFrame", field: str) -> list[str]:
    """A field as text, "" where there is nothing; whole numbers that a gap has made fractions are whole again."""
    return frame[field].convert_dtypes().astype("string").fillna("").str.strip().tolist()


def polygons(shape: shapely.Geometry | None) -> shapely.MultiPolygon:
    """The polygons of a shape, made valid; empty where it has none."""
    if shape is None:
        return shapely.MultiPolygon()
    parts = shapely.get_parts(shapely.force_2d(shapely.make_valid(shape)))
    flat = [p for part in parts for p in shapely.get_parts(part) if isinstance(p, shapely.Polygon)]
    return shapely.MultiPolygon(flat)


def _partnerships_of(connection: Connection, members: list[str]) -> dict[str, str]:
    """The names of the partnerships that areas are in, by id."""
    whole = area.alias()
    query = select(whole.c.id, whole.c.name).join(area, area.c.partnership == whole.c.id).where(area.c.id.in_(members))
    return {row.id: row.name for row in connection.execute(query)}


def _renew(connection: Connection, partnerships: dict[str, str]) -> None:
    """Make each partnership the union of its areas; one that all its areas have left is gone."""
    for identity, name in partnerships.items():
        if members := areas(connection, partnership=identity):
            boundary = polygons(shapely.union_all([member.boundary for member in members]))
            made_up = any(member.made_up for member in members)
            _store(connection, [Area(identity, AreaKind.PARTNERSHIP, name, None, False, made_up, boundary)])
        else:
            connection.execute(delete(area).where(area.c.id == identity))


def _store(connection: Connection, found: list[Area]) -> None:
    rows = [_columns(a) | {"boundary": from_shape(a.boundary, srid=4326)} for a in found]
    statement = upsert(area)
    changed: dict[str, Any] = {c.name: statement.excluded[c.name] for c in area.columns if not c.primary_key}
    changed["partnership"] = func.coalesce(statement.excluded.partnership, area.c.partnership)
    connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=changed), rows)


def _columns(a: Area) -> dict[str, Any]:
    names = ("id", "kind", "name", "partnership", "repaired", "made_up")
    return {name: getattr(a, name) for name in names}


def areas(
    connection: Connection, kind: AreaKind | None = None, partnership: str | None = None, identity: str | None = None
) -> list[Area]:
    """The stored areas by id, narrowed by kind, partnership or id."""
    query = select(area).order_by(area.c.id)
    for column, value in ((area.c.kind, kind), (area.c.partnership, partnership), (area.c.id, identity)):
        if value is not None:
            query = query.where(column == value)
    return [
        Area(
            row["id"], AreaKind(row["kind"]), row["name"], row["partnership"], row["repaired"], row["made_up"],
            shapely.MultiPolygon(shapely.get_parts(to_shape(row["boundary"]))),
        )
        for row in connection.execute(query).mappings()
    ]  # fmt: skip


def area_named(connection: Connection, identity: str) -> Area:
    """One area. Raises UnknownName, which lists the partnerships there are."""
    found = areas(connection, identity=identity)
    if not found:
        known = [a.id for a in areas(connection, kind=AreaKind.PARTNERSHIP)]
        raise UnknownName(f"There is no area {identity!r}. The partnerships are: {', '.join(known) or 'none yet'}.")
    return found[0]


def union_of_areas(connection: Connection) -> shapely.Geometry | None:
    """Everything any area covers, ready for many point tests; None while none is loaded."""
    outermost = select(func.ST_AsBinary(func.ST_Union(area.c.boundary))).where(area.c.partnership.is_(None))
    union = connection.execute(outermost).scalar()
    if union is None:
        return None
    shape = shapely.from_wkb(bytes(union))
    shapely.prepare(shape)
    return shape
