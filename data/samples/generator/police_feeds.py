"""What data.police.uk publishes beside street-level files: outcomes, stop and search, and the answers of its API."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any, Final

from generator.clock import EVENING, MONTHS, Rhythm, zoned
from generator.dice import Chooser, Dice
from generator.police import ASB, month_file
from generator.sheet import Row, Sheet, degrees, with_cells
from generator.streets import OUTSIDE, Streets

_OUTCOMES: Final = (
    ("Investigation complete; no suspect identified", 60), ("Unable to prosecute suspect", 55),
    ("Awaiting court outcome", 12), ("Local resolution", 8), ("Offender given a caution", 5), ("Suspect charged", 4),
    ("Offender fined", 3), ("Offender sent to prison", 2), ("Status update unavailable", 2),
)  # fmt: skip
_COURT: Final = ("Offender fined", "Offender given community sentence", "Defendant found not guilty")
_SEARCHES: Final = (("Person search", 80), ("Person and Vehicle search", 17), ("Vehicle search", 3))
_OBJECTS: Final = (
    ("Controlled drugs", 70), ("Offensive weapons", 12), ("Article for use in theft", 10), ("Stolen goods", 5), ("", 3),
)  # fmt: skip
_FOUND: Final = (
    ("A no further action disposal", 75), ("Arrest", 9), ("Community resolution", 8), ("Khat or Cannabis warning", 5),
    ("Summons / charged by post", 3),
)  # fmt: skip
_PACE: Final = "Police and Criminal Evidence Act 1984 (section 1)"
_DRUGS_ACT: Final = "Misuse of Drugs Act 1971 (section 23)"
_SEARCH_HEADER: Final = (
    "Type", "Date", "Part of a policing operation", "Policing operation", "Latitude", "Longitude", "Gender",
    "Age range", "Self-defined ethnicity", "Officer-defined ethnicity", "Legislation", "Object of search", "Outcome",
    "Outcome linked to object of search", "Removal of more than just outer clothing",
)  # fmt: skip
_PERSON: Final = _SEARCH_HEADER[6:10]
_LATE: Final = Rhythm(EVENING)
_SEPTEMBER: Final = date(2026, 9, 1)
_PLACE: Final = ("Longitude", "Latitude")
_NUMBERS: Final = ("id", "location.street.id")
_UNKNOWN: Final = "maritime-offences"


@dataclass(frozen=True, slots=True)
class Answer(Sheet):
    """Records of the API, in JSON: a column's name is the path of a field."""

    def text(self) -> str:
        """The file. What has no place has no `location`, and what has no outcome no `outcome_status`."""
        return json.dumps([_record(row.cells) for row in self.rows], indent=1) + "\n"


def sheets(streets: Streets) -> list[Sheet]:
    """All three, of August or September 2026."""
    return [
        _outcomes(Dice("outcomes"), streets),
        _searches(Dice("stop and search"), streets),
        _answer(Dice("police API"), streets),
    ]


def _crimes(streets: Streets, month: int) -> list[dict[str, str]]:
    """The good rows of a street-level file that have a place in the town."""
    rows = csv.DictReader(io.StringIO(month_file(streets, month)[0]))
    outside = {street.lsoa_code for street in OUTSIDE}
    return [
        row
        for row in rows
        if row["Month"] == MONTHS[month] and row["Longitude"].startswith("-") and row["LSOA code"] not in outside
    ]


def _outcomes(dice: Dice, streets: Streets) -> Sheet:
    """Of the crimes of the two months before; of some, a charge and what a court made of it in the same month."""
    header = (
        "Crime ID", "Month", "Reported by", "Falls within", "Longitude", "Latitude", "Location", "LSOA code",
        "LSOA name", "Outcome type",
    )  # fmt: skip
    sheet = Sheet("police-uk-outcomes", "2026-08-madeup-outcomes.csv", header, "Crime ID", "Month", _PLACE)
    crimes = [row for month in (8, 9) for row in _crimes(streets, month) if row["Crime type"] != ASB]
    kinds = Chooser(_OUTCOMES)
    for crime in dice.sample(crimes, 130):
        cells = {name: crime[name] for name in header[:-1]} | {"Month": "2026-08"}
        said = kinds.draw(dice)
        outcomes = [said, dice.pick(_COURT)] if said == "Suspect charged" else [said]
        sheet.rows.extend(Row(cells | {"Outcome type": outcome}) for outcome in outcomes)
    spoils = [
        sheet.rejected("invalid_date", start="2026-13"),
        sheet.rejected("missing_category", **{"Outcome type": ""}),
        sheet.swapped,
        sheet.nowhere(""),
        sheet.nowhere("0.000000"),
        with_cells({"Crime ID": ""}),
        with_cells(_at_lane(sheet), outside=True),
        with_cells({"Outcome type": "Offender sent to sea"}, unmapped="Offender sent to sea"),
    ]
    return sheet.spoiled(dice, spoils)


def _searches(dice: Dice, streets: Streets) -> Sheet:
    file = "2026-09-madeup-stop-and-search.csv"
    sheet = Sheet("police-uk-stop-and-search", file, _SEARCH_HEADER, "Type", "Date", _PLACE)
    choosers = [Chooser(words) for words in (_SEARCHES, _OBJECTS, _FOUND)]
    days = _LATE.days(_SEPTEMBER)
    for _ in range(140):
        kind, sought, found = (chooser.draw(dice) for chooser in choosers)
        local = _LATE.moment(dice, days)
        cells = {
            "Type": kind,
            "Date": _published(local if dice.chance(0.9) else datetime.combine(local.date(), datetime.min.time())),
            "Legislation": _DRUGS_ACT if sought == "Controlled drugs" else _PACE,
            "Object of search": sought,
            "Outcome": found,
            **dict.fromkeys(_PERSON, "(made up)"),
        }
        sheet.rows.append(Row(cells | sheet.placed(*degrees(streets.draw(dice, 0.4).point))))
    sheet.rows.sort(key=lambda row: row.cells["Date"])
    spoils = [
        sheet.rejected("no_time_zone", start="2026-09-12T21:15:00"),
        sheet.rejected("invalid_date", start="2026-09-31T21:15:00+00:00"),
        sheet.rejected("future_date", start="2027-09-12T21:15:00+00:00"),
    ]
    spoilt = sheet.spoiled(dice, [*spoils, with_cells(_at_lane(sheet), outside=True)])
    nowhere = sheet.nowhere("")
    rows = [row if row.rejected or row.outside or dice.chance(0.8) else nowhere(row) for row in spoilt.rows]
    return replace(sheet, rows=rows)


def _published(local: datetime) -> str:
    """As the publisher writes it: in UTC with its offset, so that a day alone shows as 23:00 in summer."""
    return zoned(local).astimezone(UTC).isoformat()


def _answer(dice: Dice, streets: Streets) -> Sheet:
    """September in a part of the town, by the API's own words."""
    header = (
        "category", "location_type", "location.latitude", "location.street.id", "location.street.name",
        "location.longitude", "context", "outcome_status.category", "outcome_status.date", "persistent_id", "id",
        "location_subtype", "month",
    )  # fmt: skip
    place = ("location.longitude", "location.latitude")
    sheet = Answer("police-uk-api", "kelderby-centre-2026-09.json", header, "persistent_id", "month", place)
    for number, crime in enumerate(dice.sample(_crimes(streets, 11), 120)):
        outcome = crime["Last outcome category"]
        said = (
            _slug(crime["Crime type"]), "BTP" if dice.chance(0.02) else "Force", crime["Latitude"],
            str(1_700_000 + number), crime["Location"], crime["Longitude"], "", outcome, "2026-09" if outcome else "",
            crime["Crime ID"], str(119_000_001 + number), "", "2026-09",
        )  # fmt: skip
        sheet.rows.append(Row(dict(zip(header, said, strict=True))))
    spoils = [
        sheet.rejected("invalid_date", start="2026-9"),
        sheet.rejected("missing_category", category=""),
        sheet.swapped,
        sheet.nowhere(""),
        with_cells({"category": _UNKNOWN}, unmapped=_UNKNOWN),
    ]
    return sheet.spoiled(dice, spoils)


def _slug(label: str) -> str:
    if label.startswith("Violence"):
        return "violent-crime"
    return label.lower().replace(" and ", " ").replace(" ", "-")


def _record(cells: dict[str, str]) -> dict[str, Any]:
    record: dict[str, Any] = {"location": None, "outcome_status": None}
    for path, text in cells.items():
        _put(record, path.split("."), int(text) if path in _NUMBERS else text)
    if not cells["location.latitude"]:
        record |= {"location": None, "location_type": None}
    if not cells["outcome_status.category"]:
        record["outcome_status"] = None
    return record


def _put(record: dict[str, Any], path: Sequence[str], value: Any) -> None:
    for name in path[:-1]:
        record[name] = record.get(name) or {}
        record = record[name]
    record[path[-1]] = value


def _at_lane(sheet: Sheet) -> dict[str, str]:
    """A place beyond the town's edge."""
    return sheet.placed(*degrees(OUTSIDE[0].point))
