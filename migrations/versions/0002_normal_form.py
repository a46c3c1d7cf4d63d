"""What a feed keeps beside the normal form, and feeds that an administrator added."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

STATEMENTS = """
ALTER TABLE incident ADD COLUMN attributes jsonb;
COMMENT ON COLUMN incident.attributes IS 'what a feed keeps beside the normal form, by the field''s own names';
ALTER TABLE feed_run ADD COLUMN digest text;
COMMENT ON COLUMN feed_run.digest IS 'of the file and all else that its report depends on';
ALTER TABLE feed_run ADD COLUMN held jsonb;
COMMENT ON COLUMN feed_run.held IS
    'what the load left in the scopes of the file; null where others have rows there';
ALTER TABLE feed ADD COLUMN profile text;
COMMENT ON COLUMN feed.profile IS 'the TOML of a feed that an administrator added; null for one that ships';
"""


def upgrade() -> None:
    """Forward only."""
    op.execute(STATEMENTS)
