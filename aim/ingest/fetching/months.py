"""Months as data.police.uk writes them, `YYYY-MM`, and its lists of names."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, StringConstraints


def month_before(month: str) -> str:
    """The month before a month."""
    year, number = map(int, month.split("-"))
    return f"{year - 1}-12" if number == 1 else f"{year}-{number - 1:02}"


def _listed(value: Any) -> Any:
    return [name.strip() for name in value.split(",")] if isinstance(value, str) else value


Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z-]*$")]
Slugs = Annotated[tuple[Slug, ...], BeforeValidator(_listed), Field(min_length=1)]
"""Names with commas between them, or a list."""
