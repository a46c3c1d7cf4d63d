"""The rules of linking, read from `aim/vocabulary/links.toml`, which explains each field."""

import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from itertools import chain
from typing import Any

from aim.vocabulary.categories import categories
from aim.vocabulary.nim import Agency


@dataclass(frozen=True)
class Side:
    """Whose reports a rule speaks of."""

    agency: Agency
    categories: tuple[str, ...]
    feeds: tuple[str, ...] = ()
    """The only feeds it speaks of; none: all of the agency's."""


@dataclass(frozen=True)
class Rule:
    """When a report of one side and one of the other are candidates for one event, and how likely that is."""

    name: str
    why: str
    first: Side
    second: Side
    share: dict[str, float]
    """By category of the second side: the part of the first's events that is reported there too, between 0 and 1."""
    within_m: float
    spread_m: float
    before_h: float
    after_h: float
    whole_days: bool
    words: dict[str, float] = field(default_factory=dict[str, float])
    """The same by the words of a source, in lower case; they come before its category."""

    @property
    def mean_window_h(self) -> float:
        """Hours that a lag falls into: the area under a time part that falls in straight lines from 1 to 0."""
        return (self.before_h + self.after_h) / 2


@dataclass(frozen=True)
class Rules:
    """All rules, and what they share."""

    accept: float
    propose: float
    chance_days: float
    coarsest_m: float
    longest_h: float
    mirrored_days: float
    rules: tuple[Rule, ...]

    @property
    def categories(self) -> list[str]:
        """Every category that a rule speaks of."""
        sides = chain.from_iterable((rule.first.categories, rule.second.categories) for rule in self.rules)
        return sorted(set(chain.from_iterable(sides)))

    @property
    def reach_m(self) -> float:
        """The farthest apart that two reports can be and still be candidates."""
        return max(2 * self.coarsest_m, *(rule.within_m for rule in self.rules))

    @property
    def reach_h(self) -> float:
        """The same in hours between their beginnings."""
        return max(max(rule.before_h, rule.after_h) for rule in self.rules) + self.longest_h


@cache
def shipped() -> Rules:
    """The rules that the vocabulary has. Raises TypeError or ValueError for a line that is not one."""
    return as_rules(tomllib.loads(files("aim.vocabulary").joinpath("links.toml").read_text("utf-8")))


def as_rules(table: dict[str, Any]) -> Rules:
    """Rules from a parsed file. Raises TypeError or ValueError where they cannot be meant."""
    rules = tuple(_rule(fields) for fields in table["rule"])
    if len({rule.name for rule in rules}) < len(rules):
        raise ValueError("two rules for linking have one name")
    found = Rules(rules=rules, **{name: value for name, value in table.items() if name != "rule"})
    if not 0.5 <= found.propose <= found.accept < 1:
        raise ValueError("propose is at least 0.5, which is as likely as not, and accept at least that and less than 1")
    return found


def _rule(fields: dict[str, Any]) -> Rule:
    second = fields["second"] | {"categories": list(fields["share"])}
    known: dict[str, Any] = fields | {"first": _side(fields["first"]), "second": _side(second)}
    rule = Rule(**known)
    if not all(0 < share < 1 for share in (*rule.share.values(), *rule.words.values())):
        raise ValueError(f"{rule.name}: a share is more than 0 and less than 1")
    if min(rule.within_m, rule.spread_m, rule.before_h, rule.after_h) <= 0:
        raise ValueError(f"{rule.name}: distances and hours are more than 0")
    return rule


def _side(fields: dict[str, Any]) -> Side:
    unknown = sorted(set(fields["categories"]) - set(categories()))
    if unknown:
        raise ValueError(f"there is no category {', '.join(unknown)}")
    return Side(Agency(fields["agency"]), tuple(fields["categories"]), tuple(fields.get("feeds", ())))
