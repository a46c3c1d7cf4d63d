"""Which role somebody has here, from what the provider says of them: a small file of the operator's."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from aim.access.roles import Role
from aim.errors import NotAllowed, UsageError
from aim.vocabulary.nim import Agency

Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class Part(BaseModel):
    """A table of the file: an unknown field is refused, for a misspelt limit would be no limit."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Line(Part):
    """One value of one claim, and what it stands for here."""

    claim: Text
    """A claim of the ID token; dots lead into nested ones (`realm_access.roles`)."""
    value: Text
    role: Role
    agency: Agency | None = None
    """Left out: the partnership itself."""
    areas: Annotated[frozenset[Text], Field(min_length=1)] | None = None
    """Ids of study areas; left out: all of them."""


class Roles(Part):
    """The whole file. Of several lines that match, the first counts."""

    ask: Text
    """Whom somebody asks who has no role here, as the page tells them."""
    map: Annotated[tuple[Line, ...], Field(min_length=1)]

    def line_for(self, claims: Mapping[str, Any]) -> Line:
        """The first line that matches. Raises NotAllowed, with a sentence that says whom to ask."""
        for line in self.map:
            if line.value in values_of(claims, line.claim):
                return line
        raise NotAllowed(f"Your account has no role in this service: ask {self.ask} for one.{overflow(claims)}")


def values_of(claims: Mapping[str, Any], name: str) -> list[Any]:
    """The values of a claim, one or many. A name with dots is looked for as it is before it is followed."""
    head, dot, rest = name.partition(".")
    if name not in claims and dot and isinstance(claims.get(head), dict):
        return values_of(claims[head], rest)
    found = claims.get(name, [])
    return found if isinstance(found, list) else [found]


def overflow(claims: Mapping[str, Any]) -> str:
    """Entra leaves the groups out of a token that they would make too large, and says so under this name."""
    if "_claim_names" not in claims and "hasgroups" not in claims:
        return ""
    return " You are in more groups than a sign-in can carry: they should give roles of the application instead."


def load_roles(file: Path) -> Roles:
    """Read the file that AIM_OIDC_ROLES names. Raises UsageError with the place of each mistake."""
    try:
        return Roles.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"AIM_OIDC_ROLES: {file} cannot be read as TOML ({error}).") from error
    except ValidationError as error:
        wrong = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()]
        raise UsageError(f"AIM_OIDC_ROLES: {file} is not a mapping of roles ({'; '.join(wrong)}).") from error
