"""The roles, read from `roles.toml`."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from aim.vocabulary.nim import Marking

FILE = Path(__file__).with_name("roles.toml")


class Role(StrEnum):
    """What somebody is to the partnership."""

    ADMINISTRATOR = "administrator"
    ANALYST = "analyst"
    COORDINATOR = "coordinator"
    PARTNER = "partner"
    WARDEN = "warden"
    VIEWER = "viewer"


class Edition(StrEnum):
    """What is published twice: as the partnership sees it, and as it may leave the partnership. A row of `both` is the
    same in either, and stored once."""

    INSIDE = "inside"
    OUTSIDE = "outside"
    BOTH = "both"


class May(StrEnum):
    """What a role may do."""

    READ_LAYERS = "read_layers"
    READ_CARDS = "read_cards"
    READ_METHODS = "read_methods"
    READ_STRATEGY = "read_strategy"
    WRITE_STRATEGY = "write_strategy"
    READ_FEEDS = "read_feeds"
    READ_AGREEMENTS = "read_agreements"
    READ_METRICS = "read_metrics"
    MANAGE_ACCOUNTS = "manage_accounts"
    READ_AUDIT = "read_audit"


@dataclass(frozen=True)
class Rights:
    """One line of the table of roles."""

    title: str
    inside: bool
    """Whether it sees what the partnership sees; else what may leave it."""
    ceiling: Marking
    without: bool
    """Whether it reads layers of closed feeds without a recorded agreement."""
    may: frozenset[May]

    @property
    def edition(self) -> Edition:
        """Which of the two editions of a layer it is shown."""
        return Edition.INSIDE if self.inside else Edition.OUTSIDE

    @property
    def markings(self) -> tuple[Marking, ...]:
        """Those up to the ceiling, the lowest first."""
        ladder = tuple(Marking)
        return ladder[: ladder.index(self.ceiling) + 1]


@cache
def rights() -> Mapping[Role, Rights]:
    """What each role may do. Raises KeyError or ValueError where the table misses a role or has an unknown word."""
    table = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {role: _rights(table[role.value]) for role in Role}


def _rights(line: dict[str, object]) -> Rights:
    may = line["may"]
    assert isinstance(may, list)  # noqa: S101  # our own file
    return Rights(
        title=str(line["title"]),
        inside=bool(line["inside"]),
        ceiling=Marking(str(line["ceiling"])),
        without=bool(line["without"]),
        may=frozenset(May(str(each)) for each in may),
    )
