"""What a profile may say: `docs/how-to/add-a-feed.md` walks through one, `docs/reference/profiles.md` lists it all."""

import re
import tomllib
from typing import Any, Final, Literal, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field, ValidationError, field_validator, model_validator
from pyproj import CRS
from pyproj.exceptions import CRSError

from aim.errors import WrongProfile
from aim.incident import LocationMethod
from aim.ingest.feed import KEPT_MONTHS, Delivery
from aim.ingest.profile.health import Health
from aim.ingest.profile.part import Alternatives, Columns, Part
from aim.vocabulary.categories import as_words, sources
from aim.vocabulary.nim import Agency, Marking

TO_BE_DECIDED: Final = "TO BE DECIDED"
"""Stands in a draft wherever a person has to choose; a profile with such a choice left cannot be loaded."""
BY_RANGE: Final = "by range"
"""Degrees in some rows and National Grid metres in others; Britain's ranges tell them apart."""


def first_number(text: str) -> Literal["day", "month"] | None:
    """What a date format begins with, where that could be mistaken for the other: 03/04/2026."""
    starts: dict[str, Literal["day", "month"]] = {"%d%m": "day", "%m%d": "month"}
    return starts.get("".join(re.findall(r"%[A-Za-z]", text)[:2]))


class File(Part):
    """How the table is stored."""

    format: Literal["csv", "records", "excel", "spatial"] = "csv"
    """`records`: a list of objects in JSON or XML, whose columns are paths (`location.latitude`)."""
    delimiter: Literal[",", ";", "\t", "|"] = ","
    """Of a CSV: what stands between two fields."""
    inside: str | None = None
    """Of records: what the list is called, where it is not the whole answer."""
    sheet: str | None = None
    """Of a workbook; the first unless set."""
    layer: str | None = None
    """Of a GeoPackage; the first unless set."""
    told_by: tuple[str, ...] = ()
    """Columns that tell this layout from others: a file without them is refused, though they may be empty."""


class Id(Part):
    """The source's own reference."""

    columns: Columns
    """Joined by a space where they are several."""
    with_date: bool = False
    """The reference is used again each day: it names an incident only together with the date."""
    required: bool = True
    """False: rows without a reference are incidents all the same (anti-social behaviour on data.police.uk)."""


class Time(Part):
    """When it happened."""

    start: Columns
    """Joined by a space where they are several (date and time of day)."""
    end: Columns | None = None
    """For what happened at an unknown moment in between (burglary: committed from and to)."""
    otherwise: Columns | None = None
    """Where `start` is empty."""
    updated: Columns | None = None
    """A last change; one before `start` is noted, never believed."""
    formats: tuple[str, ...] = Field(min_length=1)
    """As strptime has them; without a time of day it is a day, without a day a month. `%z` is an offset in the text."""
    zone: str = "Europe/London"
    """Of times without an offset."""
    midnight: Literal["time", "unknown"] = "time"
    """`unknown`: the source writes 00:00 where it knows only the day."""

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        if zone not in available_timezones():
            raise ValueError(f"there is no time zone {zone!r}; Britain's is Europe/London")
        return ZoneInfo(zone).key

    @field_validator("formats")
    @classmethod
    def _one_order(cls, formats: tuple[str, ...]) -> tuple[str, ...]:
        if len({first for text in formats if (first := first_number(text))}) > 1:
            raise ValueError("day first and month first cannot both be right: 03/04 would be read as either")
        return formats


class Place(Part):
    """Where it happened: two columns and how far off they may be."""

    x: str
    """Longitude or easting."""
    y: str
    """Latitude or northing."""
    crs: str = "EPSG:4326"
    """Of x and y; `by range` where the rows differ."""
    precision_m: float = Field(gt=0)
    """The radius, in metres, that holds the true place."""
    method: LocationMethod = LocationMethod.EXACT
    nothing: tuple[str, ...] = ()
    """What stands in these columns for no place, beside an empty cell and (0, 0)."""

    @field_validator("crs")
    @classmethod
    def _known_crs(cls, crs: str) -> str:
        try:
            return crs if crs == BY_RANGE else CRS.from_user_input(crs).to_string()
        except CRSError as error:
            raise ValueError(f"there is no coordinate system {crs!r}; Britain's grid is EPSG:27700") from error


class Category(Part):
    """What happened, in the source's words, and what they mean."""

    columns: Alternatives = ()
    """Joined by `: `; of a list inside the list, the first column that is filled is taken, and any may be missing."""
    constant: str | None = None
    """In place of columns: what each row says of a file about one kind of thing (a register of fly-tipping)."""
    source: str | None = None
    """A source of `categories.toml` whose words hold, after the ones here."""
    words: dict[str, str] = Field(default={})
    """What the source says = a category; `*` stands for any text."""

    @model_validator(mode="after")
    def _known_words(self) -> Self:
        if bool(self.columns) == bool(self.constant):
            raise ValueError(
                "what happened stands in `columns` or is the same `constant` in all rows: give one of them"
            )
        if self.source is not None and self.source not in sources():
            raise ValueError(f"categories.toml has no source {self.source!r}; it has {', '.join(sources())}")
        as_words(self.words)
        return self


def _as_attribute(said: Any) -> Any:
    """Columns may be written without more."""
    return {"column": said} if isinstance(said, str | list) else said


class Attribute(Part):
    """A field that is kept beside the normal form."""

    column: Columns
    """Of several, the first that is filled is taken, and any may be missing: releases differ in their names."""
    time: bool = False
    """A moment, in the formats and zone of `[time]`; kept as UTC, or as the day or month alone where that is said."""
    nothing: tuple[str, ...] = ()
    """What stands for nothing in these columns, beside an empty cell."""
    words: dict[str, str] = Field(default={})
    """What the source says = what is kept; anything else is kept as it is, and counted in the report."""


class LeftOut(Part):
    """Rows that the source itself does not stand by: they go to the quarantine."""

    column: str
    """The column that says so."""
    values: tuple[str, ...] = Field(min_length=1)
    """Case and surrounding space do not matter."""


class Homes(Part):
    """Reports whose exact place is somebody's home: only the square of the National Grid around it is kept."""

    said: Columns
    """What the source says of them (see `[category]`); `*` stands for any text."""
    square_m: int = Field(default=100, gt=0)
    """The side of the square, in metres; the point is moved to its centre."""


class Profile(Part):
    """A tabular feed."""

    name: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    """What commands call it: small letters, figures and hyphens."""
    title: str = Field(min_length=1)
    """What people call it."""
    agency: Agency
    """Whose incidents they are."""
    publisher: str = Field(min_length=1)
    """Who hands the file out."""
    licence: str = Field(min_length=1)
    """On which terms."""
    attribution: str = Field(min_length=1)
    """What has to be written beside the data wherever they are shown."""
    location_note: str = Field(min_length=1)
    """Where the points come from and how far off they may be, with the reason for the figure."""
    delivery: Delivery = Delivery.INCREMENTAL
    """Whether a row that is absent from a file is gone (a snapshot holds all of its scope) or stays."""
    open: bool = False
    """Whether it is openly licensed: any other feed needs an information-sharing agreement to be shared."""
    marking: Marking = Marking.OFFICIAL
    """The classification of its rows."""
    retention_months: int = Field(default=KEPT_MONTHS, gt=0)
    """How long rows are kept."""
    nothing: tuple[str, ...] = ()
    """What stands for nothing in any column, beside an empty cell."""
    file: File = File()
    id: Id | None = None
    scope: Columns | None = None
    """Of a snapshot: the columns that say what it replaces (force and month)."""
    scope_in_file_name: str | None = None
    """Of a snapshot: a regular expression; what it finds in the file's name is the scope.

    Where it has groups named `unit` and `period`, the scope is those two: loads of one unit are then compared with its
    other periods.
    """
    time: Time
    place: tuple[Place, ...] = Field(min_length=1)
    """The first that is filled is taken."""
    category: Category
    outcome: Attribute | None = None
    """What became of it, as the source last said."""
    attributes: dict[str, Attribute] = Field(default={})
    """What is kept beside the normal form, by the name that it is kept under."""
    leave_out: tuple[LeftOut, ...] = ()
    homes: Homes | None = None
    personal: tuple[str, ...] = ()
    """Columns about a person. They are dropped at the door, and the report says so."""
    health: Health = Health()

    @field_validator("attributes", mode="before")
    @classmethod
    def _short_forms(cls, said: Any) -> Any:
        return {name: _as_attribute(spec) for name, spec in said.items()} if isinstance(said, dict) else said

    @field_validator("outcome", mode="before")
    @classmethod
    def _short_form(cls, said: Any) -> Any:
        return _as_attribute(said)

    @field_validator("scope_in_file_name")
    @classmethod
    def _is_a_pattern(cls, pattern: str | None) -> str | None:
        try:
            re.compile(pattern or "")
        except re.error as error:
            raise ValueError(f"this is no regular expression: {error}") from error
        return pattern

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        scoped = self.scope is not None or self.scope_in_file_name is not None
        if scoped != (self.delivery is Delivery.SNAPSHOT):
            raise ValueError("a snapshot, and nothing else, says in `scope` or `scope_in_file_name` what it replaces")
        if self.delivery is Delivery.INCREMENTAL and self.id is None:
            raise ValueError("a row without an [id] would be stored again when it is sent again: name its columns")
        used = sorted(set(self.personal) & set(self.wanted()))
        if used:
            raise ValueError(f"{', '.join(used)} cannot be used and be personal at once")
        return self

    def required(self) -> tuple[str, ...]:
        """The columns that a file must have."""
        named = [*(self.id.columns if self.id else ()), *(self.scope or ()), *self.time.start]
        named += [column for place in self.place for column in (place.x, place.y)]
        named += [column for column, *others in self.category.columns if not others] + [*self.file.told_by]
        return tuple(dict.fromkeys(named))

    def wanted(self) -> tuple[str, ...]:
        """All columns that it reads; those beyond `required` may be missing."""
        named = [*self.required(), *(column for some in self.category.columns for column in some)]
        named += [c for some in (self.time.end, self.time.otherwise, self.time.updated) for c in some or ()]
        named += self.outcome.column if self.outcome else ()
        named += [column for kept in self.attributes.values() for column in kept.column]
        named += [rule.column for rule in self.leave_out]
        return tuple(dict.fromkeys(named))


def parse(text: str, where: str) -> Profile:
    """The profile in a TOML text from the file `where`. Raises WrongProfile, which names each field that is wrong."""
    try:
        return Profile.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise WrongProfile(f"{where} is not TOML: {error}.") from error
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, fault['loc'])) or 'profile'}: {_said(fault['msg'])}" for fault in error.errors()]
        raise WrongProfile(f"{where} is not a profile. {'; '.join(faults)}.") from error


def _said(message: str) -> str:
    return message.removeprefix("Value error, ").rstrip(".")
