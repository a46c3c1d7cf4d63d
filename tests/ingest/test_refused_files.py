"""A file that cannot be what it should be is refused in a sentence, and nothing that is stored changes."""

import gzip
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from aim.errors import AimError, UnreadableFile, WrongColumns
from aim.ingest.load import feed_named, guess
from aim.ingest.source import payloads
from tests.ingest.conftest import Store
from tests.ingest.files import POLICE, fire, police, requests, requests_xml

TEN_MEGABYTES = b"x" * 10_000_000
GOOD = police({}, {"Crime ID": "c05c"})


def replaced(old: str, new: str, body: bytes = GOOD) -> bytes:
    return body.replace(old.encode(), new.encode())


def zipped(body: bytes, member: str = "2026-03/2026-03-cleveland-street.csv") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(member, body)
    return out.getvalue()


ZERO_BYTES = r"^file\.csv is not a text file \(it holds zero bytes\)\. Save it as CSV in UTF-8\.$"
NEVER_CLOSED = r'^The record on line 3 runs over 2 lines: a quote \("\) is opened there and never closed\.$'

UNREADABLE_CSV: dict[str, tuple[str, bytes, str]] = {
    "no gzip in .gz": (
        "file.csv.gz",
        GOOD,
        r"^file\.csv\.gz is cut short or damaged \(Not a gzipped file.*\)\. Fetch it again; nothing was changed\.$",
    ),
    "a gzip cut short": ("file.csv.gz", gzip.compress(GOOD)[:-20], r"^file\.csv\.gz is cut short or damaged"),
    "a gzip with a wrong checksum": (
        "file.csv.gz",
        gzip.compress(GOOD)[:-8] + b"12345678",
        r"^file\.csv\.gz is cut short or damaged \(CRC check failed",
    ),
    "an empty file": ("file.csv", b"", r"^file\.csv is empty\.$"),
    "a byte order mark alone": ("file.csv", b"\xef\xbb\xbf", r"^file\.csv is empty\.$"),
    "blank lines alone": ("file.csv", b"\n\n\n", r"^file\.csv is empty\.$"),
    "an empty gzip": ("file.csv.gz", gzip.compress(b""), r"^file\.csv\.gz is empty\.$"),
    "ten megabytes on the first line": (
        "file.csv",
        TEN_MEGABYTES + b"\n" + GOOD,
        r"^The first line of file\.csv is longer than a megabyte: this is not a CSV file\.$",
    ),
    "CR alone": (
        "file.csv",
        replaced("\n", "\r"),
        r"^file\.csv ends its lines with CR alone\. Save it again with LF or CRLF line ends\.$",
    ),
    "UTF-16": ("file.csv", GOOD.decode().encode("utf-16"), ZERO_BYTES),
    "a zero byte": ("file.csv", replaced("Marshall", "Mar\0shall"), ZERO_BYTES),
    "neither UTF-8 nor Windows-1252": (
        "file.csv",
        replaced("Marshall", "Mar?shall").replace(b"?", b"\x81\xff"),
        r"^file\.csv is neither UTF-8 nor Windows-1252 text: export it as UTF-8\.$",
    ),
    "a quote never closed in the last column": (
        "file.csv",
        police({}, {"Context": "?"}, {}).replace(b"?", b'"'),
        NEVER_CLOSED,
    ),
    "a quote never closed in the middle": (
        "file.csv",
        police({}, {"Location": "?"}, {}).replace(b"?", b'"On'),
        NEVER_CLOSED,
    ),
    "a quote never closed before a quoted field": (
        "file.csv",
        police({}, {"Location": "?"}, {"Location": "Inn, The"}).replace(b"?", b'"On'),
        NEVER_CLOSED,
    ),
}


@pytest.mark.parametrize("what", UNREADABLE_CSV)
def test_a_csv_that_cannot_be_read_is_refused(filled: Store, what: str) -> None:
    name, body, sentence = UNREADABLE_CSV[what]
    before = filled.digest()
    with pytest.raises(UnreadableFile, match=sentence):
        filled.load("police-uk-street", body, name)
    assert filled.digest() == before


WRONG_COLUMNS: dict[str, tuple[bytes, str]] = {
    "a column missing": (
        police({}, header=[name for name in POLICE if name != "Crime type"]),
        r"^file\.csv lacks the column 'Crime type'\. Its columns are: Crime ID, Month, .*, Context\.$",
    ),
    "two columns missing": (
        police({}, header=POLICE[:4] + POLICE[6:]),
        r"^file\.csv lacks the columns 'Longitude', 'Latitude'\. Its columns are: ",
    ),
    "a column renamed": (
        replaced("Crime type", "Crime_type"),
        r"^file\.csv lacks the column 'Crime type' \(is 'Crime_type' the same under a new name\?\)\. Its columns are: ",
    ),
    "a column in other letters": (
        replaced("Month", "month"),
        r"lacks the column 'Month' \(is 'month' the same under a new name\?\)",
    ),
    "a column twice": (
        replaced("Falls within", "Month"),
        r"^file\.csv has more than one column 'Month': remove or rename one\.$",
    ),
    "semicolons": (replaced(",", ";"), r"^file\.csv lacks the columns 'Crime ID', .* Its columns are: Crime ID;Month;"),
    "no header": (
        GOOD.split(b"\n", 1)[1],
        r"^file\.csv lacks the columns 'Crime ID'.* Its columns are: b04b, 2026-03, ",
    ),
    "prose": (b"Dear Sir or Madam\n", r"^file\.csv lacks the columns .* Its columns are: Dear Sir or Madam\.$"),
}


@pytest.mark.parametrize("what", WRONG_COLUMNS)
def test_a_csv_with_other_columns_is_refused(filled: Store, what: str) -> None:
    body, sentence = WRONG_COLUMNS[what]
    before = filled.digest()
    with pytest.raises(WrongColumns, match=sentence):
        filled.load("police-uk-street", body)
    assert filled.digest() == before


OTHER_FEEDS: dict[str, tuple[str, bytes, str]] = {
    "fire as police": ("police-uk-street", fire({}), "lfb-incidents"),
    "police as fire": ("lfb-incidents", GOOD, "police-uk-street"),
    "JSON as police": ("police-uk-street", requests({}), "open311"),
    "XML as fire": ("lfb-incidents", requests_xml({}), "open311"),
}


@pytest.mark.parametrize("what", OTHER_FEEDS)
def test_a_file_of_another_feed_is_refused_with_that_feeds_name(filled: Store, what: str) -> None:
    taken_for, body, feed = OTHER_FEEDS[what]
    before = filled.digest()
    with pytest.raises(WrongColumns, match=f"It looks like the feed {feed}: aim ingest {feed} \\.\\.\\.$"):
        filled.load(taken_for, body)
    assert filled.digest() == before


def test_a_csv_is_no_open311_answer(filled: Store) -> None:
    before = filled.digest()
    with pytest.raises(UnreadableFile, match=r"^file\.csv is not JSON, or is cut short \(Expecting value: line 1"):
        filled.load("open311", GOOD)
    assert filled.digest() == before


def test_a_header_without_rows_changes_nothing_and_says_so(filled: Store) -> None:
    before = filled.digest()["incidents"]
    report = filled.load("police-uk-street", police())
    assert (report.read, report.removed) == (0, 0)
    assert "file.csv holds no rows." in report.warnings
    assert filled.digest()["incidents"] == before


def write_zip_with_a_secret(path: Path) -> None:
    """The flag alone: the standard library writes no encrypted members."""
    body = bytearray(zipped(GOOD))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        body[body.index(signature) + offset] |= 1
    path.write_bytes(body)


def write_zip_packed_otherwise(path: Path) -> None:
    """Method 9, Deflate64, which Windows uses for large files and Python cannot unpack."""
    body = bytearray(zipped(GOOD))
    for signature, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        body[body.index(signature) + offset] = 9
    path.write_bytes(body)


PACKED = r"^file\.zip is encrypted, or packed in a way that cannot be read here: unpack it first\.$"
ARCHIVES: dict[str, tuple[Callable[[Path], object], str]] = {
    "no zip": (
        lambda path: path.write_bytes(GOOD),
        r"^file\.zip is not a zip archive, or is cut short \(File is not a zip file\)\.$",
    ),
    "cut short": (
        lambda path: path.write_bytes(zipped(GOOD)[:-30]),
        r"^file\.zip is not a zip archive, or is cut short",
    ),
    "empty": (lambda path: path.write_bytes(b""), r"^file\.zip is not a zip archive, or is cut short"),
    "absent": (Path.exists, r"file\.zip cannot be read: No such file or directory\.$"),
    "without data": (
        lambda path: path.write_bytes(zipped(b"", "readme.txt")),
        r"^No CSV, JSON, XML, Excel, GeoPackage, Shapefile, GeoJSON, gzip or zip file in .*file\.zip\.$",
    ),
    "encrypted": (write_zip_with_a_secret, PACKED),
    "packed otherwise": (write_zip_packed_otherwise, PACKED),
}


@pytest.mark.parametrize("what", ARCHIVES)
def test_an_archive_that_cannot_be_opened_is_refused(tmp_path: Path, what: str) -> None:
    write, sentence = ARCHIVES[what]
    write(tmp_path / "file.zip")
    with pytest.raises(UnreadableFile, match=sentence):
        payloads([tmp_path / "file.zip"])


def test_a_member_that_is_damaged_is_refused(filled: Store) -> None:
    body = bytearray(zipped(GOOD))
    body[60] ^= 0xFF
    before = filled.digest()
    with pytest.raises(
        UnreadableFile, match=r"^file\.zip:2026-03/2026-03-cleveland-street\.csv is cut short or damaged"
    ):
        filled.load("police-uk-street", bytes(body), "file.zip")
    assert filled.digest() == before


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    [absent] = payloads([tmp_path / "absent.csv"])
    with pytest.raises(UnreadableFile, match=r"absent\.csv cannot be read: No such file or directory\.$"):
        absent.head()


def test_a_folder_without_data_is_refused(tmp_path: Path) -> None:
    (tmp_path / "readme.txt").write_text("nothing here")
    with pytest.raises(UnreadableFile, match=r"^No CSV, JSON, XML, Excel, .* gzip or zip file in "):
        payloads([tmp_path])


@pytest.mark.parametrize(
    "body", [b"", b"\xff\xfe\0", b"\x81\x8d", replaced("\n", "\r"), b"PK\x03\x04", b"[1, 2]", b'"']
)
def test_guessing_never_fails(tmp_path: Path, body: bytes) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(body)
    found = [feed.name for feed in guess(payloads([path])[0])]
    assert found == (["police-uk-street"] if b"Crime ID" in body else [])


def test_an_unknown_feed_is_named_with_those_there_are() -> None:
    with pytest.raises(AimError, match=r"^There is no feed 'polis'\. The feeds are: .*police-uk-street"):
        feed_named("polis")
