"""A `Feed` of a profile: the reader that its file needs, and one way to normal form for all of them."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import polars as pl

from aim.errors import UnreadableFile, WrongProfile
from aim.ingest import normalise as to
from aim.ingest.feed import NOTE_END, Feed, Rows
from aim.ingest.profile import places
from aim.ingest.profile.attributes import attribute_notes, attributes, outcome, with_values
from aim.ingest.profile.homes import without_homes
from aim.ingest.profile.schema import BY_RANGE, TO_BE_DECIDED, LeftOut, Profile, Time, parse
from aim.ingest.profile.times import joined, of_use, refuse_other_order, spans, time_reason
from aim.ingest.reasons import RejectReason
from aim.ingest.records import has_records, record_reader
from aim.ingest.source import Payload
from aim.ingest.spatial import X, is_spatial, spatial_reader
from aim.ingest.tabular import Table, csv_reader, has_columns
from aim.ingest.workbook import is_workbook, workbook_reader
from aim.vocabulary.categories import Words, as_words, words

SCOPE_OF_FILE: Final = "scope of the file"
NO_NOTE: Final = pl.lit(None, pl.String)
LONGEST_SCOPE: Final = 200
"""Characters of each of its parts; more would not fit the index on scopes."""
MANGLED: Final = r"^\d(\.\d+)?E\+\d+$"
MISPLACED: Final = (
    RejectReason.INVALID_COORDINATES,
    RejectReason.COORDINATES_SWAPPED,
    RejectReason.COORDINATES_IN_METRES,
    RejectReason.COORDINATES_IN_DEGREES,
)


def load_profile(path: Path) -> Feed:
    """The feed that a profile's file describes. Raises WrongProfile where it cannot be read or used."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongProfile(f"{path} cannot be read: {error}.") from error
    try:
        return feed_of(text, path.name)
    except WrongProfile as error:
        hint = f" Settle what stands in it as {TO_BE_DECIDED}." if TO_BE_DECIDED in text else ""
        raise WrongProfile(f"{error}{hint}") from error


def feed_of(text: str, where: str) -> Feed:
    """The feed that the TOML of a profile describes; `where` names it in errors. Raises WrongProfile."""
    profile = parse(text, where)
    return Feed(
        **{name: getattr(profile, name) for name in ("name", "title", "agency", "publisher", "licence")},
        attribution=profile.attribution,
        delivery=profile.delivery,
        words=_words(profile),
        recognises=_recogniser(profile),
        read=_reader(profile),
        normalise=_normaliser(profile),
        columns=profile.required(),
        location_note=profile.location_note,
        open=profile.open,
        marking=profile.marking,
        personal=profile.personal,
        limits=profile.health.limits(),
        retention_months=profile.retention_months,
        profile=text,
    )


def _words(profile: Profile) -> Words:
    """Its own words, then those of the source it shares."""
    own = as_words(profile.category.words)
    shared = words(profile.category.source) if profile.category.source else Words({}, {})
    return Words(shared.whole | own.whole, own.patterns | shared.patterns)


def _recogniser(profile: Profile) -> Callable[[bytes], bool]:
    match profile.file.format:
        case "csv":
            return has_columns(profile.required(), profile.file.delimiter)
        case "records":
            return has_records(profile.required())
        case "excel":
            return is_workbook
        case "spatial":
            return is_spatial(profile.required())


def _reader(profile: Profile) -> Callable[[Payload], Iterator[Rows]]:
    read, pattern = _file_reader(profile), profile.scope_in_file_name
    if pattern is None:
        return read

    def with_scope(payload: Payload) -> Iterator[Rows]:
        scope = pl.lit(_scope_of(payload, pattern)).alias(SCOPE_OF_FILE)
        for rows in read(payload):
            yield replace(rows, frame=rows.frame.with_columns(scope))

    return with_scope


def _file_reader(profile: Profile) -> Callable[[Payload], Iterator[Rows]]:
    file = profile.file
    table = Table(profile.required(), profile.wanted(), profile.personal, file.delimiter)
    match file.format:
        case "csv":
            return csv_reader(table)
        case "records":
            return record_reader(table, file.inside)
        case "excel":
            return workbook_reader(table, file.sheet)
        case "spatial":
            drawn = (place.crs for place in profile.place if place.x == X and place.crs != BY_RANGE)
            return spatial_reader(table, file.layer, next(drawn, None))


def _scope_of(payload: Payload, pattern: str) -> str:
    found = re.search(pattern, payload.name)
    if found is None:
        raise UnreadableFile(
            f"The name of {payload.name} does not say what the file holds (it should match {pattern}), and the rows do "
            "not either: give the file its published name."
        )
    parts = [part for name in ("unit", "period") if (part := found.groupdict().get(name))]
    return (" ".join(parts) or found[0])[:LONGEST_SCOPE]


def _normaliser(profile: Profile) -> Callable[[pl.DataFrame], pl.DataFrame]:
    """Three steps, each of one lazy frame: what is stated, what it means, what is wrong with it."""

    def normalise(raw: pl.DataFrame) -> pl.DataFrame:
        refuse_other_order(raw, profile.time)
        stated = with_values(raw.lazy(), profile).with_columns(**_stated(profile)).collect()
        time = of_use(profile.time, [stated[name] for name in _times(profile)])
        frame = places.numbered(stated.lazy(), profile.place).with_columns(**_meant(profile, time))
        frame = (
            places.projected(frame, profile.place)
            .with_columns(**places.columns(profile.place))
            .with_columns(**_identity(profile))
        )
        frame = frame.with_columns(reason=_reason(profile)).with_columns(detail=_detail(profile))
        return to.in_normal_form(without_homes(frame, profile.homes) if profile.homes else frame)

    return normalise


def _stated(profile: Profile) -> dict[str, pl.Expr]:
    """Text as the source has it."""
    nothing = profile.nothing
    found = {
        **_times(profile),
        "stated_id": joined(profile.id.columns, nothing) if profile.id else pl.lit(None, pl.String),
        "source_category": _source_category(profile),
        "outcome": outcome(profile),
        "scope": _scope(profile),
        "attributes": attributes(profile),
        **places.texts(profile.place, nothing),
    }
    return found | {f"left_out{at}": _withdrawn(rule) for at, rule in enumerate(profile.leave_out)}


def _times(profile: Profile) -> dict[str, pl.Expr]:
    time, nothing = profile.time, profile.nothing
    start = joined(time.start, nothing)
    found = {"stated_start": pl.coalesce(start, joined(time.otherwise, nothing)) if time.otherwise else start}
    others = {"stated_end": time.end, "stated_updated": time.updated}
    return found | {name: joined(columns, nothing) for name, columns in others.items() if columns}


def _source_category(profile: Profile) -> pl.Expr:
    """Without its first part the rest says nothing: a kind of property is not what happened there."""
    if profile.category.constant:
        return pl.lit(profile.category.constant)
    first, *more = [pl.coalesce(to.text(name, *profile.nothing) for name in some) for some in profile.category.columns]
    whole = pl.concat_str(first, *more, separator=": ", ignore_nulls=True) if more else first
    return pl.when(first.is_not_null()).then(whole)


def _scope(profile: Profile) -> pl.Expr:
    if profile.scope_in_file_name:
        return pl.col(SCOPE_OF_FILE)
    texts = [to.text(name, *profile.nothing).str.head(LONGEST_SCOPE) for name in profile.scope or ()]
    return pl.concat_str([text.fill_null("unknown") for text in texts], separator=" ") if texts else pl.lit("")


def _meant(profile: Profile, time: Time) -> dict[str, pl.Expr]:
    """`time`: that of the profile, with the formats that are of use."""
    found = {**spans(pl.col("stated_start"), time), **places.chosen(profile.place)}
    found["occurred_from"], found["time_precision"] = found["earliest"], found.pop("precision")
    if time.end:
        end = spans(pl.col("stated_end"), time)
        found["end_read"] = end["latest"].is_not_null()
        found["occurred_to"] = pl.coalesce(end["latest"], found["latest"])
    else:
        found["occurred_to"] = found["latest"]
    if time.updated:
        found["updated"] = spans(pl.col("stated_updated"), time)["latest"]
    return found


def _identity(profile: Profile) -> dict[str, pl.Expr]:
    source_id = pl.col("stated_id")
    if profile.id and profile.id.with_date:
        day = pl.col("earliest").dt.convert_time_zone(profile.time.zone).dt.strftime("%Y-%m-%d")
        source_id = pl.concat_str(source_id, day, separator=" ")
    return {"source_id": source_id}


def _reason(profile: Profile) -> pl.Expr:
    """The most basic reason first."""
    reasons = [to.reason_where(rule.is_not_null(), RejectReason.WITHDRAWN) for rule in _left_out(profile)]
    if profile.id and profile.id.required:
        reasons.append(to.reason_where(pl.col("stated_id").is_null(), RejectReason.MISSING_ID))
    reasons.append(to.reason_where(pl.col("stated_id").str.contains(MANGLED), RejectReason.MANGLED_ID))
    reasons.append(time_reason(pl.col("stated_start"), profile.time))
    if profile.time.end:
        unread = pl.col("stated_end").is_not_null() & ~pl.col("end_read")
        reasons.append(to.reason_where(unread, RejectReason.INVALID_DATE))
        backwards = pl.col("occurred_to") < pl.col("occurred_from")
        reasons.append(to.reason_where(backwards, RejectReason.ENDS_BEFORE_START))
    reasons.append(to.reason_where(pl.col("source_category").is_null(), RejectReason.MISSING_CATEGORY))
    return pl.coalesce(*reasons, places.place_reason(profile.place))


def _left_out(profile: Profile) -> list[pl.Expr]:
    return [pl.col(f"left_out{at}") for at in range(len(profile.leave_out))]


def _withdrawn(rule: LeftOut) -> pl.Expr:
    """What the source says of a row that it does not stand by."""
    said = to.text(rule.column)
    return pl.when(said.str.to_lowercase().is_in([value.strip().lower() for value in rule.values])).then(said)


def _detail(profile: Profile) -> pl.Expr:
    """The offending value of a bad row; of a good one, what the report should count."""
    when = pl.col("stated_start")
    if profile.time.end:
        when = pl.concat_str(when, pl.col("stated_end"), separator=" to ", ignore_nulls=True)
    reason = pl.col("reason")
    wrong = (
        pl.when(reason.is_in(MISPLACED))
        .then(places.stated(profile.place))
        .when(reason == RejectReason.MANGLED_ID.value)
        .then(pl.col("stated_id"))
        .when(reason == RejectReason.WITHDRAWN.value)
        .then(pl.coalesce(*_left_out(profile), pl.lit("")))
        .otherwise(when.replace("", None).fill_null("no date"))
    )
    return pl.when(reason.is_not_null()).then(wrong).otherwise(_note(profile))


def _note(profile: Profile) -> pl.Expr:
    notes = attribute_notes(profile)
    if profile.time.updated:
        early = pl.col("updated") < pl.col("occurred_from")
        notes.append(pl.when(early).then(pl.lit("updated before it was reported: the time of the report is kept")))
    return pl.concat_str(notes, separator=NOTE_END, ignore_nulls=True).replace("", None) if notes else NO_NOTE
