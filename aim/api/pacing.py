"""How often and how many at a time, by client address; memory for a bounded number of them."""

from ipaddress import AddressValueError, IPv6Address
from typing import Final

REMEMBERED: Final = 10_000
"""Addresses, those that asked last."""
NETWORK_BITS: Final = 64
"""Of an IPv6 address: the rest is the customer's to choose, so it tells nobody apart."""


class Pace:
    """So many a second for each address in the long run, and `burst` at once (a token bucket, kept as one number).

    What is kept is when the address would have an untouched bucket again; a bucket that is full needs no memory.
    """

    def __init__(self, a_second: float, burst: float) -> None:
        """`a_second` of 0: as many as anybody likes."""
        self._gap = 1 / a_second if a_second else 0.0
        self._slack = self._gap * (burst - 1)
        self._full_at: dict[str, float] = {}

    def take(self, who: str, now: float) -> float:
        """Count one, and give 0; or count none, and give the seconds until there is one again."""
        full_at = max(self._full_at.pop(who, now), now)
        wait = full_at - now - self._slack
        self._full_at[who] = full_at + (self._gap if wait <= 0 else 0.0)
        if len(self._full_at) > REMEMBERED:
            del self._full_at[next(iter(self._full_at))]
        return max(wait, 0.0)


class Slots:
    """So many at a time, and of these so many for each address."""

    def __init__(self, most: int, most_each: int) -> None:
        self._most, self._most_each = most, most_each
        self._taken: dict[str, int] = {}
        self._all = 0

    def take(self, who: str) -> bool:
        """Take one, if there is one."""
        taken = self._taken.get(who, 0)
        if taken >= self._most_each or self._all >= self._most:
            return False
        self._taken[who] = taken + 1
        self._all += 1
        return True

    def give_back(self, who: str) -> None:
        """Give back one that was taken."""
        self._all -= 1
        self._taken[who] -= 1
        if not self._taken[who]:
            del self._taken[who]


def customer(address: str) -> str:
    """What counts as one client: an IPv4 address, also one written as IPv6, or the network of an IPv6 one."""
    if ":" not in address:
        return address
    try:
        ip = IPv6Address(address)
    except AddressValueError:
        return address
    return str(ip.ipv4_mapped or IPv6Address(int(ip) >> NETWORK_BITS << NETWORK_BITS))
