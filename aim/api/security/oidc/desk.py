"""Where the settings, the provider and the mapping meet: what the routes ask of it is in the order of a sign-in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from aim.access.identities import Identity
from aim.access.principal import Access
from aim.api.security.oidc.attempt import Attempt
from aim.api.security.oidc.mapping import Roles, load_roles
from aim.errors import UsageError
from aim.ingest.fetching.secrets import OTHERS
from aim.settings import Settings

if TYPE_CHECKING:
    from aim.api.security.oidc.provider import Provider

FOR_MANY: Final = {"common", "organizations", "consumers"}
"""Tenants of Entra that are none."""

NAMES: Final = ("preferred_username", "email")
"""Claims that an account may be called by, in this order."""


@dataclass(frozen=True)
class Desk:
    """Signs people in with one provider."""

    provider: "Provider"
    roles: Roles

    def identify(self, code: str, attempt: Attempt, callback: str, now: datetime) -> "Proven":
        """Who brings this code. Raises all that Provider.claims raises."""
        return Proven(self.provider.claims(code, attempt, callback, now), self.roles)


@dataclass(frozen=True)
class Proven:
    """What the provider says of somebody, believed; it goes no further than this."""

    claims: Mapping[str, Any]
    roles: Roles

    @property
    def identity(self) -> Identity:
        """All that is kept of them."""
        name = next((str(self.claims[each]) for each in NAMES if self.claims.get(each)), "")
        return Identity(self.claims["iss"], self.claims["sub"], name)

    @property
    def access(self) -> Access:
        """What the mapping gives them. Raises NotAllowed where that is nothing."""
        line = self.roles.line_for(self.claims)
        return Access(line.role, line.agency, line.areas)


def open_desk(settings: Settings, clock: Callable[[], float]) -> Desk | None:
    """The desk that the settings describe; None where there is no provider. Asks the provider for nothing yet.

    Raises UsageError where the settings do not fit together, or a file cannot be used.
    """
    if settings.oidc_issuer is None:
        if settings.oidc_client_id or settings.oidc_client_secret_file or settings.oidc_roles:
            raise UsageError("AIM_OIDC_ISSUER is not set, and other AIM_OIDC settings are: set it, or none of them.")
        return None
    if settings.oidc_client_id is None or settings.oidc_roles is None:
        raise UsageError("AIM_OIDC_ISSUER needs AIM_OIDC_CLIENT_ID and AIM_OIDC_ROLES beside it.")
    from aim.api.security.oidc.provider import Provider, Registration  # with what they bring, 15 MB
    from aim.ingest.fetching.addresses import Allowed
    from aim.ingest.fetching.conversation import Wire

    check_tenant(settings.oidc_issuer)
    wire = Wire(urlsplit(settings.oidc_issuer).netloc, Allowed.parse(settings.fetch_allow))
    wire.check(settings.oidc_issuer)
    secret = settings.oidc_client_secret_file and read_secret(settings.oidc_client_secret_file)
    registration = Registration(settings.oidc_issuer, settings.oidc_client_id, secret)
    return Desk(Provider(registration, wire, clock), load_roles(settings.oidc_roles))


def check_tenant(issuer: str) -> None:
    """Raise UsageError for an issuer of Entra's that anybody with any account passes."""
    first = urlsplit(issuer).path.strip("/").partition("/")[0]
    if first in FOR_MANY:
        raise UsageError(
            f"AIM_OIDC_ISSUER names “{first}”, which signs in people of any organisation: write the id of your own "
            "tenant there, https://login.microsoftonline.com/TENANT-ID/v2.0."
        )


def read_secret(file: Path) -> str:
    """The secret in a file that nobody else may read. Raises UsageError."""
    try:
        if file.stat().st_mode & OTHERS:
            raise UsageError(f"AIM_OIDC_CLIENT_SECRET_FILE: others may read {file}: run `chmod 600 {file}`.")
        secret = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"AIM_OIDC_CLIENT_SECRET_FILE: {file} cannot be read ({type(error).__name__}).") from error
    if not secret:
        raise UsageError(f"AIM_OIDC_CLIENT_SECRET_FILE: {file} is empty: leave the setting out for a public client.")
    return secret
