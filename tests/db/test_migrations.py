"""Migrations: forward only, the same schema as `aim.db.tables`, safe to run twice and by two at once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError

from aim.db import migrate
from aim.db.engine import make_engine
from aim.db.tables import metadata

CATALOGUE = """
SELECT 'column' AS kind, attrelid::regclass || '.' || attname AS name,
       concat_ws(' ', format_type(atttypid, atttypmod), CASE WHEN attnotnull THEN 'not null' END, attidentity,
                 pg_get_expr(adbin, adrelid), col_description(attrelid, attnum)) AS what
FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND attnum > 0 AND NOT attisdropped
UNION ALL
SELECT 'index', indexrelid::regclass::text, pg_get_indexdef(indexrelid)
FROM pg_index JOIN pg_class ON pg_class.oid = indrelid WHERE relnamespace = 'public'::regnamespace
UNION ALL
SELECT 'constraint', conrelid::regclass || '.' || conname, pg_get_constraintdef(pg_constraint.oid)
FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid <> 0
UNION ALL
SELECT 'partitions', partrelid::regclass::text, pg_get_partkeydef(partrelid) FROM pg_partitioned_table
ORDER BY 1, 2
"""


@pytest.fixture
def bare(empty_database_url: str) -> Iterator[Engine]:
    """An engine on a database with PostGIS and nothing else."""
    engine = make_engine(empty_database_url)
    yield engine
    engine.dispose()


def catalogue(engine: Engine) -> dict[tuple[str, str], str]:
    """Every column, index, constraint and partition key of this program's, as PostgreSQL would write it."""
    with engine.connect() as connection:
        rows = connection.execute(text(CATALOGUE)).all()
    foreign = ("spatial_ref_sys", "alembic_version")
    return {(row.kind, row.name): row.what for row in rows if not row.name.startswith(foreign)}


def is_ours(name: str | None, *_: object) -> bool:
    """PostGIS brings a table of its own."""
    return name != "spatial_ref_sys"


def test_the_migrated_schema_has_nothing_left_to_migrate(engine: Engine) -> None:
    options = {"compare_type": True, "compare_server_default": True, "include_name": is_ours}
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []


def test_the_migrated_schema_is_that_of_the_tables_to_the_last_constraint(engine: Engine, bare: Engine) -> None:
    metadata.create_all(bare)
    migrated, made = catalogue(engine), catalogue(bare)
    assert len(made) > 90
    assert migrated == made


def test_the_incidents_are_partitioned_by_when_they_occurred(engine: Engine) -> None:
    assert catalogue(engine)["partitions", "incident"] == "RANGE (occurred_from)"


def test_a_new_database_is_brought_to_the_head(bare: Engine) -> None:
    assert migrate.current(bare) is None
    migrate.ensure(bare)
    assert migrate.current(bare) == migrate.head()


def test_a_second_upgrade_changes_nothing(engine: Engine) -> None:
    before = catalogue(engine)
    migrate.upgrade(engine)
    migrate.ensure(engine)
    assert catalogue(engine) == before
    assert migrate.current(engine) == migrate.head()


def test_two_upgrades_at_once_both_succeed(bare: Engine) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(migrate.upgrade, [bare] * 4))
    assert migrate.current(bare) == migrate.head()


def test_a_failed_upgrade_leaves_nothing_behind(bare: Engine) -> None:
    """Another program's table is in the way of one of the last."""
    with bare.begin() as connection:
        connection.execute(text("CREATE TABLE published_feature (id integer)"))
    with pytest.raises(ProgrammingError, match='relation "published_feature" already exists'):
        migrate.upgrade(bare)
    assert migrate.current(bare) is None
    assert [name for kind, name in catalogue(bare) if kind == "column"] == ["published_feature.id"]


def test_the_migrations_are_one_line_that_only_goes_forward() -> None:
    config = Config()
    config.set_main_option("script_location", str(migrate.SCRIPTS))
    scripts = ScriptDirectory.from_config(config)
    assert scripts.get_heads() == [migrate.head()]
    assert len(scripts.get_bases()) == 1
    for script in scripts.walk_revisions():
        assert not hasattr(script.module, "downgrade"), script.revision
