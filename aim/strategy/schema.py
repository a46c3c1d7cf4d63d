"""The control strategy: what a partnership has decided to work on, for how long, and how. One file, no unknown words.

A strategic group sets it from its strategic assessment. It is a decision and not a measurement, so that nothing here is
worked out from data. `docs/how-to/control-strategy.md` walks through a file.
"""

import hashlib
import json
import tomllib
from datetime import date
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from aim.errors import WrongStrategy
from aim.vocabulary.categories import categories
from aim.vocabulary.nim import NimLevel, Strand

MOST_BYTES: Final = 256 * 1024
"""Of a file: some hundred priorities, far more than a meeting can hold in mind."""

STORED: Final = {"stored": True}
"""Context of a version that is read back: a category that is gone since does not make it unreadable."""

Said = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500, pattern=r"^[^\x00]*$")]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Target(_Part):
    """What is to have changed, by how much and by when."""

    measure: Said
    direction: Literal["down", "up"]
    by: float = Field(gt=0, allow_inf_nan=False)
    unit: Literal["percent", "points", "number"] = "percent"
    until: date
    """The last day that counts."""


class Priority(_Part):
    """One priority, and how it is worked."""

    id: Name
    title: Said
    level: NimLevel
    owner: Said
    """A role, never a name."""
    valid_from: date
    valid_to: date
    """The last day on which it is in force."""
    review: date
    """When the group looks at it again, within that time."""
    strands: dict[Strand, tuple[Said, ...]] = Field(min_length=1)
    """What is to be done, by prevention, intelligence, enforcement and reassurance."""
    categories: tuple[str, ...] = Field(min_length=1)
    """Of `aim/vocabulary/categories.toml`."""
    targets: tuple[Target, ...] = ()

    @field_validator("categories")
    @classmethod
    def _known(cls, named: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if info.context != STORED and (unknown := sorted(set(named) - categories().keys())):
            raise ValueError(f"there is no category {', '.join(unknown)}; docs/reference/categories.md lists them")
        return tuple(dict.fromkeys(named))

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.valid_to < self.valid_from:
            raise ValueError(f"valid_to ({self.valid_to}) is before valid_from ({self.valid_from})")
        if not self.valid_from <= self.review <= self.valid_to:
            raise ValueError(f"the review ({self.review}) is to lie between valid_from and valid_to")
        if empty := [strand.value for strand, does in self.strands.items() if not does]:
            raise ValueError(f"say what is to be done under {', '.join(empty)}, or leave it out")
        return self

    def in_force(self, day: date) -> bool:
        """Whether it holds on a day in London."""
        return self.valid_from <= day <= self.valid_to


class IntelligenceRequirement(_Part):
    """What is not known and has to be found out for a priority."""

    id: Name
    requirement: Said
    priority: Name
    owner: Said
    """A role, never a name."""
    review: date


class Strategy(_Part):
    """The whole file."""

    title: Said
    agreed_by: Said
    """The group that agreed it."""
    agreed_on: date
    made_up: bool = False
    """A sample, which nobody has agreed."""
    priorities: tuple[Priority, ...] = Field(min_length=1)
    intelligence_requirements: tuple[IntelligenceRequirement, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        _check_once("priority", [each.id for each in self.priorities])
        _check_once("intelligence requirement", [each.id for each in self.intelligence_requirements])
        known = {each.id for each in self.priorities}
        if unknown := sorted({each.priority for each in self.intelligence_requirements} - known):
            raise ValueError(f"intelligence is required for {', '.join(unknown)}, which is no priority of this file")
        _check_categories(self.priorities)
        return self

    def in_force(self, day: date) -> tuple[Priority, ...]:
        """The priorities that hold on a day in London."""
        return tuple(each for each in self.priorities if each.in_force(day))

    @property
    def digest(self) -> str:
        """SHA-256 of all that it says, however it was written."""
        return hashlib.sha256(json.dumps(self.as_dict()).encode()).hexdigest()

    def as_dict(self) -> dict[str, Any]:
        """As JSON objects know it."""
        return self.model_dump(mode="json")


def _check_once(what: str, ids: list[str]) -> None:
    if twice := sorted({each for each in ids if ids.count(each) > 1}):
        raise ValueError(f"each {what} has an id of its own: {', '.join(twice)} is there more than once")


def _check_categories(priorities: tuple[Priority, ...]) -> None:
    """An incident falls under one priority at a time, or it could not be said whose it is."""
    for at, first in enumerate(priorities):
        for other in priorities[at + 1 :]:
            apart = first.valid_to < other.valid_from or other.valid_to < first.valid_from
            if not apart and (shared := sorted(set(first.categories) & set(other.categories))):
                raise ValueError(
                    f"{', '.join(shared)} is under {first.id} and {other.id} at the same time: leave it with one"
                )


def parse(text: str, where: str) -> Strategy:
    """The strategy in a TOML text from `where`. Raises WrongStrategy, which names each field that is wrong."""
    try:
        return checked(tomllib.loads(text), where)
    except (ValueError, RecursionError) as error:  # figures without end and brackets without end among them
        raise WrongStrategy(f"{where} is not TOML: {error}.") from error


def checked(said: Any, where: str) -> Strategy:
    """The strategy in what a TOML or JSON text holds. Raises WrongStrategy, which names each field that is wrong."""
    try:
        return Strategy.model_validate(said)
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, fault['loc'])) or 'file'}: {_said(fault)}" for fault in error.errors()]
        raise WrongStrategy(f"{where} is not a control strategy. {'; '.join(faults)}.") from error


def _said(fault: Any) -> str:
    if fault["type"] == "extra_forbidden":
        return "there is no such field, correct its spelling or leave it out"
    return str(fault["msg"]).removeprefix("Value error, ").rstrip(".")
