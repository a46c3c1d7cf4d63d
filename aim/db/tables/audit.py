"""The log of what was done and who looked. Its function and its triggers are in the migration."""

from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, LargeBinary, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from aim.db.tables.core import metadata

audit_log = Table(
    "audit_log",
    metadata,
    Column(
        "id",
        BigInteger,
        primary_key=True,
        autoincrement=False,
        comment="1, 2, 3, ... without a gap: the place in the chain",
    ),
    Column("at", DateTime(timezone=True), nullable=False, comment="of the server's clock; the order is the chain's"),
    Column("action", Text, nullable=False),
    Column("actor", Text, nullable=False, comment="account:NAME, key:NAME, operator:NAME, demo"),
    Column("subject", Text, nullable=False, comment="what it was done to: feed/NAME, layer/ID@RUNS, run/ID, ..."),
    Column("detail", JSONB, nullable=False, comment="counts and names of feeds, layers and files; nothing of persons"),
    Column("purpose", Text, comment="why, where somebody said so"),
    Column("previous", LargeBinary, nullable=False, comment="digest of the line before; of the first: 32 zero bytes"),
    Column("digest", LargeBinary, nullable=False, comment="SHA-256 over previous and all else of the line but its id"),
    CheckConstraint(
        "action IN ('collection', 'alteration', 'consultation', 'disclosure', 'combination', 'erasure', 'access')",
        name="audit_log_action",
    ),
)
