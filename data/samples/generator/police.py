"""Twelve monthly snapshots in the layout of data.police.uk's street-level files."""

from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Final

from generator.clock import MONTHS
from generator.dice import SEED, Chooser, Dice
from generator.planted import HOT_SPOTS
from generator.streets import OUTSIDE, Street, Streets
from generator.tally import Flaw, Tally
from generator.town import to_lonlat

HEADER: Final = (
    "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,"
    "Crime type,Last outcome category,Context"
)
FORCE: Final = "Made-up Police"
ASB: Final = "Anti-social behaviour"
_UNKNOWN_TYPE: Final = "Maritime offences"
_BACKGROUND: Final = 760
_WITHOUT_LOCATION: Final = 12

# Share of a month's rows, and the share of those that are drawn to the town centre.
_TYPES: Final[dict[str, tuple[float, float]]] = {
    ASB: (22, 0.12),
    "Bicycle theft": (1.5, 0.15),
    "Burglary": (5.5, 0.03),
    "Criminal damage and arson": (11, 0.05),
    "Drugs": (3, 0.12),
    "Other theft": (6, 0.12),
    "Possession of weapons": (1, 0.15),
    "Public order": (8, 0.15),
    "Robbery": (1, 0.15),
    "Shoplifting": (7, 0.23),
    "Theft from the person": (1, 0.25),
    "Vehicle crime": (6, 0.03),
    "Violence and sexual offences": (27, 0.1),
    "Other crime": (2, 0.07),
}
_ASB_SEASON: Final = (1.25, 1.1, 0.8, 0.75, 0.8, 0.95, 1.05, 1.1, 1.15, 1.2, 1.15, 1.0)

_THEFT: Final = {
    "Investigation complete; no suspect identified": 70.0,
    "Unable to prosecute suspect": 12.0,
    "Court result unavailable": 6.0,
    "Awaiting court outcome": 3.0,
    "Local resolution": 4.0,
    "Status update unavailable": 2.0,
    "Suspect charged as part of another case": 0.5,
}
_OTHER: Final = {
    "Unable to prosecute suspect": 55.0,
    "Investigation complete; no suspect identified": 20.0,
    "Court result unavailable": 7.0,
    "Awaiting court outcome": 4.0,
    "Local resolution": 4.0,
    "Further investigation is not in the public interest": 3.0,
    "Formal action is not in the public interest": 2.0,
    "Offender given a caution": 2.0,
    "Action to be taken by another organisation": 1.0,
}
_THEFT_TYPES: Final = {
    "Bicycle theft",
    "Burglary",
    "Criminal damage and arson",
    "Other theft",
    "Theft from the person",
    "Vehicle crime",
}
# The share of crimes that have no outcome yet: of the last three months, and of those before.
_PENDING: Final = (0.45, 0.7, 0.9)
_PENDING_LATER: Final = 0.04


@dataclass(frozen=True, slots=True)
class Crime:
    """One row before it is put into text."""

    kind: str
    street: Street
    outcome: str
    flaw: Flaw | None = None


def month_file(streets: Streets, month: int) -> tuple[str, Tally]:
    """The text of a month's snapshot and what an importer should say of it."""
    crimes = sorted(_crimes(streets, month), key=_order)
    tally = Tally()
    for crime in crimes:
        tally.count(crime.flaw, crime.kind)
    lines = [_line(crime, month, number) for number, crime in enumerate(crimes)]
    return "\n".join([HEADER, *lines, ""]), tally


def _order(crime: Crime) -> tuple[bool, str, str, str, str, str]:
    street = crime.street
    return (crime.flaw is Flaw.NO_LOCATION, street.lsoa_code, crime.kind, street.name, crime.outcome, crime.flaw or "")


def _crimes(streets: Streets, month: int) -> list[Crime]:
    dice = Dice("police", MONTHS[month])
    kinds = Chooser((kind, share * _season(kind, month)) for kind, (share, _) in _TYPES.items())
    size = _BACKGROUND + dice.below(80)
    drawn = [kinds.draw(dice) for _ in range(size)]
    crimes = [_crime(dice, kind, streets.draw(dice, _TYPES[kind][1]), month) for kind in drawn]
    crimes += _planted(dice, streets, month)
    return crimes + _flawed(dice, crimes, month)


def _season(kind: str, month: int) -> float:
    return _ASB_SEASON[month] if kind == ASB else 1.0


def _crime(dice: Dice, kind: str, street: Street, month: int) -> Crime:
    return Crime(kind, street, "" if kind == ASB else _outcome(dice, kind, month))


def _outcome(dice: Dice, kind: str, month: int) -> str:
    age = len(MONTHS) - 1 - month
    pending = _PENDING[-1 - age] if age < len(_PENDING) else _PENDING_LATER
    if dice.chance(pending):
        return "Under investigation"
    return Chooser((_THEFT if kind in _THEFT_TYPES else _OTHER).items()).draw(dice)


def _planted(dice: Dice, streets: Streets, month: int) -> list[Crime]:
    return [
        _crime(dice, kind, streets.draw_at_hot_spot(dice, spot.id), month)
        for spot in HOT_SPOTS
        for kind, monthly in spot.monthly("police")
        for _ in range(monthly[month])
    ]


def _flawed(dice: Dice, crimes: list[Crime], month: int) -> list[Crime]:
    """Rows with a flaw: some in each month, and one of each rarer kind in a month of its own."""
    flaws = [Flaw.NO_LOCATION] * _WITHOUT_LOCATION
    rare = {
        2: [Flaw.COORDINATES_IN_METRES],
        4: [Flaw.NULL_ISLAND] * 2,
        6: [Flaw.UNKNOWN_CATEGORY] * 2,
        9: [Flaw.NULL_ISLAND] * 2,
        11: [Flaw.INVALID_DATE],
    }
    flaws += rare.get(month, [])
    spoilt = [replace(crime, flaw=flaw) for crime, flaw in zip(dice.sample(crimes, len(flaws)), flaws, strict=True)]
    spoilt = [replace(crime, kind=_UNKNOWN_TYPE) if crime.flaw is Flaw.UNKNOWN_CATEGORY else crime for crime in spoilt]
    return [*spoilt, replace(dice.pick(crimes), street=dice.pick(OUTSIDE), flaw=Flaw.OUTSIDE_AREA)]


def _line(crime: Crime, month: int, number: int) -> str:
    stated_month = "2026-13" if crime.flaw is Flaw.INVALID_DATE else MONTHS[month]
    place = _place(crime)
    return ",".join(
        [_crime_id(crime, month, number), stated_month, FORCE, FORCE, *place, crime.kind, crime.outcome, ""]
    )


def _crime_id(crime: Crime, month: int, number: int) -> str:
    if crime.kind == ASB:
        return ""
    return sha256(f"{SEED}/crime/{MONTHS[month]}/{number}".encode()).hexdigest()


def _place(crime: Crime) -> list[str]:
    """Longitude, latitude, location, LSOA code and name."""
    street = crime.street
    label = [f"On or near {street.name}", street.lsoa_code, street.lsoa_name]
    if crime.flaw is Flaw.NO_LOCATION:
        return ["", "", "No Location", "", ""]
    if crime.flaw is Flaw.NULL_ISLAND:
        return ["0.000000", "0.000000", *label]
    if crime.flaw is Flaw.COORDINATES_IN_METRES:
        return [f"{street.point.easting:.0f}", f"{street.point.northing:.0f}", *label]
    longitude, latitude = to_lonlat(street.point)
    return [f"{longitude:.6f}", f"{latitude:.6f}", *label]
