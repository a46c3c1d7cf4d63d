"""Layers answered over one area: layers that put the same question share its answer."""

from dataclasses import dataclass, field, replace
from datetime import date

import polars as pl
from sqlalchemy import Connection

from aim.areas import Area
from aim.errors import LayerRefused
from aim.hotspots import store
from aim.hotspots.counted import Window, volume
from aim.hotspots.harm.weights import Weights
from aim.hotspots.method import Answer
from aim.hotspots.needs import Needs
from aim.hotspots.record import Record
from aim.hotspots.run import Question, Scored, area_answers, score, whole_months, window_of
from aim.hotspots.sharing import ShareOut
from aim.layers.publishing.inputs import inputs_of
from aim.layers.publishing.layer import Layer
from aim.layers.publishing.rationale import last_date
from aim.layers.publishing.writing import Answered
from aim.strategy.store import InForce, in_force

Key = tuple[tuple[str, ...], int, tuple[str, ...] | None, Needs]


@dataclass(frozen=True)
class Put:
    """A layer's question, what it is put to, and the digest of what the layer would be made from."""

    layer: Layer
    question: Question
    record: Record
    """Of the incidents that tell what the layer needs."""
    window: Window
    in_force: InForce
    inputs: str


@dataclass
class Answering:
    """What is known of one area, and what it has answered so far."""

    connection: Connection
    known: Record
    wards: list[Area]
    weights: Weights | None
    full: bool
    share_out: ShareOut
    answered: dict[Key, Scored] = field(default_factory=dict[Key, Scored])
    strategies: dict[date, InForce] = field(default_factory=dict[date, InForce])

    def put(self, layer: Layer, resolution: int | None) -> Put:
        """The question of a layer. Raises NoIncidents and LayerRefused."""
        question = Question(layer.name, layer.categories, resolution or layer.resolution, layer.methods)
        if layer.finest is not None and question.resolution > layer.finest:
            raise LayerRefused(f"The layer {layer.name} is not shown finer than resolution {layer.finest}.")
        record = self._telling(layer)
        _, window = window_of(record, question)
        strategy = self._in_force(last_date(window.until))
        inputs = inputs_of(self.connection, layer, question, self.known, self.wards, self.weights, strategy.digest)
        return Put(layer, question, record, window, strategy, inputs)

    def answer(self, put: Put) -> Answered:
        """What the layer shows. Raises NoIncidents and LayerRefused, and TooCoarse as `score` does."""
        layer, known = put.layer, self.known
        area_inputs = inputs_of(
            self.connection, layer, put.question, known.before(whole_months(put.window)), [], None, None
        )
        scored = replace(self._scored(put, area_inputs), question=put.question)
        shown = layer.shows(scored, put.in_force)
        left_out = layer.needs.unmet(_within(known, put.window), layer.categories)
        return Answered(
            layer, scored, shown, put.in_force, self.wards, volume(known), left_out, put.inputs, area_inputs
        )

    def _scored(self, put: Put, area_inputs: str) -> Scored:
        """Answered once for all layers that ask the same."""
        question = put.question
        key = (question.categories, question.resolution, question.methods, put.layer.needs)
        if key not in self.answered:
            said = self._said(put, area_inputs)
            self.answered[key] = score(put.record, put.question, self.weights, said, self.share_out)
        return self.answered[key]

    def _said(self, put: Put, area_inputs: str) -> dict[str, Answer]:
        """What is said of the whole area, where that is asked."""
        if put.question.methods is not None:
            return {}
        kept = store.tables_from(self.connection, put.layer.name, self.known.area.id, area_inputs)
        if kept and not self.full:
            return kept
        return area_answers(put.record.before(whole_months(put.window)), put.question)

    def _telling(self, layer: Layer) -> Record:
        """The record without the incidents that do not tell what the layer needs. Raises LayerRefused for none left."""
        record = layer.needs.of(self.known)
        unmet = layer.needs.unmet(self.known, layer.categories)
        counted = pl.col("inside") & pl.col("category").cast(pl.String).is_in(layer.categories)
        if unmet and record.rows.filter(counted).is_empty():
            raise LayerRefused(
                f"The layer {layer.name} needs {layer.needs} of each incident, which those of {', '.join(unmet)} in "
                f"{self.known.area.name} do not tell: load a feed that does."
            )
        return record

    def _in_force(self, day: date) -> InForce:
        if day not in self.strategies:
            self.strategies[day] = in_force(self.connection, day)
        return self.strategies[day]


def _within(record: Record, window: Window) -> Record:
    inside = pl.col("occurred_from").is_between(window.since, window.until, closed="left")
    return replace(record, rows=record.rows.filter(inside))
