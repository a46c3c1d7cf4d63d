"""One attempt to sign in, from leaving for the provider to coming back, and what ties it to one browser."""

import hmac
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote, unquote

from aim.access.secrets import new_secret
from aim.api.security.next_page import HOME, safe_next

LONGEST: Final = 1024
"""Characters of an address to go on to: it travels in a cookie."""


@dataclass(frozen=True)
class Attempt:
    """State, nonce and PKCE verifier all follow from one secret, which only the browser that began holds, in a cookie.

    Nothing is kept here between leaving and coming back, so nobody can fill a store with attempts that never end. The
    provider sees the state, the nonce and a hash of the verifier, and can work out neither the secret nor the verifier.
    """

    secret: str = field(repr=False)
    onward: str = HOME
    """Where to go once signed in: a path of this service."""

    @classmethod
    def begin(cls, onward: str) -> "Attempt":
        return cls(new_secret(), safe_next(onward) if len(onward) <= LONGEST else HOME)

    @classmethod
    def of_cookie(cls, text: str | None) -> "Attempt":
        """The attempt that a browser brings back; where it brings none, one that nobody began."""
        secret, _, onward = (text or "").partition(".")
        return cls(secret, safe_next(unquote(onward))) if secret else cls.begin(HOME)

    @property
    def cookie(self) -> str:
        return f"{self.secret}.{quote(self.onward, safe='')}"

    @property
    def state(self) -> str:
        return self._derived("state")

    @property
    def nonce(self) -> str:
        return self._derived("nonce")

    @property
    def verifier(self) -> str:
        """The PKCE code verifier (RFC 7636): 64 characters."""
        return self._derived("verifier")

    def began(self, state: str | None) -> bool:
        """Whether what the provider sends back belongs to this attempt."""
        return hmac.compare_digest(self.state.encode(), (state or "").encode())

    def _derived(self, purpose: str) -> str:
        return hmac.digest(self.secret.encode(), purpose.encode(), "sha256").hex()
