"""London Fire Brigade incident records: exact places for some rows, a 100 m grid for the rest (mostly dwellings)."""

import polars as pl

from aim.errors import UnreadableFile
from aim.incident import LocationMethod
from aim.ingest import normalise as to
from aim.ingest.feed import Delivery, Feed
from aim.ingest.reasons import RejectReason
from aim.ingest.tabular import csv_reader, has_columns
from aim.vocabulary.categories import words
from aim.vocabulary.nim import Agency

COLUMNS = (
    "IncidentNumber",
    "DateOfCall",
    "TimeOfCall",
    "StopCodeDescription",
    "SpecialServiceType",
    "PropertyCategory",
    "Easting_m",
    "Northing_m",
    "Easting_rounded",
    "Northing_rounded",
)
METRES = COLUMNS[-4:]
NOTHING = ("NULL", "Not geo-coded")
NOWHERE = (*NOTHING, "0", "0.0")
DATE_FORMATS = ("%d %b %Y", "%d/%m/%Y", "%Y-%m-%d", "%d-%b-%y", "%d-%b-%Y")
EXACT_PRECISION_M = 10.0
ROUNDED_PRECISION_M = 71.0


def normalise(raw: pl.DataFrame) -> pl.DataFrame:
    """Take the exact place where there is one, else the rounded one, and say on each row which it was."""
    _refuse_american_dates(raw)
    frame = raw.with_columns(
        scope=pl.lit(""),
        source_id=to.text("IncidentNumber", *NOTHING),
        date=to.text("DateOfCall", *NOTHING),
        time=to.text("TimeOfCall", *NOTHING),
        source_category=_what(),
        attributes=pl.lit(None, pl.String),
        outcome=pl.lit(None, pl.String),
        stated_place=pl.concat_str([to.text(name, *NOWHERE) for name in METRES], separator=" ", ignore_nulls=True),
        **{name: to.number(to.text(name, *NOWHERE)) for name in METRES},
    )
    frame = _with_places(frame).with_columns(local=_local_time(pl.col("date"), pl.col("time")))
    frame = frame.with_columns(**to.local_times(pl.col("local")))
    return to.in_normal_form(frame.with_columns(reason=_reason()).with_columns(detail=_detail()))


def _what() -> pl.Expr:
    """What happened, at the detail that the partnership's categories need."""
    stop = to.text("StopCodeDescription", *NOTHING)
    finer = (
        pl.when(stop == "Special Service")
        .then(to.text("SpecialServiceType", *NOTHING))
        .when(stop == "Primary Fire")
        .then(to.text("PropertyCategory", *NOTHING))
    )
    return pl.concat_str([stop, finer], separator=": ", ignore_nulls=True).replace("", None)


def _with_places(frame: pl.DataFrame) -> pl.DataFrame:
    exact = pl.col("Easting_m").is_not_null() & pl.col("Northing_m").is_not_null()
    frame = frame.with_columns(
        easting=pl.when(exact).then("Easting_m").otherwise("Easting_rounded"),
        northing=pl.when(exact).then("Northing_m").otherwise("Northing_rounded"),
        location_precision_m=pl.when(exact).then(EXACT_PRECISION_M).otherwise(ROUNDED_PRECISION_M),
        location_method=pl.when(exact)
        .then(pl.lit(LocationMethod.EXACT.value))
        .otherwise(pl.lit(LocationMethod.ROUNDED.value)),
    )
    inside = frame.select(
        easting=pl.when(_on_the_grid()).then("easting"), northing=pl.when(_on_the_grid()).then("northing")
    )
    return frame.with_columns(*to.to_degrees(inside["easting"], inside["northing"]))


def _on_the_grid() -> pl.Expr:
    easting, northing = pl.col("easting"), pl.col("northing")
    return easting.is_between(1, to.BRITISH_EASTINGS) & northing.is_between(1, to.BRITISH_NORTHINGS)


def _local_time(date: pl.Expr, time: pl.Expr) -> pl.Expr:
    stamp = pl.concat_str(date, pl.lit(" "), time)
    formats = [f"{day} {clock}" for day in DATE_FORMATS for clock in ("%H:%M:%S", "%H:%M")]
    return pl.coalesce(stamp.str.to_datetime(fmt, strict=False, time_unit="us") for fmt in formats)


def _reason() -> pl.Expr:
    gap = pl.col("local").is_not_null() & pl.col("occurred_from").is_null()
    given = pl.col("stated_place") != ""
    return pl.coalesce(
        to.reason_where(pl.col("source_id").is_null(), RejectReason.MISSING_ID),
        to.reason_where(pl.col("source_id").str.contains(r"^\d(\.\d+)?E\+\d+$"), RejectReason.MANGLED_ID),
        to.reason_where(pl.col("local").is_null(), RejectReason.INVALID_DATE),
        to.reason_where(gap, RejectReason.TIME_DOES_NOT_EXIST),
        to.reason_where(pl.col("source_category").is_null(), RejectReason.MISSING_CATEGORY),
        to.reason_where(given & ~_on_the_grid().fill_null(False), RejectReason.INVALID_COORDINATES),
    )


def _detail() -> pl.Expr:
    when = pl.concat_str("date", "time", separator=" ", ignore_nulls=True)
    return (
        pl.when(pl.col("reason") == RejectReason.INVALID_COORDINATES.value)
        .then("stated_place")
        .when(pl.col("reason") == RejectReason.MANGLED_ID.value)
        .then(pl.col("source_id"))
        .when(pl.col("reason").is_not_null())
        .then(when)
    )


def _refuse_american_dates(raw: pl.DataFrame) -> None:
    """A month above twelve proves that the file writes the month first: its other dates would be read wrongly."""
    proof = raw.filter(pl.col("DateOfCall").str.contains(r"^\s*(0?[1-9]|1[0-2])/(1[3-9]|2\d|3[01])/\d{4}\s*$"))
    if proof.height:
        line, value = proof["line"][0], proof["DateOfCall"][0]
        raise UnreadableFile(
            f"Line {line} has the date {value}: this file writes the month first. Export it as DD/MM/YYYY."
        )


FEED = Feed(
    name="lfb-incidents",
    title="Fire and rescue incidents (London Fire Brigade's published layout)",
    agency=Agency.FIRE,
    publisher="London Fire Brigade, London Datastore",
    licence="Open Government Licence v3.0",
    attribution="Contains London Fire Brigade incident records, Open Government Licence v3.0",
    delivery=Delivery.INCREMENTAL,
    words=words("lfb"),
    recognises=has_columns(COLUMNS),
    read=csv_reader(COLUMNS),
    normalise=normalise,
    columns=COLUMNS,
    location_note=(
        "Exact eastings and northings where published (taken as within 10 m); otherwise the centre of a 100 m square, "
        "so the true place lies within 71 m (half the square's diagonal), which allows H3 resolution 9."
    ),
)
