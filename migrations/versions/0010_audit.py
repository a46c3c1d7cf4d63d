"""The log of what was done and who looked: appended to by one function, changed by nobody."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE audit_log (
    id bigint NOT NULL PRIMARY KEY,
    at timestamptz NOT NULL,
    action text NOT NULL,
    actor text NOT NULL,
    subject text NOT NULL,
    detail jsonb NOT NULL,
    purpose text,
    previous bytea NOT NULL,
    digest bytea NOT NULL,
    CONSTRAINT audit_log_action CHECK (action IN (
        'collection', 'alteration', 'consultation', 'disclosure', 'combination', 'erasure', 'access'
    ))
);
COMMENT ON COLUMN audit_log.id IS '1, 2, 3, ... without a gap: the place in the chain';
COMMENT ON COLUMN audit_log.at IS 'of the server''s clock; the order is the chain''s';
COMMENT ON COLUMN audit_log.actor IS 'account:NAME, key:NAME, operator:NAME, demo';
COMMENT ON COLUMN audit_log.subject IS 'what it was done to: feed/NAME, layer/ID@RUNS, run/ID, ...';
COMMENT ON COLUMN audit_log.detail IS 'counts and names of feeds, layers and files; nothing of persons';
COMMENT ON COLUMN audit_log.purpose IS 'why, where somebody said so';
COMMENT ON COLUMN audit_log.previous IS 'digest of the line before; of the first: 32 zero bytes';
COMMENT ON COLUMN audit_log.digest IS 'SHA-256 over previous and all else of the line but its id';
"""

UNCHANGEABLE = """
CREATE FUNCTION audit_log_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the log is only ever appended to: % is refused', lower(TG_OP)
        USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER audit_log_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION audit_log_stays();
"""

DIGEST = """
CREATE FUNCTION audit_digest(
    previous bytea, at timestamptz, action text, actor text, subject text, detail jsonb, purpose text
) RETURNS bytea LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT sha256(previous || convert_to(string_agg(
        coalesce(octet_length(convert_to(part, 'UTF8')) || ':' || part, '-'), ',' ORDER BY nth), 'UTF8'))
    FROM unnest(ARRAY[
        (extract(epoch FROM at) * 1000000)::bigint::text, action, actor, subject, detail::text, purpose
    ]) WITH ORDINALITY AS parts (part, nth)
$$;
"""
# Each part is led by its length, and none at all is written otherwise than an empty one: no two lines read the same.

APPEND = """
CREATE FUNCTION audit_append(action text, actor text, subject text, detail jsonb, purpose text DEFAULT NULL)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '30s' AS $$
DECLARE
    head public.audit_log;
    line public.audit_log;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'a line is appended in a transaction of READ COMMITTED: another one does not see the last line';
    END IF;
    -- Held until the caller's transaction ends, so that lines have one order: who works for long appends at the end.
    PERFORM pg_advisory_xact_lock(hashtext('aim-audit'));
    SELECT * INTO head FROM public.audit_log ORDER BY id DESC LIMIT 1;
    line := (coalesce(head.id, 0) + 1, clock_timestamp(), action, actor, subject, detail, purpose,
             coalesce(head.digest, decode(repeat('00', 32), 'hex')), NULL);
    line.digest := public.audit_digest(
        line.previous, line.at, line.action, line.actor, line.subject, line.detail, line.purpose);
    INSERT INTO public.audit_log SELECT line.*;
    RETURN line.id;
END
$$;
REVOKE ALL ON FUNCTION audit_append FROM PUBLIC;
"""


def upgrade() -> None:
    """Forward only."""
    for statements in (TABLE, UNCHANGEABLE, DIGEST, APPEND):
        op.execute(statements)
