"""What all tables of a profile have in common."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def _listed(value: Any) -> Any:
    """One column may be written without brackets."""
    return [value] if isinstance(value, str) else value


Columns = Annotated[tuple[str, ...], BeforeValidator(_listed), Field(min_length=1)]
Alternatives = Annotated[tuple[Columns, ...], BeforeValidator(_listed), Field(min_length=1)]


class Part(BaseModel):
    """A table of a profile: an unknown field is a spelling mistake, so it is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False, use_attribute_docstrings=True)
