"""`aim export`: a published layer as a file, whole or not at all, with whose data it is and how it may be shared."""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl
import shapely
from numpy.typing import NDArray
from sqlalchemy import Engine, LargeBinary, Row, Table, func, select
from sqlalchemy.dialects.postgresql import distinct_on

from aim.access.roles import Edition
from aim.audit.log import Action, operator, record
from aim.audit.looks import layer_subject
from aim.db.tables import published_feature, published_layer, published_outside
from aim.errors import UnknownName, UsageError
from aim.layers.publishing.properties import PROPERTIES, Kind, Property
from aim.layers.publishing.tables import joined, table

VERSIONS: Final[dict[Edition, Table]] = {Edition.INSIDE: published_layer, Edition.OUTSIDE: published_outside}
"""Where each edition says what its versions are."""
Writer = Callable[["Content", Path], None]
GEOPARQUET: Final = "1.1.0"


@dataclass(frozen=True)
class Content:
    """The features of a layer in order of area and rank, and what is to be said of them."""

    layer: str
    edition: Edition
    runs: dict[str, int]
    told: dict[str, Any]
    bodies: list[bytes]
    boundaries: list[bytes]


def export(
    engine: Engine,
    layer: str,
    wanted: str,
    out: Path,
    run: int | None = None,
    edition: Edition = Edition.INSIDE,
    recipient: str | None = None,
) -> dict[str, Any]:
    """Write a layer to `out`, which another program sees whole or not at all; the summary says what was written.

    `recipient` is kept in the log, which knows of the disclosure before there is a file.
    Raises UnknownName for a layer or run that is not published, UsageError where `out` cannot be written.
    """
    content = read(engine, layer, run, edition)
    if not out.parent.is_dir():
        raise UsageError(f"There is no folder {out.parent}: make it, or name another with --out.")
    part = out.with_name(f".{os.getpid()}.{out.name}.part.{wanted}")  # its ending names the format to GDAL
    try:
        WRITERS[wanted](content, part)
        _log(engine, content, wanted, out, recipient)
        part.replace(out)
    except OSError as error:
        raise UsageError(f"{out} cannot be written ({error.strerror}): name another file with --out.") from error
    finally:
        part.unlink(missing_ok=True)
    return {"layer": layer, "format": wanted, "out": str(out), "features": len(content.bodies),
            "runs": content.runs, **content.told}  # fmt: skip


def _log(engine: Engine, content: Content, wanted: str, out: Path, recipient: str | None) -> None:
    told = {"format": wanted, "file": out.name, "features": len(content.bodies), "marking": content.told["marking"]}
    told |= {"edition": content.edition, "recipient": recipient}
    subject = layer_subject(content.layer, content.runs.values())
    with engine.begin() as connection:
        record(connection, Action.DISCLOSURE, operator(), subject, told)


def read(engine: Engine, layer: str, run: int | None, edition: Edition) -> Content:
    """The current version of each area, or what one run published."""
    table, feature = VERSIONS[edition], published_feature.c
    version = table.c
    chosen = [version.layer == layer] + ([] if run is None else [version.run == run])
    newest = select(table).where(*chosen).ext(distinct_on(version.area))
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        versions = connection.execute(newest.order_by(version.area, version.run.desc())).all()
        if not versions:
            known = connection.scalars(select(version.layer).distinct().order_by(version.layer)).all()
            raise _unknown(layer, run, known)
        rows = [row for each in versions for row in connection.execute(
            select(feature.body, func.ST_AsBinary(feature.boundary, type_=LargeBinary))
            .where(feature.run == each.run, feature.layer == layer, feature.area == each.area)
            .where(feature.edition.in_((Edition.BOTH, edition)))
            .order_by(feature.rank)
        )]  # fmt: skip
    runs = {each.area: each.run for each in versions}
    bodies, boundaries = [row[0].encode() for row in rows], [row[1] for row in rows]
    return Content(layer, edition, runs, _told(versions), bodies, boundaries)


def _unknown(layer: str, run: int | None, known: Sequence[str]) -> UnknownName:
    if layer in known:
        return UnknownName(f"Run {run} published nothing of the layer {layer!r}: leave --run out for the current one.")
    if not known:
        return UnknownName(f"There is no layer {layer!r}, for none is published yet: run `aim score`.")
    return UnknownName(f"There is no layer {layer!r}. The layers are: {', '.join(known)}.")


def _told(versions: Sequence[Row[Any]]) -> dict[str, Any]:
    """Whose data they are and how they may be shared; of several areas, all that any says."""
    told: list[Mapping[str, Any]] = [each.description for each in versions]

    def union(name: str) -> list[str]:
        values = [each[name] if isinstance(each[name], list) else [each[name]] for each in told]
        return list(dict.fromkeys(value for each in values for value in each))

    return {
        "title": told[0]["title"],
        "attribution": joined(union("attribution")),
        "marking": max(union("marking"), key=len),  # OFFICIAL-SENSITIVE is the longer and the stricter
        "handling": joined(union("handling")),
        "made_up": any(each["made_up"] for each in told),
        "caveats": union("caveats"),
    }


def _geojson(content: Content, path: Path) -> None:
    head = {"type": "FeatureCollection", "name": content.layer, "runs": content.runs, **content.told}
    text = json.dumps(head, ensure_ascii=False)[:-1].encode()
    path.write_bytes(text + b',"features":[\n' + b",\n".join(content.bodies) + b"\n]}\n")


def _csv(content: Content, path: Path) -> None:
    path.write_bytes(table(content.bodies))


def _gpkg(content: Content, path: Path) -> None:
    _through_gdal(content, path, "GPKG", {"IDENTIFIER": content.told["title"]}, _metadata(content))


def _fgb(content: Content, path: Path) -> None:
    _through_gdal(content, path, "FlatGeobuf", {"TITLE": content.told["title"]}, None)


def _through_gdal(
    content: Content, path: Path, driver: str, options: dict[str, str], metadata: dict[str, str] | None
) -> None:
    from pyogrio import raw  # it brings GDAL along

    columns = _frame(content).get_columns()
    raw.write(
        path, np.array(content.boundaries, dtype=object), [_array(column) for column in columns],
        [column.name for column in columns], [column.is_null().to_numpy() for column in columns],
        layer=content.layer, driver=driver, geometry_type="Polygon", crs="EPSG:4326",
        layer_options=options | {"DESCRIPTION": _sentence(content)}, layer_metadata=metadata,
    )  # fmt: skip


def _parquet(content: Content, path: Path) -> None:
    """GeoParquet: a column of WKB, and what it is in the metadata (geoparquet.org)."""
    shapes = shapely.from_wkb(content.boundaries)
    column = {"encoding": "WKB", "geometry_types": ["Polygon"]}
    if len(shapes):
        column["bbox"] = shapely.total_bounds(shapes).tolist()
    geo = {"version": GEOPARQUET, "primary_column": "geometry", "columns": {"geometry": column}}
    frame = _frame(content).with_columns(geometry=pl.Series(content.boundaries, dtype=pl.Binary))
    frame.write_parquet(path, metadata={"geo": json.dumps(geo), **_metadata(content)})


def _frame(content: Content) -> pl.DataFrame:
    """One row for each feature; lists are one text, for few formats hold lists."""
    features = [json.loads(body) for body in content.bodies]
    columns = {each.name: [_value(each, f["properties"].get(each.name)) for f in features] for each in PROPERTIES}
    schema = {"id": pl.String} | {each.name: _dtype(each) for each in PROPERTIES}
    return pl.DataFrame({"id": [feature["id"] for feature in features], **columns}, schema=schema)


def _value(each: Property, value: Any) -> Any:
    if value is None:
        return None
    match each.kind:
        case Kind.TEXTS:
            return joined(value)
        case Kind.DATE:
            return date.fromisoformat(value)
        case Kind.OBJECT:
            return json.dumps(value, ensure_ascii=False)
        case _:
            return value


def _dtype(each: Property) -> Any:
    return {Kind.INTEGER: pl.Int32, Kind.NUMBER: pl.Float64, Kind.DATE: pl.Date}.get(each.kind, pl.String)


def _array(column: pl.Series) -> NDArray[Any]:
    """As GDAL takes it; what stands where nothing is known is masked."""
    if column.dtype == pl.String:
        return np.array(column.to_list(), dtype=object)
    return column.fill_null(0).to_numpy() if column.dtype != pl.Date else column.to_numpy().astype("datetime64[D]")


def _metadata(content: Content) -> dict[str, str]:
    told = {name: value if isinstance(value, str) else json.dumps(value) for name, value in content.told.items()}
    return told | {"runs": json.dumps(content.runs)}


def _sentence(content: Content) -> str:
    made_up = "Made-up data. " if content.told["made_up"] else ""
    return f"{made_up}{content.told['marking']}. {content.told['attribution']}. {' '.join(content.told['caveats'])}"


WRITERS: Final[dict[str, Writer]] = {
    "geojson": _geojson,
    "csv": _csv,
    "gpkg": _gpkg,
    "parquet": _parquet,
    "fgb": _fgb,
}
