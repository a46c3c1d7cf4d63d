"""Accounts of people, their sessions, and the keys of map clients. Only digests of secrets are kept."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    func,
)

from aim.db.tables.core import metadata

account = Table(
    "account",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("name", Text, nullable=False, unique=True, comment="what they sign in with, in lower case"),
    Column("password", Text, comment="argon2id; null: signs in with the partnership's identity provider only"),
    Column("issuer", Text, comment="of the identity provider"),
    Column("subject", Text, comment="who they are to it"),
    Column("role", Text, nullable=False),
    Column("agency", Text, comment="null: the partnership's support team"),
    Column("areas", ARRAY(Text), comment="study areas; null: all"),
    Column("failures", Integer, nullable=False, server_default="0", comment="wrong passwords since the last right one"),
    Column("locked_until", DateTime(timezone=True)),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("disabled_at", DateTime(timezone=True)),
    UniqueConstraint("issuer", "subject"),
)

sign_in = Table(
    "sign_in",
    metadata,
    Column("digest", LargeBinary, primary_key=True, comment="SHA-256 of the SHA-256 of the cookie"),
    Column("account", BigInteger, ForeignKey("account.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("seen_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Index("sign_in_expires", "expires_at"),
)

api_key = Table(
    "api_key",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("digest", LargeBinary, nullable=False, unique=True, comment="SHA-256 of the SHA-256 of the key"),
    Column("role", Text, nullable=False),
    Column("agency", Text),
    Column("areas", ARRAY(Text), comment="study areas; null: all"),
    Column("layers", ARRAY(Text), comment="layers; null: all"),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("created_by", Text, nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("revoked_at", DateTime(timezone=True)),
    Column("last_used", Date),
)
