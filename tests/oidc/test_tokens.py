"""ID tokens that hold, and every kind that does not. Keys and tokens are made here."""

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import pytest
from authlib.oidc.core.util import create_half_hash
from joserfc import jws, jwt
from joserfc.errors import InvalidKeyIdError
from joserfc.jwk import ECKey, Key, KeySet, OctKey, RSAKey

from aim.api.security.oidc.tokens import LEEWAY, Expected, read
from aim.errors import IdentityNotProven

NOW: Final = datetime(2026, 10, 1, 9, 0, tzinfo=UTC)
SECONDS: Final = int(NOW.timestamp())
EXPECTED: Final = Expected("https://provider.example", "aim", "the-nonce")
RSA: Final = RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig"})
EC: Final = ECKey.generate_key("P-256", {"kid": "ec", "use": "sig"})
STRANGER: Final = RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig"})
PUBLIC: Final = KeySet([RSAKey.import_key(RSA.as_dict(private=False)), ECKey.import_key(EC.as_dict(private=False))])
CLAIMS: Final[Mapping[str, Any]] = {
    "iss": EXPECTED.issuer,
    "aud": "aim",
    "sub": "1234",
    "nonce": EXPECTED.nonce,
    "iat": SECONDS,
    "exp": SECONDS + 300,
}


class Careless(jws.JWSRegistry):
    """Signs whatever header it is given."""

    def check_header(self, header: dict[str, Any]) -> None:
        """Let it pass."""


def signed(key: Key = RSA, alg: str = "RS256", header: Mapping[str, Any] = {}, **changed: Any) -> str:
    claims = {name: value for name, value in {**CLAIMS, **changed}.items() if value is not None}
    return jwt.encode({"alg": alg, "kid": key.kid, **header}, claims, key, registry=Careless(algorithms=[alg]))


def check(token: str, access_token: str | None = None) -> dict[str, Any]:
    return read(token, access_token, PUBLIC, EXPECTED, NOW)


@pytest.mark.parametrize(
    "token",
    [
        signed(),
        signed(EC, "ES256"),
        signed(alg="PS256"),
        signed(aud=["aim"]),
        signed(azp="aim"),
        signed(exp=SECONDS - LEEWAY + 1, iat=SECONDS - 300),
        signed(iat=SECONDS + LEEWAY, nbf=SECONDS + LEEWAY),
        signed(header={"x-of-the-provider": "whatever"}),
    ],
)
def test_a_token_that_holds(token: str) -> None:
    assert check(token)["sub"] == "1234"


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "https://other.example"},
        {"iss": "https://provider.example/"},
        {"iss": None},
        {"aud": "another"},
        {"aud": ["another"]},
        {"aud": []},
        {"aud": ["aim", "another"], "azp": "aim"},
        {"aud": None},
        {"azp": "another"},
        {"nonce": "of another attempt"},
        {"nonce": None},
        {"sub": ""},
        {"sub": None},
        {"sub": 7},
        {"sub": "x" * 256},
        {"exp": SECONDS - LEEWAY},
        {"exp": None},
        {"exp": "never"},
        {"iat": SECONDS + LEEWAY + 1},
        {"iat": None},
        {"nbf": SECONDS + LEEWAY + 1},
    ],
    ids=str,
)
def test_claims_that_do_not_fit(changed: dict[str, Any]) -> None:
    with pytest.raises(IdentityNotProven):
        check(signed(**changed))


def unsigned() -> str:
    """A token of algorithm "none", as an attacker writes it."""
    _, claims, _ = signed().split(".")
    return f"{packed({'alg': 'none', 'kid': 'rsa'})}.{claims}."


def by_public_key() -> str:
    """A token signed with the provider's public key as if that were a shared secret; no library would make one."""
    text = f"{packed({'alg': 'HS256', 'kid': 'rsa'})}.{signed().split('.')[1]}"
    return f"{text}.{in_base64(hmac.digest(RSA.as_pem(private=False), text.encode(), 'sha256'))}"


def tampered() -> str:
    """A true signature under other claims."""
    header, _, signature = signed().split(".")
    return f"{header}.{signed(sub='somebody else').split('.')[1]}.{signature}"


def packed(part: object) -> str:
    return in_base64(json.dumps(part).encode())


def in_base64(text: bytes) -> str:
    return urlsafe_b64encode(text).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "token",
    [
        unsigned(),
        by_public_key(),
        tampered(),
        signed(STRANGER),
        signed(STRANGER, header={"jwk": STRANGER.as_dict(private=False)}),
        signed(header={"crit": ["x-of-the-provider"], "x-of-the-provider": 1}),
        "",
        "a.b.c",
        "only two.parts",
        f"{packed([])}.{packed({})}.",
        f"{packed({'alg': 'RS256', 'kid': 'rsa'})}.{packed([])}.",
        "ü.ü.ü",
    ],
)
def test_signatures_that_prove_nothing(token: str) -> None:
    with pytest.raises(IdentityNotProven):
        check(token)


def test_a_shared_secret_among_the_keys_signs_nothing() -> None:
    """Even where a provider were to publish one."""
    shared = OctKey.import_key("x" * 32, {"kid": "shared"})
    with pytest.raises(IdentityNotProven):
        read(signed(shared, "HS256"), None, KeySet([shared]), EXPECTED, NOW)


@pytest.mark.parametrize("header", [{"kid": "new"}, {"kid": ""}])
def test_a_key_that_is_not_known_is_told_apart(header: dict[str, str]) -> None:
    """For the provider may have published it since."""
    with pytest.raises(InvalidKeyIdError):
        check(signed(header=header))


def test_the_access_token_belongs_to_the_id_token() -> None:
    right = (create_half_hash("access", "RS256") or b"").decode()
    assert check(signed(at_hash=right), "access")
    with pytest.raises(IdentityNotProven):
        check(signed(at_hash=right), "another")
