"""How much presence is proposed for a tasked cell, by the rule of `dosage.toml`."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from aim.vocabulary.nim import TacticalOption


@dataclass(frozen=True)
class Dosage:
    """Visits in a shift, the minutes of each and between two."""

    visits: int
    minutes: int
    gap_minutes: int

    @property
    def sentence(self) -> str:
        """For people."""
        often = "1 visit" if self.visits == 1 else f"{self.visits} visits"
        apart = f", at least {self.gap_minutes} minutes apart" if self.visits > 1 else ""
        return f"{often} a shift of {self.minutes} minutes{apart}"


@cache
def _rule() -> dict[str, Any]:
    return tomllib.loads(files("aim.vocabulary").joinpath("dosage.toml").read_text("utf-8"))


def dosage(option: TacticalOption, confidence: str | None) -> Dosage | None:
    """What is proposed for a cell that is tasked under `option`; None where the option is no matter of presence."""
    rule = _rule()
    if option not in rule["options"]:
        return None
    visits = rule["visits_per_shift"]
    return Dosage(visits.get(confidence, visits["otherwise"]), rule["minutes"], rule["gap_minutes"])
