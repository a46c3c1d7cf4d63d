"""How many requests a second a server is asked for."""

import threading
import time
from collections.abc import Callable
from typing import Final

RATES: Final = {"data.police.uk": 15.0}
"""Requests a second that a publisher states: https://data.police.uk/docs/api-call-limits/."""
USUAL: Final = 5.0
"""Requests a second of a server that states nothing; this project's choice."""


class Bucket:
    """A token bucket: `rate` a second on average, at most one second's worth at once."""

    def __init__(self, rate: float, now: float) -> None:
        self.rate, self.tokens, self.at = rate, rate, now

    def take(self, now: float) -> float:
        """Take a token, on credit if need be; the seconds to wait until it is there."""
        self.tokens = min(self.rate, self.tokens + (now - self.at) * self.rate) - 1
        self.at = now
        return max(0.0, -self.tokens / self.rate)


class Pace:
    """A bucket for each server, shared by all that fetch in this process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.buckets: dict[str, Bucket] = {}
        self.lock = threading.Lock()

    def wait(self, host: str, sleep: Callable[[float], None]) -> None:
        """Sleep until the server may be asked again. Nobody else waits for this one's sleep."""
        with self.lock:
            now = self.clock()
            bucket = self.buckets.setdefault(host, Bucket(RATES.get(host, USUAL), now))
            seconds = bucket.take(now)
        if seconds:
            sleep(seconds)
