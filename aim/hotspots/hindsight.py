"""How right a ranking of cells would have been: past days foretold from what was known on their eve, then counted.

A ranking is a function of the last day known that gives one score for each cell of a grid; the higher are flagged
first. All rankings are asked on the same eves and judged over the same days, at the same shares of the area's cells.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from aim.errors import Refused, UsageError
from aim.hotspots.forecasting.forecast import order
from aim.hotspots.forecasting.incidents import DAY, Days, Incidents, month_end
from aim.hotspots.grid import Cells, Floats

Ranking = Callable[[np.datetime64], Floats]


@dataclass(frozen=True, eq=False)
class Periods:
    """Past times to foretell: from the day after each of `eves` to each of `ends`, both datetime64[D]."""

    eves: Days
    ends: Days

    @classmethod
    def of_days(cls, first: np.datetime64, last: np.datetime64, days: int) -> Periods:
        """As many periods of so many days as fit, one after the other, between two days, both included."""
        number = max(0, int((last + DAY - first) / DAY) // days)
        eves = first - DAY + np.arange(number) * np.timedelta64(days, "D")
        return cls(eves, eves + np.timedelta64(days, "D"))

    @classmethod
    def of_months(cls, first: np.datetime64, last: np.datetime64) -> Periods:
        """The whole months between two days, both included, for feeds that know no more than the month."""
        months = np.arange(first.astype("datetime64[M]"), last.astype("datetime64[M]") + 1).astype("datetime64[D]")
        whole = months[(months >= first) & (month_end(months) <= last)]
        return cls(whole - DAY, month_end(whole))

    def __len__(self) -> int:
        return len(self.eves)

    def are_months(self) -> bool:
        """Whether each begins and ends with a month."""
        return np.array_equal(self.eves, month_end(self.eves)) and np.array_equal(self.ends, month_end(self.ends))

    def days(self) -> float:
        """How long they are, on average."""
        return float(np.mean((self.ends - self.eves) / DAY))


AREA_SHARES: Final = (0.005, 0.01, 0.02, 0.05)
RESAMPLES: Final = 2000
BLOCK: Final = 4
"""Periods that are drawn together: what happens in neighbouring weeks is alike."""


@dataclass(frozen=True, eq=False)
class Hindsight:
    """What each ranking caught. Axes are rankings (`names`), periods and shares of the area.

    `hits` is float64[rankings, periods, shares], the incidents in the flagged cells; `best` float64[periods, shares],
    what the best choice of as many cells would have caught; `totals` float64[periods], all incidents; `flagged` says
    for each share how many of the `cells` cells were flagged.
    """

    names: tuple[str, ...]
    periods: Periods
    area_shares: tuple[float, ...]
    hits: Floats
    best: Floats
    totals: Floats
    flagged: tuple[int, ...]
    cells: int

    def table(self, seed: int = 0) -> pl.DataFrame:
        """A row for each ranking and share: `name`, `horizon` (days, the mean where months differ), `area_share` (asked
        for), `flagged` (its cells), `origins`, `hits`, `total`, `hit_rate`, `pei`, `pai`, and its 95 % interval from
        `pai_low` to `pai_high`.

        Sums over all periods are divided, never ratios averaged: hit rate = Σ hits / Σ totals; PAI = hit rate /
        (flagged / cells) (Chainey et al. 2008); PEI = Σ hits / Σ best (Hunt 2016). The interval is of a bootstrap of
        blocks of `BLOCK` periods, the same draws for every ranking. Null where no incident fell in the days looked at.
        """
        low, high = np.quantile(self._pai(_draws(len(self.periods), seed)), [0.025, 0.975], axis=0)
        pai = self._pai(np.arange(len(self.periods))[None])[0]
        rows = [
            self._row(r, s) | {"pai": pai[r, s], "pai_low": low[r, s], "pai_high": high[r, s]}
            for r in range(len(self.names))
            for s in range(len(self.area_shares))
        ]
        return pl.DataFrame(rows).with_columns(pl.col(pl.Float64).fill_nan(None))

    def _row(self, r: int, s: int) -> dict[str, float | int | str]:
        hits, total, best = self.hits[r, :, s].sum(), self.totals.sum(), self.best[:, s].sum()
        return {
            "name": self.names[r],
            "horizon": self.periods.days(),
            "area_share": self.area_shares[s],
            "flagged": self.flagged[s],
            "origins": len(self.periods),
            "hits": float(hits),
            "total": float(total),
            "hit_rate": float(hits / total) if total else np.nan,
            "pei": float(hits / best) if best else np.nan,
        }

    def _pai(self, draws: np.ndarray[tuple[int, int], np.dtype[np.int64]]) -> Floats:
        """float64[draws, rankings, shares] of these selections of eves."""
        times = np.stack([np.bincount(draw, minlength=len(self.periods)) for draw in draws])
        hits = np.einsum("de,res->drs", times, self.hits)
        totals = (times @ self.totals)[:, None, None]
        rate = np.divide(hits, totals, out=np.full(hits.shape, np.nan), where=totals > 0)
        return rate / (np.array(self.flagged) / self.cells)

    def ratio(self, name: str, beside: str, area_share: float, seed: int = 0) -> tuple[float, float, float]:
        """Hits of one ranking by those of another, and its 95 % interval, periods drawn for both together.

        Infinite where the other caught nothing. The intervals of two PAIs overlap even where this leaves out 1: both
        rise and fall with the same weeks.
        """
        s = self.area_shares.index(area_share)
        ours, theirs = (self.hits[self.names.index(each), :, s] for each in (name, beside))
        draws = _draws(len(self.periods), seed)
        sums = [np.append(each.sum(), each[draws].sum(axis=1)) for each in (ours, theirs)]
        drawn = np.divide(*sums, out=np.full(len(draws) + 1, np.inf), where=sums[1] > 0)
        low, high = np.quantile(drawn[1:], [0.025, 0.975], method="nearest")
        return float(drawn[0]), float(low), float(high)


def _draws(eves: int, seed: int) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """int64[resamples, eves]: blocks of neighbouring eves, drawn with replacement, round the end (Politis & Romano)."""
    length = min(BLOCK, eves)
    blocks = -(-eves // length)
    firsts = np.random.default_rng(seed).integers(0, eves, (RESAMPLES, blocks, 1))
    return ((firsts + np.arange(length)) % eves).reshape(RESAMPLES, -1)[:, :eves]


def hindsight(
    rankings: Mapping[str, Ranking],
    incidents: Incidents,
    cells: Cells,
    periods: Periods,
    area_shares: Sequence[float] = AREA_SHARES,
    ties: Floats | None = None,
) -> Hindsight:
    """Ask each ranking on the eve of each period and count what fell in its cells within the period.

    Of each share, `round(share · n)` cells are flagged and at least one; equal scores go by `ties` (float64[n], the
    higher first), by default a hash of the cell. Raises UsageError for no periods and for shares beyond 0 to 1, and
    Refused where incidents are known to the month only and the periods are not months.
    """
    if not len(periods) or not all(0 < share <= 1 for share in area_shares):
        raise UsageError("A look back needs at least one day to look from, and shares of the area between 0 and 1.")
    if incidents.monthly.any() and not periods.are_months():
        raise Refused(
            "Some of these incidents are known to the month only, and a week cannot be judged by them: look back over "
            "whole months, or leave that feed out."
        )
    tested = [incidents.counts(eve + DAY, end + DAY) for eve, end in zip(periods.eves, periods.ends, strict=True)]
    flagged = tuple(max(1, round(share * len(cells))) for share in area_shares)
    hits = [
        [
            _caught(order(ranking(eve), cells, ties), counts, flagged)
            for eve, counts in zip(periods.eves, tested, strict=True)
        ]
        for ranking in rankings.values()
    ]
    best = [_caught(np.argsort(-counts), counts, flagged) for counts in tested]
    totals = np.array([counts.sum() for counts in tested])
    return Hindsight(
        tuple(rankings), periods, tuple(area_shares), np.array(hits), np.array(best), totals, flagged, len(cells)
    )


def _caught(
    chosen: np.ndarray[tuple[int], np.dtype[np.int64]], counts: Floats, flagged: tuple[int, ...]
) -> list[float]:
    return [float(counts[chosen[:number]].sum()) for number in flagged]
