"""Query parameters: one type for each, and for each route the set it takes.

A parameter that is not in the set is refused (OGC API Features Part 1, 7.4): a spelling error must not silently mean
"everything". Parsers raise ValueError; `problems` turns it into a sentence that names the parameter.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Final, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, WithJsonSchema

from aim.audit.action import Action
from aim.vocabulary.kinds import AreaKind

DEFAULT_LIMIT: Final = 1_000
MAX_LIMIT: Final = 10_000
AUDIT_LINES: Final = 100
A_TEXT: Final = {"type": "string", "pattern": "^[^\\u0000]*$"}
MAX_INTEGER: Final = 2**31 - 1
A_NUMBER: Final = {"type": "integer", "minimum": 1, "maximum": MAX_INTEGER}
LOCAL: Final = ZoneInfo("Europe/London")
CENTURIES: Final = ("19", "20", "21")
DATE: Final = re.compile(r"\d{4}-\d\d-\d\d")
DATE_TIME: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")


@dataclass(frozen=True)
class Interval:
    """A span of time, both ends included; None is open."""

    start: datetime | None
    end: datetime | None

    def __str__(self) -> str:
        ends = (".." if end is None else end.isoformat() for end in (self.start, self.end))
        return "/".join(ends).replace("+00:00", "Z")


def parse_moment(text: str) -> Interval:
    """A date-time with its zone, or a date, which is that whole day in Europe/London."""
    try:
        if DATE_TIME.fullmatch(text):
            moment = datetime.fromisoformat(text.upper())
            return Interval(moment, moment)
        if DATE.fullmatch(text):
            day = datetime.combine(datetime.fromisoformat(text), time(), LOCAL)
            return Interval(day, day + timedelta(days=1) - timedelta(microseconds=1))
    except (ValueError, OverflowError):
        pass  # what is no date, or has no end, gets the sentence of what is not written as one
    raise ValueError(
        "write a time as 2024-05-01T09:00:00Z, a day as 2024-05-01, a span as START/END with .. for an open end"
    )


def parse_datetime(text: str) -> Interval:
    """An instant, or an interval of two with `..` or nothing for an open end (RFC 3339, section 5.6)."""
    first, slash, last = text.partition("/")
    if not slash:
        return parse_moment(first)
    start = None if first in ("", "..") else parse_moment(first).start
    end = None if last in ("", "..") else parse_moment(last).end
    if start is not None and end is not None and start > end:
        raise ValueError("the interval ends before it starts")
    return Interval(start, end)


def parse_day(text: str) -> date:
    """A day that exists, written as 2024-05-01, far enough from the calendar's ends to reckon with."""
    try:
        if DATE.fullmatch(text) and text[:2] in CENTURIES:
            return date.fromisoformat(text)
    except ValueError:
        pass  # a day that does not exist gets the same sentence as one that is not written as a day
    raise ValueError("write a day of the years 1900 to 2199 as 2024-05-01")


def a_number(text: str) -> str:
    """Refuse what `int` would let pass although no reader takes it for a number: underscores, signs, spaces, 1.0."""
    if not re.fullmatch(r"[0-9]{1,10}", text) or int(text) > MAX_INTEGER:
        raise ValueError(f"give a whole number, at most {MAX_INTEGER}")
    return text


Format = Annotated[
    Literal["json", "html"] | None,
    Field(description="Format of the answer; without it, the Accept header decides."),
    WithJsonSchema({"type": "string", "enum": ["json", "html"]}),
]
JsonFormat = Annotated[
    Literal["json"] | None,
    Field(description="Format of the answer: there is one."),
    WithJsonSchema({"type": "string", "enum": ["json"]}),
]
Limit = Annotated[
    int,
    Field(description="Most features in one answer; a greater number is taken as the maximum.", ge=1),
    BeforeValidator(a_number),
    AfterValidator(lambda limit: min(limit, MAX_LIMIT)),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}),
]
Offset = Annotated[
    int,
    Field(description="Features to pass over."),
    BeforeValidator(a_number),
    WithJsonSchema({"type": "integer", "minimum": 0, "maximum": MAX_INTEGER, "default": 0}),
]
RunNumber = Annotated[
    int | None,
    Field(description="An earlier scoring run, as a meeting saw it; without it, the current one."),
    BeforeValidator(a_number),
    WithJsonSchema(A_NUMBER),
]
AsOf = Annotated[
    date | None,
    Field(description="How the feeds stood at the end of this day (Europe/London); without it, now."),
    PlainValidator(parse_day, json_schema_input_type=str),
    WithJsonSchema({"type": "string", "format": "date", "pattern": f"^({'|'.join(CENTURIES)})"}),
]


class Parameters(BaseModel):
    """The base of every set: frozen, so that a set can be part of a cache key."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class DocumentParameters(Parameters):
    f: Format = None


class JsonParameters(Parameters):
    f: JsonFormat = None


class TileParameters(Parameters):
    run: RunNumber = None


class CardParameters(DocumentParameters):
    run: RunNumber = None


class FeedsParameters(DocumentParameters):
    as_of: AsOf = None


class StrategyParameters(DocumentParameters):
    version: Annotated[
        int | None,
        Field(description="An earlier version of the control strategy; without it, the current one."),
        BeforeValidator(a_number),
        WithJsonSchema(A_NUMBER),
    ] = None


class AuditParameters(DocumentParameters):
    action: Annotated[
        Action | None,
        Field(description="Only lines of this kind."),
        WithJsonSchema({"type": "string", "enum": list(Action)}),
    ] = None
    actor: Annotated[str | None, Field(description="Only what they did: account:jo."), WithJsonSchema(A_TEXT)] = None
    subject: Annotated[
        str | None, Field(description="Only what begins so: layer/all-crime."), WithJsonSchema(A_TEXT)
    ] = None
    before: Annotated[
        int | None,
        Field(description="Only lines before this number, as the link “next” has it.", ge=1),
        BeforeValidator(a_number),
        WithJsonSchema(A_NUMBER),
    ] = None
    limit: Annotated[
        int,
        Field(description="Most lines in one answer.", ge=1),
        BeforeValidator(a_number),
        AfterValidator(lambda limit: min(limit, DEFAULT_LIMIT)),
        WithJsonSchema({"type": "integer", "minimum": 1, "maximum": DEFAULT_LIMIT, "default": AUDIT_LINES}),
    ] = AUDIT_LINES


class AreasParameters(JsonParameters):
    kind: Annotated[
        AreaKind | None,
        Field(description="Only areas of this kind."),
        WithJsonSchema({"type": "string", "enum": list(AreaKind)}),
    ] = None
    limit: Limit = DEFAULT_LIMIT
    offset: Offset = 0
