"""Vector files (GeoPackage, Shapefile, GeoJSON): a layer as rows of text, with the point of each in two columns."""

import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import polars as pl
import shapely
from pyproj import CRS

from aim.errors import UnreadableFile
from aim.ingest.feed import BROKEN_SCHEMA, Rows, no_broken
from aim.ingest.reasons import RejectReason
from aim.ingest.source import Payload
from aim.ingest.tabular import Table, check_names, dropped, wanted_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

X, Y = "geometry x", "geometry y"
"""The columns that hold the coordinates of a point, in the layer's own coordinate system."""
BATCH: Final = 65_536
LARGEST: Final = 2 << 30
NO_DATA: Final = 1e38
POINT, MULTIPOINT = shapely.GeometryType.POINT, shapely.GeometryType.MULTIPOINT
AS_TEXT: Final = {"DATE_AS_STRING": "YES", "ARRAY_AS_STRING": "YES"}
Kind = Literal["GeoPackage", "Shapefile", "GeoJSON"]
STARTS: Final[dict[bytes, Kind]] = {b"SQLite format 3\0": "GeoPackage", b"\0\0\x27\x0a": "Shapefile", b"{": "GeoJSON"}


@dataclass(frozen=True)
class Layer:
    """A layer of a file. `crs` is what the file itself says, an authority's code where it has one."""

    kind: Kind
    path: str
    name: str
    others: tuple[str, ...]
    fields: tuple[str, ...]
    shapes: str | None
    crs: str | None
    rows: int


def spatial_reader(table: Table, layer: str | None, crs: str | None) -> Callable[[Payload], Iterator[Rows]]:
    """A `Feed.read` for a layer (the first unless named) that holds at least the required columns.

    `crs`: what the feed takes the geometry to be in; a file that says otherwise is refused. A row without a geometry is
    one without a place; one that is drawn as a line or an area is broken, because no point of it is the right one.
    `line` is the row's place in the layer, the first being 1.
    """

    def read(payload: Payload) -> Iterator[Rows]:
        found = layer_of(payload, layer)
        _refuse_other_crs(found, crs, payload.name)
        names = check_names([*found.fields, *((X, Y) if found.shapes else ())], payload.name, table)
        notes = dropped(names, table) + _about_crs(found, payload.name)
        start = 1
        for frame in _batches(found, payload.name):
            yield _rows(frame.rename(dict(zip(found.fields, names, strict=False))), start, table, notes)
            start += frame.height

    return read


def is_spatial(required: tuple[str, ...]) -> Callable[[bytes], bool]:
    """A `Feed.recognises`: by the format; of GeoJSON, whose columns are in plain sight, by those too."""
    names = [name.encode() for name in required if name not in (X, Y)]

    def recognises(head: bytes) -> bool:
        kind = kind_of(head)
        return kind is not None and (kind != "GeoJSON" or (b'"Feature' in head and all(name in head for name in names)))

    return recognises


def kind_of(head: bytes) -> Kind | None:
    """The format, by a file's first bytes: what a name says is not trusted with opening it."""
    head = head.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
    return next((kind for start, kind in STARTS.items() if head.startswith(start)), None)


def layer_of(payload: Payload, name: str | None) -> Layer:
    """What a layer (the first unless named) says of itself. Raises UnreadableFile where it cannot be read."""
    import pyogrio

    head = payload.head()
    kind = kind_of(head)
    if kind is None:
        raise UnreadableFile(f"{payload.name} is no GeoPackage, Shapefile or GeoJSON.")
    _check_size(payload, kind)
    try:
        path = _gdal_path(payload)
        layers = [str(layer) for layer, _ in pyogrio.list_layers(path)]
        chosen = _chosen(layers, name, payload.name)
        info: dict[str, Any] = pyogrio.read_info(path, layer=chosen)
        stated = _short(info["crs"])
    except _faults() as error:
        raise UnreadableFile(f"{payload.name} is no {kind} that can be read ({error}).") from error
    crs = stated if kind != "GeoJSON" or b'"crs"' in head else None
    others = tuple(layer for layer in layers if layer != chosen)
    fields, shapes = tuple(map(str, info["fields"])), info["geometry_type"]
    return Layer(kind, path, chosen, others, fields, shapes, crs, int(info["features"]))


def _faults() -> tuple[type[Exception], ...]:
    """What the libraries raise over a damaged file; NameError is how they stumble over one that is not UTF-8."""
    from pyogrio.errors import DataLayerError, DataSourceError
    from pyproj.exceptions import CRSError

    return (DataLayerError, DataSourceError, CRSError, pl.exceptions.PolarsError, ValueError, NameError)


def _chosen(layers: list[str], name: str | None, file: str) -> str:
    if not layers:
        raise UnreadableFile(f"{file} has no layers.")
    if name is not None and name not in layers:
        raise UnreadableFile(f"{file} has no layer {name!r}; it has {', '.join(map(repr, layers))}.")
    return name or layers[0]


def _gdal_path(payload: Payload) -> str:
    path = payload.path.resolve()
    if payload.member is not None:
        return f"/vsizip/{{{path}}}/{payload.member}"
    return f"/vsigzip/{path}" if path.suffix.lower() == ".gz" else str(path)


def _check_size(payload: Payload, kind: Kind) -> None:
    """Unpacked, it may not be larger than LARGEST; a Shapefile not smaller than it says."""
    parts = _parts(payload)
    if sum(parts.values()) > LARGEST:
        raise UnreadableFile(f"{payload.name} unpacks to more than {LARGEST >> 30} GB: split it by year.")
    if kind != "Shapefile":
        return
    with payload.open() as stream:
        stated = 2 * int.from_bytes(stream.read(28)[24:])
    if stated > parts[".shp"]:
        raise UnreadableFile(f"{payload.name} is cut short: it says it has {stated:,} bytes. Fetch it again.")
    if ".dbf" not in parts:
        raise UnreadableFile(f"{payload.name} has no .dbf beside it, where the columns of a Shapefile are.")


def _parts(payload: Payload) -> dict[str, int]:
    """The sizes of a file and of those of the same name beside it, by suffix."""
    if payload.member is None:
        return {part.path.suffix.lower(): _unpacked(part.path) for part in payload.whole()}
    stem = payload.member.rpartition(".")[0]
    with zipfile.ZipFile(payload.path) as archive:
        sizes = {part.filename: part.file_size for part in archive.infolist()}
    return {Path(name).suffix.lower(): size for name, size in sizes.items() if name.rpartition(".")[0] == stem}


def _unpacked(path: Path) -> int:
    if path.suffix.lower() != ".gz":
        return path.stat().st_size
    size = 0
    with Payload(path, path.name).open() as stream:
        while (block := stream.read(1 << 20)) and size <= LARGEST:
            size += len(block)
    return size


def _short(crs: str | None) -> str | None:
    """A coordinate system as an authority's code, where it has one."""
    if not crs:
        return None
    known = CRS.from_user_input(crs)
    code = known.to_authority(min_confidence=70)
    return ":".join(code) if code else known.to_string()


def _refuse_other_crs(layer: Layer, crs: str | None, file: str) -> None:
    if crs is None or layer.crs is None:
        return
    alike = CRS.from_user_input(layer.crs).equals(CRS.from_user_input(crs), ignore_axis_order=True)
    if not alike and layer.crs != _short(crs):
        raise UnreadableFile(
            f"{file} says its coordinates are in {layer.crs}, and the feed takes them to be in {crs}: export it in "
            f"{crs}, or correct the profile."
        )


def _about_crs(layer: Layer, file: str) -> tuple[str, ...]:
    if layer.shapes is None:
        return ()
    said = f"are in {layer.crs}, as it says itself" if layer.crs else "are in a system that it does not name"
    return (f"The coordinates of {file} {said}.",)


def _batches(layer: Layer, file: str) -> Iterator[pl.DataFrame]:
    """Blocks of a layer, in order; its geometry as the column `X` (well-known binary)."""
    from pyogrio.raw import open_arrow

    options: dict[str, Any] = {"layer": layer.name, "batch_size": BATCH, "datetime_as_string": True}
    options |= AS_TEXT if layer.kind == "GeoJSON" else {}
    count = 0
    try:
        with open_arrow(layer.path, **options) as (about, stream):
            shape = about["geometry_name"] or "wkb_geometry"
            for frame in pl.scan_arrow_c_stream(stream).collect_batches(chunk_size=BATCH, maintain_order=True):
                count += frame.height
                yield frame.rename({shape: X}, strict=False)
    except _faults() as error:
        raise UnreadableFile(f"{file} is damaged: it cannot be read past row {count:,} ({error}).") from error
    if count < layer.rows:
        raise UnreadableFile(f"{file} is cut short: {count:,} of its {layer.rows:,} rows are there. Fetch it again.")


def _rows(frame: pl.DataFrame, start: int, table: Table, notes: tuple[str, ...]) -> Rows:
    shapes = _plain(frame[X]).to_numpy() if X in frame.columns else None
    lines = pl.int_range(start, start + frame.height, dtype=pl.Int64, eager=True).alias("line")
    texts = pl.DataFrame([lines, *(_text(frame[name]) for name in frame.columns if name != X)])
    if shapes is None or X not in table.wanted:
        return Rows(wanted_of(texts, table), no_broken(), notes)
    x, y, lost = _points(shapes)
    whole = wanted_of(texts.with_columns(_text(pl.Series(X, x)), _text(pl.Series(Y, y))), table)
    odd = pl.Series(lost, dtype=pl.String)
    return Rows(whole.filter(odd.is_null()), _broken(whole, odd, table), notes)


def _points(shapes: "NDArray[Any]") -> "tuple[NDArray[Any], NDArray[Any], list[str | None]]":
    """Coordinates, NaN where there is no place; and of what is no point, what it is."""
    found = shapely.from_wkb(shapes, on_invalid="ignore")
    lone = (shapely.get_type_id(found) == MULTIPOINT) & (shapely.get_num_geometries(found) == 1)
    found = np.where(lone, shapely.get_geometry(found, 0), found)
    kinds = shapely.get_type_id(found)
    nothing = shapely.is_missing(found) | shapely.is_empty(found)
    odd = zip(kinds.tolist(), (kinds == POINT) | nothing, strict=True)
    lost = [None if fine else shapely.GeometryType(kind).name for kind, fine in odd]
    return _known(shapely.get_x(found)), _known(shapely.get_y(found)), lost


def _known(axis: "NDArray[Any]") -> "NDArray[Any]":
    """Without the numbers that stand for none: in a Shapefile those below -10^38."""
    return np.where(np.abs(axis) < NO_DATA, axis, np.nan)


def _broken(whole: pl.DataFrame, odd: pl.Series, table: Table) -> pl.DataFrame:
    raw = pl.lit("") if table.personal else pl.struct(pl.exclude("line")).struct.json_encode()
    detail = pl.lit(odd).str.to_lowercase()
    reason = pl.lit(RejectReason.NOT_A_POINT.value)
    found = whole.select("line", reason=reason, detail=detail, raw=raw).filter(odd.is_not_null())
    return found.select(pl.col(name).cast(kind) for name, kind in BROKEN_SCHEMA.items())


def _plain(column: pl.Series) -> pl.Series:
    """Without the label that says what the bytes or the text stand for."""
    return column.ext.storage() if isinstance(column.dtype, pl.Extension) else column


def _text(column: pl.Series) -> pl.Series:
    """As text, null where there is nothing; whole numbers without a fraction."""
    column = _plain(column)
    if column.dtype.is_float():
        column = column.set(~column.is_finite(), None)
        return column.cast(pl.String).str.replace(r"\.0$", "")
    if column.dtype == pl.Binary:
        return pl.Series(column.name, [None] * len(column), pl.String)
    return column.cast(pl.String)
