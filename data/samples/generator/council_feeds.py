"""A quarter of the council's own registers: fly-tipping, abandoned vehicles, its customers' calls, warden returns."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from generator.clock import DAYTIME, EVENING, Rhythm, later, zoned
from generator.council import Request
from generator.dice import Chooser, Dice
from generator.fire import Incident
from generator.reports_feeds import bulk, dashboard
from generator.sheet import FIRST, TAKEN, Row, Sheet, Spoil, degrees, metres, with_cells
from generator.streets import OUTSIDE, Street, Streets, jitter
from generator.town import TOWN, Point

_OFFICE: Final = Rhythm(DAYTIME, (1.5, 1.2, 1.1, 1.0, 1.0, 0.6, 0.5))
_SHIFT: Final = Rhythm(EVENING)
_WHO: Final = {"OrganisationURI": "(made up)", "OrganisationLabel": f"{TOWN} Council"}
_WHERE: Final = ("UPRN", "USRN", "Location", "Notes", "CoordinateReferenceSystem", "GeoX", "GeoY", "ExternalReference")

_SIZES: Final = (
    ("Single black bag", 3), ("Single item", 6), ("Car boot or less", 8), ("Small van load", 9),
    ("Transit van load", 3), ("Tipper lorry load", 1), ("Significant/multi loads", 1),
)  # fmt: skip
_LANDS: Final = (
    ("Highway", 9), ("Footpath/bridleway", 4), ("Back alleyway", 7), ("Council land", 6), ("Private residential", 2),
    ("Commercial/industrial", 1), ("Watercourse/bank", 1), ("Other", 1),
)  # fmt: skip
_WASTES: Final = (
    ("Household black bags", 6), ("Other household", 8), ("Construction/demolition", 3), ("White goods", 2),
    ("Tyres ", 1), ("Green", 2), ("Asbestos", 0.5), ("Other", 1),
)  # fmt: skip
_SERVICES: Final = (
    ("Graffiti", 5), ("Litter", 8), ("Noise - domestic", 6), ("Needles", 3), ("Dog fouling", 5), ("Fly-posting", 2),
)  # fmt: skip
_ACTIVITIES: Final = (
    ("Patrol", 12), ("Reassurance visit", 3), ("Fixed penalty notice - litter", 2), ("FPN dog fouling", 1),
    ("Litter report", 3), ("Graffiti report", 2), ("Abandoned vehicle report", 2), ("Needle report", 1),
    ("ASB witnessed", 3), ("Referral", 1),
)  # fmt: skip


def sheets(streets: Streets, fires: list[Incident], requests: list[Request]) -> list[Sheet]:
    """All six."""
    vehicles = _vehicles(Dice("abandoned vehicles"), streets, fires)
    return [
        _fly_tipping(Dice("fly-tipping"), streets),
        vehicles,
        _environment(Dice("environment"), streets),
        _wardens(Dice("wardens"), streets, [row.cells["Reference"] for row in vehicles.rows]),
        bulk(Dice("bulk"), streets),
        dashboard(Dice("dashboard"), streets, requests),
    ]


def _fly_tipping(dice: Dice, streets: Streets) -> Sheet:
    kinds = [Chooser(words) for words in (_SIZES, _LANDS, _WASTES)]
    header = ("Reference", "Reported", "Removed", "Status", "SizeClass", "LandType", "WasteType", "ReportedBy")
    sheet = _register("council-fly-tipping", "fly-tipping-2026-q3.csv", header, bom=True)
    for number in range(75):
        reported, removed = _from_to(dice, 60.0)
        size, land, waste = (kind.draw(dice) for kind in kinds)
        said = {"SizeClass": size, "LandType": land, "WasteType": waste, "Removed": removed}
        status = "Removed" if removed else "Open"
        cells = {
            "Reference": f"FT-{264_001 + number}",
            "Reported": reported,
            "Status": status,
            "ReportedBy": "(made up)",
        }
        sheet.rows.append(Row(cells | said | _place(dice, streets.draw(dice, 0.04))))
    spoils = [
        *_usual(sheet),
        sheet.nowhere("Not geo-coded"),
        sheet.rejected("invalid_coordinates", GeoX="on the verge"),
        *[with_cells({"SizeClass": "Skip load"})] * 2,
        with_cells({"Reported": "04/08/2026", "Removed": "06/08/2026"}),
    ]
    return sheet.spoiled(dice, spoils)


def _vehicles(dice: Dice, streets: Streets, fires: list[Incident]) -> Sheet:
    header = (
        "Reference", "Reported", "Inspected", "NoticeType", "NoticeServed", "Removed", "TaxStatus", "Outcome",
        "VRM", "Make", "Model", "Colour",
    )  # fmt: skip
    sheet = _register("council-abandoned-vehicles", "abandoned-vehicles-2026-q3.csv", header)
    burnt = [fire for fire in fires if fire.twin_kind == "vehicle_fire" and fire.when.date() >= FIRST]
    for fire in burnt:
        sheet.rows.append(_vehicle(dice, later(zoned(fire.when), dice.between(1.0, 40.0)), fire.street, fire))
    for _ in range(65 - len(burnt)):
        sheet.rows.append(_vehicle(dice, zoned(_moment(dice)), streets.draw(dice, 0.01)))
    sheet.rows.sort(key=lambda row: datetime.strptime(row.cells["Reported"], "%d/%m/%Y %H:%M"))
    rows = [replace(row, cells=row.cells | {"Reference": f"AV-{2601 + at}"}) for at, row in enumerate(sheet.rows)]
    return replace(sheet, rows=rows).spoiled(dice, [*_usual(sheet), sheet.nowhere("")])


def _vehicle(dice: Dice, reported: datetime, street: Street, fire: Incident | None = None) -> Row:
    quick = dice.chance(0.3)
    inspected = later(reported, dice.between(0.3, 1.2) if quick else dice.between(4.0, 60.0))
    removed = later(inspected, dice.between(0.2, 1.5) if quick else dice.between(24.0, 240.0))
    notice = "24-hour" if quick or fire else dice.pick(("24-hour", "7-day", "15-day", "None"))
    taken = dice.chance(0.75) and removed <= TAKEN
    cells = {
        "Reported": _written(reported),
        "Inspected": _written(inspected) if inspected <= TAKEN else "",
        "NoticeType": notice,
        "NoticeServed": _written(inspected) if notice != "None" and inspected <= TAKEN else "",
        "Removed": _written(removed) if taken else "",
        "TaxStatus": dice.pick(("Untaxed", "Untaxed", "SORN", "Unknown", "Taxed")),
        "Outcome": "Removed" if taken else dice.pick(("Claimed by keeper", "Not abandoned", "")),
        **dict.fromkeys(("VRM", "Make", "Model", "Colour"), "(made up)"),
    }
    if fire is None:
        return Row(cells | _place(dice, street))
    near = Point(fire.point.easting + dice.below(80) - 40.0, fire.point.northing + dice.below(80) - 40.0)
    return Row(cells | _place(dice, street, near) | {"ExternalReference": fire.number})


def _environment(dice: Dice, streets: Streets) -> Sheet:
    header = ("Reference", "ServiceType", "Offensive", "Reported", "Closed", "Status", "CustomerName", "CustomerPhone")
    sheet = _register("council-environment", "requests-2026-q3.csv", header, encoding="cp1252")
    services = Chooser(_SERVICES)
    for number in range(80):
        reported, closed = _from_to(dice, 90.0)
        service = services.draw(dice)
        cells = {
            "Reference": f"ENV{70_501 + number}",
            "ServiceType": service,
            "Offensive": dice.pick(("Yes", "No")) if service == "Graffiti" else "",
            "Reported": reported,
            "Closed": closed,
            "Status": "Closed" if closed else "Open",
            "CustomerName": "(made up)",
        }
        sheet.rows.append(Row(cells | _place(dice, streets.draw(dice, 0.1))))
    spoils = [*_usual(sheet), sheet.nowhere("0"), *[with_cells({"ServiceType": "Rats"}, unmapped="Rats")] * 2]
    return sheet.spoiled(dice, spoils)


def _wardens(dice: Dice, streets: Streets, vehicles: list[str]) -> Sheet:
    header = (
        "ReturnID", "Team", "WardenName", "CollarNumber", "VisitStart", "VisitEnd", "Activity", "Result", "Subject",
        "USRN", "Location", "Notes", "Easting", "Northing", "ExternalReference",
    )  # fmt: skip
    place = ("Easting", "Northing")
    sheet = Sheet("warden-returns", "returns-2026-q3.csv", header, "ReturnID", "VisitStart", place)
    activities = Chooser(_ACTIVITIES)
    for number in range(100):
        start, activity = zoned(_SHIFT.moment(dice, _SHIFT.days(FIRST))), activities.draw(dice)
        minutes = 20 + dice.below(50) if activity == "Patrol" else 3 + dice.below(20)
        cells = {
            "ReturnID": f"WR-{9001 + number}",
            "Team": dice.pick(("Harbour", "Moor")),
            "VisitStart": _written(start),
            "VisitEnd": _written(later(start, minutes / 60.0)),
            "Activity": activity,
            "ExternalReference": dice.pick(vehicles) if activity.startswith("Abandoned") else "",
            **dict.fromkeys(("WardenName", "CollarNumber", "Subject", "Notes"), "(made up)"),
        }
        street = streets.draw(dice, 0.2)
        where = {"Location": f"{street.name}, {TOWN}", "USRN": "0"} | sheet.placed(*metres(jitter(dice, street)))
        sheet.rows.append(Row(cells | where))
    spoils = [
        sheet.rejected("missing_id", id=""),
        sheet.rejected("ends_before_start", VisitEnd="01/06/2026 09:00"),
        sheet.rejected("coordinates_in_degrees", Easting="-1.231000", Northing="54.571000"),
        sheet.rejected("missing_category", Activity=""),
        sheet.nowhere("NULL"),
        with_cells({"Activity": "Lost property"}, unmapped="Lost property"),
        with_cells(sheet.placed(*metres(OUTSIDE[1].point)), outside=True),
    ]
    return sheet.spoiled(dice, spoils)


def _register(feed: str, file: str, header: Sequence[str], encoding: str = "utf-8", *, bom: bool = False) -> Sheet:
    return Sheet(feed, file, (*_WHO, *header, *_WHERE), "Reference", "Reported", ("GeoX", "GeoY"), encoding, bom)


def _usual(sheet: Sheet) -> list[Spoil]:
    return [
        sheet.rejected("missing_id", id=""),
        sheet.rejected("mangled_id", id="2.64E+05"),
        sheet.rejected("invalid_date", start="31/09/2026 10:15"),
        sheet.rejected("future_date", start="14/03/2027 10:15"),
        sheet.swapped,
        with_cells(sheet.placed(*metres(OUTSIDE[0].point)), outside=True),
    ]


def _place(dice: Dice, street: Street, point: Point | None = None) -> dict[str, str]:
    """National Grid metres or degrees, whatever the register says of itself."""
    x, y = (metres if dice.chance(0.7) else degrees)(point or jitter(dice, street))
    return _WHO | {
        "UPRN": "0",
        "USRN": "0",
        "Location": f"Beside the wall, {street.name}, {TOWN} – see map",
        "Notes": "(made up)",
        "CoordinateReferenceSystem": "OSGB36",
        "GeoX": x,
        "GeoY": y,
    }


def _from_to(dice: Dice, hours: float) -> tuple[str, str]:
    """Reported and done; the second is empty where the quarter was over before."""
    reported = zoned(_moment(dice))
    done = later(reported, 0.5 + hours * dice.fraction() * dice.fraction() * 4.0)
    return _written(reported), _written(done) if done <= TAKEN else ""


def _moment(dice: Dice) -> datetime:
    return _OFFICE.moment(dice, _OFFICE.days(FIRST))


def _written(moment: datetime) -> str:
    return f"{moment:%d/%m/%Y %H:%M}"
