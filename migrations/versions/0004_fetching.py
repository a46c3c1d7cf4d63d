"""Sources to fetch from, and the queue."""

from alembic import op

from aim.ingest.fetching.queue import make_queue

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

STATEMENTS = """
CREATE TABLE fetch_source (
    name text PRIMARY KEY,
    feed text NOT NULL,
    kind text NOT NULL,
    settings jsonb NOT NULL,
    schedule text,
    checkpoint jsonb NOT NULL DEFAULT '{}',
    enabled boolean NOT NULL DEFAULT true,
    added timestamptz NOT NULL DEFAULT now(),
    last_run timestamptz,
    last_result jsonb
);
COMMENT ON COLUMN fetch_source.feed IS 'the feed that what is fetched is loaded as';
COMMENT ON COLUMN fetch_source.settings IS 'what the kind needs to know; never a key or a password';
COMMENT ON COLUMN fetch_source.schedule IS 'cron in London time; null: only by hand';
COMMENT ON COLUMN fetch_source.checkpoint IS
    'how far it has got; written after the load it speaks of has been committed';
COMMENT ON COLUMN fetch_source.last_run IS 'when the last run began';
COMMENT ON COLUMN fetch_source.last_result IS 'what came of it: a state, a sentence, counts';
"""


def upgrade() -> None:
    """Forward only. The queue is what the installed release of its library says, in a schema of its own."""
    op.execute(STATEMENTS)
    make_queue(op.get_bind())
