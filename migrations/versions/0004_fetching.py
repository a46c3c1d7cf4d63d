"""Sources to fetch from, and the queue."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

STATEMENTS = """
SELECT 1;
"""


def upgrade() -> None:
    """Forward only."""
    op.execute(STATEMENTS)
