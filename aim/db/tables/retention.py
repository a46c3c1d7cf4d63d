"""What is kept of incidents that have been erased, and the record that they were."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Identity,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    func,
)

from aim.db.tables.core import metadata

incident_month = Table(
    "incident_month",
    metadata,
    Column("feed", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("cell", BigInteger, nullable=False, comment="H3 cell at resolution 8; 0 where there was no location"),
    Column("month", Date, nullable=False, comment="first day, in London, of the month it began in"),
    Column("incidents", BigInteger, nullable=False),
    PrimaryKeyConstraint("feed", "category", "cell", "month"),
    CheckConstraint("incidents > 0", name="incident_month_counts"),
)

erasure_log = Table(
    "erasure_log",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("erased_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("erased_by", Text, nullable=False),
    Column("feed", Text, nullable=False),
    Column("retention_months", Integer, nullable=False),
    Column("as_of", DateTime(timezone=True), nullable=False),
    Column("cutoff", DateTime(timezone=True), nullable=False, comment="what ended before this went"),
    Column("rule", Text, nullable=False),
    Column("incidents", BigInteger, nullable=False),
    Column("aggregates", BigInteger, nullable=False, comment="counts in incident_month that were added to"),
    Column("quarantined", BigInteger, nullable=False),
    Column("corrections", BigInteger, nullable=False),
    Column("files", BigInteger, nullable=False),
)
