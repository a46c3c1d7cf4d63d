"""When it happened: which of the dates of a table is that of the incident, and all that `[time]` says of it."""

import re
from dataclasses import dataclass, field
from itertools import product
from typing import Final, Literal

import polars as pl

from aim.ingest.draft.dates import MOSTLY, ZONE, Dates, clock_columns, date_columns
from aim.ingest.draft.findings import Finding, Sure, of
from aim.ingest.draft.look import Column, Look

HAPPENED: Final = {
    "occurred": 6, "occurrence": 6, "occ": 6, "committed": 6, "offence": 5, "incident": 5, "call": 5, "alarm": 5,
    "created": 4, "creation": 4, "requested": 4, "reported": 4, "received": 4, "opened": 4, "logged": 4, "raised": 4,
    "start": 4, "from": 4, "event": 4, "month": 3, "date": 2, "when": 2,
    "closed": -9, "close": -9, "completed": -9, "completion": -9, "resolved": -9, "resolution": -9, "updated": -9,
    "modified": -9, "changed": -9, "due": -9, "expected": -9, "target": -9, "end": -9, "finished": -9, "to": -9,
    "birth": -99, "dob": -99, "born": -99, "acknowledged": -6, "fixed": -9, "left": -6, "returned": -6, "print": -9,
    "extract": -9, "exported": -9, "arrival": -4, "arrived": -4, "mobile": -4, "review": -9, "confirmed": -3,
}  # fmt: skip
"""How much the words of a name say that its time is that of the incident."""
CHANGED: Final = ("updated", "modified", "changed")
UNTIL: Final = {"from": "to", "earliest": "latest", "between": "and", "start": "end"}
SPIKE: Final = 5
"""A midnight that has this many times the incidents of another full hour is a word for `not known`."""
FEWEST: Final = 10


@dataclass(frozen=True)
class When:
    """The `[time]` of a profile. `formats` is None where a person has to choose among `choices`, which are by order."""

    start: tuple[str, ...] = ()
    end: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    formats: tuple[str, ...] | None = None
    choices: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    midnight_unknown: bool = False
    month_only: bool = False
    unzoned: bool = True
    days: pl.Series | None = None
    """The day of each row as text, null where it has none."""
    findings: tuple[Finding, ...] = ()


def infer_when(look: Look) -> When:
    """When the incidents of a table happened."""
    dates, clocks = date_columns(look), clock_columns(look)
    happened = [each for each in dates if _score(each, look.rows) > -5]
    if not happened:
        return When(findings=(Finding("time", "", Sure.OPEN, _no_dates(look, dates)),))
    start = max(happened, key=lambda each: _score(each, look.rows))
    return _when(look, start, _clock_of(start, clocks), dates)


def _no_dates(look: Look, dates: list[Dates]) -> str:
    serial = [c.name for c in look.columns.values() if "date" in c.name.lower() and _serial(c)]
    if serial:
        return (
            f"{', '.join(serial)} holds the numbers that Excel keeps for dates: format the column as a date, save again"
        )
    read = {each.column.name for each in dates}
    unread = [c for c in look.columns.values() if c.name not in read and _speaks(c) and c.example()]
    if unread:
        said = f"{unread[0].name} holds {unread[0].example()!r}"
        return f"{said}, a date in no format that is known: write its format, or export it anew"
    names = ", ".join(each.column.name for each in dates)
    return f"no column holds dates of an incident{f'; there is {names}' if names else ''}"


def _speaks(column: Column) -> bool:
    """Whether a name says that the column is the time of the incident."""
    return column.named("date", "time", "when", "created", "reported", "occurred", "received", "logged", "opened")


def _serial(column: Column) -> bool:
    numbers = column.texts.cast(pl.Float64, strict=False)
    return column.filled > 0 and int(numbers.is_between(20_000, 80_000).sum() or 0) >= MOSTLY * column.filled


def _score(dates: Dates, rows: int) -> float:
    words = sum(HAPPENED.get(word, 0) for word in dates.column.words)
    return words + 2 * dates.column.filled / max(rows, 1) + 0.5 * dates.clock


def _clock_of(start: Dates, clocks: list[Dates]) -> Dates | None:
    """The time of day that belongs to a date: that with the most words of the date's name."""
    if start.month_only or (start.clock and not _all_midnight(start)):
        return None
    fit = [each for each in clocks if not each.column.named("attendance", "travel", "turnout", "duration", "closed")]
    return max(fit, key=lambda each: (len(each.column.words & start.column.words), each.column.filled), default=None)


def _all_midnight(dates: Dates) -> bool:
    texts = dates.column.texts.drop_nulls()
    return dates.clock and bool(texts.str.contains(r"[T ]0?0:00(:00(\.0+)?)?$").all())


def _when(look: Look, start: Dates, clock: Dates | None, dates: list[Dates]) -> When:
    others = [each for each in (_end_of(start, dates) if clock is None else None, _updated(start, dates)) if each]
    sharing = [start, *(each for each in others if _same_order(start, each))]
    written = {order: _formats(sharing, clock, start, order) for order in ("day", "month")}
    decided = start.order not in ("mixed", "unproved")
    formats = written["month" if start.order == "month" else "day"]
    named = (start.column.name, clock.column.name) if clock else (start.column.name,)
    local = _local(look, named, formats)
    timed = tuple(text for text in formats if "%H" in text or "%I" in text)
    midnight, spike = _midnight(_local(look, named, timed)) if timed else (False, [])
    end, updated = (_names(sharing[1:], changed=changed) for changed in (False, True))
    proofs = [each for each in dates if each.evidence and (each in sharing or each.order in ("day", "month"))]
    found = [_about_start(start, clock, dates), _about_formats(sharing, proofs, written, formats if decided else None)]
    found += [Finding("time.end", end[0], Sure.LIKELY, "its name is the counterpart of the start's")] if end else []
    found += [Finding("time.updated", updated[0], Sure.LIKELY, "by its name")] if updated else []
    return When(
        start=named,
        end=end,
        updated=updated,
        formats=formats if decided else None,
        choices={} if decided else written,
        midnight_unknown=midnight,
        month_only=start.month_only,
        unzoned=not all("%z" in text for text in formats),
        days=local.dt.strftime("%Y-%m-%d"),
        findings=(*found, *spike, *_about_years(sharing)),
    )


def _same_order(start: Dates, other: Dates) -> bool:
    """Whether one list of formats can serve both; what only the other's values would have to say does not count."""
    return other.order != "unproved" if start.order is None else other.order in (None, "unproved", start.order)


def _names(sharing: list[Dates], *, changed: bool) -> tuple[str, ...]:
    return tuple(each.column.name for each in sharing if each.column.named(*CHANGED) == changed)


def _end_of(start: Dates, dates: list[Dates]) -> Dates | None:
    for word, other in UNTIL.items():
        if word in start.column.words and start.column.named("committed", "offence", "occurred", "incident", word):
            wanted = start.column.words - {word} | {other}
            return next((each for each in dates if each.column.words == wanted), None)
    return None


def _updated(start: Dates, dates: list[Dates]) -> Dates | None:
    found = (each for each in dates if each is not start and each.column.named(*CHANGED))
    return next(found, None)


def _formats(sharing: list[Dates], clock: Dates | None, start: Dates, order: str) -> tuple[str, ...]:
    """The formats of all that share them; a date beside a time of day is read together with it."""
    chosen: Literal["day", "month"] = "month" if order == "month" else "day"
    alone = [text for each in sharing for text in each.written(chosen)]
    if clock is None:
        return tuple(dict.fromkeys(alone))
    day = [re.sub(r"%[HI].*", "00:00:00", text) for text in start.written(chosen)]
    joined = [f"{date} {time}" for date, time in product(day, clock.written())]
    gaps = clock.column.filled < start.column.filled
    return tuple(dict.fromkeys([*joined, *(day if gaps else ()), *(alone if len(sharing) > 1 else ())]))


def _local(look: Look, named: tuple[str, ...], formats: tuple[str, ...]) -> pl.Series:
    """The local time of each row, null where no format fits."""
    texts = [look.columns[name].texts.alias(name) for name in named]
    joined = pl.select(pl.concat_str(texts, separator=" ", ignore_nulls=True).alias("t"))["t"]
    return pl.select(pl.coalesce(_parsed(joined, text) for text in formats).alias("t"))["t"]


def _parsed(texts: pl.Series, text: str) -> pl.Series:
    if "%z" in text:
        bare = texts.str.replace(f"{ZONE}$", "")
        return bare.str.to_datetime(text.replace("%z", ""), strict=False, time_unit="us")
    if "%H" in text or "%I" in text:
        return texts.str.to_datetime(text, strict=False, time_unit="us")
    if "%d" in text:
        return texts.str.to_date(text, strict=False).cast(pl.Datetime("us"))
    return (texts + " 01").str.to_date(f"{text} %d", strict=False).cast(pl.Datetime("us"))


def _midnight(local: pl.Series) -> tuple[bool, list[Finding]]:
    n = len(local) - local.null_count()
    at_hour = local.filter((local == local.dt.truncate("1h")).fill_null(False))
    midnight = int((at_hour.dt.hour() == 0).sum() or 0)
    others = (len(at_hour) - midnight) / 23
    counts = f"{of(midnight, n)} are 00:00, another full hour has {others:,.0f} on average"
    if midnight == n and n:
        return True, [Finding("time.midnight", "unknown", Sure.CERTAIN, f"{of(n, n)} are 00:00: only the day is known")]
    if midnight >= FEWEST and midnight > SPIKE * (others + 1):
        return True, [Finding("time.midnight", "unknown", Sure.LIKELY, counts)]
    return False, [Finding("time.midnight", "time", Sure.LIKELY, counts)]


def _about_start(start: Dates, clock: Dates | None, dates: list[Dates]) -> Finding:
    others = [each.column.name for each in dates if each is not start]
    why = f"{of(start.read, start.column.filled)} are dates"
    if clock:
        why += f"; {of(clock.read, clock.column.filled)} of {clock.column.name} are times of day"
    why += f"; other columns with dates: {', '.join(others)}" if others else ""
    value = " + ".join([start.column.name, *([clock.column.name] if clock else [])])
    return Finding("time.start", value, Sure.LIKELY if others else Sure.CERTAIN, why)


def _about_formats(
    sharing: list[Dates], proofs: list[Dates], written: dict[str, tuple[str, ...]], formats: tuple[str, ...] | None
) -> Finding:
    proved = "; ".join(f"{each.column.name}: {each.evidence}" for each in proofs)
    if formats is None:
        choices = f"{', '.join(written['day'])} or {', '.join(written['month'])}"
        return Finding("time.formats", choices, Sure.OPEN, proved)
    read = "; ".join(f"{each.column.name}: {of(each.read, each.column.filled)}" for each in sharing)
    return Finding("time.formats", ", ".join(formats), Sure.CERTAIN, proved or read)


def _about_years(sharing: list[Dates]) -> list[Finding]:
    short = [each.column.name for each in sharing if any("%y" in text for text in each.formats)]
    if not short:
        return []
    why = f"{', '.join(short)} has years of two digits: 00 to 69 are read as 20.., 70 to 99 as 19.."
    return [Finding("time.formats", "two-digit years", Sure.LIKELY, why)]
