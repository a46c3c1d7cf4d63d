"""Repeatable chance.

Python promises to keep the sequence of `Random.random()` from one version to the next and promises nothing for its
other methods, so everything here is built on that one.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from hashlib import sha256
from itertools import accumulate
from random import Random
from typing import Generic, TypeVar

T = TypeVar("T")
SEED = "Kelderby 1"
_SQRT_3 = 1.7320508075688772


class Dice:
    """A stream of chance named by `key`, so that a change to one feed leaves the others as they were."""

    def __init__(self, *key: object) -> None:
        name = "/".join([SEED, *map(str, key)])
        self._random = Random(int(sha256(name.encode()).hexdigest(), 16))

    def fraction(self) -> float:
        """Uniform in [0, 1)."""
        return self._random.random()

    def between(self, low: float, high: float) -> float:
        """Uniform in [low, high)."""
        return low + (high - low) * self.fraction()

    def below(self, n: int) -> int:
        """A whole number from 0 to n - 1."""
        return int(self.fraction() * n)

    def chance(self, probability: float) -> bool:
        """True in that share of throws."""
        return self.fraction() < probability

    def pick(self, items: Sequence[T]) -> T:
        """One of `items`, all as likely."""
        return items[self.below(len(items))]

    def sample(self, items: Sequence[T], n: int) -> list[T]:
        """`n` different ones of `items`."""
        rest = list(items)
        return [rest.pop(self.below(len(rest))) for _ in range(n)]

    def bell(self) -> float:
        """Mean 0, standard deviation 1, never beyond 3.5: a sum of uniforms, which needs no logarithm or cosine."""
        total = self.fraction() + self.fraction() + self.fraction() + self.fraction()
        return (total - 2.0) * _SQRT_3


class Chooser(Generic[T]):
    """Draws items in proportion to their weights."""

    def __init__(self, weighted: Iterable[tuple[T, float]]) -> None:
        pairs = list(weighted)
        self._items = [item for item, _ in pairs]
        self._heights = list(accumulate(weight for _, weight in pairs))

    def draw(self, dice: Dice) -> T:
        """One item."""
        return self._items[bisect_right(self._heights, dice.fraction() * self._heights[-1])]
