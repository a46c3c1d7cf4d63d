"""A draft as the text of a profile: each value with how sure it is and why, what is undecided as a choice."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from aim.ingest.draft.categories import LISTED, What, Word
from aim.ingest.draft.findings import Finding, Sure
from aim.ingest.draft.ids import Name, Replaces
from aim.ingest.draft.look import Look
from aim.ingest.draft.places import Spot, Where
from aim.ingest.draft.times import When
from aim.ingest.feed import KEPT_MONTHS, Delivery
from aim.ingest.profile.schema import TO_BE_DECIDED
from aim.vocabulary.nim import Agency

WIDTH: Final = 116


@dataclass(frozen=True)
class Parts:
    """All that was inferred of a table."""

    look: Look
    name: str
    agency: Agency | None
    agency_finding: Finding
    when: When
    where: Where
    what: What
    ident: Name
    replaces: Replaces
    personal: tuple[Finding, ...]
    zone: Finding | None

    def used(self) -> tuple[str, ...]:
        """The columns that the profile reads."""
        spots = [column for spot in self.where.spots for column in (spot.x, spot.y)]
        named = [
            *self.when.start,
            *self.when.end,
            *self.when.updated,
            *spots,
            *self.ident.columns,
            *self.replaces.scope,
        ]
        named += [column for column in (self.what.column, self.what.outcome) if column]
        return tuple(dict.fromkeys(named))


def text(value: str) -> str:
    """A string as TOML writes it; what would not be seen (a mark that turns writing round) is written as its number."""
    written = json.dumps(value, ensure_ascii=False)
    return "".join(letter if letter.isprintable() else f"\\U{ord(letter):08X}" for letter in written)


def several(values: Iterable[str]) -> str:
    """A list of strings; one alone without brackets."""
    found = list(values)
    return text(found[0]) if len(found) == 1 else listed(found)


def listed(values: Iterable[str]) -> str:
    """A list of strings, always in brackets."""
    return f"[{', '.join(map(text, values))}]"


def note(finding: Finding) -> Iterator[str]:
    """The comment above a value."""
    yield from remark(f"{_sure(finding.sure)}: {finding.why}.")


def _sure(sure: Sure) -> str:
    return TO_BE_DECIDED if sure is Sure.OPEN else sure.value


def remark(said: str) -> Iterator[str]:
    """Words as comment lines. Whatever a file holds, it cannot end the comment."""
    line = ""
    for word in said.split():
        if line and len(line) + len(word) >= WIDTH:
            yield f"# {line}"
            line = ""
        line = f"{line} {_printable(word)}".strip()
    if line:
        yield f"# {line}"


def _printable(said: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in said)


def compose(parts: Parts) -> str:
    """The profile."""
    sections = (_head, _file, _id, _time, _places, _category, _last)
    body = "\n".join(line for section in sections for line in section(parts)).rstrip() + "\n"
    return "\n".join([*_opening(parts.look, undecided=TO_BE_DECIDED in body), body])


def _opening(look: Look, *, undecided: bool) -> Iterator[str]:
    """A profile in which nothing is left to decide does not speak of it: a later error would ask to settle it."""
    rows = f"{look.rows:,} rows" if look.whole else f"the first {look.rows:,} rows"
    yield from remark(f"Drafted from {look.name} ({rows} looked at). Above each value stands how sure it is and why.")
    if undecided:
        yield from remark(f"Where it says {TO_BE_DECIDED}, a person has to choose.")


def _head(parts: Parts) -> Iterator[str]:
    yield f"name = {text(parts.name)}"
    yield f"title = {text(_title(parts))}"
    yield from note(parts.agency_finding)
    yield f"agency = {text(parts.agency or TO_BE_DECIDED)}"
    yield "# To be filled in: the file does not say whose it is. Do not publish before you know the licence."
    yield 'publisher = "Not stated"'
    yield 'licence = "Not stated"'
    yield f"attribution = {text(f'Contains data of {parts.name}, whose publisher and licence are not stated')}"
    yield f"location_note = {text(_location_note(parts.where))}"
    yield f"# retention_months = {KEPT_MONTHS}  # how long rows are kept: remove the # to change it"
    yield from _delivery(parts.replaces)
    nothing = sorted({word for name in parts.used() for word in parts.look.columns[name].stand_ins})
    if nothing:
        yield f"nothing = {listed(nothing)}"
    yield from _outcome(parts.what)
    yield from _personal(parts.personal)


def _title(parts: Parts) -> str:
    return parts.name.replace("-", " ").capitalize()


def _location_note(where: Where) -> str:
    notes = [
        f"{spot.x} and {spot.y}: {spot.precision.why}; taken as within {spot.precision.metres:g} m"
        for spot in where.spots
    ]
    return f"{'. '.join(notes) or 'No place was found'}."


def _delivery(replaces: Replaces) -> Iterator[str]:
    yield from note(replaces.finding)
    if replaces.delivery is Delivery.SNAPSHOT:
        yield 'delivery = "snapshot"'
        yield f"scope = {several(replaces.scope)}"
    elif replaces.delivery is Delivery.INCREMENTAL:
        yield 'delivery = "incremental"'
    else:
        yield from remark("Either a file replaces what a file of the same name brought; then remove these two #:")
        yield '# delivery = "snapshot"'
        yield '# scope_in_file_name = "^.+"'
        yield from remark("or the table does have a reference: then name its column under [id].")


def _outcome(what: What) -> Iterator[str]:
    if what.outcome:
        yield f"outcome = {text(what.outcome)}  # likely: by its name"


def _personal(found: tuple[Finding, ...]) -> Iterator[str]:
    if not found:
        yield "# No column was found that may name a person."
        return
    yield "# Dropped while the file is read, because they may name a person. Take out what does not."
    yield "personal = ["
    for finding in found:
        yield f"    {text(finding.value)},  # {_sure(finding.sure)}: {_printable(finding.why)}"
    yield "]"


def _file(parts: Parts) -> Iterator[str]:
    if parts.look.file:
        yield from ("", "[file]")
        yield from (f"{key} = {text(value)}" for key, value in parts.look.file.items())


def _id(parts: Parts) -> Iterator[str]:
    yield ""
    ident = parts.ident
    for finding in ident.findings:
        yield from note(finding)
    if not ident.columns:
        yield from ("# [id]", '# columns = "..."')
        return
    yield from ("[id]", f"columns = {several(ident.columns)}")
    if ident.with_date:
        yield "with_date = true"
    if not ident.required:
        yield "required = false"


def _time(parts: Parts) -> Iterator[str]:
    when = parts.when
    for finding in when.findings:
        yield from ("",) if finding is when.findings[0] else ()
        yield from remark(f"{finding.field.removeprefix('time.')}: {_sure(finding.sure)}: {finding.why}.")
    if not when.start:
        yield from ("# [time]", '# start = "..."', '# formats = ["%Y-%m-%d"]')
        return
    yield from ("[time]", f"start = {several(when.start)}")
    yield from (f"end = {text(name)}" for name in when.end)
    yield from (f"updated = {text(name)}" for name in when.updated)
    if when.formats is None:
        yield from remark(f"{TO_BE_DECIDED}: remove the # of the line that is right.")
        yield from (f"# formats = {listed(formats)}  # the {order} first" for order, formats in when.choices.items())
    else:
        yield f"formats = {listed(when.formats)}"
    if when.midnight_unknown:
        yield 'midnight = "unknown"'
    if parts.zone is not None:
        yield from note(parts.zone)
        yield f"zone = {text(TO_BE_DECIDED)}"


def _places(parts: Parts) -> Iterator[str]:
    for spot in parts.where.spots:
        yield from _place(spot)
    if not parts.where.spots:
        yield ""
        yield from (line for finding in parts.where.findings for line in note(finding))
        yield from ("# [[place]]", '# x = "..."', '# y = "..."', '# crs = "EPSG:27700"', "# precision_m = 10")
    for spot in parts.where.left_out:
        why = spot.why if spot.crs is None else "it places no row that the others leave out"
        yield from remark(f"Not used: {spot.x} and {spot.y}; {why}.")


def _place(spot: Spot) -> Iterator[str]:
    yield from ("", "[[place]]", f"x = {text(spot.x)}", f"y = {text(spot.y)}")
    yield from remark(f"{_sure(spot.sure)}: {spot.why}.")
    yield f"crs = {text(spot.crs or TO_BE_DECIDED)}"
    yield from remark(f"likely: {spot.precision.why}.")
    yield f"precision_m = {spot.precision.metres:g}"
    yield f"method = {text(spot.precision.method)}"
    if spot.nothing:
        yield f"nothing = {listed(spot.nothing)}"


def _category(parts: Parts) -> Iterator[str]:
    what = parts.what
    yield ""
    yield from (line for finding in what.findings[:1] for line in note(finding))
    yield "[category]"
    if what.column is None:
        yield from ('# columns = "..."', '# constant = "..."')
        return
    yield f"columns = {text(what.column)}"
    if what.source:
        yield f"source = {text(what.source)}  # it knows {sum(word.in_source for word in what.words):,} of the words"
    yield from _words([word for word in what.words if not word.in_source])


def _words(found: list[Word]) -> Iterator[str]:
    known, unknown = [w for w in found if w.category], [w for w in found if not w.category]
    yield from ("", "[category.words]") if found else ()
    for word in known:
        yield f"{text(word.said)} = {text(str(word.category))}  # {word.sure}: {word.why}; {word.rows:,} rows"
    if unknown:
        yield from remark(f"{TO_BE_DECIDED}: nobody has said what these mean; until then their rows are on no layer.")
    for word in unknown[:LISTED]:
        hint = f"; {word.why}" if word.why else ""
        yield f'# {text(word.said)} = ""  # {word.rows:,} rows{hint}'
    if len(unknown) > LISTED:
        yield f"# and {len(unknown) - LISTED:,} more, which the report of a load names"


def _last(parts: Parts) -> Iterator[str]:
    if parts.what.withdrawn and parts.what.outcome:
        yield ""
        yield from remark(
            f"{TO_BE_DECIDED} if the source does not stand by such rows: remove the # and they are not taken."
        )
        yield "# [[leave_out]]"
        yield f"# column = {text(parts.what.outcome)}"
        yield f"# values = {listed(parts.what.withdrawn)}"
    used = {*parts.used(), *(finding.value for finding in parts.personal)}
    rest = [name for name in parts.look.columns if name not in used]
    if rest:
        yield ""
        yield from remark(f"Not used, and so never stored: {', '.join(rest)}.")
