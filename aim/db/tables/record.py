"""What scoring keeps of the incidents, so that a load costs a look at what it changed and not at all there is."""

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    ForeignKey,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from aim.db.tables.core import metadata

incident_version = Table(
    "incident_version",
    metadata,
    Column("feed", Text, nullable=False),
    Column("month", Date, nullable=False, comment="first day, Europe/London, of the month in which incidents began"),
    Column("version", BigInteger, nullable=False, comment="how often any of them came, changed or went"),
    PrimaryKeyConstraint("feed", "month"),
)

incident_part = Table(
    "incident_part",
    metadata,
    Column("area", Text, ForeignKey("area.id", ondelete="CASCADE"), nullable=False),
    Column("feed", Text, nullable=False),
    Column("month", Date, nullable=False),
    Column("version", BigInteger, nullable=False, comment="of incident_version; another one there: out of date"),
    Column("boundary", Text, nullable=False, comment="digest of the area's boundary; another one now: out of date"),
    Column("categories", ARRAY(Text), nullable=False),
    Column("body", LargeBinary, comment="the incidents in and around the area as an Arrow file; null: none"),
    PrimaryKeyConstraint("area", "feed", "month"),
)

method_result = Table(
    "method_result",
    metadata,
    Column("run", BigInteger, ForeignKey("scoring_run.id", ondelete="CASCADE"), nullable=False),
    Column("layer", Text, nullable=False),
    Column("area", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("inputs", Text, comment="digest of all that it was made from; null: made before that was kept"),
    Column("lacking", Text, comment="why the method has no answer; null: it has one"),
    Column("chosen", JSONB, nullable=False, comment="what it set by itself, by parameter"),
    Column("figures", JSONB, nullable=False, comment="what it says of the whole area, by name"),
    Column("body", LargeBinary, comment="its columns as an Arrow file: of each cell, or a table of the area"),
    PrimaryKeyConstraint("run", "layer", "area", "method"),
    Index("method_result_inputs", "inputs"),
)
