"""What a profile may say of the figures that a healthy feed shows."""

from pydantic import Field

from aim.ingest.limits import AGE_DAYS, MAPPED, PLACED, ROWS, Limit, Limits
from aim.ingest.profile.part import Part


class Bounds(Part):
    """A floor and a ceiling of a health figure, and why."""

    reason: str = Field(min_length=1)
    """Shown where the limit is broken."""
    floor: float | None = None
    """The least that is expected."""
    ceiling: float | None = None
    """The most that is expected."""

    def limit(self) -> Limit:
        """As the rest of the program knows it."""
        return Limit(self.reason, self.floor, self.ceiling)


class Health(Part):
    """Limits that differ from the usual ones; `aim.ingest.limits.Limits` says what each figure is."""

    rows: Bounds | None = None
    age_days: Bounds | None = None
    placed: Bounds | None = None
    mapped: Bounds | None = None

    def limits(self) -> Limits:
        """All four, the usual ones where nothing else is said."""
        usual = {"rows": ROWS, "age_days": AGE_DAYS, "placed": PLACED, "mapped": MAPPED}
        own: dict[str, Bounds | None] = {name: getattr(self, name) for name in usual}
        return Limits(**{name: usual[name] if said is None else said.limit() for name, said in own.items()})
