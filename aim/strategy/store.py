"""Versions of the control strategy in the database: one after the other, none changed, none removed."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Connection, Engine, Row, insert, select, text

from aim.audit.log import Action, record
from aim.db.tables import control_strategy
from aim.errors import UnknownName
from aim.strategy.schema import STORED, Priority, Strategy

ONE_AT_A_TIME: Final = "SELECT pg_advisory_xact_lock(hashtext('control_strategy'))"
"""An advisory lock, which a role that may only insert can take."""


@dataclass(frozen=True)
class Version:
    """One version, and who loaded it when (UTC)."""

    version: int
    digest: str
    loaded_at: datetime
    loaded_by: str
    strategy: Strategy

    def heading(self) -> dict[str, Any]:
        """Without what it says."""
        titled = {"title": self.strategy.title, "agreed_by": self.strategy.agreed_by}
        known = {"version": self.version, "digest": self.digest, "loaded_by": self.loaded_by}
        return known | {"loaded_at": self.loaded_at.isoformat(), "made_up": self.strategy.made_up} | titled

    def as_dict(self) -> dict[str, Any]:
        """As JSON objects know it."""
        return self.heading() | self.strategy.as_dict()


@dataclass(frozen=True)
class Loaded:
    """What a load did. `unchanged`: the current version says the same, so there is no new one."""

    version: int
    digest: str
    unchanged: bool
    priorities: int
    intelligence_requirements: int

    def as_dict(self) -> dict[str, Any]:
        """As JSON objects know it."""
        return asdict(self)


@dataclass(frozen=True)
class InForce:
    """The priorities that hold on a day, and the digest of the version they stand in; none where none is loaded."""

    priorities: tuple[Priority, ...] = ()
    digest: str | None = None

    def named(self, id: str) -> Priority | None:
        """The priority of this id, where it is in force."""
        return next((each for each in self.priorities if each.id == id), None)

    def of_category(self) -> dict[str, Priority]:
        """By category, the priority that its incidents fall under."""
        return {category: each for each in self.priorities for category in each.categories}


def load(engine: Engine, strategy: Strategy, by: str) -> Loaded:
    """Make a strategy the current version, unless it is that already. `by` is the account, key or operator, for the log
    too, which knows of each new version."""
    counts = (len(strategy.priorities), len(strategy.intelligence_requirements))
    with engine.begin() as connection:
        connection.execute(text(ONE_AT_A_TIME))
        newest = _newest(connection)
        if newest and newest.digest == strategy.digest:
            return Loaded(newest.version, newest.digest, True, *counts)
        version = newest.version + 1 if newest else 1
        row = {"version": version, "digest": strategy.digest, "loaded_by": by, "content": strategy.as_dict()}
        connection.execute(insert(control_strategy).values(row))
        told = {"digest": strategy.digest, "priorities": counts[0], "intelligence_requirements": counts[1]}
        record(connection, Action.ALTERATION, by, f"strategy/{version}", told)
    return Loaded(version, strategy.digest, False, *counts)


def versions(connection: Connection) -> list[Version]:
    """All of them, the current one first."""
    rows = connection.execute(select(control_strategy).order_by(control_strategy.c.version.desc()))
    return [_version(row) for row in rows]


def version_of(connection: Connection, number: int | None = None) -> Version:
    """A version, or the current one. Raises UnknownName, which says which there are."""
    if number is None:
        row = _newest(connection)
    else:
        row = connection.execute(select(control_strategy).where(control_strategy.c.version == number)).first()
    if row is None:
        raise UnknownName(_missing(connection, number))
    return _version(row)


def in_force(connection: Connection, day: date) -> InForce:
    """What holds on a day in London: of the newest version that has a priority then, so that last year stays itself."""
    known = versions(connection)
    for each in known:
        if priorities := each.strategy.in_force(day):
            return InForce(priorities, each.digest)
    return InForce((), known[0].digest if known else None)


def _newest(connection: Connection) -> Row[Any] | None:
    return connection.execute(select(control_strategy).order_by(control_strategy.c.version.desc()).limit(1)).first()


def _missing(connection: Connection, number: int | None) -> str:
    newest = _newest(connection)
    if newest is None:
        return "No control strategy is loaded yet: run `aim strategy load FILE`."
    return f"There is no version {number} of the control strategy: there are 1 to {newest.version}."


def _version(row: Row[Any]) -> Version:
    strategy = Strategy.model_validate(row.content, context=STORED)
    return Version(row.version, row.digest, row.loaded_at, row.loaded_by, strategy)
