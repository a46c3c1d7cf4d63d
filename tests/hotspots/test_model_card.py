"""The card of a layer: everything a reader has to know, in JSON and on a page."""

import json
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from aim.hotspots.fairness import exposure
from aim.hotspots.harm.weights import Signature, Weights, digest, example
from aim.hotspots.method import AreaMethod, CellMethod, Lacking, Scores, Table
from aim.hotspots.methods import METHODS
from aim.hotspots.model_card import LEFT_OUT, LIMITS, Card, FeedUsed, Rests, Subject, as_text, layer_card
from tests import facts

FEEDS = [
    FeedUsed("police", "A force | and another", "2026-09-30", 600),
    FeedUsed("fire", "A brigade", "2026-09-29", 200),
]
SUBJECT = Subject(
    layer="all_crime", title="All crime", area="Middleham", since="2025-10-01", until="2026-10-01", resolution=9,
    cells=91, incidents=800, location={"exact": 600, "snapped": 200}, feeds=FEEDS,
    caveats=["The data of fire are late."],
)  # fmt: skip
NUMBERS = dict.fromkeys(LEFT_OUT, 0) | {"enforcement_driven": 37}
ROW = {
    "flagged": 1,
    "hits": 9,
    "total": 60,
    "hit_rate": 0.15,
    "pai": 13.65,
    "pai_low": 8.0,
    "pai_high": 19.0,
    "pei": 0.6,
}
HINDSIGHT: dict[str, Any] = {
    "sentence": "Its first cell would have held 9 of 60.", "from": "2026-07-09", "to": "2026-09-30", "periods": 12,
    "methods": [
        {"name": name, "area_share": share, **ROW, "pai": pai * share}
        for name, pai in (("as_published", 1365.0), ("random", 100.0), ("last_365_days", 1200.0), ("kde", 900.0))
        for share in (0.005, 0.01)
    ],
}  # fmt: skip


def answers() -> dict[str, Scores | Table | Lacking]:
    whole = facts.whole(m=300)
    found: dict[str, Scores | Table | Lacking] = {}
    for name, method in METHODS.items():
        if isinstance(method, CellMethod):
            found[name] = method.score(whole)
        elif isinstance(method, AreaMethod):
            found[name] = method.table(whole)
    return found


def signed() -> Weights:
    weights, on = example(), date(2026, 9, 1)
    sha256 = digest(weights, "A. Person", "chair", on, "agreed")
    made = Signature(by="A. Person", role="chair", on=on, why="agreed", sha256=sha256)
    return weights.model_copy(update={"signature": made})


def card(**rests: Any) -> Card:
    said: dict[str, Scores | Table | Lacking] = {"surge": Lacking("A surge needs days.")}
    return layer_card(SUBJECT, NUMBERS, said, HINDSIGHT, Rests(**rests))


def test_it_says_what_data_and_what_was_left_out_and_why() -> None:
    found = card()
    assert found["of"]["incidents"] == 800
    assert found["data"]["feeds"][1] == {
        "name": "fire", "attribution": "A brigade", "cut_off": "2026-09-29", "incidents": 200
    }  # fmt: skip
    assert found["data"]["location"]["snapped"] == {"incidents": 200, "share": 0.25}
    few = layer_card(replace(SUBJECT, location={"exact": 6}), NUMBERS, {}, HINDSIGHT)["data"]["location"]
    assert few["exact"] == {"incidents": 6, "share": None}
    assert found["left_out"]["enforcement_driven"] == {"incidents": 37, "why": LEFT_OUT["enforcement_driven"]}
    assert found["limits"] == [*LIMITS, "The data of fire are late."]


def test_every_method_stands_there_with_its_parameters_and_seed_or_what_it_lacks() -> None:
    said = answers()
    methods = layer_card(SUBJECT, NUMBERS, said, HINDSIGHT)["methods"]
    assert methods.keys() == METHODS.keys()
    for name, answer in said.items():
        assert not isinstance(answer, Lacking)
        assert methods[name]["chosen"] == dict(answer.chosen)
        assert methods[name]["defaults"] == dict(METHODS[name].defaults)
    assert methods["near_repeat"]["chosen"]["seed"] == 1
    assert card()["methods"]["surge"]["lacks"] == "A surge needs days."


def test_how_right_it_was_stands_beside_chance_and_last_years_counts() -> None:
    right = card()["how_right"]
    assert [right[name]["pai"] for name in ("published", "chance", "last_year")] == pytest.approx([13.65, 1, 12])
    assert (right["from"], right["to"], right["periods"]) == ("2026-07-09", "2026-09-30", 12)
    short = layer_card(SUBJECT, NUMBERS, {}, {"sentence": "The record is too short.", "methods": []})["how_right"]
    assert short == {"sentence": "The record is too short.", "area_share": 0.01}


def test_weights_are_told_by_role_and_digest_and_never_by_name() -> None:
    weights = signed()
    assert weights.signature is not None
    told = card(weights=weights)["weights"]
    assert (told["signed"]["role"], told["signed"]["sha256"]) == ("chair", weights.signature.sha256)
    assert "A. Person" not in json.dumps(told)
    assert card()["weights"]["sentence"] == "No harm weights are used: each incident counts 1."
    for wrong in (example(), weights.model_copy(update={"version": "another"})):
        with pytest.raises(ValueError, match="not signed, or not as they were signed"):
            card(weights=wrong)


def test_exposure_is_reported_with_its_alerts_or_why_there_is_none() -> None:
    report = exposure(np.array(["north", "south"]), np.array([90.0, 10]), np.array([50.0, 50]))
    told = card(exposure=report)["exposure"]
    assert told["alerts"] == ["north", "south"]
    assert told["groups"] == report.to_dicts()
    even = exposure(np.array(["north", "south"]), np.array([50.0, 50]), np.array([50.0, 50]))
    assert card(exposure=even)["exposure"]["sentence"] == "No group stands out."
    assert "groups of cells were given" in card()["exposure"]["sentence"]


def test_a_reader_finds_all_of_it_on_a_page() -> None:
    report = exposure(np.array(["north", "south"]), np.array([90.0, 0]), np.array([0.0, 0]))
    forecast = {"horizon_days": 7, "weights": {"fitted": True}, "limits": ["It says where."]}
    text = as_text(layer_card(SUBJECT, NUMBERS, answers(), HINDSIGHT, Rests(signed(), report, forecast)))
    parts = (
        "# All crime, Middleham",
        "800 incidents from 2025-10-01",
        "| police | A force \\| and another |",
        "| snapped | 200",
    )
    assert all(part in text for part in parts)
    assert all(f"**{method.title}**" in text for method in METHODS.values())
    assert "| enforcement driven | 37 | recorded because somebody went looking" in text
    assert "signed as chair on 2026-09-01 (agreed)" in text
    assert "| published | as_published |" in text
    assert "- weights: fitted yes" in text
    assert "| north | 1 | 0 | not known | yes |" in text
    assert all(f"- {limit}" in text for limit in LIMITS)
    assert "No harm weights" in as_text(card())


def test_it_is_ready_for_json() -> None:
    whole = layer_card(SUBJECT, NUMBERS, answers(), HINDSIGHT, Rests(weights=signed()))
    assert json.loads(json.dumps(whole, allow_nan=False)) == whole


def test_what_does_not_belong_is_refused() -> None:
    with pytest.raises(
        ValueError, match="how many were left out as enforcement_driven, sensitive, outside, month_only"
    ):
        layer_card(SUBJECT, {"outside": 1}, {}, HINDSIGHT)
    with pytest.raises(ValueError, match="no method 'tea leaves'"):
        layer_card(SUBJECT, NUMBERS, {"tea leaves": Lacking("None.")}, HINDSIGHT)
