"""What a layer shows: which cells, in which order, by which score, and what is said of each first."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from aim.hotspots.method import Scores
from aim.hotspots.methods.gi_star import confidence
from aim.hotspots.run import Scored
from aim.strategy.store import InForce

HOT: Final = 2
"""The least level of confidence (`gi_star.confidence`) at which a cell is told to be hot: 95 %."""


@dataclass(frozen=True)
class Standing:
    """How far each cell of the grid is above chance: Gi*'s z, q, and the level of confidence, -3 to 3."""

    z: NDArray[np.float64]
    q: NDArray[np.float64]
    level: NDArray[np.int8]

    @classmethod
    def of(cls, scores: Scores) -> "Standing":
        """Of the answer of a method that tests."""
        assert scores.q is not None  # noqa: S101  # those that are asked do
        return cls(scores.score, scores.q, confidence(scores.score, scores.q))


@dataclass(frozen=True)
class Entry:
    """One feature to be: a cell of the grid, and what the layer has to say of it."""

    at: int
    """The cell's position in the grid."""
    score: float
    """What it is ranked by; `Layer.score_of` says what that is."""
    tasked: bool
    """Whether somebody is proposed to be sent."""
    z: float
    q: float
    level: int
    """Of `Standing`."""
    lead: str = ""
    """The sentence that the rationale begins with; empty: how it stands to chance."""
    parts: tuple[str, ...] = ()
    """What the score is made of, for people."""
    priority: str | None = None
    """The priority that it is shown for, where a layer has several for one cell."""
    categories: tuple[str, ...] | None = None
    """What its counts are of; None: all that the layer counts."""
    shift: str | None = None

    def id(self, cell: str) -> str:
        """Its name, the same in each run: the cell's, and what else tells it from others of the same cell."""
        return "-".join([cell, *(part for part in (self.priority, self.shift) if part)])


Shows = Callable[[Scored, InForce], list[Entry]]
"""The features of a layer in rank order. Raises LayerRefused where the answer does not hold what it shows."""


def entry(
    standing: Standing, at: int, score: float, *, tasked: bool, lead: str = "", parts: tuple[str, ...] = ()
) -> Entry:
    """An entry for a cell as it stands."""
    z, q, level = float(standing.z[at]), float(standing.q[at]), int(standing.level[at])
    return Entry(at, score, tasked, z, q, level, lead, parts)


def hot_cells(scored: Scored, in_force: InForce) -> list[Entry]:  # noqa: ARG001  # as `Shows` has it
    """Hot cells by count, then the others that hold incidents.

    Ranked by count and not by Gi*, because plain counts find more of what happens next (docs/explanation).
    """
    standing, counts = Standing.of(scored.scores["gi_star"]), scored.counts
    order = ranked(counts, standing.level, standing.z)
    return [
        entry(standing, at, int(counts[at]), tasked=bool(standing.level[at] > 0 and counts[at] > 0))
        for at in order.tolist()
    ]


def ranked(counts: NDArray[np.float64], levels: NDArray[np.int8], z: NDArray[np.float64]) -> NDArray[np.int64]:
    """Positions of the cells to publish, first rank first; equal ones in the order of their cells."""
    hot = (levels > 0) & (counts > 0)
    order = np.lexsort((-z, -counts, ~hot))
    return order[(counts[order] > 0) | (levels[order] > 0)]
