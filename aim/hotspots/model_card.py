"""The card of a published layer: what a reader has to know before relying on it, as data for JSON and as a page.

What data, what was left out and why, which methods with which parameters, how right the layer has been, what it cannot
say, whose weights it rests on, and on whom patrols fall.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import polars as pl

from aim.hotspots.harm.weights import Weights, agrees
from aim.hotspots.method import Lacking, Scores, Table
from aim.hotspots.methods import METHODS
from aim.hotspots.simple_rankings import PUBLISHED

SHARE: Final = 0.01
"""Of the cells, at which the layer is judged: about what patrols can be at."""
BESIDE: Final = {"published": PUBLISHED, "chance": "random", "last_year": "last_365_days"}
LEFT_OUT: Final = {
    "enforcement_driven": "recorded because somebody went looking: they follow patrols and would send them there again",
    "sensitive": "kinds that never single out a place, where a cell may be one household",
    "outside": "outside the study area",
    "month_only": "known to the month only: counted, but in nothing that needs days or hours",
}
"""Why each is left out; a card has a number for every one of them, 0 too."""
LIMITS: Final = (
    "It shows what was reported; where people report less than happens, it shows too little.",
    "It says where, never who: it knows no person and nothing of who lives in a cell.",
    "A hot cell is more than chance explains, not proof of a cause, and a cell that is not hot is not safe.",
    "It knows nothing of weather, events or what was done about a place since the last day of its data.",
)
NO_WEIGHTS: Final = "No harm weights are used: each incident counts 1."
NO_EXPOSURE: Final = "Nothing is said of whom patrols fall on: neither minutes nor the groups of cells were given."
FEW: Final = 30
"""Incidents, of fewer of which no share is told."""

Card = dict[str, Any]


@dataclass(frozen=True)
class FeedUsed:
    """A feed that the layer counts: whose it is, the last day it covers (ISO), how many of its incidents count."""

    name: str
    attribution: str
    cut_off: str
    incidents: int


@dataclass(frozen=True)
class Subject:
    """What the card is of. Days are ISO; the window is [since, until); `location` has incidents by kind of location."""

    layer: str
    title: str
    area: str
    since: str
    until: str
    resolution: int
    cells: int
    incidents: int
    location: Mapping[str, int]
    feeds: Sequence[FeedUsed]
    caveats: Sequence[str] = ()


@dataclass(frozen=True)
class Rests:
    """What else the layer rests on, each None where there is none: signed weights, the report of `fairness.exposure`,
    and the forecast's own card (`fairness.model_card`)."""

    weights: Weights | None = None
    exposure: pl.DataFrame | None = None
    forecast: Mapping[str, Any] | None = None


def layer_card(
    subject: Subject,
    left_out: Mapping[str, int],
    answers: Mapping[str, Scores | Table | Lacking],
    hindsight: Mapping[str, Any],
    rests: Rests = Rests(),  # frozen, so that one serves all calls
) -> Card:
    """The card of a layer, as data for JSON.

    `left_out` has a number for each of `LEFT_OUT`; `answers` what each method by name said; `hindsight` is what the
    layer publishes of itself (`sentence`, and `methods`, the rows of the look back). Raises ValueError for other
    reasons or methods, and for weights that nobody has signed or that were changed since.
    """
    if left_out.keys() != LEFT_OUT.keys():
        raise ValueError(
            f"A card says how many were left out as {', '.join(LEFT_OUT)}; this has {', '.join(left_out)}."
        )
    return {
        "of": {name: value for name, value in asdict(subject).items() if name not in ("feeds", "location", "caveats")},
        "data": _data(subject),
        "left_out": {name: {"incidents": left_out[name], "why": why} for name, why in LEFT_OUT.items()},
        "methods": {name: _method(name, answer) for name, answer in answers.items()},
        "how_right": _how_right(hindsight),
        "limits": [*LIMITS, *subject.caveats],
        "weights": _weights(rests.weights),
        "exposure": _exposure(rests.exposure),
        "forecast": None if rests.forecast is None else dict(rests.forecast),
    }


def _data(subject: Subject) -> Card:
    total = sum(subject.location.values())
    kinds = {
        kind: {"incidents": number, "share": round(number / total, 4) if total >= FEW else None}
        for kind, number in subject.location.items()
    }
    return {"feeds": [asdict(feed) for feed in subject.feeds], "location": kinds}


def _method(name: str, answer: Scores | Table | Lacking) -> Card:
    if name not in METHODS:
        raise ValueError(f"There is no method {name!r}.")
    said = {"title": METHODS[name].title, "citation": METHODS[name].citation, "defaults": dict(METHODS[name].defaults)}
    return said | ({"lacks": answer.why} if isinstance(answer, Lacking) else {"chosen": dict(answer.chosen)})


def _how_right(hindsight: Mapping[str, Any]) -> Card:
    """The published order beside chance and last year's counts; the sentence alone where there was no look back."""
    rows = {row["name"]: dict(row) for row in hindsight["methods"] if row["area_share"] == SHARE}
    beside = {name: rows[of] for name, of in BESIDE.items() if of in rows}
    over = {name: hindsight[name] for name in ("from", "to", "periods", "of") if name in hindsight}
    return {"sentence": hindsight["sentence"], "area_share": SHARE, **over, **beside}


def _weights(weights: Weights | None) -> Card:
    """By whose role, not by whom: a card is read by more people than the file."""
    if weights is None:
        return {"used": False, "sentence": NO_WEIGHTS}
    if weights.signature is None or not agrees(weights):
        raise ValueError(f"The weights {weights.title!r} are not signed, or not as they were signed.")
    signature = weights.signature
    signed = {"role": signature.role, "on": signature.on.isoformat(), "why": signature.why, "sha256": signature.sha256}
    told = {"title": weights.title, "version": weights.version, "review_by": weights.review_by.isoformat()}
    return {"used": True, **told, "signed": signed}


def _exposure(report: pl.DataFrame | None) -> Card:
    if report is None:
        return {"groups": [], "alerts": [], "sentence": NO_EXPOSURE}
    alerts = report.filter("alert")["group"].to_list()
    said = f"Look at {', '.join(alerts)}: patrols and reported harm differ." if alerts else "No group stands out."
    return {"groups": report.to_dicts(), "alerts": alerts, "sentence": said}


def as_text(card: Card) -> str:
    """The card as a page in Markdown."""
    return "\n".join(line for part in _parts(card) for line in (*part, "")).rstrip() + "\n"


def _parts(card: Card) -> Iterator[list[str]]:
    of, weights = card["of"], card["weights"]
    yield [f"# {of['title']}, {of['area']}"]
    yield [
        f"{of['incidents']:,} incidents from {of['since']} to before {of['until']}, in {of['cells']:,} cells of "
        f"resolution {of['resolution']}."
    ]
    yield ["## What data", "", *_table(card["data"]["feeds"])]
    yield _table([{"location": kind, **row} for kind, row in card["data"]["location"].items()])
    yield [
        "## What was left out",
        "",
        *_table([{"what": what.replace("_", " "), **row} for what, row in card["left_out"].items()]),
    ]
    yield ["## Methods", ""] + [line for method in card["methods"].values() for line in _of_method(method)]
    rows = [{"order": name, **card["how_right"][name]} for name in BESIDE if name in card["how_right"]]
    yield ["## How right it was", "", card["how_right"]["sentence"], "", *_table(rows)]
    yield ["## What it cannot say", "", *(f"- {limit}" for limit in card["limits"])]
    yield ["## Whose weights", "", _of_weights(weights)]
    yield ["## On whom patrols fall", "", card["exposure"]["sentence"], "", *_table(card["exposure"]["groups"])]
    if card["forecast"] is not None:
        yield ["## The forecast", "", *(f"- {name}: {_said(value)}" for name, value in card["forecast"].items())]


def _of_method(method: Card) -> list[str]:
    said = method.get("lacks") or ", ".join(f"{name} {_said(value)}" for name, value in method["chosen"].items())
    return [f"- **{method['title']}**: {said}"]


def _of_weights(weights: Card) -> str:
    if not weights["used"]:
        return weights["sentence"]
    signed = weights["signed"]
    return (
        f"{weights['title']}, version {weights['version']}, signed as {signed['role']} on {signed['on']} "
        f"({signed['why']}); to be looked at again by {weights['review_by']}. SHA-256 `{signed['sha256']}`."
    )


def _table(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """A table with a line for each row; nothing where there is none."""
    if not rows:
        return []
    head = [name.replace("_", " ") for name in rows[0]]
    body = [[_said(value) for value in row.values()] for row in rows]
    return [f"| {' | '.join(line)} |" for line in (head, ["---"] * len(head), *body)]


def _said(value: object) -> str:
    """A value for a reader; a bar would end the column of a table."""
    if isinstance(value, Mapping):
        return "; ".join(f"{name} {_said(each)}" for name, each in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_said(each) for each in value)
    words = {None: "not known", True: "yes", False: "no"}
    if value is None or isinstance(value, bool):
        return words[value]
    return f"{value:.4g}" if isinstance(value, float) else str(value).replace("|", "\\|")
