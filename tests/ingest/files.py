"""Small files of each feed, written as their publishers write them."""

import csv
import io
import json
from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

POLICE = (
    "Crime ID", "Month", "Reported by", "Falls within", "Longitude", "Latitude", "Location", "LSOA code", "LSOA name",
    "Crime type", "Last outcome category", "Context",
)  # fmt: skip
BURGLARY = {
    "Crime ID": "b04b",
    "Month": "2026-03",
    "Reported by": "Cleveland Police",
    "Falls within": "Cleveland Police",
    "Longitude": "-1.239958",
    "Latitude": "54.574210",
    "Location": "On or near Marshall Close",
    "Crime type": "Burglary",
    "Last outcome category": "Under investigation",
}
NUISANCE = {"Crime ID": "", "Crime type": "Anti-social behaviour", "Last outcome category": ""}
"""A police row without an identity of its own."""

FIRE = (
    "IncidentNumber", "DateOfCall", "TimeOfCall", "IncidentGroup", "StopCodeDescription", "SpecialServiceType",
    "PropertyCategory", "PropertyType", "Easting_m", "Northing_m", "Easting_rounded", "Northing_rounded",
    "Notional Cost (£)",
)  # fmt: skip
BIN_FIRE = {
    "IncidentNumber": "000123-01032026",
    "DateOfCall": "01 Mar 2026",
    "TimeOfCall": "21:30:15",
    "IncidentGroup": "Fire",
    "StopCodeDescription": "Secondary Fire",
    "PropertyCategory": "Outdoor",
    "PropertyType": "Refuse/rubbish tip ",
    "Easting_m": "449200",
    "Northing_m": "520300",
    "Easting_rounded": "449250",
    "Northing_rounded": "520350",
}

GRAFFITI: dict[str, Any] = {
    "service_request_id": "14-01100669",
    "status": "open",
    "service_name": "Graffiti",
    "requested_datetime": "2026-03-12T10:58:43+00:00",
    "updated_datetime": "2026-03-12T11:08:21+00:00",
    "lat": 54.5742,
    "long": -1.2400,
}

Row = dict[str, str] | str
"""What differs from the good row, or a whole line as it stands."""


def police(*rows: Row, header: Sequence[str] = POLICE) -> bytes:
    """A street-level file of these rows, in UTF-8 with LF."""
    return table(header, BURGLARY, rows).encode()


def fire(*rows: Row, header: Sequence[str] = FIRE) -> bytes:
    """An incident file of the London Fire Brigade's layout, in Windows-1252 as some of its releases are."""
    return table(header, BIN_FIRE, rows).encode("cp1252")


def requests(*changes: dict[str, Any]) -> bytes:
    """An Open311 answer in JSON."""
    return json.dumps([GRAFFITI | change for change in changes]).encode()


def requests_xml(*changes: dict[str, Any]) -> bytes:
    """An Open311 answer in XML; an empty text is an empty element."""
    found = [{name: str(value) for name, value in (GRAFFITI | change).items()} for change in changes]
    bodies = ["".join(f"<{name}>{escape(value)}</{name}>" for name, value in request.items()) for request in found]
    inner = "".join(f"<request>{body}</request>" for body in bodies)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<service_requests>{inner}</service_requests>\n'.encode()


def table(header: Sequence[str], good: dict[str, str], rows: Sequence[Row]) -> str:
    """CSV text: the header, then each row."""
    lines = [line(header)]
    for row in rows:
        lines.append(row if isinstance(row, str) else line([(good | row).get(name, "") for name in header]))
    return "\n".join(lines) + "\n"


def line(fields: Sequence[str]) -> str:
    """One CSV line, without its end."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(fields)
    return out.getvalue().removesuffix("\n")
