"""Work that is shared out gives the same as work in one go."""

import pickle
from collections.abc import Callable
from typing import TypeVar

import numpy as np

from aim.hotspots.forecasting.incidents import Incidents
from aim.hotspots.grid import Grid
from aim.hotspots.hindsight import Hindsight, Periods, hindsight
from aim.hotspots.scale_out import Part, by_month, look_back
from aim.hotspots.simple_rankings import every_ranking
from tests.hotspots.forecasting.town import CUT_OFF, DAY, incidents, patch, two_years

T = TypeVar("T")

PERIODS = Periods.of_days(CUT_OFF - 69 * DAY, CUT_OFF, 7)
SHARES = (0.05, 0.2)


def towns() -> dict[str, tuple[Grid, Incidents]]:
    return {
        name: (patch(steps), incidents(patch(steps), *two_years(patch(steps), 900, seed)))
        for name, steps, seed in (("north", 4, 1), ("south", 3, 2))
    }


def by_post(work: Callable[[Part], Hindsight], parts: list[Part]) -> list[Hindsight]:
    """As a cluster would: each part sent as bytes, in another order, one of them twice, answers sent back."""
    answers = {at: posted(posted(work)(posted(parts[at]))) for at in [*reversed(range(len(parts))), 0]}
    return [answers[at] for at in range(len(parts))]


def posted(what: T) -> T:
    return pickle.loads(pickle.dumps(what))  # noqa: S301  # this test's own bytes


def test_shared_out_or_not_the_numbers_are_the_same_to_the_last_bit() -> None:
    here, there = (look_back(towns(), PERIODS, 7, SHARES, share_out=each) for each in (map, by_post))
    for name, (grid, record) in towns().items():
        rankings = every_ranking(grid, record, 7)
        at_once = hindsight(rankings, record, grid.cells, PERIODS, SHARES)
        for found in (here[name], there[name]):
            assert found.names == at_once.names
            for array in ("hits", "best", "totals"):
                assert np.array_equal(getattr(found, array), getattr(at_once, array))
            assert found.table().equals(at_once.table())


def test_parts_hold_one_month_each_and_nothing_later() -> None:
    seen: list[Part] = []

    def watch(work: Callable[[Part], Hindsight], parts: list[Part]) -> list[Hindsight]:
        seen.extend(parts)
        return [work(part) for part in parts]

    look_back(towns(), PERIODS, 7, SHARES, share_out=watch)
    assert [part.area for part in seen] == ["north"] * 3 + ["south"] * 3
    for part in seen:
        assert len(np.unique((part.periods.eves + DAY).astype("datetime64[M]"))) == 1
        assert part.incidents.day.max() <= part.periods.ends[-1]


def test_by_month_keeps_every_period_in_order() -> None:
    parts = by_month(PERIODS)
    assert np.array_equal(np.concatenate([part.eves for part in parts]), PERIODS.eves)
    assert np.array_equal(np.concatenate([part.ends for part in parts]), PERIODS.ends)
