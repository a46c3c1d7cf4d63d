"""Where data are fetched from, and how far that has got."""

from sqlalchemy import Boolean, Column, DateTime, Table, Text, func
from sqlalchemy.dialects.postgresql import JSONB

from aim.db.tables.core import metadata

fetch_source = Table(
    "fetch_source",
    metadata,
    Column("name", Text, primary_key=True),
    Column("feed", Text, nullable=False, comment="the feed that what is fetched is loaded as"),
    Column("kind", Text, nullable=False),
    Column("settings", JSONB, nullable=False, comment="what the kind needs to know; never a key or a password"),
    Column("schedule", Text, comment="cron in London time; null: only by hand"),
    Column(
        "checkpoint",
        JSONB,
        nullable=False,
        server_default="{}",
        comment="how far it has got; written after the load it speaks of has been committed",
    ),
    Column("enabled", Boolean, nullable=False, server_default="true"),
    Column("added", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("last_run", DateTime(timezone=True), comment="when the last run began"),
    Column("last_result", JSONB, comment="what came of it: a state, a sentence, counts"),
)
