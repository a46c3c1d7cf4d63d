"""Twelve months of requests to the council, as Open311 GeoReport v2 writes them: see `open311` for the text."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from generator.clock import DAYTIME, EVENING, NIGHT, RUSH, Rhythm, later, month_bounds, zoned
from generator.dice import Chooser, Dice
from generator.fire import Incident
from generator.planted import HOT_SPOTS
from generator.streets import OUTSIDE, Street, Streets, jitter
from generator.tally import Flaw
from generator.town import Point

_BACKGROUND: Final = 3900
JSON_TAKEN: Final = zoned(datetime(2026, 9, 30, 9))
XML_SINCE: Final = zoned(datetime(2026, 9, 27))
XML_TAKEN: Final = zoned(datetime(2026, 9, 30, 23, 59, 59))

# People report on weekdays what they see at the weekend; noise and nuisance are reported as they happen.
_OFFICE: Final = Rhythm(DAYTIME, (1.5, 1.2, 1.1, 1.0, 1.0, 0.6, 0.5))
_COMMUTE: Final = Rhythm(RUSH, (1.2, 1.1, 1.1, 1.1, 1.1, 0.6, 0.5))
_WEEKEND_NIGHT: Final = Rhythm(NIGHT, (0.7, 0.6, 0.7, 0.8, 1.4, 1.9, 1.3))
_WEEKEND_EVENING: Final = Rhythm(EVENING, (0.9, 0.8, 0.9, 1.0, 1.4, 1.5, 1.1))


@dataclass(frozen=True, slots=True)
class Service:
    """A kind of request: its share of all, how central it is, when it is made and how long it takes (median hours)."""

    name: str
    code: str
    team: str
    share: float
    central: float
    rhythm: Rhythm
    hours: float


_CLEANSING: Final = "Street Cleansing"
_HIGHWAYS: Final = "Highways"
_WARDENS: Final = "Neighbourhood Wardens"
_HEALTH: Final = "Environmental Health"

_SERVICES: Final = {
    service.name: service
    for service in (
        Service("Fly-tipping", "FLYTIP", _CLEANSING, 16, 0.04, _OFFICE, 60),
        Service("Abandoned vehicle", "ABVEH", _WARDENS, 5, 0.01, _OFFICE, 120),
        Service("Graffiti", "GRAFF", _CLEANSING, 5, 0.12, _OFFICE, 90),
        Service("Litter", "LITTER", _CLEANSING, 11, 0.15, _OFFICE, 30),
        Service("Dog fouling", "DOGFOUL", _CLEANSING, 7, 0.01, _OFFICE, 40),
        Service("Needles/drug litter", "NEEDLES", _CLEANSING, 3, 0.15, _COMMUTE, 5),
        Service("Noise", "NOISE", _HEALTH, 11, 0.07, _WEEKEND_NIGHT, 150),
        Service("Street light out", "LIGHT", _HIGHWAYS, 10, 0.01, Rhythm(EVENING), 110),
        Service("Pot hole", "POTHOLE", _HIGHWAYS, 13, 0.03, _COMMUTE, 170),
        Service("Rubbish on open land", "OPENLAND", _CLEANSING, 5, 0.01, _OFFICE, 80),
        Service("Vandalism", "VANDAL", _WARDENS, 3, 0.07, _OFFICE, 70),
        Service("Fly-posting", "FLYPOST", _CLEANSING, 2, 0.25, _OFFICE, 70),
        Service("Anti-social behaviour", "ASB", _WARDENS, 9, 0.1, _WEEKEND_EVENING, 48),
    )
}
_AFTER_A_FIRE: Final = {"vehicle_fire": "Abandoned vehicle", "rubbish_fire": "Rubbish on open land"}

_FLAWS: Final = {
    Flaw.MISSING_ID: 2,
    Flaw.COORDINATES_SWAPPED: 2,
    Flaw.FUTURE_DATE: 2,
    Flaw.UPDATED_BEFORE_REQUESTED: 5,
    Flaw.OUTSIDE_AREA: 3,
}


@dataclass(frozen=True, slots=True)
class Request:
    """A request, closed at `closed`; before that moment it is open and was last touched at `acknowledged`."""

    service: Service
    requested: datetime
    acknowledged: datetime
    closed: datetime
    point: Point
    street: str
    flaw: Flaw | None = None
    twin: Incident | None = None
    id: str = ""

    def as_at(self, moment: datetime) -> tuple[str, datetime]:
        """Status, and when it was last touched, at a moment."""
        if self.flaw is Flaw.UPDATED_BEFORE_REQUESTED:
            return "closed", later(self.requested, -30.0)
        return ("closed", self.closed) if self.closed <= moment else ("open", self.acknowledged)


def requests(streets: Streets, fires: list[Incident]) -> list[Request]:
    """All requests in the order in which they were made, numbered."""
    dice = Dice("council")
    made = [
        *_background(dice, streets),
        *_planted(dice, streets),
        *_flawed(dice, streets),
        *(_after(dice, fire) for fire in fires if fire.twin_kind),
    ]
    made.sort(key=lambda request: (request.requested, request.point))
    return [replace(request, id=f"KLD-{100_001 + i}") for i, request in enumerate(made)]


def _background(dice: Dice, streets: Streets) -> Iterator[Request]:
    services = Chooser(((each, each.rhythm.days()), each.share) for each in _SERVICES.values())
    for _ in range(_BACKGROUND):
        service, days = services.draw(dice)
        moment = service.rhythm.moment(dice, days)
        yield _request(dice, service, zoned(moment), streets.draw(dice, service.central))


def _planted(dice: Dice, streets: Streets) -> Iterator[Request]:
    for spot in HOT_SPOTS:
        for name, monthly in spot.monthly("council"):
            for month, n in enumerate(monthly):
                service = _SERVICES[name]
                days = service.rhythm.days(*month_bounds(month))
                for _ in range(n):
                    street = streets.draw_at_hot_spot(dice, spot.id)
                    yield _request(dice, service, zoned(service.rhythm.moment(dice, days)), street)


def _flawed(dice: Dice, streets: Streets) -> Iterator[Request]:
    service, days = _SERVICES["Litter"], _OFFICE.days(end=date(2026, 9, 1))
    for flaw, n in _FLAWS.items():
        for _ in range(n):
            street = dice.pick(OUTSIDE) if flaw is Flaw.OUTSIDE_AREA else streets.draw(dice, service.central)
            moment = _OFFICE.moment(dice, days)
            if flaw is Flaw.FUTURE_DATE:
                moment = moment.replace(year=2027, month=3, day=1 + dice.below(20))
            yield replace(_request(dice, service, zoned(moment), street), flaw=flaw)


def _after(dice: Dice, fire: Incident) -> Request:
    """What somebody tells the council of a fire that the brigade has put out: within 48 hours and 100 m."""
    service = _SERVICES[_AFTER_A_FIRE[fire.twin_kind]]
    requested = later(zoned(fire.when), dice.between(1.0, 40.0))
    point = Point(fire.point.easting + dice.below(120) - 60.0, fire.point.northing + dice.below(120) - 60.0)
    return replace(_request(dice, service, requested, fire.street), point=point, twin=fire)


def _request(dice: Dice, service: Service, requested: datetime, street: Street) -> Request:
    acknowledged = later(requested, dice.between(0.02, 0.6))
    spread = dice.fraction() + dice.fraction()
    closed = later(acknowledged, 0.5 + service.hours * spread * spread)
    return Request(service, requested, acknowledged, closed, jitter(dice, street), street.name)
