"""Feeds, incidents, areas, scoring runs and published layers."""

from geoalchemy2 import Geometry
from sqlalchemy import (
    ARRAY,
    REAL,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData()

feed = Table(
    "feed",
    metadata,
    Column("name", Text, primary_key=True),
    Column("title", Text, nullable=False),
    Column("agency", Text, nullable=False),
    Column("delivery", Text, nullable=False),
    Column("attribution", Text, nullable=False),
    Column("profile", Text, comment="the TOML of a feed that an administrator added; null for one that ships"),
    Column("retention_months", Integer, comment="set by an administrator; null: as the feed itself says"),
    Column("open", Boolean, nullable=False, server_default="false", comment="openly licensed: needs no agreement"),
)

feed_run = Table(
    "feed_run",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("feed", Text, ForeignKey("feed.name"), nullable=False),
    Column("file_name", Text, nullable=False),
    Column("loaded_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("report", JSONB, nullable=False),
    Column("path", Text, comment="where the file lay; files of one name in two folders are two files"),
    Column("header", Text, comment="first line of a text file, by which its broken rows are read"),
    Column("columns", ARRAY(Text), comment="what the feed reads of it, while rows of it are in quarantine"),
    Column(
        "taken", LargeBinary, comment="keys of the rows taken, sorted int64: what numbers a row that is mended later"
    ),
    Column("digest", Text, comment="of the file and all else that its report depends on"),
    Column("held", JSONB, comment="what the load left in the scopes of the file; null where others have rows there"),
    Index("feed_run_feed_file", "feed", "file_name"),
)

incident = Table(
    "incident",
    metadata,
    Column("feed", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column(
        "identity", BigInteger, nullable=False, comment="hash of the source's id, or of the content where it has none"
    ),
    Column("ordinal", Integer, nullable=False, comment="0, 1, ... where an identity repeats in its scope"),
    Column("content_hash", BigInteger, nullable=False),
    Column("source_id", Text),
    Column("agency", Text, nullable=False),
    Column("category", Text, nullable=False, comment="'unmapped' until the category table knows the source's text"),
    Column("source_category", Text, nullable=False),
    Column("outcome", Text),
    Column("marking", Text, nullable=False),
    Column("occurred_from", DateTime(timezone=True), nullable=False),
    Column("occurred_to", DateTime(timezone=True), nullable=False),
    Column("time_precision", Text, nullable=False),
    Column("location", Geometry("POINT", 4326, spatial_index=False)),
    Column("location_precision_m", REAL),
    Column("location_method", Text, nullable=False),
    Column("h3_r8", BigInteger),
    Column("h3_r9", BigInteger),
    Column("h3_r10", BigInteger),
    Column("attributes", JSONB, comment="what a feed keeps beside the normal form, by the field's own names"),
    CheckConstraint("occurred_to >= occurred_from", name="incident_time_order"),
    # The hash first: numbers sort three times as fast as names that all rows share.
    Index("incident_identity", "identity", "ordinal", "scope", "feed", "occurred_from", unique=True),
    # Rows of a scope arrive together, so that a summary of each range of pages finds them, and its dates.
    Index(
        "incident_scope",
        "feed",
        "scope",
        "occurred_from",
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 32},
    ),
    Index("incident_category", "category"),
    Index("incident_location", "location", postgresql_using="gist"),
    postgresql_partition_by="RANGE (occurred_from)",
)

rejected_row = Table(
    "rejected_row",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("run", BigInteger, ForeignKey("feed_run.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("line", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("raw", Text, nullable=False),
    Column(
        "broken", Boolean, nullable=False, server_default="false", comment="raw is text that has no columns, not JSON"
    ),
    Column("fingerprint", BigInteger, comment="hash of the row as written; null where its text may not be kept"),
    Column("occurrence", Integer, nullable=False, server_default="0", comment="0, 1, ... where its file repeats it"),
    Column("key", BigInteger, comment="what its incident would be known by, where it has an id of its own"),
    Column("occurred_to", DateTime(timezone=True), comment="null where the row does not tell"),
)

area = Table(
    "area",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("partnership", Text, comment="the partnership it is part of"),
    Column("repaired", Boolean, nullable=False, server_default="false"),
    Column("made_up", Boolean, nullable=False, server_default="false", comment="the place does not exist: a sample"),
    Column("boundary", Geometry("MULTIPOLYGON", 4326, spatial_index=False), nullable=False),
)

scoring_run = Table(
    "scoring_run",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("as_of", DateTime(timezone=True), nullable=False),
    Column("published_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("parameters", JSONB, nullable=False),
)

published_layer = Table(
    "published_layer",
    metadata,
    Column("run", BigInteger, ForeignKey("scoring_run.id", ondelete="CASCADE"), nullable=False),
    Column("layer", Text, nullable=False),
    Column("area", Text, nullable=False),
    Column("resolution", SmallInteger, nullable=False),
    Column("valid_from", DateTime(timezone=True), nullable=False, comment="start of the scored window"),
    Column("valid_to", DateTime(timezone=True), nullable=False, comment="end of the scored window"),
    Column(
        "description",
        JSONB,
        nullable=False,
        comment="what the collection says of itself: parameters, cut-offs, caveats",
    ),
    Column("marking", Text, nullable=False, server_default="OFFICIAL", comment="the highest of what is in it"),
    Column("feeds", ARRAY(Text), comment="whose incidents are counted; null: published before that was kept"),
    Column("inputs", Text, comment="digest of all that it was made from; the same: made anew it would be the same"),
    PrimaryKeyConstraint("run", "layer", "area"),
    Index("published_layer_latest", "layer", "area", "run"),
)

published_feature = Table(
    "published_feature",
    metadata,
    Column("run", BigInteger, nullable=False),
    Column("layer", Text, nullable=False),
    Column("area", Text, nullable=False),
    Column("rank", Integer, nullable=False, comment="1 is served first"),
    Column("id", Text, nullable=False, comment="the cell in hexadecimal: the same cell keeps its id across runs"),
    Column("body", Text, nullable=False, comment="the GeoJSON feature as served"),
    Column("tile", JSONB, nullable=False, comment="the few properties a map tile carries"),
    Column("boundary", Geometry("POLYGON", 4326, spatial_index=False), nullable=False),
    Column(
        "edition",
        Text,
        nullable=False,
        server_default="inside",
        comment="inside the partnership, outside: what may leave it, both: the same in either",
    ),
    PrimaryKeyConstraint("run", "layer", "area", "edition", "rank"),
    UniqueConstraint("run", "layer", "area", "edition", "id"),
    ForeignKeyConstraint(
        ["run", "layer", "area"],
        ["published_layer.run", "published_layer.layer", "published_layer.area"],
        ondelete="CASCADE",
    ),
    Index("published_feature_boundary", "boundary", postgresql_using="gist"),
)
