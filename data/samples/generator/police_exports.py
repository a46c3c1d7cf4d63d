"""A quarter of what a force's own systems export: the control room's log and recorded crime."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from generator.clock import DAYTIME, EVENING, NIGHT, RUSH, Rhythm, existing
from generator.dice import Chooser, Dice
from generator.sheet import FIRST, Row, Sheet, metres, with_cells
from generator.streets import OUTSIDE, Street, Streets, jitter
from generator.town import TOWN, Point, ward_of

_PLACE: Final = ("Easting", "Northing")
_LOG: Final = (
    "IncidentRef", "Created", "Grade", "OpeningCode", "ClosingCode", "ASBQualifier", "Result", "Beat", "Easting",
    "Northing", "LocationText", "CallerName", "CallerTelephone", "Remarks", "ExternalRef",
)  # fmt: skip
_ASB: Final = "Anti-social behaviour"
# What it was taken for, what it was, qualifier, grade, hours, share. Empty: not closed yet.
_CALLS: Final = (
    ((_ASB, _ASB, "Nuisance", "2", Rhythm(EVENING)), 40),
    ((_ASB, _ASB, "Personal", "2", Rhythm(EVENING)), 14),
    ((_ASB, _ASB, "Environmental", "3", Rhythm(DAYTIME)), 8),
    (("Suspicious circumstances", _ASB, "Nuisance", "2", Rhythm(NIGHT)), 5),
    ((_ASB, "Crime recorded", "Personal", "1", Rhythm(EVENING)), 4),
    ((_ASB, "", "Nuisance", "2", Rhythm(EVENING)), 3),
    (("Rowdy or inconsiderate behaviour", "Rowdy or inconsiderate behaviour", "", "2", Rhythm(EVENING)), 4),
    (("Transport - road traffic collision", "Transport - road traffic collision", "", "1", Rhythm(RUSH)), 12),
    (("Transport - highway disruption", "Transport - highway disruption", "", "2", Rhythm(RUSH)), 8),
    (("Alarm", "Public safety and welfare - concern for safety", "", "1", Rhythm(EVENING)), 6),
    (("Concern for safety", "Public safety and welfare - concern for safety", "", "1", Rhythm(EVENING)), 12),
    (("Missing person", "Public safety and welfare - missing person", "", "2", Rhythm(EVENING)), 6),
    (("Crime - theft", "Crime recorded", "", "3", Rhythm(DAYTIME)), 14),
    (("Administration - found property", "Administration - found property", "", "3", Rhythm(DAYTIME)), 6),
    (("Public safety and welfare - alarm", "Administration - duplicate", "", "3", Rhythm(NIGHT)), 4),
)
_RESULTS: Final = ("Advice given", "No trace on arrival", "Words of warning", "Report taken", "")
_CRIMES: Final = (
    "CrimeNumber", "CommittedFrom", "CommittedTo", "HomeOfficeCode", "OutcomeCode", "Beat", "Easting", "Northing",
    "Address", "Postcode", "VictimName", "OffenderName", "ModusOperandi", "ExternalRef",
)  # fmt: skip
# Code, hours between from and to at most, hours of the day, share.
_CODES: Final = (
    (("28E/1", 60, Rhythm(DAYTIME)), 10), (("28F", 40, Rhythm(NIGHT)), 3), (("30C", 60, Rhythm(NIGHT)), 5),
    (("45/10", 12, Rhythm(NIGHT)), 10), (("48/1", 12, Rhythm(NIGHT)), 6), (("58C", 10, Rhythm(NIGHT)), 10),
    (("58A", 6, Rhythm(EVENING)), 6), (("34B", 0, Rhythm(EVENING)), 3), (("8N/1", 0, Rhythm(EVENING)), 16),
    (("105A", 0, Rhythm(EVENING)), 10), (("46", 0, Rhythm(DAYTIME)), 14), (("39", 0, Rhythm(DAYTIME)), 3),
    (("49/10", 8, Rhythm(DAYTIME)), 6), (("9A", 0, Rhythm(EVENING)), 10), (("20A", 0, Rhythm(NIGHT)), 2),
    (("53D", 0, Rhythm(DAYTIME)), 2), (("92E", 0, Rhythm(EVENING)), 4), (("10D", 0, Rhythm(EVENING)), 2),
    (("56B", 0, Rhythm(NIGHT)), 2), (("44", 10, Rhythm(DAYTIME)), 4), (("79", 0, Rhythm(DAYTIME)), 1),
)  # fmt: skip
_FATES: Final = (("18", 45), ("14", 12), ("15", 12), ("16", 15), ("1", 8), ("8", 6), ("3", 2), ("22", 1), ("", 8))


def sheets(streets: Streets, fires: Sheet) -> list[Sheet]:
    """Both. `fires`: of some the control room heard too, and noted the fire service's number."""
    return [_log(Dice("police-cad"), streets, fires), _crimes(Dice("police-crimes"), streets)]


def _log(dice: Dice, streets: Streets, fires: Sheet) -> Sheet:
    sheet = Sheet("police-cad", "command-and-control-2026-q3.csv", _LOG, "IncidentRef", "Created", _PLACE)
    calls, heard = Chooser(_CALLS), _deliberate(fires)
    rows = [_call(dice, streets, calls.draw(dice)) for _ in range(210)]
    rows += [_about_a_fire(dice, fire) for fire in dice.sample(heard, 10)]
    rows.sort(key=lambda row: datetime.strptime(row.cells["Created"], "%d/%m/%Y %H:%M:%S"))
    sheet.rows.extend(_numbered(rows))
    spoils = [
        sheet.rejected("missing_id", id=""),
        sheet.rejected("mangled_id", id="1E+05"),
        sheet.rejected("invalid_date", start="31/09/2026 21:15:00"),
        sheet.rejected("implausible_date", start="14/09/26 21:15"),
        sheet.rejected("coordinates_in_degrees", Easting="-1.231000", Northing="54.571000"),
        sheet.nowhere("0"),
        sheet.nowhere("Not geo-coded"),
        with_cells({"OpeningCode": "Séance", "ClosingCode": "", "ASBQualifier": ""}, unmapped="Séance"),
        with_cells(sheet.placed(*metres(OUTSIDE[0].point)), outside=True),
        with_cells({"Grade": "9"}),
        with_cells({"Created": "14/09/2026"}),
    ]
    return sheet.spoiled(dice, spoils)


def _deliberate(fires: Sheet) -> list[dict[str, str]]:
    """Fires that were set, not in a dwelling, with an exact place."""
    found = (row.cells for row in fires.rows if not row.rejected and not row.nowhere)
    return [cells for cells in found if "Deliberate" in cells["Motive"] and cells["PropertyCategory"] != "Dwelling"]


def _numbered(rows: Iterable[Row]) -> Iterable[Row]:
    """The log's numbers start again each day."""
    given: Counter[str] = Counter()
    for row in rows:
        day = row.cells["Created"][:10]
        given[day] += 1
        yield replace(row, cells=row.cells | {"IncidentRef": f"{given[day]:04}"})


def _call(dice: Dice, streets: Streets, kind: tuple[str, str, str, str, Rhythm]) -> Row:
    opening, closing, qualifier, grade, hours = kind
    street = streets.draw(dice, 0.15)
    said = {
        "Created": f"{hours.moment(dice, hours.days(FIRST)):%d/%m/%Y %H:%M:%S}",
        "Grade": grade,
        "OpeningCode": opening,
        "ClosingCode": closing,
        "ASBQualifier": qualifier,
        "Result": dice.pick(_RESULTS) if closing else "",
    }
    return Row(said | _at(street, jitter(dice, street)) | _caller())


def _about_a_fire(dice: Dice, fire: dict[str, str]) -> Row:
    """Within half an hour and 60 m of the fire service's call."""
    called = datetime.strptime(f"{fire['DateOfCall']} {fire['TimeOfCall']}", "%d/%m/%Y %H:%M:%S")
    when = existing(called + timedelta(seconds=dice.below(1800)))
    east, north = (float(fire[name]) + dice.below(80) - 40.0 for name in ("Easting_m", "Northing_m"))
    cells = {
        "Created": f"{when:%d/%m/%Y %H:%M:%S}",
        "Grade": "1",
        "OpeningCode": _ASB,
        "ClosingCode": _ASB,
        "ASBQualifier": "Environmental",
        "Result": "Fire service attended",
        "ExternalRef": fire["IncidentNumber"],
        "Beat": ward_of(Point(east, north))[0],
        "LocationText": f"(made up), {TOWN}",
    }
    return Row(cells | dict(zip(_PLACE, metres(Point(east, north)), strict=True)) | _caller())


def _at(street: Street, point: Point) -> dict[str, str]:
    place = dict(zip(_PLACE, metres(point), strict=True))
    return place | {"Beat": ward_of(point)[0], "LocationText": f"Outside (made up), {street.name}, {TOWN}"}


def _caller() -> dict[str, str]:
    return dict.fromkeys(("CallerName", "CallerTelephone", "Remarks"), "(made up)")


def _crimes(dice: Dice, streets: Streets) -> Sheet:
    sheet = Sheet("police-crimes", "recorded-crime-2026-q3.csv", _CRIMES, "CrimeNumber", "CommittedFrom", _PLACE)
    codes, fates = Chooser(_CODES), Chooser(_FATES)
    for number in range(160):
        code, hours, rhythm = codes.draw(dice)
        street = streets.draw(dice, 0.15)
        since = rhythm.moment(dice, rhythm.days(FIRST))
        cells = {
            "CrimeNumber": f"26/{104_001 + number}",
            "CommittedFrom": _written(dice, since),
            "CommittedTo": _until(dice, since, hours),
            "HomeOfficeCode": code,
            "OutcomeCode": fates.draw(dice),
            "Address": f"(made up), {street.name}, {TOWN}",
            "Postcode": "ZZ1 1ZZ",
            **dict.fromkeys(("VictimName", "OffenderName", "ModusOperandi"), "(made up)"),
        }
        where = {name: text for name, text in _at(street, jitter(dice, street)).items() if name in _CRIMES}
        sheet.rows.append(Row(cells | where))
    spoils = [
        sheet.rejected("missing_id", id=""),
        sheet.rejected("mangled_id", id="2.6E+10"),
        sheet.rejected("invalid_date", start=""),
        sheet.rejected("ends_before_start", start="14/09/2026 18:00", CommittedTo="11/09/2026 08:00"),
        sheet.rejected("invalid_date", CommittedTo="some time later"),
        sheet.rejected("invalid_coordinates", Easting="in the yard"),
        sheet.rejected("missing_category", HomeOfficeCode=" "),
        sheet.nowhere(""),
        sheet.nowhere("0"),
        with_cells({"HomeOfficeCode": "195/94"}, unmapped="195/94"),
        with_cells(sheet.placed(*metres(OUTSIDE[2].point)), outside=True),
    ]
    return sheet.spoiled(dice, spoils)


def _written(dice: Dice, moment: datetime) -> str:
    """One in twelve is known to the day only, which these systems hold as midnight."""
    return f"{moment:%d/%m/%Y} 00:00" if dice.chance(1 / 12) else f"{moment:%d/%m/%Y %H:%M}"


def _until(dice: Dice, since: datetime, hours: int) -> str:
    """Empty for what was seen; else the moment at which it was found."""
    if not hours or dice.chance(0.2):
        return ""
    return f"{existing(since + timedelta(minutes=30 + dice.below(60 * hours))):%d/%m/%Y %H:%M}"
