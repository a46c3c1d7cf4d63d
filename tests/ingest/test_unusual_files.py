"""Files that look odd and are sound: each row comes in as its publisher meant it, and odd rows cost only themselves."""

import gzip
import io
import zipfile
from pathlib import Path

import pytest

from aim.ingest.source import payloads
from tests.ingest.conftest import Store
from tests.ingest.files import NUISANCE, POLICE, fire, line, police, requests
from tests.town import Town

THREE = police({}, {"Crime ID": "c05c"}, NUISANCE)
CATEGORIES = "SELECT source_category, count(*) AS n FROM incident GROUP BY source_category ORDER BY source_category"


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("file.csv", THREE),
        ("file.csv", b"\xef\xbb\xbf" + THREE),
        ("file.csv", THREE.replace(b"\n", b"\r\n")),
        ("file.csv", THREE.removesuffix(b"\n")),
        ("file.csv", THREE + b"\n\r\n\n"),
        ("file.csv", THREE.replace(b"Burglary", b'"Burglary"')),
        ("file.csv.gz", gzip.compress(THREE)),
        ("FILE.CSV.GZ", gzip.compress(THREE)),
        ("file.csv.gz", gzip.compress(THREE[:200]) + gzip.compress(THREE[200:])),
    ],
    ids=["plain", "BOM", "CRLF", "no last line end", "blank lines", "quoted", "gzip", "GZIP", "gzip in two parts"],
)
def test_the_same_rows_come_in_however_they_are_wrapped(cleared: Store, name: str, body: bytes) -> None:
    assert cleared.load("police-uk-street", THREE).inserted == 3
    report = cleared.load("police-uk-street", body, name)
    assert (report.read, report.unchanged, report.rejected, report.removed) == (3, 3, 0, 0)
    assert not [warning for warning in report.warnings if "study area" not in warning]


def test_columns_may_come_in_any_order_beside_others(cleared: Store) -> None:
    """The others have names that this program uses itself."""
    cleared.load("police-uk-street", THREE)
    header = ["line", "reason", *reversed(POLICE), "scope", "identity"]
    report = cleared.load("police-uk-street", police({}, {"Crime ID": "c05c"}, NUISANCE, {"Month": ""}, header=header))
    assert (report.read, report.unchanged, report.rejected) == (4, 3, 1)
    assert cleared.rejects() == [(5, "invalid_date", "no date")]


def test_windows_1252_is_read_as_such_and_said(cleared: Store) -> None:
    body = fire({"SpecialServiceType": "Café – £5", "StopCodeDescription": "Special Service"})
    report = cleared.load("lfb-incidents", body)
    assert "Text that is not UTF-8 was read as Windows-1252." in report.warnings
    assert cleared.rows(CATEGORIES) == [{"source_category": "Special Service: Café – £5", "n": 1}]


def test_a_pound_sign_in_the_header_alone_is_no_matter(cleared: Store) -> None:
    assert "£".encode("cp1252") in fire({})
    assert cleared.load("lfb-incidents", fire({})).inserted == 1
    assert cleared.load("lfb-incidents", fire({}).decode("cp1252").encode()).unchanged == 1


def test_commas_and_quotes_inside_quotes_belong_to_the_field(cleared: Store) -> None:
    report = cleared.load(
        "police-uk-street", police({"Crime type": 'Other, "unlisted"'}, {"Location": 'The "Ship", quay'})
    )
    assert (report.inserted, report.rejected) == (2, 0)
    assert report.unmapped_categories == {'Other, "unlisted"': 1}


def test_a_quote_in_the_middle_of_a_field_is_a_mark_of_inches(cleared: Store) -> None:
    rows = [{"Location": "PIPE", "Crime ID": str(number)} for number in range(3)]
    report = cleared.load("police-uk-street", police(*rows).replace(b"PIPE", b'On or near the 5" pipe'))
    assert (report.inserted, report.rejected) == (3, 0)


def test_rows_of_another_length_are_put_aside_with_their_lines(cleared: Store) -> None:
    long, short = ",".join("x" * 13), ",".join("x" * 11)
    report = cleared.load("police-uk-street", police({}, long, {"Crime ID": "c05c"}, short, "x", {"Crime ID": "d06d"}))
    assert (report.read, report.inserted, report.rejected_by_reason) == (6, 3, {"wrong_field_count": 3})
    assert cleared.rejects() == [
        (3, "wrong_field_count", "13 fields instead of 12"),
        (5, "wrong_field_count", "11 fields instead of 12"),
        (6, "wrong_field_count", "1 fields instead of 12"),
    ]
    assert cleared.rows("SELECT raw FROM rejected_row ORDER BY line")[0] == {"raw": long}


def test_a_row_too_short_is_not_made_good_by_one_too_long(cleared: Store) -> None:
    """The file has as many commas as a sound one, and its last line has no end."""
    body = police(",".join("x" * 11), {}) + (line(["y"] * 12) + ",").encode()
    report = cleared.load("police-uk-street", body)
    assert (report.read, report.inserted) == (3, 1)
    assert [entry[:2] for entry in cleared.rejects()] == [(2, "wrong_field_count"), (4, "wrong_field_count")]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_lines_are_counted_through_fields_that_hold_line_ends(cleared: Store, end: str) -> None:
    body = police(
        {"Location": "On or\nnear\n\nthe quay"}, {"Month": ""}, {"Location": "one\ntwo"}, {"Month": "2019-13"}
    )
    report = cleared.load("police-uk-street", body.replace(b"\n", end.encode()))
    assert (report.read, report.inserted) == (4, 2)
    assert [entry[0] for entry in cleared.rejects()] == [6, 9]


def test_a_lone_carriage_return_is_a_space_and_counts_as_no_line(cleared: Store) -> None:
    body = police({"Location": "On\ror near"}, {"Crime type": "Bicycle\rtheft"}, {"Month": ""}, {"Location": "a\nb"})
    report = cleared.load("police-uk-street", body)
    assert (report.read, report.inserted) == (4, 3)
    assert report.unmapped_categories == {}
    assert [entry[0] for entry in cleared.rejects()] == [4]


@pytest.mark.parametrize("row", ["x" * 10_000_000, {"Location": "x" * 10_000_000}], ids=["no row", "a row"])
def test_ten_megabytes_on_one_line_cost_that_line(cleared: Store, row: str | dict[str, str]) -> None:
    report = cleared.load("police-uk-street", police({}, row, {"Crime ID": "c05c"}))
    assert (report.read, report.inserted, report.rejected_by_reason) == (3, 2, {"record_too_long": 1})
    [(at, _, detail)] = cleared.rejects()
    assert (at, detail.endswith(" characters")) == (3, True)
    assert len(cleared.rows("SELECT raw FROM rejected_row")[0]["raw"]) == 1000


def test_a_line_longer_than_a_block_may_be_is_put_aside_too(cleared: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aim.ingest.tabular.BLOCK", 1 << 20)
    monkeypatch.setattr("aim.ingest.tabular.LONGEST_BLOCK", 2 << 20)
    report = cleared.load("police-uk-street", police({}, "x" * 9_000_000, {"Crime ID": "c05c"}))
    assert report.inserted == 2
    assert set(report.rejected_by_reason) == {"record_too_long"}
    assert {entry[0] for entry in cleared.rejects()} == {3}


def test_an_archive_gives_its_data_in_order_and_leaves_the_rest(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for member in ("b.csv", "a/2.JSON", "a/1.xml", "readme.txt", "__MACOSX/._b.csv", ".hidden.csv"):
            archive.writestr(member, b"")
    (tmp_path / "all.zip").write_bytes(out.getvalue())
    assert [payload.name for payload in payloads([tmp_path / "all.zip"])] == [
        "all.zip:a/1.xml",
        "all.zip:a/2.JSON",
        "all.zip:b.csv",
    ]


def test_a_folder_is_walked_in_order(tmp_path: Path) -> None:
    for name in ("2026-02/b.csv", "2026-01/a.csv.gz", "2026-01/notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    found = payloads([tmp_path])
    assert [(payload.name, payload.found) for payload in found] == [("a.csv.gz", True), ("b.csv", True)]
    assert [payload.found for payload in payloads([tmp_path / "2026-02/b.csv"])] == [False]


def test_a_zip_loads_like_its_file(cleared: Store) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("2026-03/2026-03-cleveland-street.csv", THREE)
    assert cleared.load("police-uk-street", out.getvalue(), "2026-03.zip").inserted == 3
    assert cleared.load("police-uk-street", THREE).unchanged == 3


def test_a_force_with_an_endless_name_is_cut_off(cleared: Store) -> None:
    """Random text, so that the index cannot compress it into what it holds."""
    name = "".join(chr(0x4E00 + number * 7919 % 20000) for number in range(5000))
    assert cleared.load("police-uk-street", police({"Reported by": name})).inserted == 1
    assert cleared.rows("SELECT length(scope) AS n FROM incident") == [{"n": 200 + len(" 2026-03")}]


def test_what_nobody_has_mapped_is_stored_counted_and_said(cleared: Store) -> None:
    rows = [{"Crime type": "Sorcery", "Crime ID": str(number)} for number in range(3)]
    report = cleared.load("police-uk-street", police(*rows, {}))
    assert (report.inserted, report.unmapped_categories) == (4, {"Sorcery": 3})
    sentence = "Categories that nobody has mapped yet: 'Sorcery' (3). Add them to categories.toml and load again."
    assert sentence in report.warnings
    kept = "SELECT category, source_category FROM incident WHERE category = 'unmapped'"
    assert cleared.rows(kept) == [{"category": "unmapped", "source_category": "Sorcery"}] * 3


def test_a_file_that_lies_wholly_elsewhere_is_loaded_and_remarked_on(store: Store, town: Town) -> None:
    elsewhere = requests({"lat": 50.1, "long": -5.3})
    report = store.load("open311", elsewhere)
    assert report.outside_area == 1
    assert any(warning.startswith("Every point lies outside the study areas") for warning in report.warnings)


def test_without_a_study_area_the_report_says_so(cleared: Store) -> None:
    report = cleared.load("open311", requests({}))
    assert report.outside_area is None
    assert report.warnings == ["No study area is loaded, so no point was checked against one."]
