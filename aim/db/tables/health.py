"""What each load was judged by, and how many rows each feed has of each day or month."""

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB

from aim.db.tables.core import metadata

load_check = Table(
    "load_check",
    metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column(
        "feed", Text, nullable=False, comment="a refused first load leaves no row in feed, so nothing is referred to"
    ),
    Column("file_name", Text, nullable=False),
    Column(
        "run",
        BigInteger,
        ForeignKey("feed_run.id", ondelete="CASCADE"),
        comment="null: the load was refused and left nothing else behind",
    ),
    Column("checked_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("as_of", DateTime(timezone=True), nullable=False, comment="what the load was told is now"),
    Column("report", JSONB, nullable=False, comment="the load's report; of a refused one, what it would have done"),
    Column("checks", JSONB, nullable=False, comment="each figure with its limit, verdict and reason"),
    Column("limits", JSONB, nullable=False, comment="the feed's limits at that time"),
    Column("first_day", Date, comment="of the rows delivered, Europe/London"),
    Column("last_day", Date, comment="of the rows delivered, Europe/London"),
    Column("accepted_by", Text, comment="who loaded it although it is outside its limits"),
    Column("accepted_why", Text),
    Index("load_check_latest", "feed", "id"),
)

feed_volume = Table(
    "feed_volume",
    metadata,
    Column("feed", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("span", Text, nullable=False, comment="'day', or 'month' for rows that state no more than the month"),
    Column("starts", Date, nullable=False, comment="the day or the month's first, Europe/London"),
    Column("rows", Integer, nullable=False),
    Column("placed", Integer, nullable=False, comment="with a location"),
    Column("mapped", Integer, nullable=False, comment="with a category of the partnership's"),
    PrimaryKeyConstraint("feed", "scope", "span", "starts"),
)
