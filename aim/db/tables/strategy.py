"""The control strategy, version by version. A trigger of the migration keeps rows from being changed or removed."""

from sqlalchemy import Column, DateTime, Integer, Table, Text, func
from sqlalchemy.dialects.postgresql import JSONB

from aim.db.tables.core import metadata

control_strategy = Table(
    "control_strategy",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False, comment="1, 2, ...: the last is the current one"),
    Column("digest", Text, nullable=False, comment="SHA-256 of the content: what was loaded again is no new version"),
    Column("loaded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("loaded_by", Text, nullable=False, comment="account, key or operator"),
    Column("content", JSONB, nullable=False, comment="the strategy as it was checked when it was loaded"),
)
