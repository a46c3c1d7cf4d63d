"""JSON and XML answers as tables: one object, one row; what lies deeper is named by its path (`location.latitude`)."""

import json
from collections.abc import Callable, Iterator
from typing import Any, Final
from xml.etree.ElementTree import Element, ParseError

import polars as pl
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from aim.errors import UnreadableFile, WrongColumns
from aim.ingest.feed import BROKEN_SCHEMA, Rows
from aim.ingest.reasons import RejectReason
from aim.ingest.source import Payload
from aim.ingest.tabular import Table

LARGEST_FILE: Final = 256 << 20
BOM: Final = b"\xef\xbb\xbf"


def record_reader(table: Table, inside: str | None) -> Callable[[Payload], Iterator[Rows]]:
    """A `Feed.read` for JSON and XML. `inside`: what the list is called where it is not the whole answer.

    `line` is the record's place in the list, the first being 1.
    """

    def read(payload: Payload) -> Iterator[Rows]:
        body = _body(payload)
        found = (
            _from_xml(body, payload.name, inside) if body.startswith(b"<") else _from_json(body, payload.name, inside)
        )
        yield _rows(found, payload.name, table)

    return read


def has_records(columns: tuple[str, ...]) -> Callable[[bytes], bool]:
    """A `Feed.recognises`: JSON or XML that speaks of all the columns."""
    names = [column.rpartition(".")[2].encode() for column in columns]

    def recognises(head: bytes) -> bool:
        starts = head.removeprefix(BOM).lstrip()[:1]
        return starts in (b"[", b"{", b"<") and all(name in head for name in names)

    return recognises


def _body(payload: Payload) -> bytes:
    with payload.open() as stream:
        body = stream.read(LARGEST_FILE + 1)
    if len(body) > LARGEST_FILE:
        raise UnreadableFile(f"{payload.name} is larger than 256 MB: ask for a shorter period at a time.")
    body = body.removeprefix(BOM).strip()
    if not body:
        raise UnreadableFile(f"{payload.name} is empty.")
    return body


def _from_json(body: bytes, name: str, inside: str | None) -> list[Any]:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UnreadableFile(f"{name} is not JSON, or is cut short ({error}).") from error
    if isinstance(answer, dict):
        answer = answer.get(inside, [answer])
    if not isinstance(answer, list):
        raise WrongColumns(f"{name} is not a list of records.")
    return answer


def _from_xml(body: bytes, name: str, inside: str | None) -> list[Any]:
    try:
        root = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise UnreadableFile(f"{name} is not XML that can be read, or is cut short ({error}).") from error
    if inside is not None and root.tag != inside:
        raise WrongColumns(f"{name} is not an answer of this feed: it starts with <{root.tag}>, not <{inside}>.")
    return [_element(record) for record in root]


def _element(record: Element) -> dict[str, Any]:
    return {field.tag: _element(field) if len(field) else field.text for field in record}


def _rows(found: list[Any], name: str, table: Table) -> Rows:
    kept = [(line, record) for line, record in enumerate(found, 1) if isinstance(record, dict)]
    key = table.required[0]
    if found and not any(key.partition(".")[0] in record for _, record in kept):
        raise WrongColumns(f"{name} is not of this feed: no record in it has a {key}.")
    columns = {column: [_string(_at(record, column)) for _, record in kept] for column in table.wanted}
    schema = {"line": pl.Int64()} | dict.fromkeys(table.wanted, pl.String())
    frame = pl.DataFrame({"line": [line for line, _ in kept], **columns}, schema=schema)
    lost = [
        (
            line,
            RejectReason.WRONG_FIELD_COUNT.value,
            "not a record",
            "" if table.personal else json.dumps(record)[:1000],
        )
        for line, record in enumerate(found, 1)
        if not isinstance(record, dict)
    ]
    return Rows(frame, pl.DataFrame(lost, schema=BROKEN_SCHEMA, orient="row"), _dropped(kept, table))


def _at(record: dict[str, Any], path: str) -> Any:
    value: Any = record
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _string(value: Any) -> str | None:
    """JSON may hold what a database's text cannot: zero bytes, and halves of a character."""
    return None if value is None else str(value).replace("\0", "").encode(errors="replace").decode() or None


def _dropped(kept: list[tuple[int, dict[str, Any]]], table: Table) -> tuple[str, ...]:
    found = [name for name in table.personal if any(_at(record, name) is not None for _, record in kept)]
    return (f"Dropped at the door, because they are about persons: {', '.join(found)}.",) if found else ()
