"""What the past says of a layer: how right it has been, and what became of each cell."""

from datetime import datetime
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from aim.hotspots.hindsight import Hindsight
from aim.hotspots.methods.emerging import NONE, NOT_ENOUGH
from aim.hotspots.run import LONDON, Scored
from aim.hotspots.sharing import ShareOut, here
from aim.hotspots.simple_rankings import PUBLISHED
from aim.hotspots.track_record import Past, rows, track_record

HOT: Final = " hot spot"
COLD: Final = " cold spot"
UNJUDGED: Final = "A look back judges maps that are ranked by counts, and this one is not"
HORIZON: Final = 7
SHARE: Final = 0.01
"""Of the cells: about what patrols can be at."""
FEW: Final = 30
"""With fewer incidents to judge by, a rate says more of luck than of the map."""
KEPT: Final = ("name", "area_share", "flagged", "hits", "total", "hit_rate", "pai", "pai_low", "pai_high", "pei")


def unjudged() -> dict[str, Any]:
    """What a layer says of itself that shows something else than the most incidents first."""
    return _nothing(UNJUDGED)


def hindsight_of(known: Past | None, until: datetime, share_out: ShareOut = here) -> dict[str, Any]:
    """What a published layer says of itself: `sentence`, and the table behind it, or why there is none."""
    if known is None:
        return _nothing("Nothing is stored that a look back could judge by")
    periods = known.last_periods(np.datetime64(until.astimezone(LONDON).date()), HORIZON)
    if not len(periods):
        return _nothing("The record is too short for a look back: a month to learn from and one to judge by are needed")
    return _told(known, track_record(known, periods, HORIZON, share_out))


def classes(scored: Scored) -> NDArray[np.str_] | None:
    """For each cell, what became of it over the last periods of 28 days (`emerging`); None where days are not known.

    In the words of `HotspotClass`, which are about hot spots: a cold spot is none.
    """
    if scored.past is None or scored.past.monthly:
        return None
    emerging = scored.scores.get("emerging")
    found = np.full(len(scored.grid), NOT_ENOUGH) if emerging is None else emerging.columns["class"]
    return np.where(np.char.endswith(found, COLD), NONE, np.char.replace(found, HOT, ""))


def _nothing(why: str) -> dict[str, Any]:
    return {"sentence": f"{why}.", "methods": []}


def _told(known: Past, found: Hindsight) -> dict[str, Any]:
    table = rows(found)
    return {
        "sentence": _sentence(known, found, table),
        "periods": len(found.periods),
        "of": "months" if known.monthly else f"{HORIZON} days",
        "from": str(found.periods.eves[0] + np.timedelta64(1, "D")),
        "to": str(found.periods.ends[-1]),
        "cells": found.cells,
        "left_out": {"enforcement_driven": known.incidents.enforcement_driven},
        "methods": table.select(KEPT).to_dicts(),
    }


def _sentence(known: Past, found: Hindsight, table: pl.DataFrame) -> str:
    """In whole numbers; compared with chance, and with the list that a spreadsheet would give."""
    at = {row["name"]: row for row in table.filter(pl.col("area_share") == SHARE).iter_rows(named=True)}
    ours, simple = at[PUBLISHED], at["last_365_days"]
    over = f"the last {len(found.periods)} {'months' if known.monthly else 'weeks'}"
    if ours["total"] < FEW:
        return f"In {over} {ours['total']:,.0f} incidents came: too few to say how right this map was."
    return (
        f"Had this map been drawn before each of {over}, its first {ours['flagged']:,} of {found.cells:,} cells would "
        f"have held {ours['hits']:,.0f} of the {ours['total']:,.0f} incidents that came, {ours['pai']:.1f} times what "
        f"chance would; last year's plain counts {simple['hits']:,.0f}."
    )
