"""The cache: bounded by bytes, the least used goes first, and what many ask for at once is built once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from aim.api.cache import ByteCache


def a_cache(budget: int) -> ByteCache[str, bytes]:
    return ByteCache(budget, len)


def test_what_was_used_least_goes_first() -> None:
    cache = a_cache(10)
    for key in "abc":
        cache.make(key, lambda: b"1234")
        cache.get("a")
    assert [cache.get(key) for key in "abc"] == [b"1234", None, b"1234"]


def test_a_value_above_the_budget_is_kept_alone() -> None:
    cache = a_cache(3)
    cache.make("small", lambda: b"1")
    cache.make("large", lambda: b"12345")
    assert (cache.get("small"), cache.get("large")) == (None, b"12345")


def test_a_build_that_fails_is_tried_again() -> None:
    cache = a_cache(10)

    def fail() -> bytes:
        raise OSError("no luck")

    with pytest.raises(OSError, match="no luck"):
        cache.make("a", fail)
    assert cache.make("a", lambda: b"1") == b"1"


def test_many_who_ask_at_once_wait_for_one_build() -> None:
    cache, start, built = a_cache(10), Barrier(4), list[int]()

    def ask(_: int) -> bytes:
        start.wait()
        return cache.make("a", build)

    def build() -> bytes:
        built.append(1)
        return b"1"

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(ask, range(4))) == [b"1"] * 4
    assert built == [1]
