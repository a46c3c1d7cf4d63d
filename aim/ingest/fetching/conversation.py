"""Requests to the identity provider: few at a time, short and small, and to no address that was not meant.

Whoever signs in waits, and holds a thread of the service meanwhile. So nothing is tried again (they can), and a
provider that has stopped answering can hold no more than a few threads.
"""

import ssl
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import BoundedSemaphore
from time import monotonic
from typing import Any, Final, cast

import httpx2
from authlib.integrations.httpx_client import OAuth2Client

from aim.errors import AddressRefused, SetupError, TryAgainLater
from aim.ingest.fetching.addresses import Allowed, CheckedBackend, CheckedTransport, Deadline, check_url
from aim.ingest.fetching.http import AGENT

A_MINUTE: Final = 60.0
HEADERS: Final = {"User-Agent": AGENT, "Accept-Encoding": "identity"}
PLAIN: Final = ("", "identity")


@dataclass(frozen=True)
class Limits:
    """This project's choices; times in seconds."""

    wait: float = 5.0
    """The longest wait for a connection or for the next bytes."""
    total: float = 7.0
    """The longest that one conversation may take; a sign-in has four at worst, within the time of an answer."""
    largest: int = 512 * 1024
    """Bytes of an answer. Entra's keys are 20 KB."""
    at_once: int = 4
    """Conversations at a time."""


@dataclass(frozen=True)
class Wire:
    """The way to the provider at `host`; plain HTTP and private addresses only where AIM_FETCH_ALLOW names them."""

    host: str
    allowed: Allowed = field(default=Allowed())
    limits: Limits = field(default=Limits())
    clock: Callable[[], float] = monotonic
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    free: BoundedSemaphore = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "free", BoundedSemaphore(self.limits.at_once))

    @contextmanager
    def conversation(self, **client: Any) -> Generator[Any]:
        """Authlib's client for one conversation. Raises TryAgainLater where the provider fails, SetupError for an
        address that may not be asked."""
        if not self.free.acquire(blocking=False):
            raise self.failed("is slow, and others wait for it")
        try:
            client |= {"timeout": self.limits.wait, "headers": HEADERS, "trust_env": False}
            with cast("Any", OAuth2Client(transport=self._transport(), **client)) as made:  # it has no types
                yield made
        except AddressRefused as error:
            raise not_to_be_asked(error) from error
        except httpx2.HTTPError as error:
            raise self.failed(_said(error)) from error
        finally:
            self.free.release()

    def failed(self, how: str) -> TryAgainLater:
        """The error for a provider that fails in this way."""
        words = f"The identity provider ({self.host}) {how}: try again in a minute, or sign in with a local account."
        return TryAgainLater(words, A_MINUTE)

    def check(self, url: str) -> None:
        """Raise SetupError for an address that neither we nor a browser of ours should be sent to."""
        try:
            check_url(httpx2.URL(url), self.allowed)
        except (AddressRefused, httpx2.InvalidURL) as error:
            raise not_to_be_asked(error) from error

    def _transport(self) -> "BoundedTransport":
        deadline = Deadline(self.clock)
        deadline.start(self.limits.total)
        checked = CheckedTransport(CheckedBackend(self.allowed, deadline), self.tls)
        return BoundedTransport(checked, self.allowed, self.limits.largest)


def not_to_be_asked(error: Exception) -> SetupError:
    return SetupError(f"The identity provider cannot be asked. {error}")


def _said(error: httpx2.HTTPError) -> str:
    if isinstance(error, httpx2.HTTPStatusError):
        return f"answers {error.response.status_code}"
    return f"does not answer as it should ({str(error) or type(error).__name__})"


class BoundedTransport(httpx2.BaseTransport):
    """Refuses addresses before they are asked, and answers that grow too large: packed ones could, and are refused."""

    def __init__(self, inner: httpx2.BaseTransport, allowed: Allowed, largest: int) -> None:
        self.inner, self.allowed, self.largest = inner, allowed, largest

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        check_url(request.url, self.allowed)
        response = self.inner.handle_request(request)
        if response.headers.get("content-encoding", "") not in PLAIN:
            response.close()
            raise httpx2.RemoteProtocolError("a packed answer, which was not asked for")
        assert isinstance(response.stream, httpx2.SyncByteStream)  # noqa: S101  # of a synchronous transport
        stream = BoundedStream(response.stream, self.largest)
        return httpx2.Response(
            response.status_code, headers=response.headers, stream=stream, extensions=response.extensions
        )

    def close(self) -> None:
        self.inner.close()


@dataclass
class BoundedStream(httpx2.SyncByteStream):
    """A body that ends in an error where it goes beyond what was agreed."""

    inner: httpx2.SyncByteStream
    left: int

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self.inner:
            self.left -= len(chunk)
            if self.left < 0:
                raise httpx2.RemoteProtocolError("a larger answer than a provider gives")
            yield chunk

    def close(self) -> None:
        self.inner.close()
