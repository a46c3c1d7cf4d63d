"""Open311 GeoReport v2 service requests, as JSON or XML: what residents report to a council.

Free text, addresses and pictures are left at the door: the platform has no need of them and they may name people.
"""

import json
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import ParseError

import polars as pl
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from aim.errors import UnreadableFile, WrongColumns
from aim.incident import LocationMethod, TimePrecision
from aim.ingest import normalise as to
from aim.ingest.feed import BROKEN_SCHEMA, Delivery, Feed, Rows
from aim.ingest.reasons import RejectReason
from aim.ingest.source import Payload
from aim.vocabulary.categories import words
from aim.vocabulary.nim import Agency

COLUMNS = ("service_request_id", "status", "service_name", "requested_datetime", "updated_datetime", "lat", "long")
LARGEST_FILE = 256 << 20
PIN_PRECISION_M = 10.0
ZONED = r"(Z|[+-]\d{2}:?\d{2})$"


def read(payload: Payload) -> Iterator[Rows]:
    """All requests of one answer. `line` is the request's place in it, the first being 1."""
    with payload.open() as stream:
        body = stream.read(LARGEST_FILE + 1)
    if len(body) > LARGEST_FILE:
        raise UnreadableFile(f"{payload.name} is larger than 256 MB: ask for a shorter period at a time.")
    body = body.removeprefix(b"\xef\xbb\xbf").strip()
    if not body:
        raise UnreadableFile(f"{payload.name} is empty.")
    yield _rows(
        _from_xml(body, payload.name) if body.startswith(b"<") else _from_json(body, payload.name), payload.name
    )


def _from_json(body: bytes, name: str) -> list[Any]:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UnreadableFile(f"{name} is not JSON, or is cut short ({error}).") from error
    if isinstance(answer, dict):
        answer = answer.get("service_requests", [answer])
    if not isinstance(answer, list):
        raise WrongColumns(f"{name} is not a list of Open311 service requests.")
    return answer


def _from_xml(body: bytes, name: str) -> list[Any]:
    try:
        root = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise UnreadableFile(f"{name} is not XML that can be read, or is cut short ({error}).") from error
    if root.tag != "service_requests":
        raise WrongColumns(f"{name} is not an Open311 answer: it starts with <{root.tag}>, not <service_requests>.")
    return [{field.tag: field.text for field in request} for request in root.iter("request")]


def _rows(requests: list[Any], name: str) -> Rows:
    kept = [(line, request) for line, request in enumerate(requests, 1) if isinstance(request, dict)]
    if requests and not any("service_request_id" in request for _, request in kept):
        raise WrongColumns(f"{name} holds no service requests: nothing in it has a service_request_id.")
    table: dict[str, list[Any]] = {column: [_string(r.get(column)) for _, r in kept] for column in COLUMNS}
    frame = pl.DataFrame(
        {"line": [line for line, _ in kept], **table}, schema={"line": pl.Int64()} | dict.fromkeys(COLUMNS, pl.String())
    )
    lost = [
        (line, RejectReason.WRONG_FIELD_COUNT.value, "not a request", json.dumps(request)[:1000])
        for line, request in enumerate(requests, 1)
        if not isinstance(request, dict)
    ]
    return Rows(frame, pl.DataFrame(lost, schema=BROKEN_SCHEMA, orient="row"))


def _string(value: Any) -> str | None:
    """JSON may hold what a database's text cannot: zero bytes, and halves of a character."""
    return None if value is None else str(value).replace("\0", "").encode(errors="replace").decode() or None


def normalise(raw: pl.DataFrame) -> pl.DataFrame:
    """A request without its own time has that of its last update; one updated before it was made keeps the request."""
    asked, updated = to.text("requested_datetime"), to.text("updated_datetime")
    longitude, latitude = to.text("long"), to.text("lat")
    frame = (
        raw.lazy()
        .with_columns(
            scope=pl.lit(""),
            source_id=to.text("service_request_id"),
            stated=pl.coalesce(asked, updated),
            updated=_instant(updated),
            longitude=to.number(longitude),
            latitude=to.number(latitude),
            location_precision_m=pl.lit(PIN_PRECISION_M),
            location_method=pl.lit(LocationMethod.EXACT.value),
            source_category=to.text("service_name"),
            attributes=pl.lit(None, pl.String),
            outcome=to.text("status"),
            time_precision=pl.lit(TimePrecision.EXACT.value),
        )
        .with_columns(occurred_from=_instant(pl.col("stated")))
    )
    frame = frame.with_columns(occurred_to="occurred_from", reason=_reason(longitude, latitude))
    return to.in_normal_form(frame.with_columns(detail=_detail()))


def _instant(stated: pl.Expr) -> pl.Expr:
    zoned = pl.when(stated.str.contains(ZONED)).then(stated.str.replace(r"Z$", "+00:00"))
    formats = ("%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S%.f%z", "%Y-%m-%dT%H:%M%z")
    return pl.coalesce(zoned.str.to_datetime(fmt, strict=False, time_unit="us", time_zone="UTC") for fmt in formats)


def _reason(longitude: pl.Expr, latitude: pl.Expr) -> pl.Expr:
    unzoned = pl.col("stated").is_not_null() & ~pl.col("stated").str.contains(ZONED)
    return pl.coalesce(
        to.reason_where(pl.col("source_id").is_null(), RejectReason.MISSING_ID),
        to.reason_where(unzoned & pl.col("stated").str.contains(r"^\d{4}-\d{2}-\d{2}T"), RejectReason.NO_TIME_ZONE),
        to.reason_where(pl.col("occurred_from").is_null(), RejectReason.INVALID_DATE),
        to.reason_where(pl.col("source_category").is_null(), RejectReason.MISSING_CATEGORY),
        to.place_reason(longitude.is_not_null() | latitude.is_not_null()),
    )


def _detail() -> pl.Expr:
    dated = pl.col("reason").is_in([RejectReason.NO_TIME_ZONE.value, RejectReason.INVALID_DATE.value])
    place = pl.concat_str(pl.col("long"), pl.lit(", "), pl.col("lat"), ignore_nulls=True)
    return (
        pl.when(dated)
        .then(pl.col("stated"))
        .when(pl.col("reason").is_not_null())
        .then(place)
        .when(pl.col("updated") < pl.col("occurred_from"))
        .then(pl.lit("updated before it was requested: the time of the request is kept"))
    )


def recognises(head: bytes) -> bool:
    """JSON or XML that speaks of service requests."""
    return head.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] in (b"[", b"{", b"<") and b"service_request_id" in head


FEED = Feed(
    name="open311",
    title="Reports to the council (Open311 GeoReport v2)",
    agency=Agency.COUNCIL,
    publisher="The council's Open311 server",
    licence="As the council states",
    attribution="Contains council service requests (Open311)",
    delivery=Delivery.INCREMENTAL,
    words=words("open311"),
    recognises=recognises,
    read=read,
    normalise=normalise,
    columns=COLUMNS,
    location_note="A pin set by the person who reports, taken as within 10 m, which allows H3 resolution 10.",
)
