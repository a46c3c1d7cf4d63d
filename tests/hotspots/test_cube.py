"""The cube knows its labels."""

import numpy as np
import pytest

from aim.errors import UnknownName
from aim.hotspots.cube import EventCube
from aim.hotspots.grid import Cells

CELLS: Cells = np.array([10, 20], dtype=np.uint64)
MONTHS = np.array(["2026-01-01", "2026-01-29", "2026-02-26"], dtype="datetime64[D]")
KINDS = ("burglary", "fly-tipping")


def cube() -> EventCube:
    """Counts are 0 to 11: of cell 10 in order 0 1, 2 3, 4 5 over the periods, of cell 20 6 7, 8 9, 10 11."""
    return EventCube(np.arange(12.0).reshape(2, 3, 2), CELLS, MONTHS, KINDS)


def test_totals_are_by_cell() -> None:
    assert cube().total().tolist() == [15, 51]
    assert cube().total().dtype == np.float64


def test_where_keeps_the_kinds_and_their_order() -> None:
    assert cube().where(["fly-tipping"]).total().tolist() == [9, 27]
    assert cube().where({"fly-tipping", "burglary"}).kinds == KINDS
    assert cube().where([]).total().tolist() == [0, 0]


def test_where_names_a_kind_that_is_not_there() -> None:
    with pytest.raises(UnknownName, match=r"No such kind: arson\. There are burglary, fly-tipping\."):
        cube().where(["burglary", "arson"])


def test_last_keeps_the_newest_periods() -> None:
    newest = cube().last(1)
    assert newest.total().tolist() == [9, 21]
    assert newest.periods.tolist() == MONTHS[2:].tolist()
    assert cube().last(99).total().tolist() == cube().total().tolist()
    assert cube().last(0).total().tolist() == [0, 0]


def test_it_prints_itself_briefly() -> None:
    assert repr(cube()) == "EventCube(2 cells, 3 periods, 2 kinds, 66 incidents)"


def test_labels_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match=r"shape \(2, 3, 2\) do not fit \(2, 3, 1\) cells, periods and kinds"):
        EventCube(cube().counts, CELLS, MONTHS, ("burglary",))
    with pytest.raises(ValueError, match="ascending order"):
        EventCube(cube().counts, CELLS[::-1], MONTHS, KINDS)
    with pytest.raises(ValueError, match="ascending order"):
        EventCube(cube().counts, CELLS, MONTHS[[0, 0, 1]], KINDS)
    with pytest.raises(ValueError, match="named twice"):
        EventCube(cube().counts, CELLS, MONTHS, ("burglary", "burglary"))


def test_periods_are_summed_over_kinds() -> None:
    assert cube().by_period().tolist() == [[1, 5, 9], [13, 17, 21]]
