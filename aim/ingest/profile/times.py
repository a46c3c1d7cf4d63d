"""When it happened: text in the profile's formats to spans of UTC, with the precision that the text bears."""

import re
from typing import Final

import polars as pl

from aim.errors import UnreadableFile
from aim.incident import TimePrecision
from aim.ingest import normalise as to
from aim.ingest.profile.schema import Time, first_number
from aim.ingest.reasons import RejectReason

CLOCK: Final = ("%H", "%I", "%T", "%R")
DAY: Final = ("%d", "%e", "%j", "%F", "%D")
ZONED: Final = r"(Z|[+-]\d{2}:?\d{2})$"
UNZONED: Final = r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}"
PROOF_AGAINST: Final = {
    "day": r"^\s*(0?[1-9]|1[0-2])[/.-](1[3-9]|2\d|3[01])[/.-]\d{2,4}\b",
    "month": r"^\s*(1[3-9]|2\d|3[01])[/.-](0?[1-9]|1[0-2])[/.-]\d{2,4}\b",
}
MONTH_PARTS: Final = {"%Y": r"\d{4}", "%y": r"\d{2}", "%m": r"\d{2}", "%b": r"[A-Za-z]{3}", "%B": r"[A-Za-z]+"}
NEVER: Final = pl.lit(None, pl.Datetime("us"))


def joined(columns: tuple[str, ...], nothing: tuple[str, ...]) -> pl.Expr:
    """The text of the columns, one space between; null where all are empty."""
    texts = [to.text(name, *nothing) for name in columns]
    return texts[0] if len(texts) == 1 else pl.concat_str(texts, separator=" ", ignore_nulls=True).replace("", None)


def spans(stated: pl.Expr, time: Time) -> dict[str, pl.Expr]:
    """`earliest` and `latest` (UTC) and `precision` of a stated time, null where no format fits; `read`: one did.

    A day ends where the next begins; so does a month. An exact time starts and ends in one moment, except in the hour
    that the clocks repeat, when it may be either of two. What was read and has no `earliest` fell into the hour that
    the clocks skip.
    """
    instant, exact, day, month = _instant(stated, time), _exact(stated, time), _day(stated, time), _month(stated, time)
    if time.midnight == "unknown":
        instant, exact, day = _without_midnight(instant, exact, day, _as_written(stated, time), time.zone)
    moment = instant.is_not_null() | exact.is_not_null()
    return {
        "earliest": pl.coalesce(instant, *(to.zoned(start, "earliest", time.zone) for start in (exact, day, month))),
        "latest": pl.coalesce(
            instant,
            to.zoned(exact, "latest", time.zone),
            to.zoned(day.dt.offset_by("1d"), "earliest", time.zone),
            to.zoned(month.dt.offset_by("1mo"), "earliest", time.zone),
        ),
        "read": moment | day.is_not_null() | month.is_not_null(),
        "precision": pl.when(moment)
        .then(pl.lit(TimePrecision.EXACT.value))
        .when(day.is_not_null())
        .then(pl.lit(TimePrecision.DAY.value))
        .otherwise(pl.lit(TimePrecision.MONTH.value)),
    }


def of_use(time: Time, texts: list[pl.Series]) -> Time:
    """With those of its formats alone that some of the texts need: most files keep to one of a profile's many.

    They are tried in the order in which `spans` prefers them, each on what none before it fits.
    """
    if len(time.formats) == 1:
        return time
    left, used = pl.concat(texts).drop_nulls(), set[str]()
    for text in sorted(time.formats, key=_rank):
        if left.is_empty():
            break
        read = spans(pl.lit(left), time.model_copy(update={"formats": (text,), "midnight": "time"}))["read"]
        fits = pl.select(read).to_series()
        used |= {text} if fits.any() else set()
        left = left.filter(~fits)
    return time.model_copy(update={"formats": tuple(text for text in time.formats if text in used)})


def _rank(text: str) -> int:
    """Instants come first, then local times, days and months."""
    return ["%z" in text, _has(text, CLOCK), _has(text, DAY), True].index(True)


def _has(text: str, directives: tuple[str, ...]) -> bool:
    return any(directive in text for directive in directives)


def _instant(stated: pl.Expr, time: Time) -> pl.Expr:
    """Times that carry their offset; a Z stands for one."""
    formats = [text for text in time.formats if "%z" in text]
    if not formats:
        return pl.lit(None, pl.Datetime("us", "UTC"))
    zoned = pl.when(stated.str.contains(ZONED)).then(stated.str.replace(r"Z$", "+00:00"))
    return pl.coalesce(zoned.str.to_datetime(text, strict=False, time_unit="us", time_zone="UTC") for text in formats)


def _exact(stated: pl.Expr, time: Time) -> pl.Expr:
    formats = [text for text in time.formats if _has(text, CLOCK) and "%z" not in text]
    return pl.coalesce(NEVER, *(stated.str.to_datetime(text, strict=False, time_unit="us") for text in formats))


def _day(stated: pl.Expr, time: Time) -> pl.Expr:
    formats = [text for text in time.formats if _has(text, DAY) and not _has(text, CLOCK)]
    days = (stated.str.to_date(text, strict=False).cast(pl.Datetime("us")) for text in formats)
    return pl.coalesce(NEVER, *days)


def _month(stated: pl.Expr, time: Time) -> pl.Expr:
    formats = [text for text in time.formats if not _has(text, (*DAY, *CLOCK))]
    return pl.coalesce(NEVER, *(_first_of_month(stated, text) for text in formats))


def _first_of_month(stated: pl.Expr, text: str) -> pl.Expr:
    """The pattern is checked too, because a parser of `%Y` takes years of any length."""
    pattern = re.sub(r"%[A-Za-z]", lambda part: MONTH_PARTS.get(part[0], ".+"), re.escape(text).replace(r"\%", "%"))
    whole = pl.when(stated.str.contains(f"^{pattern}$")).then(stated + " 01")
    return whole.str.to_date(f"{text} %d", strict=False).cast(pl.Datetime("us"))


def _as_written(stated: pl.Expr, time: Time) -> pl.Expr:
    """What the clock of the text shows, whatever its offset."""
    formats = [text.replace("%z", "") for text in time.formats if text.endswith("%z")]
    bare = pl.when(stated.str.contains(ZONED)).then(stated.str.replace(ZONED, ""))
    return pl.coalesce(NEVER, *(bare.str.to_datetime(text, strict=False, time_unit="us") for text in formats))


def _without_midnight(
    instant: pl.Expr, exact: pl.Expr, day: pl.Expr, written: pl.Expr, zone: str
) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    """Instants, local times and days, where a midnight says only the day.

    In summer a day that somebody put into UTC may show as midnight there, or as midnight here.
    """
    local = pl.coalesce(instant.dt.convert_time_zone(zone).dt.replace_time_zone(None), exact)
    bare = pl.coalesce(pl.when(clock == clock.dt.truncate("1d")).then(clock) for clock in (local, written))
    return pl.when(bare.is_null()).then(instant), pl.when(bare.is_null()).then(exact), pl.coalesce(bare, day)


def time_reason(stated: pl.Expr, time: Time) -> pl.Expr:
    """Why `earliest` (a column) is null, or null."""
    absent = pl.col("earliest").is_null()
    reasons = [to.reason_where(absent & pl.col("read"), RejectReason.TIME_DOES_NOT_EXIST)]
    if all("%z" in text for text in time.formats):
        unzoned = stated.str.contains(UNZONED) & ~stated.str.contains(ZONED)
        reasons.append(to.reason_where(absent & unzoned, RejectReason.NO_TIME_ZONE))
    return pl.coalesce(*reasons, to.reason_where(absent, RejectReason.INVALID_DATE))


def refuse_other_order(raw: pl.DataFrame, time: Time) -> None:
    """A number above twelve in the month's place proves the other order: all other dates would be read wrongly.

    Raises UnreadableFile with the line that proves it.
    """
    first = next((order for order in map(first_number, time.formats) if order), None)
    if first is None:
        return
    proof = raw.filter(pl.col(time.start[0]).str.contains(PROOF_AGAINST[first]))
    if proof.height:
        value = proof[time.start[0]][0].strip()
        other, wanted = ("month", "DD/MM/YYYY") if first == "day" else ("day", "MM/DD/YYYY")
        raise UnreadableFile(
            f"Line {proof['line'][0]} has the date {value}: this file writes the {other} first. Export it as {wanted}."
        )
