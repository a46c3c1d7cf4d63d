"""The rules that ship, and how a file of rules that cannot be meant is refused."""

import tomllib
from importlib.resources import files
from typing import Any

import pytest

from aim.ingest.links.rules import Rule, as_rules, shipped
from aim.vocabulary.nim import Agency

TABLE = files("aim.vocabulary").joinpath("links.toml").read_text("utf-8")


@pytest.fixture(params=shipped().rules, ids=lambda rule: rule.name)
def rule(request: pytest.FixtureRequest) -> Rule:
    return request.param


def test_a_rule_keeps_to_what_partnerships_compare(rule: Rule) -> None:
    """At most 150 m; two hours between police and fire, two days where the council is one side."""
    assert rule.within_m <= 150
    council = Agency.COUNCIL in (rule.first.agency, rule.second.agency)
    assert max(rule.before_h, rule.after_h) <= (48 if council else 2)
    assert rule.first.agency != rule.second.agency
    assert rule.why.endswith(".")


def test_whole_days_are_compared_only_where_hours_do_not_decide(rule: Rule) -> None:
    assert not rule.whole_days or rule.after_h >= 24


def changed(**what: Any) -> dict[str, Any]:
    table = tomllib.loads(TABLE)
    table["rule"][0] |= what
    return table


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ({"share": {"abandoned_vehicle": 0}}, "a share is more than 0"),
        ({"words": {"car": 1.0}}, "less than 1"),
        ({"share": {"no_such": 0.1}}, "no category no_such"),
        ({"within_m": 0}, "more than 0"),
        ({"name": "refuse-fire-and-rubbish"}, "one name"),
        ({"first": {"agency": "fire", "categories": ["no_such"]}}, "no category no_such"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused(what: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        as_rules(changed(**what))


def test_a_misspelt_field_is_refused() -> None:
    with pytest.raises(TypeError, match="after_hours"):
        as_rules(changed(after_hours=3))


@pytest.mark.parametrize("thresholds", [{"propose": 0.4}, {"propose": 0.95}, {"accept": 1}])
def test_thresholds_that_cannot_be_meant_are_refused(thresholds: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="propose"):
        as_rules(tomllib.loads(TABLE) | thresholds)
