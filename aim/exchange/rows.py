"""The rows of one set, made less exact than the database holds them, written block by block.

What leaves is a choice of columns, not what is left after a removal: references, points, attributes, outcomes and free
text are not selected at all, or replaced here before a row is written.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import BinaryIO, Final

import h3
import numpy as np
import polars as pl
import polars_h3
from numpy.typing import NDArray
from sqlalchemy import Connection, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text

from aim.exchange.period import Period
from aim.exchange.sets import FINEST, StatutorySet, Where
from aim.ingest.feed import Feed
from aim.spreadsheet import defused_column
from aim.vocabulary.categories import categories

BLOCK: Final = 50_000
COARSEST: Final = 4
"""H3 resolution: cells 43 km wide, a county; what is vaguer than that is no location."""
MIDDLE_OF_ENGLAND: Final = (52.5, -1.9)
OUTWARD: Final = "^([A-Z]{1,2}[0-9]{1,2}|[A-Z]{1,2}[0-9][A-Z])$"
"""The outward part of a postcode. What a source keeps under that name may be a whole postcode, or an address."""
OFFENCE_CODE: Final = re.compile(r"\d{1,3}[A-Z]?(/\d{1,3})?")
"""A Home Office code, such as 28E or 48/1."""
COLUMNS: Final = (
    "category",
    "recorded_as",
    "date",
    "time",
    "date_to",
    "time_to",
    "time_precision",
    "location",
    "location_kind",
    "source",
)

# Ordered by what is disclosed, then by a hash: the order of a file tells nothing that its columns do not. A row belongs
# to the period in which it began, so that consecutive disclosures have each incident once. The hour, not the minute.
ROWS: Final = """
SELECT i.feed, i.category, i.source_category, i.marking, i.time_precision,
       to_char(i.occurred_from AT TIME ZONE 'Europe/London', d.form) AS date,
       to_char(i.occurred_from AT TIME ZONE 'Europe/London', 'HH24') AS hour,
       to_char(d.last AT TIME ZONE 'Europe/London', d.form) AS date_to,
       to_char(d.last AT TIME ZONE 'Europe/London', 'HH24') AS hour_to,
       d.last >= :ends AS runs_on, p.outward, i.h3_r8,
       ST_X(i.location) AS longitude, ST_Y(i.location) AS latitude, i.location_precision_m AS precision_m
FROM incident AS i
JOIN area AS a ON a.id = :area
CROSS JOIN LATERAL (
    SELECT CASE i.time_precision WHEN 'month' THEN 'YYYY-MM' ELSE 'YYYY-MM-DD' END AS form,
           CASE i.time_precision WHEN 'exact' THEN i.occurred_to
                ELSE greatest(i.occurred_from, i.occurred_to - interval '1 microsecond') END AS last
) AS d
CROSS JOIN LATERAL (
    SELECT substring(upper(trim(i.attributes ->> 'postcode_district')), :outward) AS outward
) AS p
WHERE i.agency = :holder AND i.feed = ANY(:feeds)
  AND i.occurred_from >= :begins AND i.occurred_from < :ends
  AND (i.category = ANY(:categories)
       AND (CAST(:where_attribute AS text) IS NULL OR i.attributes ->> :where_attribute = :where_value)
       OR i.attributes ->> :or_where_attribute = :or_where_value)
  AND (i.location IS NULL OR ST_Covers(a.boundary, i.location))
ORDER BY date, hour, date_to, hour_to, i.category, p.outward, i.identity, i.ordinal
"""
LISTS: Final = [bindparam(name, type_=ARRAY(Text)) for name in ("feeds", "categories")]
QUERY: Final = text(ROWS).bindparams(*LISTS)
SCHEMA: Final[dict[str, pl.DataType]] = {
    "feed": pl.String(),
    "category": pl.String(),
    "source_category": pl.String(),
    "marking": pl.String(),
    "time_precision": pl.String(),
    "date": pl.String(),
    "hour": pl.String(),
    "date_to": pl.String(),
    "hour_to": pl.String(),
    "runs_on": pl.Boolean(),
    "outward": pl.String(),
    "h3_r8": pl.Int64(),
    "longitude": pl.Float64(),
    "latitude": pl.Float64(),
    "precision_m": pl.Float64(),
}


@dataclass
class Tally:
    """What is told about the rows of a set beside them."""

    rows: int = 0
    by_source: dict[str, int] = field(default_factory=dict[str, int])
    by_time_precision: dict[str, int] = field(default_factory=dict[str, int])
    by_location_kind: dict[str, int] = field(default_factory=dict[str, int])
    without_location: dict[str, int] = field(default_factory=dict[str, int])
    """By source; left out, as nobody can tell whether they lie in the area."""
    runs_on: int = 0
    """Began in the period and may have ended after it."""
    markings: set[str] = field(default_factory=set[str])
    keys: list[NDArray[np.uint64]] = field(default_factory=list[NDArray[np.uint64]])
    """A hash of category, place and date of each row: eight bytes."""

    def add(self, block: pl.DataFrame) -> None:
        """Count a block that has the columns of `COLUMNS`, `marking` and `runs_on`."""
        self.rows += block.height
        for counts, column in (
            (self.by_source, "source"),
            (self.by_time_precision, "time_precision"),
            (self.by_location_kind, "location_kind"),
        ):
            _add(counts, block[column])
        self.runs_on += int(block["runs_on"].sum())
        self.markings |= set(block["marking"])
        self.keys.append(block.select(pl.struct("category", "location", "date").hash()).to_series().to_numpy())

    def alone(self) -> int:
        """How many rows share category, place and date with no other row of the set."""
        if not self.keys:
            return 0
        return int((np.unique(np.concatenate(self.keys), return_counts=True)[1] == 1).sum())


@dataclass(frozen=True)
class Extract:
    """Where rows are taken from: one area and one period; `feeds` say which words are a source's own."""

    connection: Connection
    area: str
    asked: Period
    feeds: Mapping[str, Feed]

    def write(self, wanted: StatutorySet, names: list[str], stream: BinaryIO) -> Tally:
        """Write the rows of a set from the feeds called `names` as CSV, in UTF-8 with a header; gives what they are.

        One query, read as it comes: memory does not grow with the rows, but for eight bytes of each.
        """
        tally = Tally()
        stream.write(",".join(COLUMNS).encode() + b"\n")
        streamed = {"stream_results": True}  # SQLAlchemy does not heed `yield_per` among them where the SQL is text
        found = self.connection.execute(QUERY, self._values(wanted, names), execution_options=streamed)
        with found.yield_per(BLOCK) as result:
            for rows in result.partitions():
                frame = pl.DataFrame([tuple(row) for row in rows], schema=SCHEMA, orient="row")
                _add(tally.without_location, frame.filter(pl.col("longitude").is_null())["feed"])
                block = depersonalised(frame.filter(pl.col("longitude").is_not_null()), self.feeds, wanted.finest)
                tally.add(block)
                block.select(COLUMNS).write_csv(stream, include_header=False)
        return tally

    def _values(self, wanted: StatutorySet, names: list[str]) -> dict[str, object]:
        return {
            "area": self.area,
            "holder": wanted.holder.value,
            "feeds": names,
            "categories": list(wanted.categories),
            "begins": self.asked.begins,
            "ends": self.asked.ends,
            "outward": OUTWARD,
            **_condition("where", wanted.where),
            **_condition("or_where", wanted.or_where),
        }


def _condition(name: str, where: Where | None) -> dict[str, str | None]:
    """Null compares with nothing, so a condition that a set does not have brings no row in."""
    return {f"{name}_attribute": where and where.attribute, f"{name}_value": where and where.value}


def depersonalised(frame: pl.DataFrame, feeds: Mapping[str, Feed], finest: int) -> pl.DataFrame:
    """Rows of `SCHEMA` as they may leave: hours, and outward postcodes or cells no finer than `finest`."""
    titles = {name: category.title for name, category in categories().items()}
    exact, posted = pl.col("time_precision") == "exact", pl.col("outward").is_not_null()
    same = (pl.col("date_to") == pl.col("date")) & (~exact | (pl.col("hour_to") == pl.col("hour")))
    shaped = frame.with_columns(_resolution(finest).alias("resolution"), recorded_as=_recorded_as(frame, feeds)).select(
        "date",
        "marking",
        "runs_on",
        category=pl.col("category").replace_strict(titles, return_dtype=pl.String),
        recorded_as=defused_column(pl.col("recorded_as")),
        time=pl.when(exact).then(pl.col("hour") + ":00"),
        date_to=pl.when(~same).then("date_to"),
        time_to=pl.when(~same & exact).then(pl.col("hour_to") + ":00"),
        time_precision=pl.when(exact).then(pl.lit("hour")).otherwise("time_precision"),
        location=pl.coalesce("outward", _cell()),
        location_kind=pl.when(posted).then(pl.lit("outward_postcode")).otherwise(pl.format("h3_r{}", "resolution")),
        source="feed",
    )
    return shaped.with_columns(pl.col("location_kind").fill_null("none"))


def _resolution(finest: int) -> pl.Expr:
    """The finest resolution, `finest` at most, whose cells are at least twice as wide as the place may be off."""
    fits: pl.Expr = pl.lit(None, pl.Int64)
    for resolution in range(COARSEST, finest + 1):
        bears = 2 * pl.col("precision_m") <= cell_width_m(resolution)
        fits = pl.when(bears).then(resolution).otherwise(fits)
    return fits


def _cell() -> pl.Expr:
    """The cell in hexadecimal: the database's own, or a coarser one worked out from the point.

    A cell's parent would not do, for it is not made of its children's outlines.
    """
    cells: list[pl.Expr] = [pl.when(pl.col("resolution") == FINEST).then(pl.col("h3_r8").reinterpret(signed=False))]
    for coarser in range(COARSEST, FINEST):
        point = pl.when(pl.col("resolution") == coarser).then(pl.struct("latitude", "longitude")).struct
        latitude, longitude = point.field("latitude"), point.field("longitude")
        cells.append(polars_h3.latlng_to_cell(latitude, longitude, coarser, return_dtype=pl.UInt64))
    return polars_h3.int_to_str(pl.coalesce(cells))


def cell_width_m(resolution: int) -> float:
    """Metres between opposite sides of a cell in the middle of England, taken as regular: area = width² √3 / 2."""
    area = h3.cell_area(h3.latlng_to_cell(*MIDDLE_OF_ENGLAND, resolution), unit="m^2")
    return float(np.sqrt(2 * area / np.sqrt(3)))


def _recorded_as(frame: pl.DataFrame, feeds: Mapping[str, Feed]) -> pl.Series:
    """The source's own word for it: one that its word list holds, or an offence code; never free text."""
    said = frame.select("feed", "source_category").unique()
    known = [_word(feeds.get(feed), text) for feed, text in said.iter_rows()]
    words = said.with_columns(word=pl.Series(known, dtype=pl.String))
    return frame.join(words, on=["feed", "source_category"], how="left", maintain_order="left")["word"]


def _word(feed: Feed | None, said: str) -> str | None:
    if feed is not None and said.strip().lower() in feed.words.whole:
        return said.strip()
    return said if OFFENCE_CODE.fullmatch(said) else None


def _add(counts: dict[str, int], column: pl.Series) -> None:
    for name, count in column.value_counts().iter_rows():
        counts[name] = counts.get(name, 0) + count
