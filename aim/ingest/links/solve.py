"""The links among the rows of a region: candidates, what is certain, and who gets whom."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from aim.db.tables.links import KEY, PAIR
from aim.ingest.links.assign import Ints, assigned, components
from aim.ingest.links.candidates import SCHEMA, candidates
from aim.ingest.links.certain import MIRRORED, Certain
from aim.ingest.links.rules import Rules

DIGITS: Final = {"distance_m": 1, "hours_apart": 2, "score": 6}
PARTS: Final = ("distance", "time", "category", "precision", "chance", "distance_m", "hours_apart")
"""As they are stored, in this order; those that DIGITS does not name have four significant ones."""


@dataclass(frozen=True)
class Solution:
    """Links as rows of `incident_link` with `at`, the position of their first row; and the group of each row."""

    links: pl.DataFrame
    groups: Ints


def solve(rows: pl.DataFrame, known: Certain, rules: Rules) -> Solution:
    """The automatic links among rows, which are in the order of their keys and each there once."""
    at = rows.select(KEY).with_row_index("at").with_columns(pl.col("at").cast(pl.Int64))
    made = _positions(known.made, at).with_columns(made=pl.lit(True), score=pl.lit(1.0))
    mirrored = _positions(known.mirrored, at).with_columns(rule=pl.lit(MIRRORED), score=pl.lit(1.0))
    broken = _positions(known.broken, at)
    scored = candidates(rows, rules).join(pl.concat([broken, mirrored.select("a", "b")]), on=["a", "b"], how="anti")
    found = pl.concat([mirrored, scored], how="diagonal").join(made, on=["a", "b"], how="anti")
    every = pl.concat([found.with_columns(made=pl.lit(False)), made], how="diagonal")
    feeds = rows["feed"].rle_id().to_numpy().astype(np.int64)
    links = assigned(every, feeds).filter(~pl.col("made"))
    groups = components(every["a"].to_numpy(), every["b"].to_numpy(), len(rows))
    return Solution(_as_stored(links, rows, rules), groups)


def _positions(pairs: pl.DataFrame, at: pl.DataFrame) -> pl.DataFrame:
    """Positions `a` and `b` of the pairs whose rows are both there."""
    if pairs.is_empty():
        return pl.DataFrame(schema={"a": SCHEMA["a"], "b": SCHEMA["b"]})
    for side in "ab":
        keys = at.rename({name: f"{name}_{side}" for name in KEY} | {"at": side})
        pairs = pairs.join(keys, on=[f"{name}_{side}" for name in KEY])
    return pairs.select("a", "b")


def _as_stored(links: pl.DataFrame, rows: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    sides = {side: rows[links[side].to_numpy()] for side in "ab"}
    keys = [sides[side][name].alias(f"{name}_{side}") for side in "ab" for name in KEY]
    began = pl.Series(np.minimum(*(sides[side]["begins"].to_numpy() for side in "ab")))
    return links.select(
        *(pl.Series(key) for key in keys),
        "rule",
        pl.col("score").round(DIGITS["score"]),
        parts=_parts(),
        status=pl.when(pl.col("score") >= rules.accept).then(pl.lit("accepted")).otherwise(pl.lit("proposed")),
        began=pl.from_epoch((began * 3_600_000_000).round().cast(pl.Int64), "us").dt.replace_time_zone("UTC"),
        at="a",
    ).select(*PAIR, "rule", "score", "parts", "status", "began", "at")


def _parts() -> pl.Expr:
    """What the score is made of, as JSON; of a mirrored pair, that it is one."""
    rounded = [pl.col(name).round(DIGITS[name]) if name in DIGITS else pl.col(name).round_sig_figs(4) for name in PARTS]
    certain = pl.lit(f'{{"{MIRRORED}":true}}')
    return pl.when(pl.col("rule") == MIRRORED).then(certain).otherwise(pl.struct(rounded).struct.json_encode())
