"""What was inferred, how sure that is, and the counts it rests on."""

from dataclasses import dataclass
from enum import StrEnum


class Sure(StrEnum):
    """How sure an inference is: proved by the values, suggested by them, or left to a person."""

    CERTAIN = "certain"
    LIKELY = "likely"
    OPEN = "to be decided"


@dataclass(frozen=True)
class Finding:
    """One inference: the field of the profile, what was found, how sure that is and why."""

    field: str
    value: str
    sure: Sure
    why: str
    blocks: bool = True
    """Whether the profile cannot be loaded before it is decided."""

    @property
    def open(self) -> bool:
        """Whether a person has to decide it before the profile can be loaded."""
        return self.sure is Sure.OPEN and self.blocks

    def as_dict(self) -> dict[str, str]:
        """The finding as JSON knows it."""
        return {"field": self.field, "value": self.value, "confidence": self.sure.value, "evidence": self.why}


def of(part: int, whole: int, what: str = "values") -> str:
    """`4,812 of 5,000 values`; `all 5,000 values`."""
    return f"all {whole:,} {what}" if part == whole and whole else f"{part:,} of {whole:,} {what}"
