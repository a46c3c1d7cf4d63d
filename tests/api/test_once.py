"""Many who ask the same at once wait for one thread, and none of them spoils it for the others."""

import asyncio
from threading import Event

from aim.api.once import Once

Outcome = str | BaseException


def test_many_ask_once_and_a_client_that_leaves_takes_nothing_along() -> None:
    once, found, go = Once[str, str](), list[int](), Event()

    def find() -> str:
        go.wait()
        found.append(1)
        return "found"

    async def ask() -> list[Outcome]:
        asking = [asyncio.create_task(once.wait("a", find)) for _ in range(60)]
        await asyncio.sleep(0)
        asking[0].cancel()
        go.set()
        return await asyncio.gather(*asking, return_exceptions=True)

    first, *others = asyncio.run(ask())
    assert isinstance(first, asyncio.CancelledError)
    assert others == ["found"] * 59
    assert found == [1]
    assert not once.under_way


def test_all_who_wait_are_told_what_failed_and_the_next_tries_again() -> None:
    once, tried = Once[str, str](), list[int]()

    def fail() -> str:
        tried.append(1)
        raise OSError("no luck")

    async def ask() -> list[Outcome]:
        return await asyncio.gather(*(once.wait("a", fail) for _ in range(5)), return_exceptions=True)

    assert [str(each) for each in asyncio.run(ask())] == ["no luck"] * 5
    assert tried == [1]
    assert asyncio.run(once.wait("a", lambda: "found")) == "found"
