"""Versions of the incidents by feed and month, what scoring keeps of them, and what each method said."""

import io

import polars as pl
from alembic import op
from sqlalchemy import Connection, text

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

STATEMENTS = """
CREATE TABLE incident_version (
    feed text NOT NULL,
    month date NOT NULL,
    version bigint NOT NULL,
    PRIMARY KEY (feed, month)
);
COMMENT ON COLUMN incident_version.month IS 'first day, Europe/London, of the month in which incidents began';
COMMENT ON COLUMN incident_version.version IS 'how often any of them came, changed or went';
INSERT INTO incident_version
SELECT DISTINCT feed, CAST(date_trunc('month', starts) AS date), 1 FROM feed_volume;
CREATE TABLE incident_part (
    area text NOT NULL REFERENCES area (id) ON DELETE CASCADE,
    feed text NOT NULL,
    month date NOT NULL,
    version bigint NOT NULL,
    boundary text NOT NULL,
    categories text[] NOT NULL,
    body bytea,
    PRIMARY KEY (area, feed, month)
);
ALTER TABLE incident_part ALTER COLUMN body SET STORAGE EXTERNAL;
COMMENT ON COLUMN incident_part.version IS 'of incident_version; another one there: out of date';
COMMENT ON COLUMN incident_part.boundary IS 'digest of the area''s boundary; another one now: out of date';
COMMENT ON COLUMN incident_part.body IS 'the incidents in and around the area as an Arrow file; null: none';
CREATE TABLE method_result (
    run bigint NOT NULL REFERENCES scoring_run (id) ON DELETE CASCADE,
    layer text NOT NULL,
    area text NOT NULL,
    method text NOT NULL,
    inputs text,
    lacking text,
    chosen jsonb NOT NULL,
    figures jsonb NOT NULL,
    body bytea,
    PRIMARY KEY (run, layer, area, method)
);
ALTER TABLE method_result ALTER COLUMN body SET STORAGE EXTERNAL;
ALTER TABLE published_layer ADD COLUMN card jsonb;
COMMENT ON COLUMN published_layer.card IS
    'what a reader has to know: data, what was left out, methods, how right, limits';
ALTER TABLE published_layer ADD COLUMN inputs text;
COMMENT ON COLUMN published_layer.inputs IS
    'digest of all that it was made from; the same: made anew it would be the same';
CREATE INDEX method_result_inputs ON method_result (inputs);
COMMENT ON COLUMN method_result.inputs IS
    'digest of all that it was made from; null: made before that was kept';
COMMENT ON COLUMN method_result.lacking IS 'why the method has no answer; null: it has one';
COMMENT ON COLUMN method_result.chosen IS 'what it set by itself, by parameter';
COMMENT ON COLUMN method_result.figures IS 'what it says of the whole area, by name';
COMMENT ON COLUMN method_result.body IS 'its columns as an Arrow file: of each cell, or a table of the area';
"""


SCORES = "SELECT cell, score, p, q FROM hex_score WHERE (run, layer, area, method) = (:run, :layer, :area, :method)"
KEEP = "INSERT INTO method_result VALUES (:run, :layer, :area, :method, NULL, NULL, '{}', '{}', :body)"
SCHEMA = {"cell": pl.Int64, "score": pl.Float64, "p": pl.Float64, "q": pl.Float64}


def upgrade() -> None:
    """Forward only."""
    op.execute(STATEMENTS)
    _carry_over(op.get_bind())
    op.execute("DROP TABLE hex_score")


def _carry_over(connection: Connection) -> None:
    """The scores of earlier runs, a file for each method in place of a row for each cell."""
    found = connection.execute(text("SELECT DISTINCT run, layer, area, method FROM hex_score")).mappings().all()
    for keys in found:
        rows = connection.execute(text(SCORES + " ORDER BY cell"), dict(keys)).all()
        frame = pl.DataFrame([tuple(row) for row in rows], schema=SCHEMA, orient="row")
        body = io.BytesIO()
        frame.with_columns(pl.col("cell").reinterpret(signed=False)).write_ipc(body, compression="zstd")
        connection.execute(text(KEEP), {**keys, "body": body.getvalue()})
