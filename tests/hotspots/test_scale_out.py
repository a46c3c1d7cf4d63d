"""Work that is shared out gives the same as work in one go."""

import pickle
from collections.abc import Callable
from typing import TypeVar

import numpy as np

from aim.hotspots.cubes import MonthOfArea, cubes
from aim.hotspots.forecasting.incidents import Incidents
from aim.hotspots.grid import Grid
from aim.hotspots.hindsight import Periods, hindsight
from aim.hotspots.scale_out import Part, by_month, look_back
from aim.hotspots.sharing import P, R, here
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


def by_post(work: Callable[[P], R], parts: list[P]) -> list[R]:
    """As a cluster would: each part sent as bytes, in another order, one of them twice, answers sent back."""
    answers = {at: posted(posted(work)(posted(parts[at]))) for at in [*reversed(range(len(parts))), 0]}
    return [answers[at] for at in range(len(parts))]


def posted(what: T) -> T:
    return pickle.loads(pickle.dumps(what))  # noqa: S301  # this test's own bytes


def test_shared_out_or_not_the_numbers_are_the_same_to_the_last_bit() -> None:
    alone, there = (look_back(towns(), PERIODS, 7, SHARES, share_out=each) for each in (here, by_post))
    for name, (grid, record) in towns().items():
        rankings = every_ranking(grid, record, 7)
        at_once = hindsight(rankings, record, grid.cells, PERIODS, SHARES)
        for found in (alone[name], there[name]):
            assert found.names == at_once.names
            for array in ("hits", "best", "totals"):
                assert np.array_equal(getattr(found, array), getattr(at_once, array))
            assert found.table().equals(at_once.table())


def test_parts_hold_one_month_each_and_nothing_later() -> None:
    seen: list[Part] = []

    def watch(work: Callable[[P], R], parts: list[P]) -> list[R]:
        seen.extend(part for part in parts if isinstance(part, Part))
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


def test_a_cube_shared_out_is_the_cube_of_one_machine_and_of_a_plain_loop() -> None:
    until = CUT_OFF + DAY
    alone, there = (cubes(towns(), until, each) for each in (here, by_post))
    for name, (grid, record) in towns().items():
        cube, other = alone[name], there[name]
        assert cube is not None
        assert other is not None
        assert np.array_equal(cube.counts, other.counts)
        plain = np.zeros_like(cube.counts)
        for cell, day in zip(record.cell.tolist(), record.day, strict=True):
            at = [period for period, start in enumerate(cube.periods) if start <= day < start + 28 * DAY]
            plain[cell, at, 0] += 1
        assert np.array_equal(cube.counts, plain)
        assert len(cube.cells) == len(grid)


def test_the_parts_of_a_cube_are_months_of_an_area() -> None:
    seen: list[MonthOfArea] = []

    def watch(work: Callable[[P], R], parts: list[P]) -> list[R]:
        seen.extend(part for part in parts if isinstance(part, MonthOfArea))
        return [work(part) for part in parts]

    cubes(towns(), CUT_OFF + DAY, watch)
    for part in seen:
        assert len(np.unique(part.day.astype("datetime64[M]"))) == 1
    assert sum(len(part.cell) for part in seen) == sum(len(record) for _, record in towns().values())


def test_there_is_no_cube_of_months_nor_of_less_than_a_period() -> None:
    grid, record = towns()["south"]
    assert cubes({"": (grid, record.known(record.day[0] + 20 * DAY))}, record.day[0] + 21 * DAY)[""] is None
    flags = np.zeros(len(record), dtype=np.bool_)
    months = Incidents.of(record.cell, record.day, len(grid), enforcement=flags, monthly=~flags)
    assert cubes({"": (grid, months)}, CUT_OFF + DAY)[""] is None
