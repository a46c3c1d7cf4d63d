"""Versions in the database: one after the other, and none is ever changed."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from aim.errors import UnknownName
from aim.strategy.schema import checked
from aim.strategy.store import in_force, load, version_of, versions
from tests.strategy.files import priority, strategy

FIRES = checked(strategy(priority("fires", "secondary_fire")), "it")
LITTER = checked(strategy(priority("litter", "litter", since="2027-04-01", until="2028-03-31")), "it")


def forced(engine: Engine, day: str) -> tuple[list[str], str | None]:
    with engine.connect() as connection:
        found = in_force(connection, date.fromisoformat(day))
    return [each.id for each in found.priorities], found.digest


def test_the_same_again_is_no_new_version_and_a_return_to_an_old_one_is(engine: Engine) -> None:
    loaded = [load(engine, each, "account:jo") for each in (FIRES, FIRES, LITTER, FIRES)]
    assert [(each.version, each.unchanged) for each in loaded] == [(1, False), (1, True), (2, False), (3, False)]
    with engine.connect() as connection:
        assert [each.version for each in versions(connection)] == [3, 2, 1]
        assert version_of(connection, 2).strategy == LITTER
        assert version_of(connection).strategy == FIRES
        assert version_of(connection).loaded_by == "account:jo"
        with pytest.raises(UnknownName, match="no version 4 of the control strategy: there are 1 to 3"):
            version_of(connection, 4)
    for change in ("UPDATE control_strategy SET loaded_by = 'me'", "DELETE FROM control_strategy",
                   "TRUNCATE control_strategy"):  # fmt: skip
        with pytest.raises(DBAPIError, match="kept as they were"), engine.begin() as connection:
            connection.execute(text(change))


def test_two_loads_at_once_are_two_versions(engine: Engine) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda each: load(engine, each, "key:qgis"), [FIRES, LITTER] * 4))
    with engine.connect() as connection:
        numbers = [each.version for each in versions(connection)]
    assert numbers == list(range(len(numbers), 0, -1))


def test_a_day_of_last_year_keeps_last_years_priorities(engine: Engine) -> None:
    assert forced(engine, "2026-05-01") == ([], None)
    load(engine, FIRES, "x")
    load(engine, LITTER, "x")
    assert forced(engine, "2026-05-01") == (["fires"], FIRES.digest)
    assert forced(engine, "2027-05-01") == (["litter"], LITTER.digest)
    assert forced(engine, "2030-05-01") == ([], LITTER.digest)


def test_a_version_stays_readable_when_a_category_is_gone(engine: Engine) -> None:
    load(engine, FIRES, "x")
    with engine.begin() as connection:
        row = "INSERT INTO control_strategy SELECT 2, 'digest', now(), 'x', "
        connection.execute(text(row + "replace(content::text, 'secondary_fire', 'gone')::jsonb FROM control_strategy"))
        assert version_of(connection).strategy.priorities[0].categories == ("gone",)


def test_without_one_it_says_how_to_load_one(engine: Engine) -> None:
    with engine.connect() as connection, pytest.raises(UnknownName, match="run `aim strategy load FILE`"):
        version_of(connection)
