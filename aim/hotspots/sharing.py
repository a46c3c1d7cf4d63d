"""Who does the work: this process, or others; the parts of a piece of work depend on nothing but themselves."""

from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

P = TypeVar("P")
R = TypeVar("R")


class ShareOut(Protocol):
    """Does each part of some work and gives the answers in the order of the parts (`here`, `cluster.share_out`)."""

    def __call__(self, work: Callable[[P], R], parts: list[P], /) -> Iterable[R]: ...


def here(work: Callable[[P], R], parts: list[P]) -> Iterable[R]:
    """One after the other, in this process."""
    return map(work, parts)
