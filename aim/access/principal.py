"""`Principal`: who asks, and `Access`: what that lets them see. Requests of one Access share what is cached."""

from dataclasses import dataclass, field
from datetime import datetime

from aim.access.roles import May, Rights, Role, rights
from aim.vocabulary.nim import Agency


@dataclass(frozen=True)
class Access:
    """What a principal may see: hashable, because answers are cached by it."""

    role: Role
    agency: Agency | None = None
    """None: the partnership itself (the support team)."""
    areas: frozenset[str] | None = None
    """Ids of study areas; None: all of them."""
    layers: frozenset[str] | None = None
    """Ids of layers that a key is limited to; None: all of them."""

    @property
    def rights(self) -> Rights:
        return rights()[self.role]

    def may(self, what: May) -> bool:
        return what in self.rights.may


@dataclass(frozen=True)
class Principal:
    """Somebody who was told apart: a person signed in, a map client's key, the demo.

    `name` is how the log calls them ("account:jo", "key:qgis", "demo"). `credential` is what the database is told, from
    which it works out the same rights by itself: SHA-256 (hex) of the secret that the client holds; the database keeps
    only the SHA-256 of that.
    """

    name: str
    access: Access
    credential: str = field(repr=False)


@dataclass(frozen=True)
class Admission:
    """A principal, for as long as what they showed is good (UTC)."""

    principal: Principal
    expires_at: datetime
