"""Requests to the council as GeoReport v2 text: one JSON file, and one XML answer that overlaps its last days."""

import json
from datetime import datetime
from typing import Final
from xml.sax.saxutils import escape

from generator.council import JSON_TAKEN, XML_SINCE, XML_TAKEN, Request
from generator.tally import Flaw, Tally
from generator.town import TOWN, to_lonlat

_NOTES: Final = {"open": "In progress", "closed": "Completed"}
# The order and the empty elements of a real GeoReport answer.
_ELEMENTS: Final = (
    "service_request_id", "status", "status_notes", "service_name", "service_code", "description", "agency_responsible",
    "service_notice", "requested_datetime", "updated_datetime", "expected_datetime", "address", "address_id", "zipcode",
    "long", "lat", "media_url",
)  # fmt: skip


def as_json(requests: list[Request]) -> tuple[str, Tally]:
    """All requests up to the moment when the file was taken, and those dated wrongly; one a line."""
    tally = Tally()
    lines: list[str] = []
    for request in requests:
        if request.requested <= JSON_TAKEN or request.flaw is Flaw.FUTURE_DATE:
            tally.count(request.flaw, request.service.name)
            lines.append(json.dumps(_fields(request, JSON_TAKEN), separators=(",", ":")))
    return "[\n" + ",\n".join(lines) + "\n]\n", tally


def as_xml(requests: list[Request]) -> tuple[str, dict[str, int]]:
    """The requests of the last days as they stood at the end, and what loading it after the JSON file does."""
    last = [request for request in requests if XML_SINCE <= request.requested <= XML_TAKEN]
    body = "".join(_element(_fields(request, XML_TAKEN)) for request in last)
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<service_requests>\n{body}</service_requests>\n'
    inserted = len([request for request in last if request.requested > JSON_TAKEN])
    touched = [r for r in last if r.requested <= JSON_TAKEN and r.as_at(JSON_TAKEN) != r.as_at(XML_TAKEN)]
    unchanged = len(last) - inserted - len(touched)
    return text, {"read": len(last), "inserted": inserted, "updated": len(touched), "unchanged": unchanged}


def _fields(request: Request, moment: datetime) -> dict[str, str | float]:
    status, updated = request.as_at(moment)
    longitude, latitude = (round(degrees, 6) for degrees in to_lonlat(request.point))
    if request.flaw is Flaw.COORDINATES_SWAPPED:
        longitude, latitude = latitude, longitude
    fields: dict[str, str | float] = {
        "service_request_id": request.id,
        "status": status,
        "status_notes": _NOTES[status],
        "service_name": request.service.name,
        "service_code": request.service.code,
        "agency_responsible": request.service.team,
        "requested_datetime": request.requested.isoformat(),
        "updated_datetime": updated.isoformat(),
        "address": f"{request.street}, {TOWN}",
        "lat": latitude,
        "long": longitude,
    }
    if request.flaw is Flaw.MISSING_ID:
        del fields["service_request_id"]
    return fields


def _element(fields: dict[str, str | float]) -> str:
    lines = (_tag(name, str(fields.get(name, ""))) for name in _ELEMENTS)
    return "  <request>\n" + "".join(lines) + "  </request>\n"


def _tag(name: str, text: str) -> str:
    return f"    <{name}>{escape(text)}</{name}>\n" if text else f"    <{name}/>\n"
