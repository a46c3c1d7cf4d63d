"""What stands between the service and other machines: nothing, a proxy that speaks TLS, or a certificate of our own.

Passwords, sessions and keys cross the network with each request, so nothing but this machine is answered without TLS.
"""

import ssl
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from pathlib import Path
from socket import getaddrinfo
from typing import Final

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from aim.api.problems import Problem, respond
from aim.api.security.cookies import is_https
from aim.errors import NotAllowed, SetupError, UsageError

EXPOSED: Final = (
    "Listening at {host} would let passwords and keys cross the network unguarded: listen on 127.0.0.1, give "
    "--tls-cert and --tls-key, or put a proxy with TLS in front and name its address with --behind-proxy."
)
HEALTH: Final = ("/health/live", "/health/ready")


@dataclass(frozen=True)
class Front:
    """`proxy` is the address, or the network (10.0.0.0/24), of the proxy whose word is taken for who asks and how."""

    proxy: str | None = None
    certificate: Path | None = None
    key: Path | None = None

    @property
    def tls(self) -> bool:
        return self.certificate is not None

    def check(self, host: str) -> None:
        """Raise UsageError where `host` would be open without TLS or this front cannot be, SetupError for bad files."""
        if (self.certificate is None) != (self.key is None):
            raise UsageError("--tls-cert and --tls-key belong together: give both.")
        if self.proxy is not None and (self.tls or not _is_network(self.proxy)):
            raise UsageError("--behind-proxy takes one address or network, such as 127.0.0.1, and no certificate.")
        if self.certificate and self.key:
            _load(self.certificate, self.key)
        elif self.proxy is None and not is_loopback(host):
            raise UsageError(EXPOSED.format(host=host))


class TlsOnly:
    """Answers over plain http this machine alone, behind a proxy that forgot to say how it was asked, or without it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or is_https(scope) or scope["path"] in HEALTH or _from_here(scope):
            return await self.app(scope, receive, send)
        words = "Ask over https. If a proxy in front of the service was asked so, let it send X-Forwarded-Proto."
        await respond(Request(scope), Problem.of(NotAllowed(words)))(scope, receive, send)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches `host`, a name or an address; what cannot be told counts as open."""
    try:
        found = {str(each[4][0]).partition("%")[0] for each in getaddrinfo(host, None)}
    except OSError:
        return False
    return all(ip_address(address).is_loopback for address in found)


def _from_here(scope: Scope) -> bool:
    try:
        return ip_address(scope["client"][0]).is_loopback
    except (TypeError, ValueError):
        return False


def _is_network(text: str) -> bool:
    try:
        return ip_network(text, strict=False).prefixlen > 0
    except ValueError:
        return False


def _load(certificate: Path, key: Path) -> None:
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(certificate, key)
    except OSError as error:  # ssl's own errors are of this kind
        raise SetupError(
            f"The certificate {certificate} cannot be used with {key}: {error.strerror or error}."
        ) from error
