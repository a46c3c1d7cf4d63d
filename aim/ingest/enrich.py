"""From the normal form to the rows of `incident`: what is the same for every feed.

Category, cells, hashes, geometry: each a vectorised step over a block.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import numpy as np
import polars as pl
import polars_h3
import polars_hash as plh
import shapely

from aim.db.bulk import CopyData, encode
from aim.incident import RESOLUTIONS, cell_column
from aim.ingest import normalise as to
from aim.ingest.feed import NOTE_END, Feed, Rows
from aim.ingest.hashing import hashed
from aim.ingest.health.volume import volume_of
from aim.ingest.ordinals import Ordinals
from aim.ingest.reasons import RejectReason
from aim.vocabulary.categories import UNMAPPED

UNIT_SEPARATOR: Final = "\x1f"
CONTENT: Final = ("source_category", "occurred_from", "occurred_to", "longitude", "latitude", "location_precision_m")
STATUS: Final = ("category", "outcome", "time_precision", "location_method", "attributes")
EARLIEST: Final = datetime(1970, 1, 1)
POINT_HEADER: Final = np.frombuffer(bytes.fromhex("0101000020E6100000"), np.uint8)
"""Extended WKB of a little-endian point in SRID 4326, up to its two doubles."""


@dataclass(frozen=True)
class Block:
    """Rows ready to be copied, rows for the quarantine, and what the report counts."""

    incidents: CopyData
    scopes: set[str]
    content: int
    """The sum over the incidents of identity XOR content hash: tells whether they are still there."""
    years: set[int]
    volume: pl.DataFrame
    """How many of each scope and day or month."""
    rejected: pl.DataFrame
    read: int
    without_location: int
    outside: int
    unmapped: dict[str, int]
    notes: dict[str, int]
    """How many rows each is about; 0 for one about the file."""


def enrich(feed: Feed, rows: Rows, as_of: datetime, ordinals: Ordinals, areas: shapely.Geometry | None) -> Block:
    """One block of a feed as table rows.

    `as_of` (with a zone): what occurred later is rejected. `areas`: the union of the study areas in degrees, or None;
    a point outside is kept and counted.
    """
    frame = _with_dates_checked(feed.normalise(rows.frame), as_of)
    good, bad = frame.filter(pl.col("reason").is_null()), frame.filter(pl.col("reason").is_not_null())
    good = to.without_null_island(good)
    unmapped, good = _with_category(feed, good)
    stored = _table_rows(feed, good, ordinals)
    return Block(
        incidents=encode(stored),
        scopes=set(stored["scope"].unique()),
        content=_exact_sum(stored["identity"] ^ stored["content_hash"]),
        years=set(good["occurred_from"].dt.year().unique().to_list()),
        volume=volume_of(stored),
        rejected=pl.concat([rows.broken, _with_raw(bad, rows.frame)]),
        read=rows.frame.height + rows.broken.height,
        without_location=good["longitude"].null_count(),
        outside=_outside(good, areas),
        unmapped=unmapped,
        notes=dict.fromkeys(rows.notes, 0) | _counts(good["detail"].drop_nulls().str.split(NOTE_END).explode()),
    )


def _with_dates_checked(frame: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    start = pl.col("occurred_from")
    wrong = pl.coalesce(
        to.reason_where(start > as_of, RejectReason.FUTURE_DATE),
        to.reason_where(start.dt.replace_time_zone(None) < EARLIEST, RejectReason.IMPLAUSIBLE_DATE),
    )
    found = pl.col("reason").is_null() & wrong.is_not_null()
    return frame.with_columns(
        reason=pl.coalesce("reason", wrong),
        detail=pl.when(found).then(start.cast(pl.String)).otherwise("detail"),
    )


def _with_raw(bad: pl.DataFrame, raw: pl.DataFrame) -> pl.DataFrame:
    wanted = raw.filter(pl.col("line").is_in(bad["line"].implode()))
    texts = wanted.select("line", raw=pl.struct(pl.exclude("line")).struct.json_encode())
    return bad.join(texts, on="line", how="left").select("line", "reason", pl.col("detail").fill_null(""), "raw")


def _with_category(feed: Feed, good: pl.DataFrame) -> tuple[dict[str, int], pl.DataFrame]:
    said = good["source_category"].unique().to_list()
    meaning = {text: feed.words.category(text) for text in said}
    good = good.with_columns(category=pl.col("source_category").replace_strict(meaning, return_dtype=pl.String))
    return _counts(good.filter(pl.col("category") == UNMAPPED)["source_category"]), good


def _exact_sum(numbers: pl.Series) -> int:
    """Without overflow: the halves of the numbers are summed apart."""
    high, low = numbers // 2**32, numbers % 2**32
    return int(high.sum()) * 2**32 + int(low.sum())


def _counts(column: pl.Series) -> dict[str, int]:
    return dict(column.drop_nulls().value_counts().iter_rows())


def _outside(good: pl.DataFrame, areas: shapely.Geometry | None) -> int:
    placed = good.filter(pl.col("longitude").is_not_null())
    if areas is None or placed.is_empty():
        return 0
    return placed.height - int(
        shapely.contains_xy(areas, placed["longitude"].to_numpy(), placed["latitude"].to_numpy()).sum()
    )


def _joined(*columns: str) -> pl.Expr:
    return plh.concat_str(*(pl.col(name).cast(pl.String).fill_null("") for name in columns), separator=UNIT_SEPARATOR)


def _hashes(good: pl.DataFrame) -> pl.DataFrame:
    """What a row is known by, and what it says. Rows without an id of their own are known by their content.

    A collision only shows as one more repeat (`Ordinals`), never as a loss.
    """
    content = good.with_columns(pl.col("occurred_from", "occurred_to").dt.epoch("us")).select(
        "scope", "source_id", *STATUS, content=_joined(*CONTENT)
    )
    return content.select(
        identity=hashed(pl.coalesce("source_id", "content")),
        content_hash=hashed(_joined("content", *STATUS)),
        scope=hashed(pl.col("scope")),
    )


def _table_rows(feed: Feed, good: pl.DataFrame, ordinals: Ordinals) -> pl.DataFrame:
    hashes = _hashes(good)
    return good.select(
        pl.lit(feed.name).alias("feed"),
        "scope",
        hashes["identity"],
        ordinals.number(hashes["identity"] ^ hashes["scope"]),
        hashes["content_hash"],
        "source_id",
        pl.lit(feed.agency.value).alias("agency"),
        "category",
        "source_category",
        "outcome",
        pl.lit(feed.marking.value).alias("marking"),
        "occurred_from",
        "occurred_to",
        "time_precision",
        _points(good),
        "location_precision_m",
        "location_method",
        *_cells(good),
        "attributes",
    )


def _cells(good: pl.DataFrame) -> pl.DataFrame:
    """The cells of each row. A place is looked up once, because many sources move incidents to points they share."""
    at = ("latitude", "longitude")
    cells = {
        cell_column(resolution): polars_h3.latlng_to_cell(*at, resolution, return_dtype=pl.UInt64).reinterpret(
            signed=True
        )
        for resolution in RESOLUTIONS
    }
    known = good.select(at).unique().with_columns(**cells)
    return good.select(at).join(known, on=at, how="left", nulls_equal=True, maintain_order="left").select(*cells)


def _points(good: pl.DataFrame) -> pl.Series:
    """Hexadecimal EWKB, null without a place: built as bytes in one go, because a geometry object a row is slow."""
    octets = np.empty((good.height, len(POINT_HEADER) + 16), np.uint8)
    octets[:, : len(POINT_HEADER)] = POINT_HEADER
    degrees = good.select(pl.col("longitude", "latitude").fill_null(0.0)).to_numpy().astype("<f8", order="C")
    octets[:, len(POINT_HEADER) :] = degrees.view(np.uint8)
    texts = np.frombuffer(octets.tobytes().hex().encode(), f"S{2 * octets.shape[1]}")
    points = pl.Series("location", texts, pl.Binary).cast(pl.String)
    return pl.select(pl.when(good["longitude"].is_not_null()).then(points).alias("location")).to_series()
