"""A quarter of what residents report: Open311 in bulk, and a FixMyStreet dashboard that mirrors some requests."""

from dataclasses import replace
from datetime import date, datetime
from typing import Final

from generator.clock import DAYTIME, Rhythm, later, zoned
from generator.council import Request
from generator.dice import Chooser, Dice
from generator.sheet import FIRST, TAKEN, Row, Sheet, degrees, metres, with_cells
from generator.streets import OUTSIDE, Streets, jitter
from generator.town import TOWN, Point, ward_of

_LAST: Final = date(2026, 9, 20)
"""So that what is done about a report made on the dashboard is done when the quarter ends."""
_ONLINE: Final = Rhythm(DAYTIME)
_SERVICES: Final = (
    ("Fly-tipping", 8), ("Graffiti", 4), ("Litter", 6), ("Abandoned vehicle", 3), ("Noise", 3), ("Pot hole", 5),
)  # fmt: skip
_GROUPED: Final = (
    (("Rubbish", "Fly-tipping"), 7), (("Rubbish", "Litter"), 4), (("Graffiti", ""), 4), (("Roads", "Potholes"), 4),
    (("Abandoned vehicles", ""), 3), (("Dogs", "Dog fouling"), 2),
)  # fmt: skip
_STATES: Final = ("confirmed", "investigating", "in progress", "fixed - council", "fixed - user", "closed", "duplicate")
_MIRRORED: Final = 15
_PASSED_ON: Final = ("Fly-tipping", "Graffiti", "Litter", "Abandoned vehicle", "Dog fouling")


def bulk(dice: Dice, streets: Streets) -> Sheet:
    """Requests of the council; those that began as Confirm's enquiries have eastings under `long`, jobs have not."""
    header = (
        "service_request_id", "requested_datetime", "updated_datetime", "closed_date", "status_description",
        "status_notes", "source", "service_name", "service_subtype", "description", "agency_responsible", "address",
        "lat", "long",
    )  # fmt: skip
    place = ("long", "lat")
    sheet = Sheet("open311-bulk", "requests-2026-q3.csv", header, "service_request_id", "requested_datetime", place)
    services = Chooser(_SERVICES)
    for number in range(75):
        requested = zoned(_ONLINE.moment(dice, _ONLINE.days(FIRST)))
        done = later(requested, 1.0 + 200.0 * dice.fraction() * dice.fraction())
        street, job = streets.draw(dice, 0.08), dice.chance(0.5)
        cells = {
            "service_request_id": f"JOB_{80_001 + number}" if job else f"{80_001 + number}",
            "requested_datetime": requested.isoformat(),
            "updated_datetime": min(done, TAKEN).isoformat(),
            "closed_date": done.isoformat() if done <= TAKEN else "",
            "status_description": "closed" if done <= TAKEN else "open",
            "source": dice.pick(("web", "phone", "app")),
            "service_name": services.draw(dice),
            "description": f'Made up: by the wall, "{street.name}",\nsince Monday',
            "agency_responsible": f"{TOWN} Council",
            "address": f"{street.name}, {TOWN}",
        }
        sheet.rows.append(Row(cells | sheet.placed(*(degrees if job else metres)(jitter(dice, street)))))
    spoils = [
        sheet.rejected("missing_id", id=""),
        sheet.rejected("no_time_zone", start="2026-08-03T09:14:00"),
        sheet.rejected("future_date", start="2027-03-14T10:00:00+00:00"),
        sheet.swapped,
        sheet.nowhere(""),
        with_cells({"requested_datetime": ""}),
        with_cells({"updated_datetime": "2026-06-30T09:00:00+01:00"}),
        with_cells({"service_name": "Rats"}, unmapped="Rats"),
        with_cells(sheet.placed(*degrees(OUTSIDE[2].point)), outside=True),
    ]
    return sheet.spoiled(dice, spoils)


def dashboard(dice: Dice, streets: Streets, requests: list[Request]) -> Sheet:
    """Reports made on FixMyStreet; some went on to the council and carry the reference of its request."""
    header = (
        "Report ID", "Title", "Detail", "User Name", "Category", "Subcategory", "Created", "Confirmed", "Acknowledged",
        "Fixed", "Closed", "Status", "Latitude", "Longitude", "Query", "Ward", "Easting", "Northing", "Report URL",
        "Device Type", "Site Used", "Reported As", "External ID",
    )  # fmt: skip
    place = ("Longitude", "Latitude")
    sheet = Sheet("fixmystreet-dashboard", "dashboard-2026-q3.csv", header, "Report ID", "Created", place)
    able = [r for r in requests if r.flaw is None and FIRST <= r.requested.date() < _LAST]
    passed_on = dice.sample([r for r in able if r.service.name in _PASSED_ON], _MIRRORED)
    for request in passed_on:
        made = later(request.requested, -dice.between(0.02, 0.5))
        row = _report(dice, sheet, made, request.service.name, "", request.point)
        sheet.rows.append(replace(row, cells=row.cells | {"External ID": request.id}))
    groups = Chooser(_GROUPED)
    for _ in range(75 - _MIRRORED):
        made = zoned(_ONLINE.moment(dice, _ONLINE.days(FIRST, _LAST)))
        group, what = groups.draw(dice)
        sheet.rows.append(_report(dice, sheet, made, group, what, jitter(dice, streets.draw(dice, 0.1))))
    rows = sorted(sheet.rows, key=lambda row: row.cells["Created"])
    rows = [replace(row, cells=row.cells | _named(3_300_001 + at)) for at, row in enumerate(rows)]
    withdrawn = [sheet.rejected("withdrawn", Status=state) for state in ("hidden", "partial", "unconfirmed")]
    spoils = [
        *withdrawn,
        sheet.rejected("mangled_id", id="3.3E+06"),
        sheet.rejected("time_does_not_exist", start="2026-03-29T01:30:00"),
        with_cells({"Subcategory": "Weeds"}, unmapped="Weeds"),
    ]
    return replace(sheet, rows=rows).spoiled(dice, spoils)


def _named(number: int) -> dict[str, str]:
    return {"Report ID": str(number), "Report URL": f"/report/{number}"}


def _report(dice: Dice, sheet: Sheet, made: datetime, category: str, subcategory: str, point: Point) -> Row:
    confirmed, state = later(made, 0.05), dice.pick(_STATES)
    seen, done = later(made, dice.between(1.0, 30.0)), later(made, dice.between(31.0, 200.0))
    easting, northing = metres(point)
    cells = {
        "Title": "Made up: by the wall",
        "Detail": 'It has been here, "for days",\n\nand is still here – come and look',
        "User Name": dice.pick(("(anonymous)", "Made-up Reporter")),
        "Category": category,
        "Subcategory": subcategory,
        "Created": _written(made),
        "Confirmed": _written(confirmed),
        "Acknowledged": "" if state == "confirmed" else _written(seen),
        "Fixed": _written(done) if state.startswith("fixed") else "",
        "Closed": _written(done) if state == "closed" else "",
        "Status": state,
        "Query": "ZZ5 1ZZ",
        "Ward": ward_of(point)[1],
        "Easting": easting,
        "Northing": northing,
        "Device Type": dice.pick(("website", "mobile", "Android")),
        "Site Used": "fixmystreet",
        "Reported As": dice.pick(("", "", "another_user")),
    }
    return Row(cells | sheet.placed(*degrees(point)))


def _written(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}"
