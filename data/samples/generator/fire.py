"""Twelve months of fire and rescue incidents, before they are put into text: see `lfb`."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from generator.clock import DAYTIME, EVENING, MEALS, NIGHT, RUSH, Rhythm, month_bounds
from generator.dice import Chooser, Dice
from generator.planted import HOT_SPOTS
from generator.streets import OUTSIDE, Street, Streets, jitter
from generator.tally import Flaw
from generator.town import Point

_BACKGROUND: Final = 1620
_TWINS_OF_EACH_KIND: Final = 26
# The council has 48 hours to hear of a fire, and its file ends on 30 September.
_LAST_TWIN: Final = date(2026, 9, 25)

_MISCHIEF_AND_BONFIRE: Final = {
    date(2025, 10, 30): 4.0,
    date(2025, 10, 31): 3.0,
    date(2025, 11, 4): 3.0,
    date(2025, 11, 5): 8.0,
    date(2025, 11, 6): 2.0,
}
_KITCHEN: Final = Rhythm(MEALS)
_WORKPLACE: Final = Rhythm(DAYTIME, (1.2, 1.2, 1.2, 1.2, 1.2, 0.6, 0.5))
_TRAFFIC: Final = Rhythm(RUSH, (1.1, 1.0, 1.0, 1.1, 1.3, 1.0, 0.9))
_ARSON: Final = Rhythm(EVENING, (0.9, 0.8, 0.9, 0.9, 1.2, 1.3, 1.1), _MISCHIEF_AND_BONFIRE)
_VEHICLE_ARSON: Final = Rhythm(NIGHT)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of incident in the words of the London Fire Brigade, trailing spaces included.

    `exact` is False for dwellings, of which only the 100 m square is published. `twin` names what the council may
    hear of as well.
    """

    group: str
    stop_code: str
    special_service: str
    property: tuple[str, str]
    share: float
    exact: bool
    central: float
    rhythm: Rhythm
    twin: str = ""


# The property types that come up more than once.
_HOUSE: Final = ("Dwelling", "House - single occupancy ")
_FLATS: Final = ("Dwelling", "Purpose Built Flats/Maisonettes - 4 to 9 storeys ")
_TOWER: Final = ("Dwelling", "Purpose Built Flats/Maisonettes - 10 or more storeys ")
_SHELTERED: Final = ("Dwelling", "Self contained Sheltered Housing ")
_SHOP: Final = ("Non Residential", "Single shop ")
_OFFICE: Final = ("Non Residential", "Purpose built office ")
_PHONE_BOX: Final = ("Non Residential", "Telephone box ")
_STUDENTS: Final = ("Other Residential", "Student Hall of Residence ")
_CAR: Final = ("Road Vehicle", "Car ")
_VAN: Final = ("Road Vehicle", "Van ")
_REFUSE: Final = ("Outdoor", "Loose refuse ")
_BIN: Final = ("Outdoor Structure", "Wheelie Bin ")
_GRASS: Final = ("Outdoor", "Grassland, pasture, grazing etc ")
_SCRUB: Final = ("Outdoor", "Tree scrub ")
_GARDEN: Final = ("Outdoor", "Domestic garden ")
_ROAD: Final = ("Outdoor", "Road surface/pavement ")

_EVENINGS: Final = Rhythm(EVENING)
_KINDS: Final = (
    Kind("Fire", "Primary Fire", "", _HOUSE, 5, False, 0.05, _KITCHEN),
    Kind("Fire", "Primary Fire", "", _FLATS, 3, False, 0.2, _KITCHEN),
    Kind("Fire", "Primary Fire", "", _SHOP, 1.5, True, 0.4, _WORKPLACE),
    Kind("Fire", "Primary Fire", "", _CAR, 3.5, True, 0.03, _VEHICLE_ARSON, "vehicle_fire"),
    Kind("Fire", "Primary Fire", "", _VAN, 1, True, 0.03, _VEHICLE_ARSON, "vehicle_fire"),
    Kind("Fire", "Chimney Fire", "", _HOUSE, 0.5, False, 0.0, _EVENINGS),
    Kind("Fire", "Secondary Fire", "", _REFUSE, 6, True, 0.08, _ARSON, "rubbish_fire"),
    Kind("Fire", "Secondary Fire", "", _BIN, 3, True, 0.1, _ARSON),
    Kind("Fire", "Secondary Fire", "", _GRASS, 3, True, 0.0, _ARSON),
    Kind("Fire", "Secondary Fire", "", _SCRUB, 2, True, 0.0, _ARSON),
    Kind("False Alarm", "AFA", "", _SHELTERED, 17, False, 0.08, _KITCHEN),
    Kind("False Alarm", "AFA", "", _OFFICE, 12, True, 0.4, _WORKPLACE),
    Kind("False Alarm", "AFA", "", _STUDENTS, 4, True, 0.5, _KITCHEN),
    Kind("False Alarm", "False alarm - Good intent", "", _GARDEN, 6, True, 0.08, _EVENINGS),
    Kind("False Alarm", "False alarm - Good intent", "", _HOUSE, 6, False, 0.05, _KITCHEN),
    Kind("False Alarm", "False alarm - Malicious", "", _PHONE_BOX, 2.5, True, 0.3, _EVENINGS),
    Kind("Special Service", "Special Service", "RTC", _CAR, 6, True, 0.15, _TRAFFIC),
    Kind("Special Service", "Special Service", "Effecting entry/exit", _HOUSE, 9, False, 0.1, _WORKPLACE),
    Kind("Special Service", "Special Service", "Flooding", _HOUSE, 5, False, 0.08, _KITCHEN),
    Kind("Special Service", "Special Service", "Lift Release", _TOWER, 3, False, 0.3, _KITCHEN),
    Kind("Special Service", "Special Service", "Assist other agencies", _ROAD, 3, True, 0.15, _EVENINGS),
    Kind("Special Service", "Special Service", "Spills and Leaks (not RTC)", _ROAD, 1.5, True, 0.1, _TRAFFIC),
)


@dataclass(frozen=True, slots=True)
class Incident:
    """A call: `when` on a British clock, the true place, and the street it lies on."""

    kind: Kind
    when: datetime
    point: Point
    street: Street
    flaw: Flaw | None = None
    twin_kind: str = ""
    number: str = ""


def incidents(streets: Streets) -> list[Incident]:
    """All incidents in the order of the calls, numbered; some marked as known to the council, too."""
    dice = Dice("fire")
    calls = [*_background(dice, streets), *_planted(dice, streets)]
    calls = [*_with_twins(dice, calls), *_flawed(dice, calls)]
    calls.sort(key=lambda incident: (incident.when, incident.point))
    return [replace(call, number=f"{i:06}-{call.when:%d%m%Y}") for i, call in enumerate(calls, start=1)]


def _background(dice: Dice, streets: Streets) -> Iterator[Incident]:
    kinds = Chooser(((kind, kind.rhythm.days()), kind.share) for kind in _KINDS)
    for _ in range(_BACKGROUND):
        kind, days = kinds.draw(dice)
        street = streets.draw(dice, kind.central)
        yield Incident(kind, kind.rhythm.moment(dice, days), jitter(dice, street), street)


def _planted(dice: Dice, streets: Streets) -> Iterator[Incident]:
    for spot in HOT_SPOTS:
        for stop_code, monthly in spot.monthly("fire"):
            kinds = [kind for kind in _KINDS if kind.stop_code == stop_code]
            for month, n in enumerate(monthly):
                days = _ARSON.days(*month_bounds(month))
                for _ in range(n):
                    street = streets.draw_at_hot_spot(dice, spot.id)
                    yield Incident(dice.pick(kinds), _ARSON.moment(dice, days), jitter(dice, street), street)


def _with_twins(dice: Dice, calls: list[Incident]) -> list[Incident]:
    marked = list(calls)
    for kind in ("vehicle_fire", "rubbish_fire"):
        able = [i for i, call in enumerate(calls) if call.kind.twin == kind and call.when.date() < _LAST_TWIN]
        for i in dice.sample(able, _TWINS_OF_EACH_KIND):
            marked[i] = replace(calls[i], twin_kind=kind)
    return marked


def _flawed(dice: Dice, calls: list[Incident]) -> list[Incident]:
    dwellings = [call for call in calls if not call.kind.exact]
    in_november = [call for call in calls if (call.when.month, call.when.day) == (11, 30)]
    away = [(call, dice.pick(OUTSIDE)) for call in dice.sample(calls, 3)]
    return [
        *(replace(call, flaw=Flaw.INVALID_DATE) for call in dice.sample(in_november, min(2, len(in_november)))),
        *(replace(call, flaw=Flaw.INVALID_COORDINATES) for call in dice.sample(dwellings, 2)),
        *(replace(call, flaw=Flaw.NO_LOCATION) for call in dice.sample(dwellings, 3)),
        *(replace(call, point=street.point, street=street, flaw=Flaw.OUTSIDE_AREA) for call, street in away),
    ]
