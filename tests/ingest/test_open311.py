"""Open311 answers in JSON and XML: what is refused, and what is made of what is not."""

import json
from typing import Any

import pytest

from aim.errors import SourceError, UnreadableFile, WrongColumns
from tests.ingest.conftest import Store
from tests.ingest.files import GRAFFITI, requests, requests_xml

XML = '<?xml version="1.0" encoding="UTF-8"?>'
BILLION_LAUGHS = "".join(
    f'<!ENTITY lol{n} "{f"&lol{n - 1};" * 10}">' if n else '<!ENTITY lol0 "lol">' for n in range(10)
)
ONE = "<request><service_request_id>{}</service_request_id></request>"

NO_XML = r"^file\.xml is not XML that can be read, or is cut short \("
NO_JSON = r"^file\.json is not JSON, or is cut short \("
NO_REQUESTS = r"^file\.json is not of this feed: no record in it has a service_request_id\.$"
NO_LIST = r"^file\.json is not a list of records\.$"
REFUSED: dict[str, tuple[str, bytes | str, type[SourceError], str]] = {
    "empty": ("file.json", b"", UnreadableFile, r"^file\.json is empty\.$"),
    "white space": ("file.json", b"\xef\xbb\xbf \r\n", UnreadableFile, r"^file\.json is empty\.$"),
    "cut short": ("file.json", requests({})[:-5], UnreadableFile, NO_JSON + "Expecting"),
    "Windows-1252": ("file.json", '[{"status": "café"}]'.encode("cp1252"), UnreadableFile, NO_JSON + "'utf-8' codec"),
    "nested without end": ("file.json", "[" * 200_000, UnreadableFile, NO_JSON + "maximum recursion depth"),
    "objects without end": ("file.json", '{"a":' * 200_000, UnreadableFile, NO_JSON + "maximum recursion depth"),
    "a number without end": ("file.json", f'[{{"lat": {"9" * 5000}}}]', UnreadableFile, NO_JSON + "Exceeds the limit"),
    "a web page": (
        "file.json",
        "<html><p>Moved</p></html>",
        WrongColumns,
        r"starts with <html>, not <service_requests>\.$",
    ),
    "a word": ("file.json", '"requests"', WrongColumns, NO_LIST),
    "null": ("file.json", "null", WrongColumns, NO_LIST),
    "a wrapper around nothing": ("file.json", '{"service_requests": null}', WrongColumns, NO_LIST),
    "a list of scalars": ("file.json", '[1, "two", null]', WrongColumns, NO_REQUESTS),
    "an error": ("file.json", '[{"code": 403, "description": "no key"}]', WrongColumns, NO_REQUESTS),
    "an object of something else": ("file.json", '{"type": "FeatureCollection"}', WrongColumns, NO_REQUESTS),
    "a billion laughs": (
        "file.xml",
        f"{XML}<!DOCTYPE lolz [{BILLION_LAUGHS}]><service_requests>&lol9;</service_requests>",
        UnreadableFile,
        NO_XML + "DTDForbidden",
    ),
    "an external entity": (
        "file.xml",
        f'{XML}<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><service_requests>{ONE.format("&e;")}</service_requests>',
        UnreadableFile,
        NO_XML + "DTDForbidden",
    ),
    "an external document type": (
        "file.xml",
        f'{XML}<!DOCTYPE service_requests SYSTEM "http://127.0.0.1:9/x.dtd"><service_requests/>',
        UnreadableFile,
        NO_XML + "DTDForbidden",
    ),
    "an unclosed element": (
        "file.xml",
        f"{XML}<service_requests><request>",
        UnreadableFile,
        NO_XML + "no element found",
    ),
    "elements without end": (
        "file.xml",
        f"{XML}<service_requests>{'<a>' * 100_000}",
        UnreadableFile,
        NO_XML + "no element",
    ),
    "wrong bytes": (
        "file.xml",
        f"{XML}<service_requests>{ONE.format('é')}</service_requests>".encode("cp1252"),
        UnreadableFile,
        NO_XML + "not well-formed",
    ),
    "an unknown encoding": (
        "file.xml",
        '<?xml version="1.0" encoding="klingon"?><service_requests/>',
        UnreadableFile,
        NO_XML + "unknown encoding",
    ),
    "another root": (
        "file.xml",
        f"{XML}<services/>",
        WrongColumns,
        r"^file\.xml is not an answer of this feed: it starts with <services>",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_answer_is_refused(filled: Store, what: str) -> None:
    name, body, error, sentence = REFUSED[what]
    before = filled.digest()
    with pytest.raises(error, match=sentence):
        filled.load("open311", body.encode() if isinstance(body, str) else body, name)
    assert filled.digest() == before


def test_a_file_too_large_to_hold_is_refused(filled: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aim.ingest.records.LARGEST_FILE", 100)
    before = filled.digest()
    with pytest.raises(
        UnreadableFile, match=r"^file\.json is larger than 256 MB: ask for a shorter period at a time\.$"
    ):
        filled.load("open311", requests({}), "file.json")
    assert filled.digest() == before


WRAPPED: dict[str, bytes] = {
    "XML": requests_xml({}),
    "XML with a BOM": b"\xef\xbb\xbf" + requests_xml({}),
    "JSON with a BOM": b"\xef\xbb\xbf" + requests({}),
    "JSON in UTF-16": requests({}).decode().encode("utf-16"),
    "in an object": json.dumps({"service_requests": [GRAFFITI]}).encode(),
    "alone": json.dumps(GRAFFITI).encode(),
    "white space around": b"\n\n  " + requests({}) + b"\n",
    "numbers as text": requests({"lat": " 54.5742 ", "long": "-1.2400"}),
    "in zulu time": requests({"requested_datetime": "2026-03-12T10:58:43Z"}),
    "in another zone": requests({"requested_datetime": "2026-03-12T05:58:43-0500"}),
    "with fractions of a second": requests({"requested_datetime": "2026-03-12T10:58:43.000+00:00"}),
}


@pytest.mark.parametrize("how", WRAPPED)
def test_the_same_request_is_known_again_however_it_is_wrapped(cleared: Store, how: str) -> None:
    assert cleared.load("open311", requests({})).inserted == 1
    report = cleared.load("open311", WRAPPED[how])
    assert (report.read, report.unchanged) == (1, 1)


@pytest.mark.parametrize("body", [b"[]", b'{"service_requests": []}', requests_xml()])
def test_an_answer_without_requests_changes_nothing_and_says_so(cleared: Store, body: bytes) -> None:
    cleared.load("open311", requests({}))
    report = cleared.load("open311", body)
    assert (report.read, report.removed) == (0, 0)
    assert "file.csv holds no rows." in report.warnings
    assert cleared.rows("SELECT count(*) AS n FROM incident") == [{"n": 1}]


def incident(store: Store, change: dict[str, Any]) -> dict[str, Any]:
    """What one request becomes."""
    store.load("open311", requests(change))
    wanted = "occurred_from::text, source_id, source_category, outcome, category, location IS NULL AS nowhere"
    [row] = store.rows(f"SELECT {wanted} FROM incident")
    return row


def test_a_request_without_its_time_has_that_of_its_update(cleared: Store) -> None:
    found = incident(cleared, {"requested_datetime": "", "updated_datetime": "2026-03-12T12:00:00+01:00"})
    assert found["occurred_from"].startswith("2026-03-12 11:00:00")


def test_a_request_updated_before_it_was_made_keeps_its_time_and_is_mentioned(cleared: Store) -> None:
    early = {"updated_datetime": "2026-03-11T00:00:00Z"}
    report = cleared.load("open311", requests(early, {"service_request_id": "2"} | early, {"service_request_id": "3"}))
    assert report.inserted == 3
    assert "2 rows: updated before it was reported: the time of the report is kept" in report.warnings
    times = cleared.rows("SELECT DISTINCT occurred_from::text FROM incident")
    assert [row["occurred_from"][:19] for row in times] == ["2026-03-12 10:58:43"]


def test_no_place_is_no_place_and_is_counted(cleared: Store) -> None:
    nowhere = [{"lat": 0, "long": 0}, {"lat": None, "long": None}, {"lat": "0.0", "long": "-0.0"}]
    report = cleared.load(
        "open311", requests({}, *(row | {"service_request_id": str(n)} for n, row in enumerate(nowhere)))
    )
    assert (report.inserted, report.rejected, report.without_location) == (4, 0, 3)


def test_what_a_database_cannot_hold_is_left_out(cleared: Store) -> None:
    found = incident(cleared, {"service_name": "Graf\0fiti", "service_request_id": "a\ud800b", "status": "\0"})
    assert (found["category"], found["source_id"], found["outcome"]) == ("graffiti", "a?b", None)


def test_text_of_every_kind_goes_in_and_comes_out(cleared: Store) -> None:
    hostile = "a,b\"c'd\\e\n\\.\r\nf\tg\x1f;DROP TABLE incident;--<b>é🚒"
    assert incident(cleared, {"service_name": hostile})["source_category"] == hostile


def test_a_closed_request_updates_the_open_one(cleared: Store) -> None:
    cleared.load("open311", requests({}, {"service_request_id": "2"}))
    report = cleared.load("open311", requests({"status": "closed"}))
    assert (report.read, report.updated, report.unchanged, report.removed) == (1, 1, 0, 0)
    assert cleared.rows("SELECT outcome FROM incident ORDER BY source_id") == [
        {"outcome": "closed"},
        {"outcome": "open"},
    ]


def test_free_text_addresses_and_pictures_are_left_at_the_door(cleared: Store) -> None:
    secret: dict[str, Any] = dict.fromkeys(
        ("description", "address", "media_url", "status_notes"), "Jane Doe, 07700 900123"
    )
    cleared.load("open311", requests(secret, secret | {"lat": "x"}))
    for table in ("incident", "rejected_row", "feed_run"):
        assert cleared.rows(f"SELECT 1 FROM {table} AS t WHERE t::text LIKE '%Jane%'") == []
