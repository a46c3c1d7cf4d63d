"""Links between reports of one event, and who decided on them."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Double,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB

from aim.db.tables.core import incident, metadata

KEY = ("feed", "scope", "identity", "ordinal")
PAIR = tuple(f"{name}_{side}" for side in "ab" for name in KEY)
"""The keys of two incidents. `feed_a` comes before `feed_b` in the order of code points, so that a pair is one row."""


def _pair() -> list[Column[Any]]:
    types = (Text, Text, BigInteger, Integer)
    return [Column(name, kind, nullable=False) for name, kind in zip(PAIR, types * 2, strict=True)]


incident_link = Table(
    "incident_link",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    *_pair(),
    Column("rule", Text, nullable=False, comment="of the vocabulary, 'mirrored', or 'reviewer' where no rule would"),
    Column("score", Double, comment="probability of one event, 0 to 1; null where no rule gives one"),
    Column("parts", JSONB, nullable=False, comment="what the score is made of"),
    Column("status", Text, nullable=False, comment="proposed or accepted by a run; made or broken by a reviewer"),
    Column("began", DateTime(timezone=True), nullable=False, comment="when the earlier of the two incidents began"),
    Column("decided_by", Text),
    Column("decided_at", DateTime(timezone=True)),
    Column("reason", Text, comment="the reviewer's"),
    UniqueConstraint(*PAIR, name="incident_link_pair"),
    CheckConstraint("feed_a <> feed_b", name="incident_link_feeds"),
    CheckConstraint("status IN ('proposed', 'accepted', 'made', 'broken')", name="incident_link_status"),
    Index("incident_link_b", *PAIR[4:]),
    Index("incident_link_began", "began"),
)

incident_link_decision = Table(
    "incident_link_decision",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    *_pair(),
    Column("decision", Text, nullable=False, comment="made or broken"),
    Column("score", Double, comment="of the link when it was decided on"),
    Column("decided_by", Text, nullable=False),
    Column("decided_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("reason", Text, nullable=False),
)

Index(
    "incident_external_id",
    incident.c.attributes["external_id"].astext,
    postgresql_where=incident.c.attributes.has_key("external_id"),
)
