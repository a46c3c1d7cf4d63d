"""Who may be shown what: rights of the roles, agreements between agencies, and what may leave the partnership."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKeyConstraint,
    Identity,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB

from aim.db.tables.core import metadata

role_right = Table(
    "role_right",
    metadata,
    Column("role", Text, primary_key=True),
    Column("inside", Boolean, nullable=False, comment="sees what the partnership sees; else what may leave it"),
    Column("markings", ARRAY(Text), nullable=False, comment="that it may read"),
    Column("without", Boolean, nullable=False, comment="also reads closed feeds that no agreement is recorded for"),
    Column("may", ARRAY(Text), nullable=False),
)

agreement = Table(
    "agreement",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("name", Text, nullable=False),
    Column("version", Integer, nullable=False, comment="1, 2, ...: the greatest is the one that holds"),
    Column("title", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("legal_basis", Text, nullable=False),
    Column("feeds", ARRAY(Text), nullable=False),
    Column("signatories", ARRAY(Text), nullable=False, comment="agencies"),
    Column("signed", Date, nullable=False, comment="first day on which it holds, Europe/London"),
    Column("review", Date, nullable=False),
    Column("expires", Date, nullable=False, comment="last day on which it holds, Europe/London"),
    Column("handling", Text, nullable=False),
    Column("loaded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("loaded_by", Text, nullable=False),
    UniqueConstraint("name", "version"),
    CheckConstraint("signed <= expires", name="agreement_time_order"),
)

published_card = Table(
    "published_card",
    metadata,
    Column("run", BigInteger, nullable=False),
    Column("layer", Text, nullable=False),
    Column("area", Text, nullable=False),
    Column("edition", Text, nullable=False, comment="inside, or outside: what may leave the partnership"),
    Column(
        "card", JSONB, nullable=False, comment="what a reader has to know: data, what was left out, methods, limits"
    ),
    PrimaryKeyConstraint("run", "layer", "area", "edition"),
    ForeignKeyConstraint(
        ["run", "layer", "area"],
        ["published_layer.run", "published_layer.layer", "published_layer.area"],
        ondelete="CASCADE",
    ),
)

published_outside = Table(
    "published_outside",
    metadata,
    Column("run", BigInteger, nullable=False),
    Column("layer", Text, nullable=False),
    Column("area", Text, nullable=False),
    Column("resolution", SmallInteger, nullable=False),
    Column("valid_from", DateTime(timezone=True), nullable=False),
    Column("valid_to", DateTime(timezone=True), nullable=False),
    Column("description", JSONB, nullable=False, comment="as in published_layer, of what may leave the partnership"),
    Column("marking", Text, nullable=False),
    Column("feeds", ARRAY(Text)),
    PrimaryKeyConstraint("run", "layer", "area"),
    ForeignKeyConstraint(
        ["run", "layer", "area"],
        ["published_layer.run", "published_layer.layer", "published_layer.area"],
        ondelete="CASCADE",
    ),
)
