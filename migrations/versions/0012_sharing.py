"""Sharing rules in the database: agreements, editions, row-level security."""

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only."""
