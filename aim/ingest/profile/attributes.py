"""What a feed keeps beside the normal form, as a JSON object, and what became of the report.

Each step is columns of their own, because polars works out anew whatever an expression holds twice.
"""

from typing import Final

import polars as pl

from aim.incident import TimePrecision
from aim.ingest import normalise as to
from aim.ingest.profile.schema import Attribute, Profile, Time
from aim.ingest.profile.times import spans

OUTCOME: Final = "outcome"
NOTHING: Final = pl.lit(None, pl.String)


def with_values(frame: pl.LazyFrame, profile: Profile) -> pl.LazyFrame:
    """With what each attribute and the outcome say, state and mean.

    The names of these columns begin with a space, as no name of a source does.
    """
    kept = _kept(profile)
    frame = frame.with_columns(_text(profile, spec).alias(f" said {key}") for key, spec in kept.items())
    frame = frame.with_columns(
        found.alias(f" {what} {key}")
        for key, spec in kept.items()
        if spec.time
        for what, found in spans(pl.col(f" said {key}"), profile.time).items()
    )
    return frame.with_columns(_value(profile, key, spec).alias(f" value {key}") for key, spec in kept.items())


def outcome(profile: Profile) -> pl.Expr:
    """What became of it."""
    return pl.col(f" value {OUTCOME}") if profile.outcome else NOTHING


def attributes(profile: Profile) -> pl.Expr:
    """The JSON object of each row, without the fields that are empty."""
    members = [_member(name, pl.col(f" value {_key(name)}")) for name in profile.attributes]
    if not members:
        return NOTHING
    return pl.format(
        "{}{}{}", pl.lit("{"), pl.concat_str(members, separator=",", ignore_nulls=True), pl.lit("}")
    ).replace("{}", None)


def attribute_notes(profile: Profile) -> list[pl.Expr]:
    """What the report should say of a row: a moment that cannot be read, a word that the profile does not know."""
    return [_note(key, spec) for key, spec in _kept(profile).items() if spec.time or spec.words]


def _key(name: str) -> str:
    return f"attribute {name}"


def _kept(profile: Profile) -> dict[str, Attribute]:
    kept = {_key(name): spec for name, spec in profile.attributes.items()}
    return kept | ({OUTCOME: profile.outcome} if profile.outcome else {})


def _member(name: str, value: pl.Expr) -> pl.Expr:
    """`"name":"value"`: an object of one field without its braces, so that polars does the escaping."""
    encoded = pl.struct(value.alias(name)).struct.json_encode()
    return pl.when(value.is_not_null()).then(encoded.str.slice(1).str.head(-1))


def _text(profile: Profile, spec: Attribute) -> pl.Expr:
    return pl.coalesce(to.text(name, *profile.nothing, *spec.nothing) for name in spec.column)


def _value(profile: Profile, key: str, spec: Attribute) -> pl.Expr:
    """Its text, the time that it states, or what its word means."""
    said = pl.col(f" said {key}")
    if spec.time:
        return _moment(key, profile.time)
    if spec.words:
        known = {word.strip().lower(): kept for word, kept in spec.words.items()}
        return said.str.to_lowercase().replace_strict(known, default=said)
    return said


def _moment(key: str, time: Time) -> pl.Expr:
    """A day without a time of day stays a day: as its midnight it would look like a moment, and a clock stop at it."""
    earliest, precision = pl.col(f" earliest {key}"), pl.col(f" precision {key}")
    local = earliest.dt.convert_time_zone(time.zone)
    return (
        pl.when(precision == TimePrecision.EXACT.value)
        .then(earliest.dt.strftime("%Y-%m-%dT%H:%M:%SZ"))
        .when(precision == TimePrecision.DAY.value)
        .then(local.dt.strftime("%Y-%m-%d"))
        .otherwise(local.dt.strftime("%Y-%m"))
    )


def _note(key: str, spec: Attribute) -> pl.Expr:
    said, name = pl.col(f" said {key}"), key.removeprefix(_key(""))
    if spec.time:
        unread = said.is_not_null() & pl.col(f" earliest {key}").is_null()
        early = pl.col(f" latest {key}") < pl.col("occurred_from")
        return (
            pl.when(unread)
            .then(pl.lit(f"{name} was left out: it is no time in the feed's formats"))
            .when(early)
            .then(pl.lit(f"{name} lies before the time of the report: it is kept as it is said"))
        )
    unknown = ~said.str.to_lowercase().is_in([word.strip().lower() for word in spec.words])
    return pl.when(unknown).then(pl.format("{} {}: no word of the profile", pl.lit(name), said.str.head(80)))
