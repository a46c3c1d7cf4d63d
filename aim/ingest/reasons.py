"""Why a row is not taken, in words for the person who mends it."""

from enum import StrEnum
from typing import Final


class RejectReason(StrEnum):
    """The reason codes; scripts may rely on them."""

    WRONG_FIELD_COUNT = "wrong_field_count"
    RECORD_TOO_LONG = "record_too_long"
    MISSING_ID = "missing_id"
    MANGLED_ID = "mangled_id"
    MISSING_CATEGORY = "missing_category"
    INVALID_DATE = "invalid_date"
    FUTURE_DATE = "future_date"
    IMPLAUSIBLE_DATE = "implausible_date"
    TIME_DOES_NOT_EXIST = "time_does_not_exist"
    NO_TIME_ZONE = "no_time_zone"
    INVALID_COORDINATES = "invalid_coordinates"
    COORDINATES_SWAPPED = "coordinates_swapped"
    COORDINATES_IN_METRES = "coordinates_in_metres"
    COORDINATES_IN_DEGREES = "coordinates_in_degrees"
    NOT_A_POINT = "not_a_point"
    ENDS_BEFORE_START = "ends_before_start"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


SENTENCES: Final[dict[RejectReason, str]] = {
    RejectReason.WRONG_FIELD_COUNT: "The row has more or fewer fields than the header.",
    RejectReason.RECORD_TOO_LONG: "The row is longer than a megabyte.",
    RejectReason.MISSING_ID: "The row has no reference, so it could not be recognised when it is sent again.",
    RejectReason.MANGLED_ID: "A spreadsheet has turned the reference into a number such as 1E+05: export it as text.",
    RejectReason.MISSING_CATEGORY: "The row does not say what happened.",
    RejectReason.INVALID_DATE: "The date or time is missing, does not exist or is not in the feed's format.",
    RejectReason.FUTURE_DATE: "The date lies after the day of the load.",
    RejectReason.IMPLAUSIBLE_DATE: "The date lies before 1970.",
    RejectReason.TIME_DOES_NOT_EXIST: "The clocks went forward over this local time: it never happened.",
    RejectReason.NO_TIME_ZONE: "The time has no zone, and the standard of this feed demands one.",
    RejectReason.INVALID_COORDINATES: "The coordinates are not numbers, or lie outside the earth.",
    RejectReason.COORDINATES_SWAPPED: "Longitude and latitude stand in each other's place.",
    RejectReason.COORDINATES_IN_METRES: "Eastings and northings stand where degrees belong.",
    RejectReason.COORDINATES_IN_DEGREES: "Degrees stand where eastings and northings belong.",
    RejectReason.NOT_A_POINT: "The place is drawn as a line or an area, and where in it this happened is not guessed.",
    RejectReason.ENDS_BEFORE_START: "The incident ends before it starts.",
    RejectReason.WITHDRAWN: "The source itself marks the row as hidden, unconfirmed or withdrawn.",
    RejectReason.EXPIRED: "The row is older than this feed's retention period and has been erased before.",
}
