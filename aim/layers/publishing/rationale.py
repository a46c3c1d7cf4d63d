"""Why a cell is hot, in plain English. Officers attend more where they are told which hot spot and why (College of
Policing, "Using mapping technology to improve briefings about hotspot patrols")."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from aim.hotspots.peaks import Window, phrase
from aim.hotspots.run import LONDON

SMALL_BASE: Final = 10
"""Below this many a percentage misleads: say "from 4 to 9"."""


@dataclass(frozen=True)
class Finding:
    """What is known of one cell, for the sentence and for the properties."""

    count: int
    by_agency: dict[str, int]
    top_categories: list[tuple[str, int]]
    expected: float
    confidence: str | None
    """ "99 %", "95 %", "90 %", or None where chance explains the count."""
    previous: int | None
    """The count of the twelve months before; None where the data do not reach back that far."""
    duplicates: int = 0
    """Reports of events that another agency's report counts already: `by_agency` has them, `count` has not."""
    peaks: tuple[Window, ...] = ()
    """When in the week most of it happens; empty where too few times are known, or none stands out."""


def rationale(finding: Finding, events: str, months: str, lead: str = "") -> str:
    """The sentences for one cell: `events` is what is counted, `months` such as "12 months to 30 September 2026".

    `lead` comes first; without one, how the cell stands to chance.
    """
    if finding.count == 0 and not lead:
        return f"Lies in a hot area, but no {events} were recorded here in the {months}: do not task on it alone."
    parts = (
        lead or _standing(finding),
        _count(finding, events, months),
        _mostly(finding),
        phrase(finding.peaks),
        _agencies(finding),
        _change(finding),
    )
    return " ".join(part for part in parts if part)


def _standing(finding: Finding) -> str:
    if finding.confidence is None:
        return "Not a hot spot: this cell and those next to it hold no more than chance explains."
    return (
        f"A hot spot at {finding.confidence} confidence: this cell and those next to it hold more than chance explains."
    )


def _count(finding: Finding, events: str, months: str) -> str:
    """The number stands after the noun, so that one incident needs no singular."""
    what = events[:1].upper() + events[1:]
    return f"{what}: {finding.count:,} in the {months}, where the average cell has {finding.expected:,.1f}."


def _mostly(finding: Finding) -> str:
    parts = [f"{title} ({count:,})" for title, count in finding.top_categories]
    if len(parts) < 2:
        return f"All {parts[0]}." if parts else ""
    return f"Mostly {', '.join(parts[:-1])} and {parts[-1]}."


def _agencies(finding: Finding) -> str:
    known = [(agency, count) for agency, count in finding.by_agency.items() if count]
    if len(known) < 2:
        return ""
    reported = f"Reported by {', '.join(f'{agency} ({count:,})' for agency, count in known)}."
    return f"{reported} Linked duplicates, counted once: {finding.duplicates:,}." if finding.duplicates else reported


def _change(finding: Finding) -> str:
    before, now = finding.previous, finding.count
    if before is None:
        return ""
    if before < SMALL_BASE:
        return f"From {before:,} to {now:,} against the twelve months before."
    percent = round(100 * (now - before) / before)
    change = f"Up {percent:,} % on" if percent > 0 else f"Down {-percent} % on" if percent < 0 else "Level with"
    return f"{change} the twelve months before ({before:,})."


def months_to(since: datetime, until: datetime) -> str:
    """ "12 months to 30 September 2026" for [since, until)."""
    first, after = since.astimezone(LONDON), until.astimezone(LONDON)
    days = (after.date() - first.date()).days
    months = (after.year - first.year) * 12 + after.month - first.month
    number, unit = (months, "month") if first.day == after.day and months > 0 else (days, "day")
    return f"{unit if number == 1 else f'{number} {unit}s'} to {last_day(until)}"


def last_day(until: datetime) -> str:
    """The last day before an exclusive end, as people write it."""
    day = last_date(until)
    return f"{day.day} {day:%B %Y}"


def last_date(until: datetime) -> date:
    """The last London day before an exclusive end."""
    return (until - timedelta(microseconds=1)).astimezone(LONDON).date()
