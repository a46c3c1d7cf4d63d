"""The control strategy."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

STATEMENTS = """
CREATE TABLE control_strategy (
    version integer PRIMARY KEY,
    digest text NOT NULL,
    loaded_at timestamptz DEFAULT now() NOT NULL,
    loaded_by text NOT NULL,
    content jsonb NOT NULL
);
COMMENT ON COLUMN control_strategy.version IS '1, 2, ...: the last is the current one';
COMMENT ON COLUMN control_strategy.digest IS 'SHA-256 of the content: what was loaded again is no new version';
COMMENT ON COLUMN control_strategy.loaded_by IS 'account, key or operator';
COMMENT ON COLUMN control_strategy.content IS 'the strategy as it was checked when it was loaded';
CREATE FUNCTION control_strategy_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'versions of the control strategy are kept as they were: load a new one';
END
$$;
CREATE TRIGGER control_strategy_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON control_strategy
FOR EACH STATEMENT EXECUTE FUNCTION control_strategy_stays();
"""


def upgrade() -> None:
    """Forward only."""
    op.execute(STATEMENTS)
