"""A database that was in use before there were checks has its history from the start."""

from datetime import date

from alembic import command
from alembic.config import Config
from sqlalchemy import text

from aim.db.migrate import SCRIPTS
from tests.ingest.conftest import Store
from tests.ingest.health.deliveries import COUNCIL, days_of_reports, load, load_months

HELD = "SELECT * FROM feed_volume ORDER BY feed, scope, starts"


def test_what_was_loaded_before_is_counted(store: Store) -> None:
    load_months(store, {"2026-01": 60, "2026-02": 61})
    load(store, COUNCIL, days_of_reports({date(2026, 6, 30): 4, date(2026, 7, 1): 5}), "1.json")
    before = store.rows(HELD)
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    with store.engine.begin() as connection:
        connection.execute(text("DROP TABLE feed_volume, load_check"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0005'"))
        config.attributes["connection"] = connection
        command.upgrade(config, "0006")
    assert len(before) == 4
    assert store.rows(HELD) == before
    loads = store.rows(
        "SELECT feed, file_name, checks, limits, (report ->> 'read')::int AS rows FROM load_check ORDER BY id"
    )
    assert [(load["feed"], load["rows"]) for load in loads] == [
        ("police-uk-street", 60),
        ("police-uk-street", 61),
        ("open311", 9),
    ]
    assert {str(load["checks"]) + str(load["limits"]) for load in loads} == {"[]{}"}
