"""What the log is told of a scoring run: which feeds were put together in which layer."""

from collections.abc import Mapping

import polars as pl
from sqlalchemy import Engine

from aim.audit.log import Action, operator, record
from aim.hotspots.harm.weights import Weights
from aim.hotspots.run import Scored


def combined(engine: Engine, run: int, layers: Mapping[str, Scored], weights: Weights | None) -> None:
    """Log a run, called just before its own transaction ends; nothing where no layer was made anew.

    In a transaction of its own, for the run's sees the log as it was when that began. So there is no published run
    without its line, though a line may tell of a run that was lost in its very last step.
    """
    if not layers:
        return
    feeds = {name: sorted(scored.events["feed"].cast(pl.String).unique()) for name, scored in layers.items()}
    signed = weights.signature.sha256 if weights and weights.signature else None
    with engine.begin() as connection:
        told = {"layers": feeds, "harm_weights": signed}
        record(connection, Action.COMBINATION, operator(), f"run/{run}", told)
