"""Accounts of people whom an identity provider knows. Their rights follow what it says of them, at each sign-in."""

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from sqlalchemy import Connection, delete, func, select, update

from aim.access.accounts import SERVICE, Account, by_identity, make, stored
from aim.access.principal import Access
from aim.audit.log import Action, record
from aim.db.tables import account, sign_in
from aim.errors import NotAllowed

FOREIGN: Final = re.compile(r"[^a-z0-9._@-]")
"""What the name of an account cannot have."""
LONGEST: Final = 64
NOBODY: Final = "somebody"


@dataclass(frozen=True)
class Identity:
    """Who somebody is to a provider, and what they are called there."""

    issuer: str
    subject: str
    name: str

    @property
    def digest(self) -> str:
        """Tells this identity from others of the same name."""
        return sha256(f"{self.issuer}\n{self.subject}".encode()).hexdigest()[:8]


def admit(connection: Connection, identity: Identity, access: Access) -> Account:
    """The account of an identity, made at its first sign-in, with the rights it has now.

    Raises NotAllowed where the account was disabled here, whatever the provider says.
    """
    connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"aim.identity {identity.digest}"))))
    known = by_identity(connection, identity.issuer, identity.subject)
    if known is None:
        name = free_name(connection, identity)
        whose = {"issuer": identity.issuer, "subject": identity.subject}
        return make(connection, name, access.role, access.agency, access.areas, **whose)
    if known.disabled_at is not None:
        raise NotAllowed(f"The account {known.name} is disabled in this service: ask an administrator of it.")
    if known.access != access:
        rights = {"role": access.role, "agency": access.agency, "areas": stored(access.areas)}
        connection.execute(update(account).where(account.c.id == known.id).values(rights))
        record(connection, Action.ACCESS, SERVICE, f"account/{known.name}", {"event": "rights changed", **rights})
    return known


def turn_away(connection: Connection, identity: Identity) -> None:
    """End the sessions of somebody who has no role any more, or whose account is disabled; whoever it is, log it."""
    known = by_identity(connection, identity.issuer, identity.subject)
    if known is not None:
        connection.execute(delete(sign_in).where(sign_in.c.account == known.id))
    detail = {"event": "turned away at sign-in", "issuer": identity.issuer}
    record(connection, Action.ACCESS, known.actor if known else "unknown", "session", detail)


def free_name(connection: Connection, identity: Identity) -> str:
    """What to call a new account: as the provider does, unless somebody is called that here. Nobody is taken over."""
    name = FOREIGN.sub("-", identity.name.lower()).lstrip("._@-")[:LONGEST] or NOBODY
    taken = connection.execute(select(account.c.id).where(account.c.name == name)).first() is not None
    return f"{name[: LONGEST - len(identity.digest) - 1]}-{identity.digest}" if taken else name
