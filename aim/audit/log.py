"""Lines of the log: what was done to what, by whom, in the transaction that did it."""

import getpass
import json
import os
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, text

APPEND: Final = text("SELECT audit_append(:action, :actor, :subject, CAST(:detail AS jsonb), :purpose)")


class Action(StrEnum):
    """What section 62 of the Data Protection Act 2018 wants logged; and access: sign-ins, locks, accounts, keys."""

    COLLECTION = "collection"
    ALTERATION = "alteration"
    CONSULTATION = "consultation"
    DISCLOSURE = "disclosure"
    COMBINATION = "combination"
    ERASURE = "erasure"
    ACCESS = "access"


NOTHING: Final[Mapping[str, Any]] = {}


def record(
    connection: Connection,
    action: Action,
    actor: str,
    subject: str,
    detail: Mapping[str, Any] = NOTHING,
    *,
    purpose: str | None = None,
) -> int:
    """Append a line in the caller's transaction, which it then stands or falls with; gives the line's number.

    The chain has one order, so others wait from here until that transaction ends: call it last. It has to be one of
    READ COMMITTED, as they are by default. `detail` holds nothing of persons: counts, names of feeds, layers, files.
    """
    said = json.dumps(detail, ensure_ascii=False)
    values = {"action": action.value, "actor": actor, "subject": subject, "detail": said, "purpose": purpose}
    return connection.execute(APPEND, values).scalar_one()


def operator() -> str:
    """Who runs this process: "operator:NAME" of the operating system's user, by number where it has no name."""
    try:
        return f"operator:{getpass.getuser()}"
    except (KeyError, OSError):
        return f"operator:{os.getuid()}"
