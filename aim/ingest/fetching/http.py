"""The manners of this program towards other servers. Nothing else in it asks another server for anything.

Time-outs for connecting, for each wait and for the whole; a second try after what may pass (no connection, a time-out,
408, 429, 5xx), later each time and at random, so that many who failed together do not come back together; Retry-After
is obeyed; no more requests a second than the server bears; no more bytes than were agreed; no address inside a network;
the payload kept before anybody reads it.
"""

import logging
import ssl
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from typing import Final

import httpx2
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from aim.errors import FetchFailed, TryAgainLater
from aim.ingest.fetching.addresses import CheckedBackend, CheckedTransport, Deadline, check_url
from aim.ingest.fetching.kind import Answer, Ask
from aim.ingest.fetching.manners import Outside
from aim.ingest.fetching.raw import Origin, Raw
from aim.ingest.fetching.secrets import Secrets, without_secrets

OK: Final = 200
NOT_MODIFIED: Final = 304
REDIRECTS: Final = {301, 302, 303, 307, 308}
SAME_METHOD: Final = {307, 308}
NOT_ALLOWED: Final = {401, 403}
PASSING: Final = {408, 429}
"""What may be over in a while, beside 5xx."""
SERVER_ERROR: Final = 500
AGENT: Final = f"active-intelligence-mapping/{version('active-intelligence-mapping')}"

for _chatty in ("httpx2", "httpcore2"):
    logging.getLogger(_chatty).setLevel(logging.WARNING)  # they log whole URLs, with the keys in them


class Http:
    """A client for one run of one source; one thread at a time."""

    def __init__(self, outside: Outside, raw: Raw, secrets: Secrets) -> None:
        self.outside, self.manners, self.raw, self.secrets = outside, outside.manners, raw, secrets
        self.deadline = Deadline(outside.clock)
        self.client = httpx2.Client(
            transport=CheckedTransport(CheckedBackend(outside.allowed, self.deadline, outside.resolve), outside.tls),
            timeout=httpx2.Timeout(self.manners.read, connect=self.manners.connect),
            headers={"User-Agent": AGENT, "Accept-Encoding": "gzip"},
            trust_env=False,
        )

    def close(self) -> None:
        """Close the connections."""
        self.client.close()

    def fetch(self, ask: Ask) -> Answer:
        """Ask until there is an answer, and keep its payload.

        Raises TryAgainLater where there is none for now, FetchFailed where there will be none, and AddressRefused.
        """
        jitter = wait_random_exponential(max=self.manners.longest_pause)
        return Retrying(
            stop=stop_after_attempt(self.manners.attempts),
            wait=lambda state: max(jitter(state), _asked_for(state)),
            retry=retry_if_exception(lambda e: isinstance(e, TryAgainLater) and e.seconds <= self.manners.patience),
            sleep=self.outside.sleep,
            reraise=True,
        )(self._attempt, ask)

    def _attempt(self, ask: Ask) -> Answer:
        self.deadline.start(self.manners.total)
        where = self._shown(ask.url)
        try:
            with self._response(ask) as response:
                return self._answer(ask, response)
        except httpx2.RequestError as error:
            if _is_certificate(error):
                raise FetchFailed(f"{where} shows a certificate that cannot be trusted ({error}).") from error
            raise TryAgainLater(f"{where} does not answer as it should ({_said(error)}).") from error

    @contextmanager
    def _response(self, ask: Ask) -> Generator[httpx2.Response]:
        """The first response that does not send us on. Each address on the way is checked."""
        request = self._request("GET" if ask.form is None else "POST", httpx2.URL(ask.url), ask, at_home=True)
        home = _server(request.url)
        for _ in range(self.manners.hops + 1):
            self.outside.pace.wait(request.url.host, self.outside.sleep)
            with closing(self.client.send(request, stream=True)) as response:
                if response.status_code not in REDIRECTS:
                    yield response
                    return
                url = _sent_on(response)
                method = request.method if response.status_code in SAME_METHOD else "GET"
                request = self._request(method, url, ask, at_home=_server(url) == home)
        raise FetchFailed(f"{self._shown(ask.url)} sends on more than {self.manners.hops} times.")

    def _request(self, method: str, url: httpx2.URL, ask: Ask, *, at_home: bool) -> httpx2.Request:
        """A request. Keys go to the source's own server only."""
        check_url(url, self.outside.allowed)
        headers = {"If-None-Match": ask.etag, "If-Modified-Since": ask.last_modified}
        given = {name: value for name, value in headers.items() if value}
        if at_home:
            given |= self.secrets.headers
            url = url.copy_merge_params(self.secrets.query)
        return self.client.build_request(method, url, headers=given, data=ask.form if method == "POST" else None)

    def _within(self, response: httpx2.Response, limit: int, where: str) -> Iterator[bytes]:
        """The body, unpacked piece by piece. Raises FetchFailed where it is too large, however small it came."""
        size = 0
        for chunk in response.iter_bytes():
            self.outside.stop_if_asked()
            size += len(chunk)
            if size > limit:
                raise FetchFailed(f"{where} gives more than the {limit:,} bytes agreed: ask for less at a time.")
            yield chunk

    def _shown(self, url: httpx2.URL | str) -> str:
        return without_secrets(str(url), self.secrets.query)

    def _answer(self, ask: Ask, response: httpx2.Response) -> Answer:
        status, where = response.status_code, self._shown(response.url)
        seconds = _retry_after(response, self.raw.now())
        if status == OK:
            headers = response.headers
            origin = Origin(where, status, headers.get("etag"), headers.get("last-modified"))
            return Answer(status, self.raw.keep(ask.name, self._within(response, ask.limit, where), origin))
        if status == NOT_MODIFIED and (ask.etag or ask.last_modified):
            return Answer(status)
        if status in ask.expected and seconds is None:  # one that says when to come back is busy, whatever it means
            return Answer(status)
        said = f"{where} answers {status} {response.reason_phrase}".rstrip()
        if status in PASSING or status >= SERVER_ERROR:
            raise TryAgainLater(f"{said}.", seconds or 0.0)
        if status in NOT_ALLOWED:
            raise FetchFailed(f"{said}: if it wants a key, put it into {self.secrets.file}.")
        raise FetchFailed(f"{said}.")


def _sent_on(response: httpx2.Response) -> httpx2.URL:
    try:
        return response.url.join(response.headers.get("location", ""))
    except httpx2.InvalidURL as error:
        raise FetchFailed(f"{without_secrets(str(response.url))} sends on to what is no address.") from error


def _server(url: httpx2.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _retry_after(response: httpx2.Response, now: datetime) -> float | None:
    """Seconds that the server asks for, as a number or a date (RFC 9110); None where it does not say so clearly."""
    said = response.headers.get("retry-after", "")
    if said.isascii() and said.isdigit():
        return float(said)
    try:
        return max(0.0, (parsedate_to_datetime(said) - now).total_seconds())
    except (ValueError, TypeError):
        return None


def _asked_for(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    return error.seconds if isinstance(error, TryAgainLater) else 0.0


def _is_certificate(error: BaseException | None) -> bool:
    while error is not None and not isinstance(error, ssl.SSLCertVerificationError):
        error = error.__cause__ or error.__context__
    return error is not None


def _said(error: httpx2.RequestError) -> str:
    return str(error) or type(error).__name__
