"""What every hot-spot method is: the same counts and grid in, the same `Scores` out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from aim.hotspots.grid import Floats, Grid


@dataclass(frozen=True, eq=False)
class Scores:
    """What a method says of each of n cells, in the order of the grid; a higher score is a hotter cell.

    `p` is the probability of a score at least this far from the average by chance alone, `q` the same corrected for the
    number of cells tested; None where the method tests nothing. `chosen` is what the method set by itself: a number or
    word for each of its parameters. Raises ValueError where the arrays do not fit each other.
    """

    score: Floats
    p: Floats | None
    q: Floats | None
    chosen: Mapping[str, float | int | str]

    def __post_init__(self) -> None:
        for name in ("score", "p", "q"):
            values: NDArray[np.generic] | None = getattr(self, name)
            if values is not None and (values.dtype != np.float64 or values.shape != (len(self.score),)):
                raise ValueError(f"{name} is {values.dtype}{values.shape}, not one float64 for each cell.")


@dataclass(frozen=True)
class Method:
    """A hot-spot method. `score` takes counts (float64[n], one for each cell of the grid) and runs with no options."""

    name: str
    title: str
    citation: str
    score: Callable[[Floats, Grid], Scores]
