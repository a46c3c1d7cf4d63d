"""Information-sharing agreements as data: which agencies share which feeds, for what, on which legal basis, until when.

A file that is loaded again is a new version; versions are never changed or removed, and the last one of a name holds.
"""

import tomllib
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from sqlalchemy import Connection, func, insert, select
from sqlalchemy.dialects.postgresql import distinct_on

from aim.audit.log import Action, record
from aim.db.tables import agreement, feed
from aim.errors import WrongAgreement
from aim.vocabulary.nim import Agency

NAME = r"^[a-z0-9]+(-[a-z0-9]+)*$"


class Terms(BaseModel):
    """What a file says; `docs/how-to/sharing.md` walks through one. Days are Europe/London's, both ends included."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=NAME)
    title: str = Field(min_length=1)
    purpose: str = Field(min_length=1)
    legal_basis: str = Field(min_length=1)
    feeds: tuple[str, ...] = Field(min_length=1)
    signatories: tuple[Agency, ...] = Field(min_length=2)
    """The agencies that signed, the owner of the feeds among them."""
    signed: date
    review: date
    expires: date
    handling: str = Field(min_length=1)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.signed <= self.review <= self.expires:
            raise ValueError("the review lies between the day of signing and the day of expiry")
        if len(set(self.signatories)) < len(self.signatories) or len(set(self.feeds)) < len(self.feeds):
            raise ValueError("a feed or an agency is named twice")
        return self


@dataclass(frozen=True)
class Agreement:
    """A version of an agreement as it is stored."""

    name: str
    version: int
    title: str
    purpose: str
    legal_basis: str
    feeds: list[str]
    signatories: list[str]
    signed: date
    review: date
    expires: date
    handling: str
    loaded_at: datetime
    loaded_by: str

    def holds(self, day: date) -> bool:
        """Whether it is in force on a day in London."""
        return self.signed <= day <= self.expires

    def state(self, day: date) -> str:
        """In one word or two, for a list."""
        if self.holds(day):
            return "review due" if day > self.review else "in force"
        return "expired" if day > self.expires else "not yet"

    def as_dict(self, day: date) -> dict[str, Any]:
        """As JSON objects know it, with how it stands on a day."""
        days = {name: getattr(self, name).isoformat() for name in ("signed", "review", "expires", "loaded_at")}
        return asdict(self) | days | {"state": self.state(day)}


def read_terms(path: Path) -> Terms:
    """What a TOML file says. Raises WrongAgreement, which names each line that cannot be."""
    try:
        return Terms.model_validate(tomllib.loads(path.read_text("utf-8")))
    except (OSError, UnicodeDecodeError) as error:
        raise WrongAgreement(f"{path} cannot be read: {error}.") from error
    except tomllib.TOMLDecodeError as error:
        raise WrongAgreement(f"{path.name} is no TOML: {error}.") from error
    except ValidationError as error:
        wrong = [f"{'.'.join(map(str, each['loc'])) or 'the whole'}: {each['msg']}" for each in error.errors()]
        raise WrongAgreement(f"{path.name} cannot be used. {'; '.join(wrong)}.") from error


def load_terms(connection: Connection, terms: Terms, by: str) -> Agreement:
    """Store a new version, which the log then knows of: call it last in a transaction.

    Raises WrongAgreement for feeds that are not known, or that no signatory owns.
    """
    rows = connection.execute(select(feed.c.name, feed.c.agency))
    owners: dict[str, str] = {row.name: row.agency for row in rows}
    if unknown := [name for name in terms.feeds if name not in owners]:
        known = ", ".join(sorted(owners)) or "none yet"
        raise WrongAgreement(f"No feed {', '.join(unknown)} was loaded yet. Those that were: {known}.")
    if strange := [name for name in terms.feeds if owners[name] not in terms.signatories]:
        raise WrongAgreement(f"The owner of {', '.join(strange)} is not among the signatories: it has to sign.")
    newest = select(func.coalesce(func.max(agreement.c.version), 0)).where(agreement.c.name == terms.name)
    version = connection.execute(newest).scalar_one() + 1
    values = terms.model_dump() | {
        "feeds": list(terms.feeds),
        "signatories": [each.value for each in terms.signatories],
    }
    connection.execute(insert(agreement).values(**values, version=version, loaded_by=by))
    detail = {"version": version, "feeds": values["feeds"], "signatories": values["signatories"]}
    stored = next(each for each in agreements(connection) if each.name == terms.name)
    record(connection, Action.ALTERATION, by, f"agreement/{terms.name}", detail)
    return stored


def agreements(connection: Connection) -> list[Agreement]:
    """The last version of each agreement, by name."""
    columns = [column for column in agreement.c if column.name != "id"]
    newest = select(*columns).ext(distinct_on(agreement.c.name)).order_by(agreement.c.name, agreement.c.version.desc())
    return [Agreement(**row) for row in connection.execute(newest).mappings()]


def ended_feeds(connection: Connection, day: date) -> dict[str, date]:
    """Closed feeds with agreements of which none is in force on a day, and when the last one ended or is to begin."""
    closed = set(connection.scalars(select(feed.c.name).where(~feed.c.open)))
    known = agreements(connection)
    held = {name for each in known if each.holds(day) for name in each.feeds}
    ended: dict[str, date] = {}
    for each in known:
        for name in (set(each.feeds) & closed) - held:
            ended[name] = max(each.expires, ended.get(name, each.expires))
    return ended
