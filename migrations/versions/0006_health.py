"""The state of each feed's last loads."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

STATEMENTS = """
SELECT 1;
"""


def upgrade() -> None:
    """Forward only."""
    op.execute(STATEMENTS)
