"""A quarter of a fire service's own records, in the shape of the Incident Recording System: with motives."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from generator.clock import EVENING, MEALS, NIGHT, RUSH, Rhythm
from generator.dice import Chooser, Dice
from generator.sheet import FIRST, Row, Sheet, Spoil, metres, with_cells
from generator.streets import OUTSIDE, Streets, jitter
from generator.town import TOWN, Point

FEED: Final = "fire-irs"
_HEADER: Final = (
    "IncidentNumber", "DateOfCall", "TimeOfCall", "IncidentType", "Motive", "SpecialServiceType", "PropertyCategory",
    "PropertyType", "SmokeAlarm", "AttackOnCrew", "Address", "Postcode_full", "Postcode_district", "UPRN", "Easting_m",
    "Northing_m", "Easting_rounded", "Northing_rounded", "StationGround", "CallerName", "CallerTelephone",
    "OccupierName", "Narrative", "Notional Cost (£)",
)  # fmt: skip
_PLACE: Final = ("Easting_m", "Northing_m")
_PRIMARY: Final = "Primary fire"
_SECONDARY: Final = "Secondary fire"
_SPECIAL: Final = "Special service"
_OTHERS: Final = "Deliberate - others property"
_OWN: Final = "Deliberate - own property"
_WHOSE: Final = "Deliberate - unknown"
_CHANCE: Final = "Accidental"
_UNSURE: Final = "Not known"
_CAR: Final = ("Road Vehicle", "Car ")
_HOME: Final = ("Dwelling", "House - single occupancy ")
_FLAT: Final = ("Dwelling", "Purpose built flat ")
_SHOP: Final = ("Non Residential", "Single shop ")
_BIN: Final = ("Outdoor Structure", "Wheelie Bin ")
_REFUSE: Final = ("Outdoor", "Loose refuse ")
_WRECK: Final = ("Road Vehicle", "Derelict car ")
_ROAD: Final = ("Outdoor", "Road surface/pavement ")

# Type, motive, special service, property, hours, share.
_KINDS: Final = (
    ((_PRIMARY, _CHANCE, "", _HOME, Rhythm(MEALS)), 14),
    ((_PRIMARY, _CHANCE, "", _FLAT, Rhythm(MEALS)), 8),
    ((_PRIMARY, _UNSURE, "", _HOME, Rhythm(NIGHT)), 2),
    ((_PRIMARY, _OWN, "", _HOME, Rhythm(NIGHT)), 1),
    ((_PRIMARY, _OTHERS, "", _SHOP, Rhythm(NIGHT)), 4),
    ((_PRIMARY, _OTHERS, "", _CAR, Rhythm(NIGHT)), 8),
    ((_PRIMARY, _CHANCE, "", _CAR, Rhythm(RUSH)), 4),
    ((_SECONDARY, _OTHERS, "", _BIN, Rhythm(EVENING)), 12),
    ((_SECONDARY, _WHOSE, "", _REFUSE, Rhythm(EVENING)), 14),
    ((_SECONDARY, _WHOSE, "", _WRECK, Rhythm(EVENING)), 2),
    ((_SECONDARY, _CHANCE, "", _REFUSE, Rhythm(EVENING)), 5),
    (("Chimney fire", _CHANCE, "", _HOME, Rhythm(EVENING)), 2),
    (("False alarm - due to apparatus", "", "", _FLAT, Rhythm(MEALS)), 18),
    (("False alarm - good intent", "", "", _REFUSE, Rhythm(EVENING)), 8),
    (("False alarm - malicious", "", "", _SHOP, Rhythm(EVENING)), 5),
    ((_SPECIAL, "", "Road traffic collision", _CAR, Rhythm(RUSH)), 8),
    ((_SPECIAL, "", "Effecting entry/exit", _HOME, Rhythm(MEALS)), 8),
    ((_SPECIAL, "", "Flooding", _FLAT, Rhythm(MEALS)), 5),
)
_ATTACKS: Final = ("Verbal abuse", "Objects thrown at firefighters or appliances", "Harassment")


def sheet(streets: Streets) -> Sheet:
    """150 calls, a few of them with a flaw."""
    dice, kinds = Dice(FEED), Chooser(_KINDS)
    found = Sheet(FEED, "incidents-2026-q3.csv", _HEADER, "IncidentNumber", "DateOfCall", _PLACE, encoding="cp1252")
    calls: list[tuple[datetime, dict[str, str]]] = []
    for _ in range(150):
        kind, motive, service, property_, hours = kinds.draw(dice)
        when = hours.moment(dice, hours.days(FIRST))
        cells = {"IncidentType": kind, "Motive": motive, "SpecialServiceType": service}
        calls.append((when, cells | _about(dice, property_) | _where(dice, streets, property_)))
    for number, (when, cells) in enumerate(sorted(calls, key=lambda call: call[0]), start=1):
        written = {"DateOfCall": f"{when:%d/%m/%Y}", "TimeOfCall": f"{when:%H:%M:%S}"}
        found.rows.append(Row({"IncidentNumber": f"KFR-26-{30_000 + number}"} | written | cells))
    return _spoilt(dice, found)


def _about(dice: Dice, property_: tuple[str, str]) -> dict[str, str]:
    category, kind = property_
    alarm = dice.pick(("Present", "Present", "Absent", "Not known")) if category == "Dwelling" else "NULL"
    return {
        "PropertyCategory": category,
        "PropertyType": kind,
        "SmokeAlarm": alarm,
        "AttackOnCrew": dice.pick(_ATTACKS) if dice.chance(0.05) else "None",
        "StationGround": "Kelderby Docks",
        **dict.fromkeys(("CallerName", "CallerTelephone", "OccupierName", "Narrative"), "(made up)"),
    }


def _where(dice: Dice, streets: Streets, property_: tuple[str, str]) -> dict[str, str]:
    """Dwellings are exact in some systems and rounded in others: half of them are either."""
    street = streets.draw(dice, 0.1)
    point = jitter(dice, street)
    exact = property_[0] != "Dwelling" or dice.chance(0.5)
    easting, northing = metres(point) if exact else ("NULL", "NULL")
    square = Point(*(axis // 100 * 100 + 50 for axis in point))
    rounded = dict(zip(("Easting_rounded", "Northing_rounded"), metres(square), strict=True))
    return {
        "Address": f"(made up), {street.name}, {TOWN}",
        "Postcode_full": "ZZ1 1ZZ",
        "Postcode_district": "ZZ1",
        "UPRN": "0.0",
        "Easting_m": easting,
        "Northing_m": northing,
        "Notional Cost (£)": "388.0",
        **rounded,
    }


def _spoilt(dice: Dice, found: Sheet) -> Sheet:
    nowhere = dict.fromkeys((*_PLACE, "Easting_rounded", "Northing_rounded"), "")
    unknown = dict.fromkeys(("Motive", "SpecialServiceType", "PropertyCategory", "AttackOnCrew"), "")
    x, y = metres(OUTSIDE[1].point)
    outside = {"Easting_m": x, "Northing_m": y, "PropertyCategory": "Outdoor"}
    spoils: list[Spoil] = [
        found.rejected("missing_id", id=""),
        found.rejected("mangled_id", id="2.6E+07"),
        found.rejected("invalid_date", start="31/09/2026"),
        found.rejected("coordinates_in_degrees", Easting_m="-1.231000", Northing_m="54.571000"),
        found.rejected("missing_category", IncidentType="NULL"),
        with_cells(outside, outside=True),
        with_cells(unknown | {"IncidentType": "Rehearsal"}, unmapped="Rehearsal"),
        lambda row: replace(row, cells=row.cells | nowhere, nowhere=True),
    ]
    return found.spoiled(dice, spoils)
