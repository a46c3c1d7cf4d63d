"""What a person said that a rejected row should have been."""

from sqlalchemy import BigInteger, Column, DateTime, Integer, PrimaryKeyConstraint, Table, Text, func
from sqlalchemy.dialects.postgresql import JSONB

from aim.db.tables.core import metadata

correction = Table(
    "correction",
    metadata,
    Column("feed", Text, nullable=False),
    Column("fingerprint", BigInteger, nullable=False, comment="of the row as its publisher wrote it"),
    Column("occurrence", Integer, nullable=False, comment="0, 1, ... where a file holds the same row again"),
    Column("columns", JSONB, nullable=False, comment="the row as it should be, by the source's own columns"),
    Column("occurred_to", DateTime(timezone=True), comment="end of the incident it tells of; null while it tells none"),
    Column("made_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("made_by", Text, nullable=False),
    PrimaryKeyConstraint("feed", "fingerprint", "occurrence"),
)
