"""Questions under way in a worker thread, each asked once, however many wait for its answer.

A hundred clients that ask for the same at once would else take every worker thread there is, to wait in all of them for
the one that works.
"""

from asyncio import Task, create_task, shield
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from starlette.concurrency import run_in_threadpool

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Once(Generic[K, V]):
    """For the event loop alone."""

    def __init__(self) -> None:
        self.under_way: dict[K, Task[V]] = {}

    async def wait(self, key: K, find: Callable[[], V]) -> V:
        """What `find` gives, or whoever asked first with this key; raises what it raises."""
        return await shield(self.begin(key, find))

    def begin(self, key: K, find: Callable[[], V]) -> Task[V]:
        """As `wait`, for whoever does not need the answer now."""
        if key not in self.under_way:
            self.under_way[key] = task = create_task(run_in_threadpool(find))
            task.add_done_callback(lambda _: self._over(key))
        return self.under_way[key]

    def _over(self, key: K) -> None:
        task = self.under_way.pop(key)
        if not task.cancelled():
            task.exception()  # looked at here, for what failed may be nobody's to wait for
