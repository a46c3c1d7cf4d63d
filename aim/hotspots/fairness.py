"""Does the forecast feed on itself, whom do patrols fall on, and what a reader has to know of a run."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from aim.hotspots.forecasting.forecast import Forecast
from aim.hotspots.forecasting.incidents import Incidents
from aim.hotspots.forecasting.state import HALF_LIVES, RINGS, State, advance
from aim.hotspots.forecasting.weights import fixed
from aim.hotspots.grid import Floats
from aim.hotspots.hindsight import Hindsight

BAND: Final = (0.8, 1.25)
"""A group's share of patrol minutes over its share of reported harm: beyond these somebody has to look."""
START: Final = np.datetime64("2000-01-01")


class Recorded(StrEnum):
    """How an incident comes to be recorded: because somebody reported it, or because a patrol was there to see it."""

    REPORTED = "reported"
    DISCOVERED = "discovered"


@dataclass(frozen=True, eq=False)
class Feedback:
    """`patrols` is float64[days, 2], the share of each day's patrols sent to either area; `recorded` int64[days, 2]."""

    patrols: Floats
    recorded: NDArray[np.int64]

    def shares(self) -> Floats:
        """float64[days, 2]: of all patrols up to and with each day, the share either area got."""
        sent = self.patrols.cumsum(axis=0)
        return sent / sent.sum(axis=1, keepdims=True)


def feedback(
    recorded: Recorded,
    *,
    seed: int,
    days: int = 1000,
    a_day: float = 10.0,
    seen: float = 0.5,
    head_start: tuple[int, int] = (30, 10),
) -> Feedback:
    """Two areas where equally much happens, patrolled as the forecast says, day after day.

    Each day `a_day` incidents are expected in either area, and patrols are sent in proportion to the next day's
    forecast. A reported incident is recorded with probability `seen` wherever it happens; a discovered one with `seen`
    times twice the share of the patrols that were there, so that both kinds record as many when patrols are halved.
    The areas begin with records of `head_start`, as if the first had been looked at more. The forecast is that of
    the fixed weights for one day, of cells far from each other. After Lum & Isaac (2016) and Ensign et al. (2018).
    """
    random = np.random.default_rng(seed)
    worth = fixed(START, 1).of[:, 0]
    state = advance(State(START, np.zeros((2, len(HALF_LIVES)))), np.array(head_start, dtype=np.float64))
    patrols, found = np.zeros((days, 2)), np.zeros((days, 2), dtype=np.int64)
    for day in range(days):
        expected = state.decayed @ worth
        patrols[day] = expected / expected.sum() if expected.sum() > 0 else 0.5
        chance = np.full(2, seen) if recorded is Recorded.REPORTED else np.minimum(2 * seen * patrols[day], 1)
        found[day] = random.binomial(random.poisson(a_day, 2), chance)
        state = advance(state, found[day].astype(np.float64))
    return Feedback(patrols, found)


def exposure(groups: NDArray[np.str_], patrol_minutes: Floats, reported_harm: Floats) -> pl.DataFrame:
    """Whom the patrols fall on: a row for each group, in the order of their names.

    For each cell its group (a fifth of deprivation, a ward), the minutes patrolled and the harm reported by the
    public. Gives `group`, `minutes_share`, `harm_share`, their `ratio`, and `alert` where it lies outside 0.8 to 1.25;
    where a group reports no harm, `ratio` is null and any patrol at all is an alert. Raises ValueError where the
    arrays differ in length.
    """
    cells = pl.DataFrame({"group": groups, "minutes": patrol_minutes, "harm": reported_harm})
    sums = cells.group_by("group").agg(pl.col("minutes", "harm").sum()).sort("group")
    shares = sums.select("group", minutes_share=_part("minutes"), harm_share=_part("harm"))
    ratio = pl.when(pl.col("harm_share") > 0).then(pl.col("minutes_share") / pl.col("harm_share"))
    outside = ~pl.col("ratio").is_between(*BAND)
    return shares.with_columns(ratio=ratio).with_columns(alert=outside.fill_null(pl.col("minutes_share") > 0))


def _part(column: str) -> pl.Expr:
    total = pl.col(column).sum()
    return pl.when(total > 0).then(pl.col(column) / total).otherwise(0.0)


LIMITS: Final = (
    "It expects more where more was reported before; where people report less than happens, it expects too little.",
    "It says where, never who: it knows no person and nothing of who lives in a cell.",
    "The expected number of a cell is small and uncertain; the order of cells is what was tested.",
    "It knows nothing of weather, events or what was done about a place since the last day known.",
)

Card = dict[str, object]


def model_card(found: Forecast, incidents: Incidents, tested: Hindsight, name: str, chance: str, share: float) -> Card:
    """What a reader has to know of a forecast, as data for JSON.

    `tested` holds the ranking called `name` beside the one called `chance`, judged at `share` of the area's cells.
    Raises ValueError where it holds no such ranking or share.
    """
    rows = {row["name"]: row for row in tested.table().filter(pl.col("area_share") == share).to_dicts()}
    if name not in rows or chance not in rows:
        raise ValueError(f"The look back holds no {name!r} and {chance!r} at {share} of the area.")
    return {
        "method": "faded counts by rings, non-negative weights fitted by Poisson EM",
        "data_cut_off": str(found.as_of),
        "horizon_days": found.weights.horizon,
        "weights": _weights(found),
        "incidents_known": len(incidents.known(found.as_of)),
        "left_out": {"enforcement_driven": incidents.enforcement_driven, "outside_area": incidents.outside},
        "tested": {
            "first_day": str(tested.periods.eves[0] + np.timedelta64(1, "D")),
            "last_day": str(tested.periods.ends[-1]),
            "origins": len(tested.periods),
            "area_share": share,
            "hit_rate": rows[name]["hit_rate"],
            "pai": rows[name]["pai"],
            "pai_95": [rows[name]["pai_low"], rows[name]["pai_high"]],
            "pai_of_chance": rows[chance]["pai"],
        },
        "limits": list(LIMITS),
    }


def _weights(found: Forecast) -> Card:
    """The weights by half-life and ring; what they were fitted to."""
    rings = [str(first) if first == last else f"{first}-{last}" for first, last in RINGS]
    of = {
        f"{half_life}d": dict(zip(rings, map(float, row), strict=True))
        for half_life, row in zip(HALF_LIVES, found.weights.of, strict=True)
    }
    return {
        "fitted": found.weights.fitted,
        "origins": found.weights.origins,
        "incidents": found.weights.incidents,
        "frozen_on": str(found.weights.cut_off),
        "constant": found.weights.constant,
        "by_half_life_and_ring": of,
    }
