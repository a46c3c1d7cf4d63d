"""Passwords: Argon2id with the parameters that OWASP's password storage cheat sheet names first among the least.

Length is what makes a password hard to guess; rules about digits and capitals make people write them down.
"""

from functools import cache
from pathlib import Path
from secrets import token_urlsafe
from threading import BoundedSemaphore
from typing import Final
from unicodedata import normalize

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from aim.errors import UnfitPassword

SHORTEST: Final = 12
LONGEST: Final = 128
"""Characters. More would only let a stranger make us work."""
COMMON: Final = Path(__file__).with_name("common_passwords.txt")
HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""19 MiB and two passes."""
AT_ONCE: Final = BoundedSemaphore(4)
"""Passwords that are worked on at one time: each takes 19 MiB, and anybody can send one."""


def check_fit(name: str, password: str) -> None:
    """Raise UnfitPassword where `password` is too short, too long, among the first to be tried, or the name."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise UnfitPassword(
            f"A password has {SHORTEST} to {LONGEST} characters: three or four words that nobody connects will do."
        )
    if password.casefold() in common() or name.casefold() in (
        password.casefold(),
        password.casefold().strip("0123456789!"),
    ):
        raise UnfitPassword("This password is among the first that a stranger would try: choose another.")


def hashed(password: str) -> str:
    """The password as it is stored, with its own salt and parameters."""
    with AT_ONCE:
        return HASHER.hash(_canonical(password))


def matches(stored: str | None, password: str) -> bool:
    """Whether it is the password; where there is none, no, after the same work, so that time tells nothing."""
    with AT_ONCE:
        try:
            HASHER.verify(stored or _nobodys(), _canonical(password[:LONGEST]))
        except (VerificationError, InvalidHashError):
            return False
    return stored is not None and len(password) <= LONGEST


def outdated(stored: str) -> bool:
    """Whether it was hashed with other parameters than today's."""
    return HASHER.check_needs_rehash(stored)


@cache
def common() -> frozenset[str]:
    """Passwords that are refused, in lower case."""
    return frozenset(COMMON.read_text(encoding="utf-8").split())


@cache
def _nobodys() -> str:
    """The hash of a password that nobody has."""
    return HASHER.hash(token_urlsafe(32))


def _canonical(password: str) -> str:
    """One spelling of what keyboards write in several (NIST SP 800-63B, 5.1.1.2)."""
    return normalize("NFKC", password)
