"""From an unknown file to a proposed profile, tried on the file itself."""

import re
from dataclasses import dataclass
from typing import Any, Final

from aim.errors import UnreadableFile, UsageError
from aim.ingest.catalogue import guess
from aim.ingest.draft.categories import What, infer_what
from aim.ingest.draft.compose import Parts, compose
from aim.ingest.draft.findings import Finding, Sure
from aim.ingest.draft.ids import infer_delivery, infer_id
from aim.ingest.draft.look import MOST_ROWS, Look, look_at
from aim.ingest.draft.personal import infer_personal
from aim.ingest.draft.places import Where, infer_where
from aim.ingest.draft.times import When, infer_when
from aim.ingest.feeds import FEEDS
from aim.ingest.profile.build import feed_of
from aim.ingest.profile.schema import TO_BE_DECIDED
from aim.ingest.source import Payload
from aim.vocabulary.nim import Agency

OWN: Final = "-own"
"""Follows the name of a draft whose file is called like a feed that ships."""


@dataclass(frozen=True)
class Trial:
    """What a load of the file by the draft would do: rows read, taken, without a place, and refused by reason."""

    read: int
    taken: int
    without_location: int
    rejected: dict[str, int]


@dataclass(frozen=True)
class Draft:
    """A proposed profile. `undecided`: the fields that a person has to settle before it can be loaded."""

    name: str
    profile: str
    rows: int
    whole: bool
    findings: tuple[Finding, ...]
    known_as: tuple[str, ...]
    """Feeds that ship and know the file already."""
    undecided: tuple[str, ...]
    trial: Trial | None

    def as_dict(self) -> dict[str, Any]:
        """The draft as JSON knows it."""
        return {
            "name": self.name,
            "ready": not self.undecided,
            "undecided": list(self.undecided),
            "rows": self.rows,
            "whole_file": self.whole,
            "known_as": list(self.known_as),
            "findings": [finding.as_dict() for finding in self.findings],
            "trial": vars(self.trial) if self.trial else None,
            "profile": self.profile,
        }


def draft(payload: Payload, name: str | None, agency: Agency | None, most_rows: int = MOST_ROWS) -> Draft:
    """Propose a profile for a table that nobody has described.

    Raises UsageError for a name that a feed which ships has, and UnreadableFile or WrongColumns where the file is no
    table.
    """
    chosen = _name(payload, name)
    known = tuple(feed.name for feed in guess(payload))
    try:
        look = look_at(payload, most_rows)
    except UnreadableFile as error:
        hint = f" The feed {known[0]} knows it: load it with aim ingest {known[0]}." if known else ""
        raise UnreadableFile(f"{error}{hint}") from error
    if not look.rows:
        kind = "draws all its rows as lines or areas" if look.broken else "has a header and no rows"
        raise UnreadableFile(f"{payload.name} {kind}: there is nothing to draft a profile from.")
    parts = infer(look, chosen, agency)
    text = compose(parts)
    findings = _findings(parts)
    undecided = tuple(dict.fromkeys(finding.field for finding in findings if finding.open))
    trial = None if undecided else _try(text, payload, most_rows)
    return Draft(chosen, text, look.rows, look.whole, findings, known, undecided, trial)


def _name(payload: Payload, name: str | None) -> str:
    if name is None:
        stem = re.sub(r"(\.(csv|gz|json|xlsx|gpkg|geojson|shp|txt|tsv))+$", "", payload.name.rpartition(":")[2].lower())
        slug = re.sub(r"[^a-z0-9]+", "-", stem.rpartition("/")[2]).strip("-") or "draft"
        return slug + OWN if slug in FEEDS else slug
    if name in FEEDS:
        raise UsageError(f"{name} is a feed that ships with the program: give the profile another --name.")
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
        raise UsageError(
            f"{name!r} is no name of a feed: use small letters, figures and hyphens, such as town-reports."
        )
    return name


def infer(look: Look, name: str, agency: Agency | None) -> Parts:
    """All that the values of a table say."""
    when, where = infer_when(look), infer_where(look)
    told = (*when.start, *when.end, *when.updated, *(c for spot in where.spots for c in (spot.x, spot.y)))
    ident = infer_id(look, when, told)
    what = infer_what(look, (*told, *ident.columns), agency)
    replaces = infer_delivery(look, when, ident)
    used = {*told, *ident.columns, *replaces.scope, what.column, what.outcome}
    personal = infer_personal(look, tuple(name for name in used if name))
    chosen = agency or what.agency
    about = _about_agency(agency, what)
    return Parts(
        look, name, chosen, about, when, where, what, ident, replaces, tuple(personal), _zone(when, where)
    )  # fmt: skip


def _about_agency(agency: Agency | None, what: What) -> Finding:
    if agency is not None:
        return Finding("agency", agency, Sure.CERTAIN, "as given")
    if what.agency is not None:
        return Finding("agency", what.agency, Sure.LIKELY, "it leads on all the categories that are known")
    return Finding("agency", TO_BE_DECIDED, Sure.OPEN, f"whose the file is it does not say: {', '.join(Agency)}")


def _zone(when: When, where: Where) -> Finding | None:
    """Times without an offset are London's, unless the points lie elsewhere."""
    abroad = where.spots and not any(spot.british for spot in where.spots)
    if not when.start or not when.unzoned or not abroad:
        return None
    why = "the points are not known to lie in Britain: write the zone of the times, such as America/New_York"
    return Finding("time.zone", TO_BE_DECIDED, Sure.OPEN, why)


def _findings(parts: Parts) -> tuple[Finding, ...]:
    zone = () if parts.zone is None else (parts.zone,)
    about_file = tuple(Finding("file", parts.look.name, Sure.CERTAIN, note.rstrip(".")) for note in parts.look.notes)
    return (
        *about_file, parts.agency_finding, *parts.ident.findings, parts.replaces.finding, *parts.when.findings, *zone,
        *parts.where.findings, *parts.what.findings, *parts.personal,
    )  # fmt: skip


def _try(text: str, payload: Payload, most_rows: int) -> Trial:
    """Read the rows that were looked at as a load would; the future is not known here."""
    feed = feed_of(text, payload.name)
    read = taken = nowhere = 0
    rejected: dict[str, int] = {}
    for rows in feed.read(payload):
        normal = feed.normalise(rows.frame)
        good = normal.filter(normal["reason"].is_null())
        read, taken = read + normal.height + rows.broken.height, taken + good.height
        nowhere += good["longitude"].null_count()
        for reasons in (normal["reason"].drop_nulls(), rows.broken["reason"]):
            for reason, count in reasons.value_counts().iter_rows():
                rejected[reason] = rejected.get(reason, 0) + count
        if read >= most_rows:
            break
    return Trial(read, taken, nowhere, rejected)
