"""What a control strategy may say, and what is said of one that says something else."""

from typing import Any

import pytest

from aim.errors import WrongStrategy
from aim.strategy.file import made_up
from aim.strategy.schema import Strategy, checked, parse
from aim.vocabulary.categories import categories
from tests.strategy.files import priority, strategy

TARGET = {"measure": "Fires", "direction": "down", "by": 5, "until": "2027-03-31"}
REQUIREMENT = {
    "id": "who",
    "requirement": "Who lights fires",
    "priority": "fires",
    "owner": "Analyst",
    "review": "2026-09-01",
}
FIRES = priority("fires", "secondary_fire")


def test_the_one_that_ships_is_whole_and_says_that_it_is_made_up() -> None:
    found = made_up()
    assert found.made_up
    assert "made up" in found.title
    held = [category for each in found.priorities for category in each.categories]
    assert len(held) == len(set(held))
    assert set(held) <= categories().keys()
    assert {each.priority for each in found.intelligence_requirements} <= {each.id for each in found.priorities}


def test_how_it_is_written_does_not_change_its_digest() -> None:
    first = checked(strategy(FIRES), "it")
    text = (
        'agreed_on = 2026-03-02\nagreed_by="Strategic group"\ntitle = " Testby\'s strategy "\n'
        '[[priorities]]\nreview=2026-04-01\nid="fires"\ntitle="Fires"\nlevel="L1"\nowner="Ward sergeant"\n'
        'valid_from=2026-04-01\nvalid_to=2027-03-31\ncategories=["secondary_fire"]\n'
        '[priorities.strands]\nprevention=["Lighting"]\nenforcement=["Patrols"]\n'
    )
    assert parse(text, "it.toml").digest == first.digest
    assert checked(strategy(FIRES, agreed_by="Another group"), "it").digest != first.digest


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (strategy(priority("fires", "secondary_fire", colour="red")), "priorities.0.colour: there is no such field"),
        (strategy(priority("fires", "sorcery")), "there is no category sorcery"),
        (strategy(priority("fires", "secondary_fire", level="L4")), "priorities.0.level: Input should be 'L1'"),
        (strategy(priority("fires", "secondary_fire", until="2026-01-01")), r"valid_to \(2026-01-01\) is before"),
        (strategy(priority("fires", "secondary_fire", review="2028-01-01")), "the review .* is to lie between"),
        (strategy(priority("fires", "secondary_fire", strands={"prevention": []})), "what is to be done under prevention"),
        (strategy(priority("fires", "secondary_fire", strands={"punishment": ["x"]})), "Input should be 'prevention'"),
        (strategy(priority("fires", "secondary_fire", strands={})), "at least 1 item"),
        (strategy(FIRES, FIRES | {"categories": ["litter"]}), "fires is there more than once"),
        (strategy(FIRES, priority("arson", "secondary_fire")), "secondary_fire is under fires and arson at the same time"),
        (strategy(FIRES, intelligence_requirements=[REQUIREMENT | {"priority": "litter"}]), "required for litter"),
        (strategy(priority("fires", "secondary_fire", targets=[TARGET | {"by": 0}])), "greater than 0"),
        (strategy(priority("fires", "secondary_fire", targets=[TARGET | {"direction": "away"}])), "'down' or 'up'"),
        (strategy(priority("Fires!", "secondary_fire")), "should match pattern"),
        (strategy(), "at least 1 item"),
        ([], "valid dictionary"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(said: Any, why: str) -> None:
    with pytest.raises(WrongStrategy, match=f"^our.toml is not a control strategy.*{why}"):
        checked(said, "our.toml")


def test_what_is_no_toml_is_refused_with_the_line() -> None:
    with pytest.raises(WrongStrategy, match="our.toml is not TOML: .*line 2"):
        parse('title = "x"\npriorities = [', "our.toml")


def test_a_category_may_pass_from_one_priority_to_the_next() -> None:
    found = checked(strategy(FIRES, priority("arson", "secondary_fire", since="2027-04-01", until="2028-03-31")), "it")
    assert [each.id for day in ("2027-03-31", "2027-04-01") for each in on(found, day)] == ["fires", "arson"]
    assert on(found, "2026-03-31") == ()


def on(found: Strategy, day: str) -> Any:
    from datetime import date

    return found.in_force(date.fromisoformat(day))
