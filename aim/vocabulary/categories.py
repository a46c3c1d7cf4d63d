"""The partnership's taxonomy, read from `categories.toml`."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from typing import Final

from aim.vocabulary.nim import Agency, Lens

UNMAPPED: Final = "unmapped"


@dataclass(frozen=True)
class Category:
    """One kind of incident in the partnership's own words; the file explains each field."""

    id: str
    title: str
    agency: Agency
    theme: str
    control_strategy: str
    lens: Lens
    harm: str
    enforcement_driven: bool = False


@dataclass(frozen=True)
class Words:
    """What one source says, in lower case, and the category it means.

    `patterns` hold a `*` for any text; the first that fits is taken, after `whole`.
    """

    whole: dict[str, str]
    patterns: dict[str, str]

    def category(self, said: str) -> str:
        """The category for what a source said, `unmapped` where nobody has decided."""
        key = said.strip().lower()
        if key in self.whole:
            return self.whole[key]
        return next((to for pattern, to in self.patterns.items() if fnmatchcase(key, pattern)), UNMAPPED)


@cache
def _table() -> dict[str, dict[str, dict[str, str]]]:
    return tomllib.loads(files("aim.vocabulary").joinpath("categories.toml").read_text("utf-8"))


@cache
def categories() -> dict[str, Category]:
    """Every category by id. Raises TypeError or ValueError for a line of the file that is not a category."""
    return {name: _category(name, fields) for name, fields in _table()["category"].items()}


def _category(name: str, fields: dict[str, str]) -> Category:
    known = dict(fields) | {"agency": Agency(fields["agency"]), "lens": Lens(fields["lens"])}
    return Category(id=name, **known)  # type: ignore[arg-type]  # the dataclass refuses unknown or missing names


@cache
def words(source: str) -> Words:
    """The words of one source of the file (`police-uk`, `open311`, `lfb`). Raises KeyError for one it does not have."""
    return as_words(_table()["source"][source])


def as_words(lines: Mapping[str, str]) -> Words:
    """Lines of words and the categories they mean. Raises ValueError for a category that there is none of."""
    lowered = {said.strip().lower(): to for said, to in lines.items()}
    unknown = sorted(set(lowered.values()) - set(categories()))
    if unknown:
        raise ValueError(f"there is no category {', '.join(unknown)}")
    return Words(
        whole={said: to for said, to in lowered.items() if "*" not in said},
        patterns={said.replace("[", "[[]"): to for said, to in lowered.items() if "*" in said},
    )


def sources() -> list[str]:
    """The sources the file has words for."""
    return sorted(_table()["source"])


def of_themes(*themes: str) -> tuple[str, ...]:
    """The ids of the categories under any of `themes`."""
    return tuple(name for name, category in categories().items() if category.theme in themes)


@cache
def enforcement_driven() -> tuple[str, ...]:
    """The ids of the categories that are recorded where police look for them."""
    return tuple(name for name, category in categories().items() if category.enforcement_driven)
