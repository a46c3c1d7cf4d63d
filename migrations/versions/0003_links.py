"""Links between reports of one event."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

STATEMENTS = """
SELECT 1;
"""


def upgrade() -> None:
    """Forward only."""
    op.execute(STATEMENTS)
