"""A least-recently-used cache bounded by bytes."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import partial
from threading import Lock
from typing import Generic, TypeVar

from aim.api.once import Once

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class ByteCache(Generic[K, V]):
    """Keeps the values used last, up to `budget` bytes as `size` counts them; one value may exceed the budget alone.

    Keys name immutable versions, so nothing here ever goes stale: a new run has new keys, and the old ones drop out.
    """

    def __init__(self, budget: int, size: Callable[[V], int]) -> None:
        self._budget = budget
        self._size = size
        self._used = 0
        self._values: OrderedDict[K, V] = OrderedDict()
        self._gates: dict[K, Lock] = {}
        self._lock = Lock()
        self._asked: Once[K, V] = Once()

    def get(self, key: K) -> V | None:
        with self._lock:
            if key not in self._values:
                return None
            self._values.move_to_end(key)
            return self._values[key]

    def make(self, key: K, build: Callable[[], V]) -> V:
        """The value of `key`, built when it is not at hand; callers that ask meanwhile wait for that one build."""
        with self._lock:
            gate = self._gates.setdefault(key, Lock())
        try:
            with gate:
                found = self.get(key)
                return self.put(key, build()) if found is None else found
        finally:
            with self._lock:
                self._gates.pop(key, None)

    async def fetch(self, key: K, build: Callable[[], V]) -> V:
        """As `make`, for the event loop: answers at once from memory and builds in a worker thread."""
        found = self.get(key)
        return await self._asked.wait(key, partial(self.make, key, build)) if found is None else found

    def put(self, key: K, value: V) -> V:
        with self._lock:
            self._used += self._size(value) - (self._size(self._values[key]) if key in self._values else 0)
            self._values[key] = value
            while self._used > self._budget and len(self._values) > 1:
                self._used -= self._size(self._values.popitem(last=False)[1])
        return value
