"""The ID token: who signed it, for whom, when, and in answer to which attempt (OpenID Connect Core, 3.1.3.7)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from aim.errors import IdentityNotProven

ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures with a key pair only. With HS256 a public key would pass for a secret; "none" is no signature."""

LEEWAY: Final = 60
"""Seconds that the provider's clock and ours may differ."""

LONGEST_SUBJECT: Final = 255
"""Characters (OpenID Connect Core, 2)."""


@dataclass(frozen=True)
class Expected:
    """What a token has to say to be an answer to our question."""

    issuer: str
    client: str
    nonce: str


def read(token: str, access_token: str | None, keys: KeySet, expected: Expected, now: datetime) -> dict[str, Any]:
    """The claims of a token that holds. Raises InvalidKeyIdError where newer keys may help, else IdentityNotProven."""
    registry = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
    try:
        proved = jwt.decode(token, keys, registry=registry)
        claims = CodeIDToken(
            proved.claims,
            proved.header,
            options={
                "iss": {"essential": True, "value": expected.issuer},
                "aud": {"essential": True, "value": expected.client},
                "sub": {"essential": True},
            },
            params={"nonce": expected.nonce, "client_id": expected.client, "access_token": access_token},
        )
        claims.validate(now.timestamp(), LEEWAY)
    except InvalidKeyIdError:
        raise
    except (JoseError, ValueError, TypeError) as error:
        raise refused(str(error)) from error
    _check_alone(claims)
    return dict(claims)


def _check_alone(claims: dict[str, Any]) -> None:
    """A token that others may present as well was not made for this service; a subject must fit its column."""
    if isinstance(claims["aud"], list) and len(claims["aud"]) > 1:
        raise refused("it is for others too")
    if len(claims["sub"]) > LONGEST_SUBJECT:
        raise refused("its subject is too long")


def refused(why: str) -> IdentityNotProven:
    return IdentityNotProven(f"What the identity provider says of you cannot be trusted ({why}): start again.")
