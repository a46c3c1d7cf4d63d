"""`aim backtest` on the samples, and how it says no."""

import pytest

from tests.cli.conftest import Aim

RANKINGS = [
    "as_published", "forecast", "last_28_days", "last_365_days", "all_history", "kde_250m_365_days", "random",
]  # fmt: skip


def test_every_ranking_is_judged_by_the_same_incidents(aim_loaded: Aim) -> None:
    found = aim_loaded.json("backtest", "--layer", "deliberate-fires")["methods"]
    assert list(dict.fromkeys(row["name"] for row in found)) == RANKINGS
    assert {row["area_share"] for row in found} == {0.005, 0.01, 0.02, 0.05}
    assert len({(row["total"], row["origins"], row["horizon"]) for row in found}) == 1
    pai = {row["name"]: row["pai"] for row in found if row["area_share"] == 0.05}
    assert pai["as_published"] > 3 > pai["random"]


def test_days_can_be_chosen(aim_loaded: Aim) -> None:
    days = ("--from", "2026-07-01", "--to", "2026-07-28", "--horizon", "14")
    found = aim_loaded.json("backtest", "--layer", "deliberate-fires", *days)["methods"]
    assert {(row["from"], row["to"], row["origins"], row["horizon"]) for row in found} == {
        ("2026-07-01", "2026-07-28", 2, 14.0)
    }


def test_what_is_known_to_the_month_is_judged_by_months(aim_loaded: Aim) -> None:
    found = aim_loaded.json("backtest", "--layer", "all-crime")["methods"]
    assert {(row["origins"], row["horizon"] > 30) for row in found} == {(6, True)}


def test_a_person_gets_a_table_for_each_layer(aim_loaded: Aim) -> None:
    said = aim_loaded("backtest", "--layer", "deliberate-fires").out
    assert said.startswith("deliberate-fires in made-up-town, ")
    assert all(name[:10] in said for name in RANKINGS)


@pytest.mark.parametrize(
    ("options", "code", "sentence"),
    [
        (["--horizon", "3"], 2, "A look back over 3 days is not made: choose 1, 7, 14."),
        (["--layer", "potholes"], 2, "There is no layer 'potholes'."),
        (["--from", "2030-01-01", "--to", "2030-02-01"], 3, "later days cannot be judged by them"),
        (["--from", "2020-01-01", "--to", "2020-02-01"], 3, "There are no incidents in"),
        (["--from", "2020-01-01"], 3, "begins too late for a look back at these days"),
        (["--scheduler", "tcp://127.0.0.1:1"], 2, "The scheduler tcp://127.0.0.1:1 does not answer"),
    ],
    ids=["horizon", "layer", "later", "earlier", "too early", "scheduler"],
)
def test_it_says_what_is_wrong(aim_loaded: Aim, options: list[str], code: int, sentence: str) -> None:
    _, said = aim_loaded.fails(code, "backtest", *options)
    assert sentence in said


def test_a_layer_that_is_not_ranked_by_counts_is_not_judged(aim_loaded: Aim) -> None:
    slug, message = aim_loaded.fails(2, "backtest", "--layer", "joint-cells")
    assert slug == "usage-error"
    assert message.endswith(
        "joint-cells is not: choose all-crime, anti-social-behaviour, deliberate-fires, environmental-crime."
    )
