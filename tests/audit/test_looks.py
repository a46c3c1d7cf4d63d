"""Looks over HTTP: the first is written before anything is seen, the rest of its minute is one count."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, text

from aim.audit import looks as looking
from aim.audit.log import Action
from aim.audit.looks import MINUTE, Looks, layer_subject
from aim.audit.verify import verify
from aim.errors import LogUnavailable
from tests.api.conftest import Clock
from tests.audit.lines import entries

JO, EVE, LAYER, OTHER = "account:jo", "key:eve", "layer/all-crime@1", "layer/fires@1"
BREAK = "ALTER FUNCTION audit_append RENAME TO audit_gone"
MEND = "ALTER FUNCTION audit_gone RENAME TO audit_append"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def looks(engine: Engine, clock: Clock) -> Iterator[Looks]:
    looks = Looks(engine, clock)
    yield looks
    looks.close()


def run(engine: Engine, statement: str) -> None:
    with engine.begin() as connection:
        connection.execute(text(statement))


def test_a_look_at_a_layer_names_each_run_once() -> None:
    assert layer_subject("all-crime", [12, 7, 12]) == "layer/all-crime@7,12"


def test_the_first_is_written_and_the_rest_of_its_minute_counted(engine: Engine, looks: Looks, clock: Clock) -> None:
    assert not looks.known(JO, LAYER)
    looks.first(JO, LAYER, {"how": "items"})
    assert [looks.known(JO, LAYER) for _ in range(3)] == [True] * 3
    assert (looks.known(EVE, LAYER), looks.known(JO, OTHER)) == (False, False), "of somebody else, or at another layer"
    looks.write_counts()
    assert entries(engine) == [("consultation", JO, LAYER, {"how": "items"})], "the minute is not over"
    clock.seconds += MINUTE
    assert not looks.known(JO, LAYER)
    looks.first(EVE, LAYER, {"how": "tile"}, Action.DISCLOSURE)
    again = ("consultation", JO, LAYER, {"again": 3, "since_line": 1})
    assert entries(engine, 1) == [again, ("disclosure", EVE, LAYER, {"how": "tile"})]
    assert looks.known(EVE, LAYER)
    looks.close()
    assert entries(engine, 3) == [("disclosure", EVE, LAYER, {"again": 1, "since_line": 3})]
    looks.close()
    assert verify(engine).lines == 4, "a minute without a second look has no count, and none is written twice"


def test_who_come_at_once_are_each_written_once(engine: Engine, looks: Looks) -> None:
    def look(number: int) -> None:
        if not looks.known(f"account:{number % 5}", LAYER):
            looks.first(f"account:{number % 5}", LAYER)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(look, range(200)))
    assert sorted(entry.actor for entry in entries(engine)) == [f"account:{number}" for number in range(5)]
    looks.close()
    assert [entry.detail["again"] for entry in entries(engine, 5)] == [39] * 5


def test_where_the_log_cannot_be_written_nobody_sees_and_no_count_is_lost(
    engine: Engine, looks: Looks, clock: Clock
) -> None:
    looks.first(JO, LAYER)
    assert looks.known(JO, LAYER)
    run(engine, BREAK)
    clock.seconds += MINUTE
    with pytest.raises(LogUnavailable):
        looks.first(JO, LAYER)
    assert not looks.known(JO, LAYER)
    looks.write_counts()
    run(engine, MEND)
    looks.first(JO, LAYER)
    assert [entry.detail for entry in entries(engine)] == [{}, {"again": 1, "since_line": 1}, {}]


def test_what_is_remembered_is_bounded_and_nothing_is_lost_by_it(
    engine: Engine, looks: Looks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "MOST_OPEN", 2)
    for layer in ("a", "b", "c"):
        looks.first(JO, layer)
        assert looks.known(JO, layer)
    assert [looks.known(JO, layer) for layer in ("a", "b", "c")] == [False, True, True]
    looks.close()
    assert {entry.subject: entry.detail["again"] for entry in entries(engine, 3)} == {"a": 1, "b": 2, "c": 2}
