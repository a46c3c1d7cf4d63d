"""Whether a load may go in: each figure beside its limit. Pure: frames in, verdicts out.

What refuses and what only warns:

- *Rows of a snapshot* refuse: it replaces what is there. Its floor is of the rows it replaces, or, where it is
  new, of the median of the unit's nearest other periods; its ceiling is of those periods alone, so that the full
  release after a cut-short one is not refused.
- *Rows of an incremental delivery* warn: it takes nothing away, and how much it brings is up to its window.
- *Shares placed and mapped* refuse where they fall below the floor by a FALL of ten points from what the feed has had:
  the export or the source's words have changed. A smaller fall, a first load, and a feed that always stood below warn.
- *Age* refuses nothing: an archive is old. It is judged where the feed is looked at, not where a file is loaded.

Fewer than LEAST rows are not judged, and a share has to be further off than chance explains.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from statistics import median
from typing import Any, Final

import polars as pl

from aim.ingest.feed import Delivery
from aim.ingest.health.outage import CHANCE, HISTORY, WINDOW
from aim.ingest.health.series import with_unit
from aim.ingest.limits import Limit, Limits

LEAST: Final = 50
"""Rows: of fewer, a handful more or less is a fifth."""
FALL: Final = 0.1
"""Of a share: less than that is a new word of the source's or a new estate, not a broken export."""
SIMILAR: Final = 2
"""Incremental deliveries are comparable whose lengths in days differ by no more than this factor."""


class Outcome(StrEnum):
    """What is said of one figure of a load."""

    WITHIN = "within its limits"
    WARNED = "outside its limits, taken all the same"
    REFUSED = "outside its limits, refused"
    ACCEPTED = "outside its limits, accepted by a person"
    NO_HISTORY = "not enough history"
    TOO_FEW = "too few rows to judge"


@dataclass(frozen=True)
class Check:
    """One figure of a load. `value` is a multiple of `compared_with` rows, or a share; None where it is not judged."""

    figure: str
    scope: str
    value: float | None
    rows: int
    compared_with: float | None
    limit: Limit
    outcome: Outcome
    sentence: str

    def as_dict(self) -> dict[str, Any]:
        """The check as JSON knows it."""
        return asdict(self)


@dataclass(frozen=True)
class EarlierLoad:
    """A load of an incremental feed: its good rows, and the first and last day they are of."""

    rows: int
    first: date
    last: date

    @property
    def days(self) -> int:
        """How long a time it covers, both ends included."""
        return (self.last - self.first).days + 1


def check_load(
    limits: Limits, delivery: Delivery, brought: pl.DataFrame, held: pl.DataFrame, earlier: Sequence[EarlierLoad]
) -> list[Check]:
    """The checks of a load that brings `brought` where `held` is stored (VOLUME_SCHEMA), `earlier` the newest first."""
    if brought.is_empty():
        return []
    if delivery is Delivery.SNAPSHOT:
        rows = list(_snapshot_rows(limits.rows, _by_scope(brought), _by_scope(held)))
    else:
        rows = [_incremental_rows(limits.rows, brought, earlier)]
    alike = with_unit(held).join(with_unit(brought).select("unit").unique(), on="unit", how="semi")
    return [*rows, *(_share(figure, getattr(limits, figure), brought, alike) for figure in ("placed", "mapped"))]


def _by_scope(volumes: pl.DataFrame) -> pl.DataFrame:
    """Rows of each scope, with the unit that reports it and the first day it holds."""
    return with_unit(volumes).group_by("unit", "scope").agg(pl.col("starts").min(), pl.col("rows").sum()).sort("scope")


def _snapshot_rows(limit: Limit, brought: pl.DataFrame, held: pl.DataFrame) -> Iterator[Check]:
    for unit, scope, starts, rows in brought.iter_rows():
        others = held.filter(pl.col("unit") == unit, pl.col("scope") != scope)
        nearest = others.sort((pl.col("starts") - starts).abs())["rows"].head(WINDOW).to_list()
        typical = median(nearest) if len(nearest) >= HISTORY else None
        replaced = int(held.filter(pl.col("scope") == scope)["rows"].sum()) or None
        yield _snapshot_check(limit, scope, rows, replaced, typical)


def _snapshot_check(limit: Limit, scope: str, rows: int, replaced: int | None, typical: float | None) -> Check:
    """Too few beside what it replaces, else beside what is typical; too many beside what is typical alone."""
    too_many = typical is not None and limit.ceiling is not None and rows > limit.ceiling * typical
    if replaced is not None and (limit.below(rows / replaced) or not too_many):
        return _rows_check(limit, scope, rows, replaced, "that it replaces", Outcome.REFUSED, only_floor=True)
    what = "that are typical of its other periods"
    return _rows_check(limit, scope, rows, typical, what, Outcome.REFUSED, only_floor=False)


def _incremental_rows(limit: Limit, brought: pl.DataFrame, earlier: Sequence[EarlierLoad]) -> Check:
    starts = brought["starts"]
    this = EarlierLoad(int(brought["rows"].sum()), starts.min(), starts.max())  # type: ignore[arg-type]  # not empty
    alike = [load.rows for load in earlier if 1 / SIMILAR <= load.days / this.days <= SIMILAR][:WINDOW]
    base = median(alike) if len(alike) >= HISTORY else None
    what = "that are typical of deliveries of this length"
    return _rows_check(limit, "", this.rows, base, what, Outcome.WARNED, only_floor=False)


def _rows_check(
    limit: Limit, scope: str, rows: int, base: float | None, what: str, otherwise: Outcome, *, only_floor: bool
) -> Check:
    whose = f" of {scope}" if scope else ""
    head = f"{rows:,} row{'s' * (rows != 1)}{whose}"
    if base is None or max(base, rows) < LEAST:
        outcome = Outcome.NO_HISTORY if base is None else Outcome.TOO_FEW
        return Check("rows", scope, None, rows, base, limit, outcome, f"{head}: {outcome}.")
    value = rows / base
    fine = not limit.below(value) if only_floor else limit.holds(value)
    multiple = f"{100 * value:.0f} %" if value < 2 else f"{value:.1f} times"
    sentence = f"{head}: {multiple} of the {base:,.0f} {what}; {_range(limit)}."
    return Check("rows", scope, value, rows, base, limit, Outcome.WITHIN if fine else otherwise, sentence)


def _share(figure: str, limit: Limit, brought: pl.DataFrame, held: pl.DataFrame) -> Check:
    rows, good = int(brought["rows"].sum()), int(brought[figure].sum())
    before, good_before = int(held["rows"].sum()), int(held[figure].sum())
    was = good_before / before if before >= LEAST else None
    value = good / rows
    what = "have a location" if figure == "placed" else "have a category of the partnership's"
    earlier = "" if was is None else f", of the rows before {100 * was:.1f} %"
    sentence = f"{good:,} of {rows:,} rows ({100 * value:.1f} %) {what}{earlier}; {_range(limit)}."
    return Check(figure, "", value, rows, was, limit, _share_outcome(limit, good, rows, was), sentence)


def _share_outcome(limit: Limit, good: int, rows: int, was: float | None) -> Outcome:
    if rows < LEAST:
        return Outcome.TOO_FEW
    floor = limit.floor
    below = floor is not None and good / rows < floor and _chance_of_so_few(good, rows, floor) < CHANCE
    above = limit.ceiling is not None and good / rows > limit.ceiling
    if not below and not above:
        return Outcome.WITHIN
    fell = was is not None and limit.holds(was) and abs(was - good / rows) >= FALL
    return Outcome.REFUSED if fell else Outcome.WARNED


def _chance_of_so_few(good: int, rows: int, share: float) -> float:
    """P(X <= good) of a binomial."""
    from scipy.special import bdtr  # takes longer to import than most files to load

    return float(bdtr(good, rows, share))


def _range(limit: Limit) -> str:
    bounds = {"floor": limit.floor, "ceiling": limit.ceiling}
    return (
        ", ".join(f"the {name} is {100 * bound:.0f} %" for name, bound in bounds.items() if bound is not None)
        or "no limit"
    )
