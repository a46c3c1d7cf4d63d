"""Expiry, what is kept of it, and the log of erasures."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

STATEMENTS = """
SELECT 1;
"""


def upgrade() -> None:
    """Forward only."""
    op.execute(STATEMENTS)
