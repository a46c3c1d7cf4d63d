"""Secrets that clients hold, and what is derived from them. The database keeps digests only.

A secret has 256 random bits, so a plain digest is enough: there is nothing to guess and no word list to try.
"""

from hashlib import sha256
from secrets import token_urlsafe


def new_secret() -> str:
    """43 characters for a cookie, a key or a link."""
    return token_urlsafe(32)


def credential_of(secret: str) -> str:
    """What the database is told by whoever asks: SHA-256 of the secret, in hex."""
    return sha256(secret.encode()).hexdigest()


def digest_of(credential: str) -> bytes:
    """What the database keeps: SHA-256 of the credential's bytes."""
    return sha256(bytes.fromhex(credential)).digest()
