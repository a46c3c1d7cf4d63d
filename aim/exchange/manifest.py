"""What a disclosure says of itself, for machines: plain dictionaries, ready for JSON."""

from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from aim.areas import Area
from aim.exchange.holdings import Extent, Holding
from aim.exchange.period import LONDON, Period
from aim.exchange.rows import COLUMNS, Tally
from aim.exchange.sets import StatutorySet, law
from aim.vocabulary.nim import Marking

TIERS: Final = [tier.value for tier in Marking]
GENERALISED: Final = (
    "Times are given to the hour in London's time, and left out where the source knows only the day or the month.",
    "Places are outward postcodes where the source keeps one, otherwise H3 cells at resolution 8 (about 0.7 square "
    "kilometres over Britain) or coarser, never finer than the source's own precision bears.",
    "What happened is a category, and the source's own word for it where its list of words holds it.",
    "A record belongs to the period in which it began, so that each is disclosed once.",
)
LEFT_OUT: Final = (
    "Coordinates, addresses, references of the source, outcomes, free text and whatever else the source keeps.",
    "Records without a location: nobody can tell whether they lie in the area. They are counted for each set.",
)
RISK: Final = (
    "The regulations prescribe records, not counts, so a record may be the only one of its kind in its place and day; "
    "`alone` counts those. How many people live in a cell or postcode is not known here, so whether such a record "
    "could point to a person was not tested. Before you pass it on, look at rare categories in thinly settled places, "
    "and at what else is public about that day."
)


def about(
    where: Area,
    when: Period,
    agency: str | None,
    as_of: datetime,
    disclosed: list[dict[str, Any]],
    missing: list[dict[str, Any]],
) -> dict[str, Any]:
    """The manifest, but for the checksums of the files."""
    today = as_of.astimezone(LONDON).date()
    return {
        "title": f"Depersonalised information for {where.name}, {when.name}",
        "made_up": where.made_up,
        "law": asdict(law()) | {"first_period": law().first_period.isoformat()},
        "period": _period(when, as_of) | {"overdue": today > when.due},
        "area": {"id": where.id, "name": where.name, "kind": where.kind.value},
        "agency": agency or "all",
        "prepared_at": as_of.isoformat(timespec="seconds"),
        "marking": _highest(disclosed),
        "columns": list(COLUMNS),
        "sets": disclosed,
        "not_produced": missing,
        "generalised": list(GENERALISED),
        "left_out": list(LEFT_OUT),
        "risk": RISK,
    }


def _period(when: Period, as_of: datetime) -> dict[str, Any]:
    return {
        "name": when.name,
        "first_day": when.first_day.isoformat(),
        "last_day": when.last_day.isoformat(),
        "zone": LONDON.key,
        "disclose_by": when.due.isoformat(),
        "over": when.ends <= as_of,
    }


def _highest(disclosed: list[dict[str, Any]]) -> str:
    return max((entry["marking"] for entry in disclosed), key=TIERS.index)


def _set(wanted: StatutorySet) -> dict[str, Any]:
    return {
        "set": wanted.id,
        "agency": wanted.holder.value,
        "paragraph": wanted.paragraph,
        "title": wanted.title,
        "prescribed": wanted.prescribed,
        "certainty": wanted.certainty.value,
    }


def missing(wanted: StatutorySet, reason: str) -> dict[str, Any]:
    """A set that cannot be made, and why."""
    return _set(wanted) | {"reason": reason}


def disclosed(wanted: StatutorySet, found: list[Holding], tally: Tally, file: str, sha256: str) -> dict[str, Any]:
    """A set that was written, and what its rows are like."""
    return _set(wanted) | {
        "file": file,
        "sha256": sha256,
        "rows": tally.rows,
        "coverage": (Extent.COMPLETE if complete(found) else Extent.PARTIAL).value,
        "marking": max(tally.markings, key=TIERS.index, default=TIERS[0]),
        "feeds": [_feed(holding, wanted, tally) for holding in found],
        "time_precision": tally.by_time_precision,
        "location_kind": tally.by_location_kind,
        "without_location": tally.without_location,
        "ends_after_the_period": tally.runs_on,
        "alone": tally.alone(),
        "notes": list(_notes(wanted, found, tally)),
    }


def complete(found: list[Holding]) -> bool:
    """Whether the rows of every feed span the whole quarter."""
    return all(holding.coverage.extent is Extent.COMPLETE for holding in found)


def _feed(holding: Holding, wanted: StatutorySet, tally: Tally) -> dict[str, Any]:
    days = holding.coverage
    return {
        "feed": holding.feed,
        "title": holding.title,
        "licence": holding.licence,
        "attribution": holding.attribution,
        "last_loaded": holding.loaded_at and holding.loaded_at.isoformat(timespec="seconds"),
        "rows": tally.by_source.get(holding.feed, 0),
        "coverage": days.extent.value,
        "from": days.first_day and days.first_day.isoformat(),
        "to": days.last_day and days.last_day.isoformat(),
        "note": days.note,
        "has_ever_held_it": holding.has_held(wanted),
    }


def _notes(wanted: StatutorySet, found: list[Holding], tally: Tally) -> list[str]:
    caveats = (wanted.caveat, wanted.published_caveat if any(h.published for h in found) else None)
    notes = [caveat for caveat in caveats if caveat]
    if tally.rows == 0:
        notes.append("Loaded, and none in the quarter." if complete(found) else "None in the part that is loaded.")
    silent = [h.feed for h in found if not h.has_held(wanted)]
    if silent:
        notes.append(f"{', '.join(silent)} has words for it but never held any here: check that it is reported there.")
    if sum(rows > 0 for rows in tally.by_source.values()) > 1:
        notes.append(f"From {len(tally.by_source)} feeds: an incident that both report is in it twice.")
    lost = sum(tally.without_location.values())
    if lost:
        notes.append(f"Left out because they have no location: {lost:,} of the quarter's records.")
    if tally.by_location_kind.get("none"):
        notes.append(
            f"{tally.by_location_kind['none']:,} rows are located too vaguely for any cell: location is empty."
        )
    return notes
