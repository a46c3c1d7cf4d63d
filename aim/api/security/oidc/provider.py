"""The identity provider: what it says of itself, where it sends a browser, and what it gives for a code."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Generic, TypeVar
from urllib.parse import urlencode

from authlib.integrations.httpx_client import OAuthError
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from pydantic import BaseModel, ValidationError

from aim.api.security.oidc.attempt import Attempt
from aim.api.security.oidc.tokens import Expected, read, refused
from aim.errors import AimError, IdentityNotProven, SetupError
from aim.ingest.fetching.conversation import Wire

T = TypeVar("T")
SCOPE: Final = "openid profile email"
LIFETIME: Final = 3600.0
"""Seconds for which what the provider says of itself is kept: a withdrawn key is believed no longer than that."""

PASSING: Final = {"server_error", "temporarily_unavailable"}
"""Errors of OAuth that may be over in a while."""

FOR_MANY: Final = "{tenantid}"
"""Entra's place holder in the issuer of an address that serves every organisation."""


@dataclass(frozen=True)
class Registration:
    """What this service is to the provider. Without a secret it is a public client, which PKCE alone guards."""

    issuer: str
    client: str
    secret: str | None = field(default=None, repr=False)


class Discovered(BaseModel):
    """What we use of the provider's own description (OpenID Connect Discovery, 3)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    end_session_endpoint: str | None = None
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    authorization_response_iss_parameter_supported: bool = False

    @property
    def addresses(self) -> tuple[str, ...]:
        return self.authorization_endpoint, self.token_endpoint, self.jwks_uri, self.end_session_endpoint or ""

    def way_to_prove(self, secret: str | None) -> str:
        """How the client proves itself. In the body where that is taken: in the header, servers decode it variously."""
        if secret is None:
            return "none"
        post = "client_secret_post"
        return post if post in self.token_endpoint_auth_methods_supported else "client_secret_basic"


class Answers(BaseModel):
    """What we use of the answer to a code (OpenID Connect Core, 3.1.3.3)."""

    id_token: str
    access_token: str | None = None


@dataclass
class Kept(Generic[T]):
    """Something that is asked for again once it is old; `clock` gives seconds and never goes back."""

    ask: Callable[[], T]
    clock: Callable[[], float]
    until: float = float("-inf")
    value: T | None = None

    def get(self, *, fresh: bool = False) -> T:
        if self.value is None or fresh or self.clock() >= self.until:
            self.value, self.until = self.ask(), self.clock() + LIFETIME
        return self.value


class Provider:
    """One provider. Threads share it: at worst two of them ask for the same document at once."""

    def __init__(self, registration: Registration, wire: Wire, clock: Callable[[], float]) -> None:
        self.registration, self.wire = registration, wire
        self.described = Kept(self._discover, clock)
        self.keys = Kept(self._fetch_keys, clock)

    def address(self, attempt: Attempt, callback: str) -> str:
        """Where the browser goes to sign in. Raises TryAgainLater where the provider is down."""
        return prepare_grant_uri(
            self.described.get().authorization_endpoint,
            self.registration.client,
            response_type="code",
            redirect_uri=callback,
            scope=SCOPE,
            state=attempt.state,
            nonce=attempt.nonce,
            code_challenge=create_s256_code_challenge(attempt.verifier),
            code_challenge_method="S256",
        )

    def check_sender(self, issuer: str | None) -> None:
        """Refuse an answer that another provider gave (RFC 9207). Raises IdentityNotProven."""
        promised = self.described.get().authorization_response_iss_parameter_supported
        if issuer != self.registration.issuer and (promised or issuer is not None):
            raise refused("another provider sent you back")

    def claims(self, code: str, attempt: Attempt, callback: str, now: datetime) -> dict[str, Any]:
        """What the provider says of whoever brought this code. Raises IdentityNotProven, TryAgainLater, SetupError."""
        answers = self._exchange(code, attempt, callback)
        expected = Expected(self.registration.issuer, self.registration.client, attempt.nonce)
        try:
            return read(answers.id_token, answers.access_token, self.keys.get(), expected, now)
        except InvalidKeyIdError:  # the provider may have new keys
            pass
        try:
            return read(answers.id_token, answers.access_token, self.keys.get(fresh=True), expected, now)
        except InvalidKeyIdError as error:
            raise refused(str(error)) from error

    def leaving(self, back: str) -> str | None:
        """Where the browser goes to sign out of the provider too; None where it does not offer that."""
        endpoint = self.described.get().end_session_endpoint
        query = urlencode({"client_id": self.registration.client, "post_logout_redirect_uri": back})
        return endpoint and f"{endpoint}{'&' if '?' in endpoint else '?'}{query}"

    def _exchange(self, code: str, attempt: Attempt, callback: str) -> Answers:
        described = self.described.get()
        secret = self.registration.secret
        who = {"client_id": self.registration.client, "client_secret": secret, "redirect_uri": callback}
        with self.wire.conversation(**who, token_endpoint_auth_method=described.way_to_prove(secret)) as client:
            try:
                got = client.fetch_token(described.token_endpoint, code=code, code_verifier=attempt.verifier)
            except OAuthError as error:
                raise self._turned_down(error.error) from error
            except ValueError as error:
                raise self.wire.failed(f"gives no tokens for a code ({error})") from error
        try:
            return Answers.model_validate(got)
        except ValidationError as error:
            raise refused("there is no ID token") from error

    def _turned_down(self, why: str) -> AimError:
        """A code that is used up or not ours is the browser's fault; what lasts is a matter of the registration."""
        if why == "invalid_grant":
            return IdentityNotProven("This sign-in was used already or took too long: start again.")
        if why in PASSING:
            return self.wire.failed(f"cannot sign anybody in now ({why})")
        return SetupError(
            f"The identity provider does not take this service's word ({why[:60]}): an administrator has to check "
            "AIM_OIDC_CLIENT_ID, AIM_OIDC_CLIENT_SECRET_FILE and whether the secret has expired."
        )

    def _discover(self) -> Discovered:
        url = f"{self.registration.issuer.rstrip('/')}/.well-known/openid-configuration"
        try:
            found = Discovered.model_validate(self._document(url))
        except ValidationError as error:
            raise SetupError(f"{url} is not the description of a provider: check AIM_OIDC_ISSUER.") from error
        check_issuer(found.issuer, self.registration.issuer)
        for address in filter(None, found.addresses):
            self.wire.check(address)
        return found

    def _fetch_keys(self) -> KeySet:
        url = self.described.get().jwks_uri
        try:
            return KeySet.import_key_set(self._document(url))
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise self.wire.failed(f"gives keys at {url} that cannot be read ({error})") from error

    def _document(self, url: str) -> Any:
        """A JSON document. Raises TryAgainLater where there is none."""
        with self.wire.conversation() as client:
            response = client.request("GET", url, withhold_token=True).raise_for_status()
            try:
                return response.json()
            except ValueError as error:
                raise self.wire.failed(f"gives no JSON at {url}") from error


def check_issuer(said: str, expected: str) -> None:
    """The provider has to call itself what it was called, to the letter. Raises SetupError."""
    if FOR_MANY in said:
        raise SetupError(
            f"{expected} signs in people of any organisation: set AIM_OIDC_ISSUER to the address of your own tenant, "
            "https://login.microsoftonline.com/TENANT-ID/v2.0."
        )
    if said != expected:
        raise SetupError(
            f"The provider at AIM_OIDC_ISSUER calls itself {said[:200]}: if that is right, set it to this."
        )
