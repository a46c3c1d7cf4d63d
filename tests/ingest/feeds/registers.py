"""A good row of each of the council's registers, and files made of rows that differ from it."""

from collections.abc import Mapping
from typing import Any

from tests.ingest.conftest import Store
from tests.ingest.files import table

DUMPED: Mapping[str, str] = {
    "OrganisationURI": "http://opendatacommunities.example/id/council",
    "OrganisationLabel": "Testby Council",
    "Reference": "FT-1",
    "Reported": "12/03/2026 09:15",
    "Removed": "12/03/2026 16:40",
    "Status": "Removed",
    "SizeClass": "Small van load",
    "LandType": "Highway",
    "WasteType": "Tyres",
    "ReportedBy": "",
    "UPRN": "0",
    "USRN": "45900123",
    "Location": "Behind the shops",
    "Notes": "",
    "CoordinateReferenceSystem": "OSGB36",
    "GeoX": "449200",
    "GeoY": "520300",
    "ExternalReference": "",
}
LEFT: Mapping[str, str] = {
    "Reference": "AV-1",
    "Reported": "12/03/2026 09:15",
    "Inspected": "12/03/2026 10:00",
    "NoticeType": "24-hour",
    "NoticeServed": "12/03/2026 10:05",
    "Removed": "12/03/2026 11:00",
    "TaxStatus": "Untaxed",
    "Outcome": "Removed",
    "VRM": "",
    "Make": "",
    "Model": "",
    "Colour": "",
    "UPRN": "",
    "USRN": "",
    "Location": "",
    "Notes": "",
    "GeoX": "449200",
    "GeoY": "520300",
    "ExternalReference": "",
}
SOILED: Mapping[str, str] = {
    "Reference": "ENV-1",
    "ServiceType": "Litter",
    "Offensive": "",
    "Reported": "12/03/2026 09:15",
    "Closed": "13/03/2026 09:15",
    "Status": "Closed",
    "CustomerName": "",
    "CustomerPhone": "",
    "UPRN": "",
    "USRN": "",
    "Location": "",
    "Notes": "",
    "GeoX": "449200",
    "GeoY": "520300",
    "ExternalReference": "",
}
ASKED: Mapping[str, str] = {
    "service_request_id": "80001",
    "requested_datetime": "2026-03-12T10:58:43+00:00",
    "updated_datetime": "2026-03-12T11:08:21+00:00",
    "closed_date": "",
    "status_description": "open",
    "status_notes": "",
    "source": "web",
    "service_name": "Graffiti",
    "service_subtype": "",
    "description": "",
    "agency_responsible": "Testby Council",
    "address": "",
    "lat": "54.5742",
    "long": "-1.2400",
}
TOLD: Mapping[str, str] = {
    "Report ID": "3300001",
    "Title": "",
    "Detail": "",
    "User Name": "",
    "Category": "Graffiti",
    "Subcategory": "",
    "Created": "2026-07-12T10:58:43",
    "Confirmed": "2026-07-12T11:01:00",
    "Acknowledged": "",
    "Fixed": "",
    "Closed": "",
    "Status": "confirmed",
    "Latitude": "54.5742",
    "Longitude": "-1.2400",
    "Query": "",
    "Ward": "Harbour",
    "Easting": "449228",
    "Northing": "520153",
    "Report URL": "",
    "Device Type": "website",
    "Site Used": "fixmystreet",
    "Reported As": "",
}
VISITED: Mapping[str, str] = {
    "ReturnID": "WR-1",
    "Team": "Harbour",
    "WardenName": "",
    "CollarNumber": "",
    "VisitStart": "12/07/2026 18:05",
    "VisitEnd": "12/07/2026 18:35",
    "Activity": "Patrol",
    "Result": "",
    "Subject": "",
    "USRN": "",
    "Location": "",
    "Notes": "",
    "Easting": "449200",
    "Northing": "520300",
    "ExternalReference": "",
}

GOOD: Mapping[str, Mapping[str, str]] = {
    "council-fly-tipping": DUMPED,
    "council-abandoned-vehicles": LEFT,
    "council-environment": SOILED,
    "open311-bulk": ASKED,
    "fixmystreet-dashboard": TOLD,
    "warden-returns": VISITED,
}


def file_of(feed: str, *changes: Mapping[str, str], header: list[str] | None = None) -> bytes:
    """A file of the feed's layout, in UTF-8; `header`: other columns than the usual ones."""
    good = dict(GOOD[feed])
    return table(header or list(good), good, [dict(change) for change in changes]).encode()


def kept(store: Store, feed: str, change: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What one row becomes."""
    report = store.load(feed, file_of(feed, change or {}))
    assert report.inserted == 1, report
    [row] = incidents(store)
    return row


def incidents(store: Store) -> list[dict[str, Any]]:
    """All rows, in the order of their references, with times as UTC text and the place in degrees."""
    return store.rows(
        "SELECT source_id, category, source_category, outcome, time_precision, location_method, location_precision_m,"
        " attributes, to_char(occurred_from AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') AS start,"
        " to_char(occurred_to AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') AS until,"
        " ST_X(location::geometry) AS longitude, ST_Y(location::geometry) AS latitude FROM incident ORDER BY source_id"
    )


def assert_rejected(store: Store, feed: str, change: Mapping[str, str], reason: str, detail: str) -> None:
    """One row is read and put aside with this reason."""
    report = store.load(feed, file_of(feed, change))
    assert (report.read, report.inserted, report.rejected_by_reason) == (1, 0, {reason: 1})
    assert store.rejects(feed) == [(2, reason, detail)]


def assert_left_at_the_door(store: Store, feed: str, columns: list[str]) -> None:
    """What stands in `columns` is nowhere in the database, of a bad row neither, and the report names them."""
    secret = dict.fromkeys(columns, "Jane Doe 07700 900123")
    header = list(dict.fromkeys([*GOOD[feed], *columns]))
    [identity] = [name for name in GOOD[feed] if name in ("Reference", "service_request_id", "Report ID", "ReturnID")]
    body = file_of(feed, secret, secret | {identity: ""}, header=header) + b"a row, Jane Doe\n"
    report = store.load(feed, body)
    assert (report.inserted, report.rejected) == (1, 2)
    [said] = [warning for warning in report.warnings if "Dropped at the door" in warning]
    named = said.partition(": ")[2].rstrip(".").split(", ")
    assert sorted(named) == sorted(columns)
    for stored in ("incident", "rejected_row", "feed_run"):
        assert store.rows(f"SELECT 1 FROM {stored} AS t WHERE t::text LIKE '%Jane%'") == []
