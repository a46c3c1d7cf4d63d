"""A quarter of what a force hands out of places linked to prolific offending: a square and a day for each link."""

from datetime import timedelta
from typing import Final

from generator.dice import Dice
from generator.sheet import FIRST, Row, Sheet, metres
from generator.streets import OUTSIDE, Street, Streets
from generator.town import Point

_HEADER: Final = ("LinkRef", "LinkedOn", "SquareEasting", "SquareNorthing")
_SQUARE_M: Final = 200
_DAYS: Final = 92


def sheet(streets: Streets) -> Sheet:
    """One link a row: half of them at two of the planted hot spots, the others anywhere."""
    dice = Dice("police-offending-places")
    found = Sheet(
        "police-offending-places", "offending-places-2026-q3.csv", _HEADER, "LinkRef", "LinkedOn",
        ("SquareEasting", "SquareNorthing"),
    )  # fmt: skip
    found.rows.extend(_link(dice, number, _street(dice, streets)) for number in range(110))
    spoils = [
        found.rejected("missing_id", id=""),
        found.rejected("invalid_date", start="31/09/2026"),
        found.nowhere(""),
        lambda row: Row(row.cells | found.placed(*metres(_square(OUTSIDE[1].point))), outside=True),
    ]
    return found.spoiled(dice, spoils)


def _street(dice: Dice, streets: Streets) -> Street:
    if dice.chance(0.5):
        return streets.draw_at_hot_spot(dice, dice.pick(("steady", "joint")))
    return streets.draw(dice, 0.15)


def _link(dice: Dice, number: int, street: Street) -> Row:
    day = FIRST + timedelta(days=dice.below(_DAYS))
    cells = {"LinkRef": f"SYN-L{number:05}", "LinkedOn": f"{day:%d/%m/%Y}"}
    place = dict(zip(_HEADER[2:], metres(_square(street.point)), strict=True))
    return Row(cells | place)


def _square(point: Point) -> Point:
    """The middle of the square of the National Grid that holds a point."""
    return Point(*((int(axis) // _SQUARE_M + 0.5) * _SQUARE_M for axis in point))
