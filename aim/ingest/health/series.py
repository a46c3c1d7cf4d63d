"""Rows of each unit of a feed by period, zeros included, and the outages in them.

A unit is what reports by itself: of data.police.uk a force (the scope without its month), of most feeds the feed.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import groupby
from typing import Any, Final

import polars as pl

from aim.ingest.health.outage import HISTORY, Judged, Verdict, judge

PERIOD_AT_END: Final = r"\s*\d{4}(-\d{2}){0,2}$"
VOLUME_SCHEMA: Final[dict[str, Any]] = {
    "feed": pl.String(),
    "scope": pl.String(),
    "span": pl.String(),
    "starts": pl.Date(),
    "rows": pl.Int64(),
    "placed": pl.Int64(),
    "mapped": pl.Int64(),
}


class Span(StrEnum):
    """The length of a period."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


EVERY: Final = {Span.DAY: "1d", Span.WEEK: "1w", Span.MONTH: "1mo"}
RUN: Final = {Span.DAY: 3, Span.WEEK: 1, Span.MONTH: 1}
"""Low periods in succession that are an outage: offices close for a day or two."""


@dataclass(frozen=True)
class Outage:
    """A time in which a unit's reporting broke down, up to its `last` day. `current`: no better period since."""

    feed: str
    unit: str
    span: Span
    first: date
    last: date
    observed: int
    expected: int
    current: bool

    @property
    def sentence(self) -> str:
        """What a page, a layer's caveat and the command line say."""
        whose = self.unit or f"The feed {self.feed}"
        rows = f"{self.observed:,} row{'s' * (self.observed != 1)} came where {self.expected:,} were expected"
        return f"{whose}, {when(self.first, self.last)}: {rows}. This is an outage of the reporting, not a fall."


@dataclass(frozen=True)
class Series:
    """A unit's rows by period; `starts` and `judged` are aligned, without gaps."""

    feed: str
    unit: str
    span: Span
    starts: list[date]
    judged: list[Judged]

    @property
    def outages(self) -> list[Outage]:
        """The runs of low periods; days that cannot be judged (a Sunday of an office) do not end one."""
        known = [
            (start, judged)
            for start, judged in zip(self.starts, self.judged, strict=True)
            if judged.verdict in (Verdict.LOW, Verdict.NORMAL)
        ]
        runs = [list(run) for low, run in groupby(known, lambda item: item[1].verdict is Verdict.LOW) if low]
        return [self._outage(run, known[-1][0]) for run in runs if len(run) >= RUN[self.span]]

    def _outage(self, run: list[tuple[date, Judged]], newest: date) -> Outage:
        return Outage(
            feed=self.feed,
            unit=self.unit,
            span=self.span,
            first=run[0][0],
            last=after(run[-1][0], self.span) - timedelta(days=1),
            observed=sum(judged.observed for _, judged in run),
            expected=round(sum(judged.expected or 0 for _, judged in run)),
            current=run[-1][0] == newest,
        )


def series(volumes: pl.DataFrame, as_of: date) -> list[Series]:
    """A series for each unit of each feed, of what had ended on the day `as_of`.

    `volumes` has the columns of VOLUME_SCHEMA. Rows that state a day are taken by day where that tells anything, else
    by week or by month; their newest day counts as unfinished, for an export is made in the course of a day.
    """
    known = with_unit(volumes.filter(pl.col("starts") <= as_of))
    rows = known.group_by("feed", "unit", "span", "starts").agg(pl.col("rows").sum()).sort(pl.all())
    return [
        _of_unit(str(feed), str(unit), Span(str(span)), part.select("starts", "rows"), as_of)
        for (feed, unit, span), part in rows.group_by("feed", "unit", "span", maintain_order=True)
    ]


def with_unit(volumes: pl.DataFrame) -> pl.DataFrame:
    """The same with what reports by itself beside it: the scope without the period at its end."""
    return volumes.with_columns(unit=pl.col("scope").str.replace(PERIOD_AT_END, ""))


def _of_unit(feed: str, unit: str, stated: Span, rows: pl.DataFrame, as_of: date) -> Series:
    """The finest span that tells anything, else the coarsest that shows anything."""
    by_month = stated is Span.MONTH
    until = as_of + timedelta(days=1) if by_month else rows["starts"][-1]
    tried: list[Series] = []
    for span in [Span.MONTH] if by_month else Span:
        tried.append(Series(feed, unit, span, *_judged(rows, span, until)))
        if _tells(tried[-1]):
            return tried[-1]
    return ([found for found in tried if len(found.judged) > HISTORY] or tried[:1])[-1]


def _judged(rows: pl.DataFrame, span: Span, until: date) -> tuple[list[date], list[Judged]]:
    """The whole periods from the first row on that end by `until`; those without a row count nought."""
    starts = pl.col("starts").dt.truncate(EVERY[span])
    counted = rows.group_by(starts).agg(pl.col("rows").sum()).sort("starts")
    whole = counted.upsample("starts", every=EVERY[span]).with_columns(pl.col("rows").fill_null(0))
    whole = whole.filter(pl.col("starts").dt.offset_by(EVERY[span]) <= until, pl.col("starts") >= rows["starts"][0])
    return whole["starts"].to_list(), judge(whole["rows"].to_list(), 7 if span is Span.DAY else 1)


def _tells(found: Series) -> bool:
    """Whether at least half of the periods with a history hold enough rows to be judged."""
    with_history = [judged.verdict for judged in found.judged if judged.verdict is not Verdict.NO_HISTORY]
    return bool(with_history) and 2 * with_history.count(Verdict.TOO_FEW) <= len(with_history)


def after(start: date, span: Span) -> date:
    """The first day of the next period."""
    if span is Span.MONTH:
        return (start.replace(day=28) + timedelta(days=4)).replace(day=1)
    return start + timedelta(days=7 if span is Span.WEEK else 1)


def when(first: date, last: date) -> str:
    """ "November 2019" for a whole month, "3 to 9 May 2026" or "1 December 2025 to 4 January 2026" otherwise."""
    if first.day == 1 and after(first, Span.MONTH) == last + timedelta(days=1):
        return f"{first:%B %Y}"
    end = f"{last.day} {last:%B %Y}"
    if first == last:
        return end
    same = (first.year, first.month) == (last.year, last.month)
    return f"{first.day}{'' if same else f' {first:%B %Y}'} to {end}"
