"""A look back over several areas, cut into parts of one area and month, so that many machines can share the work.

`share_out` is `here` by default, or `cluster.share_out` with a Dask client: a part holds arrays only, the work is a
function of this module, and a part that is done twice gives the same again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from aim.hotspots.forecasting.incidents import DAY, Incidents
from aim.hotspots.grid import Cells, Grid
from aim.hotspots.hindsight import AREA_SHARES, Hindsight, Periods, hindsight
from aim.hotspots.sharing import ShareOut, here
from aim.hotspots.simple_rankings import every_ranking


@dataclass(frozen=True, eq=False)
class Part:
    """The periods of one area that begin in one month, with all that is known at the end of the last of them."""

    area: str
    cells: Cells
    incidents: Incidents
    periods: Periods
    horizon: int
    area_shares: tuple[float, ...]
    seed: int


def look_back(
    areas: Mapping[str, tuple[Grid, Incidents]],
    periods: Periods,
    horizon: int,
    area_shares: Sequence[float] = AREA_SHARES,
    seed: int = 0,
    share_out: ShareOut = here,
) -> dict[str, Hindsight]:
    """Every ranking (`every_ranking`), area by area, over the same periods of `horizon` days.

    The same numbers, to the last bit, however the parts are shared out. Raises what `hindsight` does.
    """
    parts = [
        Part(area, grid.cells, incidents.known(month.ends[-1]), month, horizon, tuple(area_shares), seed)
        for area, (grid, incidents) in areas.items()
        for month in by_month(periods)
    ]
    done = list(share_out(judge, parts))
    return {
        area: merged([found for part, found in zip(parts, done, strict=True) if part.area == area]) for area in areas
    }


def by_month(periods: Periods) -> list[Periods]:
    """The periods by the month that they begin in."""
    months = (periods.eves + DAY).astype("datetime64[M]")
    inside = [months == month for month in np.unique(months)]
    return [Periods(periods.eves[at], periods.ends[at]) for at in inside] or [periods]


def judge(part: Part) -> Hindsight:
    """The work of one part."""
    grid = Grid.of(part.cells)
    every = every_ranking(grid, part.incidents, part.horizon, part.seed)
    return hindsight(every, part.incidents, grid.cells, part.periods, part.area_shares)


def merged(found: Sequence[Hindsight]) -> Hindsight:
    """Looks back at one area over periods that follow one another, as one."""
    first = found[0]
    return Hindsight(
        first.names,
        Periods(*(np.concatenate([getattr(each.periods, side) for each in found]) for side in ("eves", "ends"))),
        first.area_shares,
        np.concatenate([each.hits for each in found], axis=1),
        np.concatenate([each.best for each in found]),
        np.concatenate([each.totals for each in found]),
        first.flagged,
        first.cells,
    )
