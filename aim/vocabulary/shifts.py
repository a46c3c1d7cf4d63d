"""The shifts, read from `shifts.toml`."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

HOURS = 24


@dataclass(frozen=True)
class Shift:
    """Hours of London's clocks, from the first included to the last not; it may go past midnight."""

    id: str
    title: str
    begins: int
    ends: int

    @property
    def hours(self) -> tuple[int, ...]:
        """The hours of the day that it holds."""
        return tuple((self.begins + hour) % HOURS for hour in range((self.ends - self.begins) % HOURS or HOURS))

    @property
    def label(self) -> str:
        """Such as "Late shift, 15:00 to 23:00"."""
        return f"{self.title}, {self.begins:02}:00 to {self.ends:02}:00"


@cache
def shifts() -> Mapping[str, Shift]:
    """Every shift by id. Raises TypeError or ValueError where the file does not cut the day into shifts."""
    table = tomllib.loads(files("aim.vocabulary").joinpath("shifts.toml").read_text("utf-8"))
    found = {id: Shift(id=id, **fields) for id, fields in table.items()}
    if sorted(hour for shift in found.values() for hour in shift.hours) != list(range(HOURS)):
        raise ValueError("shifts.toml: each hour of the day belongs to one shift")
    return found
