"""Rows by period as bars of a small drawing, and the same in words for who does not see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from aim.ingest.health.outage import Judged, Verdict
from aim.ingest.health.series import Series

BARS: Final = 36
"""Periods drawn, the newest: three years of months, in a width that a phone has."""
STEP: Final = 8
WIDTH: Final = 6
HEIGHT: Final = 48
LEAST: Final = 3
"""A bar of fewer units than that is hard to see hollow."""


@dataclass(frozen=True)
class Bar:
    """One period, in units of the drawing; a `low` one is drawn hollow, so that it does not rest on colour."""

    x: float
    y: float
    width: float
    height: float
    low: bool


@dataclass(frozen=True)
class Drawing:
    """The bars of a series and what they show, in words."""

    width: int
    height: int
    bars: list[Bar]
    words: str


def drawing(series: Series) -> Drawing:
    """The newest periods of a series; a period with any row at all has a bar."""
    starts, judged = series.starts[-BARS:], series.judged[-BARS:]
    most = max((each.observed for each in judged), default=0)
    bars = [_bar(place, each, most) for place, each in enumerate(judged)]
    return Drawing(max(1, len(bars)) * STEP, HEIGHT, bars, _words(series, starts, judged))


def _bar(place: int, judged: Judged, most: int) -> Bar:
    """The outline of a hollow bar is a unit wide and lies inside it."""
    low = judged.verdict is Verdict.LOW
    height = max(round(judged.observed / most * HEIGHT) if most else 0, LEAST if low else int(judged.observed > 0))
    inset = 0.5 if low else 0.0
    return Bar(place * STEP + inset, HEIGHT - height + inset, WIDTH - 2 * inset, height - 2 * inset, low)


def _words(series: Series, starts: Sequence[date], judged: Sequence[Judged]) -> str:
    if not judged:
        return "No whole period has passed yet."
    rows = [each.observed for each in judged]
    low = sum(each.verdict is Verdict.LOW for each in judged)
    span = f"{len(rows)} {series.span.value}{'s' * (len(rows) != 1)} from {starts[0].day} {starts[0]:%B %Y}"
    few = f" Far too few in {low} (drawn hollow)." if low else ""
    return f"{span}: lowest {min(rows):,} rows, highest {max(rows):,}, last {rows[-1]:,}.{few}"
