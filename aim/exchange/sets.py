"""The statutory sets, read from `sets.toml`, which explains each field."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any, Final

from aim.vocabulary.categories import categories
from aim.vocabulary.nim import Agency

FINEST: Final = 8
"""H3 resolution: cells of about 0.7 square kilometres over Britain, some hundreds of households in a town."""


class Certainty(StrEnum):
    """How well a line of law is known."""

    SEEN = "seen"
    SUMMARISED = "summarised"
    UNVERIFIED = "unverified"


class Holder(StrEnum):
    """Whose information it is. Health has no feed here; its sets are listed as what is missing."""

    POLICE = Agency.POLICE.value
    FIRE = Agency.FIRE.value
    COUNCIL = Agency.COUNCIL.value
    HEALTH = "health"


@dataclass(frozen=True)
class Where:
    """An attribute of an incident, and what it says."""

    attribute: str
    value: str


@dataclass(frozen=True)
class StatutorySet:
    """One kind of information that a holder has to disclose."""

    id: str
    holder: Holder
    paragraph: str
    title: str
    prescribed: str
    certainty: Certainty
    categories: tuple[str, ...]
    supplied_by: str
    where: Where | None = None
    or_where: Where | None = None
    finest: int = FINEST
    caveat: str | None = None
    published_caveat: str | None = None


@dataclass(frozen=True)
class Law:
    """What the sets come from."""

    act: str
    regulations: str
    certainty: Certainty
    source: str
    first_period: date


@cache
def _table() -> Mapping[str, Any]:
    return tomllib.loads(files("aim.exchange").joinpath("sets.toml").read_text("utf-8"))


@cache
def law() -> Law:
    """The act and the regulations."""
    said = _table()["law"]
    return Law(**said | {"certainty": Certainty(said["certainty"])})


@cache
def published_feeds() -> frozenset[str]:
    """Feeds that a publisher made anonymous out of records that an agency holds itself."""
    return frozenset(_table()["published"]["feeds"])


def sets(holder: str | None = None) -> list[StatutorySet]:
    """The sets in the order of the file, of one holder or of all."""
    return [found for found in _sets() if holder in (None, found.holder)]


@cache
def _sets() -> tuple[StatutorySet, ...]:
    """Raises TypeError or ValueError for a table of the file that is not a set."""
    return tuple(_set(said) for said in _table()["set"])


def _set(said: Mapping[str, Any]) -> StatutorySet:
    unknown = sorted(set(said["categories"]) - set(categories()))
    if unknown:
        raise ValueError(f"{said['id']}: there is no category {', '.join(unknown)}")
    typed: dict[str, Any] = {
        "holder": Holder(said["holder"]),
        "certainty": Certainty(said["certainty"]),
        "categories": tuple(said["categories"]),
        **{name: _where(said[name]) for name in ("where", "or_where") if name in said},
    }
    return StatutorySet(**dict(said) | typed)


def _where(said: Mapping[str, str]) -> Where:
    return Where(said["attribute"], said["is"])
