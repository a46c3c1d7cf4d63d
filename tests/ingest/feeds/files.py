"""Small files of the police's and the fire services' feeds, written as they export or publish them."""

import json
from collections.abc import Sequence
from typing import Any

from tests.ingest.files import Row, table

OUTCOMES = (
    "Crime ID", "Month", "Reported by", "Falls within", "Longitude", "Latitude", "Location", "LSOA code", "LSOA name",
    "Outcome type",
)  # fmt: skip
NO_SUSPECT = {
    "Crime ID": "b04b",
    "Month": "2026-03",
    "Reported by": "Cleveland Police",
    "Falls within": "Cleveland Police",
    "Longitude": "-1.239958",
    "Latitude": "54.574210",
    "Location": "On or near Marshall Close",
    "Outcome type": "Investigation complete; no suspect identified",
}

SEARCHES = (
    "Type", "Date", "Part of a policing operation", "Policing operation", "Latitude", "Longitude", "Gender",
    "Age range", "Self-defined ethnicity", "Officer-defined ethnicity", "Legislation", "Object of search", "Outcome",
    "Outcome linked to object of search", "Removal of more than just outer clothing",
)  # fmt: skip
SEARCHES_FILE = "2026-03-cleveland-stop-and-search.csv"
SEARCH = {
    "Type": "Person search",
    "Date": "2026-03-12T21:15:30+00:00",
    "Latitude": "54.574210",
    "Longitude": "-1.239958",
    "Gender": "Other-person",
    "Age range": "18-24-person",
    "Self-defined ethnicity": "Self-person",
    "Officer-defined ethnicity": "Seen-person",
    "Legislation": "Misuse of Drugs Act 1971 (section 23)",
    "Object of search": "Controlled drugs",
    "Outcome": "A no further action disposal",
    "Removal of more than just outer clothing": "Undressed-person",
}

CRIME: dict[str, Any] = {
    "category": "violent-crime",
    "location_type": "Force",
    "location": {
        "latitude": "54.574210",
        "street": {"id": 708612, "name": "On or near Marshall Close"},
        "longitude": "-1.239958",
    },
    "context": "",
    "outcome_status": {"category": "Under investigation", "date": "2026-03"},
    "persistent_id": "b04b",
    "id": 92576331,
    "location_subtype": "",
    "month": "2026-03",
}
NUISANCE = {"category": "anti-social-behaviour", "persistent_id": "", "outcome_status": None}
ANSWER_FILE = "centre-2026-03.json"

LOG = (
    "IncidentRef", "Created", "Grade", "OpeningCode", "ClosingCode", "ASBQualifier", "Result", "Beat", "Easting",
    "Northing", "LocationText", "CallerName", "CallerTelephone", "Remarks", "ExternalRef",
)  # fmt: skip
CALL = {
    "IncidentRef": "0017",
    "Created": "12/03/2026 21:15:30",
    "Grade": "2",
    "OpeningCode": "Suspicious circumstances",
    "ClosingCode": "Anti-social behaviour",
    "ASBQualifier": "Nuisance",
    "Result": "Advice given",
    "Beat": "M2",
    "Easting": "449200",
    "Northing": "520300",
    "LocationText": "Behind the person's house",
    "CallerName": "A person",
    "CallerTelephone": "A person's number",
    "Remarks": "Says that a person",
}

CRIMES = (
    "CrimeNumber", "CommittedFrom", "CommittedTo", "HomeOfficeCode", "OutcomeCode", "Beat", "Easting", "Northing",
    "Address", "Postcode", "VictimName", "OffenderName", "ModusOperandi", "ExternalRef",
)  # fmt: skip
THEFT = {
    "CrimeNumber": "26/104001",
    "CommittedFrom": "12/03/2026 18:30",
    "HomeOfficeCode": "45/10",
    "OutcomeCode": "18",
    "Beat": "M2",
    "Easting": "449200",
    "Northing": "520300",
    "Address": "A person's house",
    "Postcode": "A person's postcode",
    "VictimName": "A person",
    "OffenderName": "Another person",
    "ModusOperandi": "A person saw a person",
}

FIRES = (
    "IncidentNumber", "DateOfCall", "TimeOfCall", "IncidentType", "Motive", "SpecialServiceType", "PropertyCategory",
    "PropertyType", "SmokeAlarm", "AttackOnCrew", "Address", "Postcode_full", "Postcode_district", "UPRN", "Easting_m",
    "Northing_m", "Easting_rounded", "Northing_rounded", "CallerName", "CallerTelephone", "OccupierName", "Narrative",
    "ExternalRef", "Notional Cost (£)",
)  # fmt: skip
CAR_FIRE = {
    "IncidentNumber": "KFR-26-30001",
    "DateOfCall": "12/03/2026",
    "TimeOfCall": "21:15:30",
    "IncidentType": "Primary fire",
    "Motive": "Deliberate - others property",
    "PropertyCategory": "Road Vehicle",
    "PropertyType": "Car ",
    "AttackOnCrew": "None",
    "Address": "A person's house",
    "Postcode_full": "TS1 2PE",
    "Postcode_district": "TS1",
    "UPRN": "100110012345",
    "Easting_m": "449200",
    "Northing_m": "520300",
    "Easting_rounded": "449250",
    "Northing_rounded": "520350",
    "CallerName": "A person",
    "CallerTelephone": "A person's number",
    "OccupierName": "Another person",
    "Narrative": "A person says",
}


def outcomes(*rows: Row, header: Sequence[str] = OUTCOMES) -> bytes:
    """An outcomes file of data.police.uk."""
    return table(header, NO_SUSPECT, rows).encode()


def searches(*rows: Row) -> bytes:
    """A stop-and-search file of data.police.uk."""
    return table(SEARCHES, SEARCH, rows).encode()


def answer(*changes: dict[str, Any]) -> bytes:
    """An answer of the street-level API."""
    return json.dumps([CRIME | change for change in changes]).encode()


def log(*rows: Row, header: Sequence[str] = LOG) -> bytes:
    """A command-and-control export."""
    return table(header, CALL, rows).encode()


def crimes(*rows: Row, header: Sequence[str] = CRIMES) -> bytes:
    """A recorded-crime export."""
    return table(header, THEFT, rows).encode()


def fires(*rows: Row, header: Sequence[str] = FIRES) -> bytes:
    """A fire service's export, in Windows-1252."""
    return table(header, CAR_FIRE, rows).encode("cp1252")
