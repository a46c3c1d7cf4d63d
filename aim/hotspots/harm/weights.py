"""A partnership's harm weights: a TOML file that somebody has signed.

    title, version, review_by          what it is and when it is to be looked at again
    [weight.KEY]     value, source     for every category whose `harm` is KEY (aim/vocabulary/categories.toml)
    [category.ID]    value, source     for one category; goes before its key
    [signature]      by, role, on, why, sha256      written by `aim harm sign`

Weights are a decision, not a measurement, so the file names who decided, and each weight its source. The signature is a
SHA-256 over all that the file says but itself: it shows that nothing was changed since, not who typed the name. A
category without a weight is named, never guessed.
"""

import hashlib
import json
import tomllib
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from aim.errors import Refused, UnreadableFile
from aim.hotspots.placed import never_placed
from aim.vocabulary.categories import Category, categories

NO_HARM: Final = "none"
"""The `harm` of categories that are no harm to anybody, such as a broken street lamp; they weigh 0."""
EXAMPLE: Final = "harm.toml"

Said = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Weight(_Part):
    """What one incident counts for, and who says so."""

    value: float = Field(ge=0, allow_inf_nan=False)
    source: Said


class Signature(_Part):
    """Who answers for the weights, since when and why; `sha256` is the digest that was signed."""

    by: Said
    role: Said
    on: date
    why: Said
    sha256: Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]


class Weights(_Part):
    """The whole file."""

    title: Said
    version: Said
    review_by: date
    weight: dict[str, Weight] = Field(default_factory=dict)
    category: dict[str, Weight] = Field(default_factory=dict)
    signature: Signature | None = None

    def of(self, category: str) -> float | None:
        """What an incident of a category counts for; None where the file does not say."""
        known = categories().get(category)
        if known is None:
            return None
        found = self.category.get(category) or self.weight.get(known.harm)
        return found.value if found else (0.0 if known.harm == NO_HARM else None)

    @property
    def missing(self) -> tuple[str, ...]:
        """The categories that could single out a place by their harm and have no weight."""
        could = (c.id for c in categories().values() if c.id not in never_placed() and not c.enforcement_driven)
        return tuple(name for name in could if self.of(name) is None)


def digest(weights: Weights, by: str, role: str, on: date, why: str) -> str:
    """SHA-256, in hexadecimal, over the weights and who signs them; order, layout and comments of the file are free."""
    said = weights.model_dump(mode="json", exclude={"signature"})
    signed = said | {"signature": {"by": by, "role": role, "on": on.isoformat(), "why": why}}
    text = json.dumps(signed, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def parse(text: str, name: str) -> Weights:
    """The weights in a file's text, signed or not. Raises UnreadableFile for what is no such file."""
    try:
        weights = Weights.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise UnreadableFile(f"{name} is not TOML ({error}).") from error
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()[:5])
        raise UnreadableFile(
            f"{name} is no file of harm weights: {faults}. Compare it with `aim harm example`."
        ) from error
    _check_names(weights, name)
    return weights


def read(path: Path) -> Weights:
    """The weights of a file, signed or not. Raises UnreadableFile."""
    return parse(text_of(path), path.name)


def signed(path: Path) -> Weights:
    """The weights of a file that may be used. Raises Refused unless it is signed and unchanged since."""
    weights = read(path)
    _check_signature(weights, path)
    return weights


def example() -> Weights:
    """The policy defaults that come with the program. Nobody has signed them."""
    return parse(example_text(), EXAMPLE)


def example_text() -> str:
    """Their file, with its comments."""
    return files("aim.vocabulary").joinpath(EXAMPLE).read_text("utf-8")


def text_of(path: Path) -> str:
    """The text of a file. Raises UnreadableFile."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise UnreadableFile(f"{path.name} is not text in UTF-8: save it so.") from error
    except OSError as error:
        raise UnreadableFile(f"{path} cannot be read: {error.strerror}.") from error


def agrees(weights: Weights) -> bool:
    """Whether the file is signed and says what was signed."""
    made = weights.signature
    return made is not None and digest(weights, made.by, made.role, made.on, made.why) == made.sha256


def _check_signature(weights: Weights, path: Path) -> None:
    again = f"`aim harm sign {path} --by NAME --role ROLE --why WHY`"
    if weights.signature is None:
        raise Refused(f"Nobody has signed {path.name}: read it with `aim harm show {path}`, then sign it with {again}.")
    if not agrees(weights):
        raise Refused(
            f"{path.name} is not what {weights.signature.by} signed on {weights.signature.on}: take the signed file "
            f"back, or have the new weights signed with {again}."
        )


def _check_names(weights: Weights, name: str) -> None:
    known: dict[str, Category] = categories()
    keys = {category.harm for category in known.values()} - {NO_HARM}
    strange = [f"weight.{key}" for key in weights.weight if key not in keys]
    strange += [f"category.{one}" for one in weights.category if one not in known]
    if strange:
        raise UnreadableFile(
            f"{name} names {', '.join(sorted(strange))}, which there is not: see the column `harm` of the categories "
            "(docs/reference/categories.md)."
        )
    barred = sorted(set(weights.category) & set(never_placed()))
    if barred:
        raise UnreadableFile(
            f"{name} weighs {', '.join(barred)}, which never enters a layer of places: take that out of the file."
        )
