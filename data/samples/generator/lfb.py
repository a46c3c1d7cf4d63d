"""Fire and rescue incidents in the 39 columns that the London Fire Brigade publishes."""

from datetime import date
from typing import Final

from generator.dice import Dice
from generator.fire import Incident
from generator.tally import Flaw, Tally
from generator.town import TOWN, to_lonlat, ward_of

HEADER: Final = (
    "IncidentNumber,DateOfCall,CalYear,TimeOfCall,HourOfCall,IncidentGroup,StopCodeDescription,SpecialServiceType,"
    "PropertyCategory,PropertyType,AddressQualifier,Postcode_full,Postcode_district,UPRN,USRN,IncGeo_BoroughCode,"
    "IncGeo_BoroughName,ProperCase,IncGeo_WardCode,IncGeo_WardName,IncGeo_WardNameNew,Easting_m,Northing_m,"
    "Easting_rounded,Northing_rounded,Latitude,Longitude,FRS,IncidentStationGround,"
    "FirstPumpArriving_AttendanceTime,FirstPumpArriving_DeployedFromStation,SecondPumpArriving_AttendanceTime,"
    "SecondPumpArriving_DeployedFromStation,NumStationsWithPumpsAttending,NumPumpsAttending,PumpCount,"
    "PumpMinutesRounded,Notional Cost (£),NumCalls"
)
ENCODING: Final = "cp1252"
"""In which the pound sign of the header is one byte that is not UTF-8."""

_FRS: Final = "Made-up"
_STATIONS: Final = ("Kelderby Docks", "Kelderby Moor")
_SOUTH_OF: Final = 517_000.0
_COST_OF_AN_HOUR: Final = 388
# Written out, because strftime's %b follows the language of the machine.
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def as_csv(incidents: list[Incident]) -> tuple[str, Tally]:
    """The text of the file and what an importer should say of it."""
    dice, tally = Dice("fire", "details"), Tally()
    lines: list[str] = []
    for incident in incidents:
        tally.count(incident.flaw, incident.kind.stop_code)
        lines.append(",".join(_quoted(cell) for cell in _cells(dice, incident)))
    return "\n".join([HEADER, *lines, ""]), tally


def _quoted(cell: str) -> str:
    return f'"{cell}"' if "," in cell else cell


def _cells(dice: Dice, incident: Incident) -> list[str]:
    # Releases differ in how they leave a cell empty, so one file holds both ways.
    empty = dice.pick(("", "NULL"))
    cells = [
        *_call(incident),
        *_what(incident),
        *_address(dice, incident),
        *_place(incident),
        _FRS,
        *_attendance(dice, incident),
    ]
    return [cell or empty for cell in cells]


def _call(incident: Incident) -> list[str]:
    when = incident.when
    day = "31 Nov 2025" if incident.flaw is Flaw.INVALID_DATE else _written(when.date())
    return [incident.number, day, str(when.year), f"{when:%H:%M:%S}", str(when.hour)]


def _written(day: date) -> str:
    return f"{day.day:02} {_MONTHS[day.month - 1]} {day.year}"


def _what(incident: Incident) -> list[str]:
    kind = incident.kind
    return [kind.group, kind.stop_code, kind.special_service, *kind.property]


def _address(dice: Dice, incident: Incident) -> list[str]:
    """Qualifier to ward name. Postcodes of area ZZ belong to no place; property and street numbers are left out."""
    code, ward = ("", "") if incident.flaw is Flaw.NO_LOCATION else ward_of(incident.point)
    district = f"ZZ{int(code[-2:] or 0) + 1}"
    full = f"{district} {1 + dice.below(9)}ZZ" if incident.kind.exact else ""
    qualifier = "In street outside gazetteer location" if incident.kind.exact else "Correct incident location"
    uprn = "" if incident.kind.exact else "0.0"
    borough = ["E06990001", TOWN.upper(), TOWN]
    wards = [code, ward, ward] if code else [" Not geo-coded"] * 3
    return [qualifier, full, district, uprn, "", *borough, *wards]


def _place(incident: Incident) -> list[str]:
    """Exact eastings and northings, the centre of their 100 m square, latitude and longitude."""
    if incident.flaw is Flaw.NO_LOCATION:
        return [""] * 6
    point = incident.point
    square = [str(int(metres) // 100 * 100 + 50) for metres in point]
    if incident.flaw is Flaw.INVALID_COORDINATES:
        square[0] = ""
    if not incident.kind.exact:
        return ["", "", *square, "", ""]
    longitude, latitude = to_lonlat(point)
    return [*(f"{metres:.1f}" for metres in point), *square, f"{latitude:.10f}", f"{longitude:.10f}"]


def _attendance(dice: Dice, incident: Incident) -> list[str]:
    """Station ground to number of calls. One call in twenty ends before a pump arrives."""
    ground = _STATIONS[incident.point.northing < _SOUTH_OF]
    calls = f"{1 + dice.below(3)}.0"
    if dice.chance(0.05):
        return [ground, "", "", "", "", "", "", "1", "", "", calls]
    seconds = dice.between(150.0, 520.0)
    if incident.kind.stop_code != "Primary Fire" and dice.chance(0.75):
        return [ground, f"{seconds:.0f}.0", ground, "", "", *_effort(1, 1), calls]
    station, delay = dice.pick(_STATIONS), dice.between(15.0, 150.0)
    stations = 1 if station == ground else 2
    return [ground, f"{seconds:.0f}.0", ground, f"{seconds + delay:.0f}.0", station, *_effort(stations, 2), calls]


def _effort(stations: int, pumps: int) -> list[str]:
    """Stations and pumps attending, pumps, pump minutes and their notional cost: an hour of each pump."""
    return [f"{stations}.0", f"{pumps}.0", str(pumps), f"{60 * pumps}.0", f"{_COST_OF_AN_HOUR * pumps}.0"]
