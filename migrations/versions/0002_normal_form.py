"""What a feed keeps beside the normal form, and feeds that an administrator added."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

STATEMENTS = """
ALTER TABLE incident ADD COLUMN attributes jsonb;
COMMENT ON COLUMN incident.attributes IS 'what a feed keeps beside the normal form, by the field''s own names';
ALTER TABLE feed ADD COLUMN profile text;
COMMENT ON COLUMN feed.profile IS 'the TOML of a feed that an administrator added; null for one that ships';
"""


def upgrade() -> None:
    """Forward only."""
    op.execute(STATEMENTS)
