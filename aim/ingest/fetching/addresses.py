"""Which addresses may be talked to, and connections that go to the address that was looked at.

A name is resolved once for each connection; all of its addresses have to be public, and the connection goes to one of
those, so that a name server that gives another answer the second time is never asked a second time.
"""

import ipaddress
import socket
import ssl
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final

import httpcore2
import httpx2

from aim.errors import AddressRefused

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], list[str]]
NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
"""IPv6 addresses that stand for an IPv4 address behind a translator (RFC 6052)."""
UNICAST: Final = ipaddress.ip_network("2000::/3")
"""The IPv6 addresses that are given out (RFC 4291); all others are old, local or yet without a meaning."""
PORTS: Final = {"https": 443, "http": 80}


def resolve(host: str, port: int) -> list[str]:
    """The numeric addresses of a host. Raises httpcore2.ConnectError where the name is not known."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise httpcore2.ConnectError(f"{host} is not known ({error})") from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_public(address: str) -> bool:
    """Whether an address, and any IPv4 address inside it, belongs to the public internet."""
    ip = ipaddress.ip_address(address)
    return _is_given_out(ip) and all(one.is_global and not one.is_multicast for one in (ip, *_inside(ip)))


def _is_given_out(ip: IPAddress) -> bool:
    """Python calls much global that leads elsewhere: ::127.0.0.1, ::ffff:0:127.0.0.1, fec0::1, 64:ff9b:1::1."""
    return isinstance(ip, ipaddress.IPv4Address) or ip in UNICAST or ip in NAT64 or ip.ipv4_mapped is not None


def _inside(ip: IPAddress) -> Iterable[IPAddress]:
    """The IPv4 addresses that an IPv6 address leads to."""
    if isinstance(ip, ipaddress.IPv6Address):
        if ip in NAT64:
            yield ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
        yield from (one for one in (ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())) if one is not None)


@dataclass(frozen=True)
class Allowed:
    """The hosts, with or without a port, that the operator trusts: private addresses and plain HTTP are fine there."""

    hosts: frozenset[str] = frozenset()

    @classmethod
    def parse(cls, setting: str | None) -> "Allowed":
        """From AIM_FETCH_ALLOW: `confirm.council.example, 10.0.0.5:8080`."""
        return cls(frozenset(_plain(host) for host in (setting or "").split(",") if host.strip()))

    def __contains__(self, place: tuple[str, int]) -> bool:
        host, port = _plain(place[0]), place[1]
        return host in self.hosts or f"{host}:{port}" in self.hosts


def _plain(host: str) -> str:
    return host.strip().strip("[]").rstrip(".").lower()


def check_url(url: httpx2.URL, allowed: Allowed) -> None:
    """Raise AddressRefused where the URL is not one to fetch from; what its name resolves to is looked at later."""
    host = url.raw_host.decode("ascii")
    if url.scheme not in PORTS or not host:
        raise AddressRefused(f"Only https:// addresses are fetched from, and this is none: {url.scheme}:")
    if url.userinfo:
        raise AddressRefused(f"A user name or password in the address of {host} would be stored: leave it out.")
    if url.scheme == "http" and (host, url.port or PORTS["http"]) not in allowed:
        raise AddressRefused(
            f"{host} was asked for over plain HTTP, which anybody on the way can read or change: use https://, "
            "or name the host in AIM_FETCH_ALLOW."
        )


class Deadline:
    """When the whole of an attempt has to be over, however slowly the other side drips."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self.clock = clock
        self.until = float("inf")

    def start(self, seconds: float) -> None:
        """Begin again."""
        self.until = self.clock() + seconds

    def left(self, timeout: float | None) -> float:
        """Seconds that one wait may last. Raises httpcore2.ReadTimeout once there are none."""
        left = self.until - self.clock()
        if left <= 0:
            raise httpcore2.ReadTimeout("the answer took too long altogether")
        return left if timeout is None else min(timeout, left)


class CheckedBackend(httpcore2.SyncBackend):
    """Connects to addresses that were looked at, and to no others."""

    def __init__(self, allowed: Allowed, deadline: Deadline, resolve: Resolve = resolve) -> None:
        self.allowed, self.deadline, self.resolve = allowed, deadline, resolve

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> "TimedStream":
        """As the base class, by each of the host's addresses in turn. Raises AddressRefused."""
        failed = httpcore2.ConnectError(f"{host} has no address")
        for address in self._checked(host, port):
            try:
                stream = super().connect_tcp(address, port, self.deadline.left(timeout), local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failed = error
            else:
                return TimedStream(stream, self.deadline)
        raise failed

    def _checked(self, host: str, port: int) -> list[str]:
        addresses = self.resolve(host, port)
        if (host, port) not in self.allowed and not all(map(is_public, addresses)):
            raise AddressRefused(
                f"{host} is an address inside a private network: if this is meant, name the host in AIM_FETCH_ALLOW."
            )
        return addresses


class TimedStream(httpcore2.NetworkStream):
    """A stream none of whose waits goes beyond the deadline."""

    def __init__(self, stream: httpcore2.NetworkStream, deadline: Deadline) -> None:
        self.stream, self.deadline = stream, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self.stream.read(max_bytes, self.deadline.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.stream.write(buffer, self.deadline.left(timeout))

    def close(self) -> None:
        self.stream.close()

    def start_tls(self, *arguments: Any, timeout: float | None = None, **options: Any) -> "TimedStream":
        """TLS over this stream; the certificate is checked against the name, not the address."""
        return TimedStream(
            self.stream.start_tls(*arguments, timeout=self.deadline.left(timeout), **options), self.deadline
        )

    def get_extra_info(self, info: str) -> Any:
        return self.stream.get_extra_info(info)


class CheckedTransport(httpx2.HTTPTransport):
    """httpx2's own transport over checked connections. No proxy: behind one, addresses could not be looked at."""

    def __init__(self, backend: httpcore2.NetworkBackend, tls: ssl.SSLContext) -> None:
        super().__init__(verify=tls, trust_env=False)
        pool = self._pool
        assert isinstance(pool, httpcore2.ConnectionPool), "httpx2 keeps its pool elsewhere now"  # noqa: S101
        self._pool = httpcore2.ConnectionPool(ssl_context=tls, network_backend=backend)
