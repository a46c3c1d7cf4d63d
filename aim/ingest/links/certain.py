"""Pairs that need no score: reports that a partner mirrored back, and what a reviewer has said."""

from dataclasses import dataclass
from typing import Any, Final

import polars as pl
from sqlalchemy import Connection

from aim.db.bulk import copied
from aim.db.tables.links import KEY, PAIR
from aim.ingest.links.rows import COLUMNS, SCHEMA, bindings
from aim.ingest.links.rules import Rules

MIRRORED: Final = "mirrored"
SAID: Final = {"said": pl.String()}

# Joined here and not there: the planner knows nothing of how many ids a new partition holds.
# The statements are put together from this program's own constants; values are bound.
GIVING_AN_ID: Final = f"""
SELECT {COLUMNS}, i.attributes ->> 'external_id' FROM incident AS i
WHERE i.attributes ? 'external_id' AND i.attributes ->> 'external_id' <> ''
"""  # noqa: S608
HAVING_AN_ID: Final = f"SELECT {COLUMNS}, i.source_id FROM incident AS i WHERE i.source_id = ANY(%(ids)s)"  # noqa: S608
HELD: Final = f"""
SELECT {", ".join(PAIR)}, CASE WHEN status IN ('made', 'broken') THEN status ELSE rule END
FROM incident_link WHERE status IN ('made', 'broken') OR rule = '{MIRRORED}'
"""  # noqa: S608
OF_HELD: Final = f"""
SELECT {COLUMNS} FROM incident_link AS l JOIN incident AS i
    ON (i.feed, i.scope, i.identity, i.ordinal) IN (
        (l.feed_a, l.scope_a, l.identity_a, l.ordinal_a), (l.feed_b, l.scope_b, l.identity_b, l.ordinal_b))
WHERE l.status = 'made' OR l.status <> 'broken' AND l.rule = '{MIRRORED}'
"""  # noqa: S608


@dataclass(frozen=True)
class Certain:
    """Pairs by their keys (PAIR), and the rows they are made of, whether a rule may speak of them or not."""

    rows: pl.DataFrame
    mirrored: pl.DataFrame
    made: pl.DataFrame
    broken: pl.DataFrame
    restless: pl.DataFrame
    """The keys of rows whose links have to be worked out anew, wherever they are."""


def certain(connection: Connection, rules: Rules, about: pl.DataFrame | None = None) -> Certain:
    """All pairs that need no score. `about`: rows that a reviewer has just spoken of."""
    held = copied(connection, HELD, {}, pair_schema() | {"why": pl.String()})
    stored, made, broken = (held.filter(pl.col("why") == why).select(PAIR) for why in (MIRRORED, "made", "broken"))
    mirrored, giving = _mirrored(connection, rules)
    mirrored = mirrored.join(broken, on=PAIR, how="anti")
    of_held = [copied(connection, OF_HELD, bindings(rules), SCHEMA)] if len(stored) or len(made) else []
    decided = giving.clear() if about is None else about
    changed = [mirrored.join(stored, on=PAIR, how="anti"), stored.join(mirrored, on=PAIR, how="anti")]
    restless = pl.concat([keys_of(pl.concat(changed)), decided.select(KEY)]).unique(maintain_order=True)
    return Certain(pl.concat([giving, *of_held, decided]), mirrored, made, broken, restless)


def pair_schema() -> dict[str, pl.DataType]:
    """The columns of PAIR."""
    return {f"{name}_{side}": SCHEMA[name] for side in "ab" for name in KEY}


def keys_of(pairs: pl.DataFrame) -> pl.DataFrame:
    """The keys of both sides."""
    sides = (pairs.select(pl.col(f"{name}_{side}").alias(name) for name in KEY) for side in "ab")
    return pl.concat(sides).unique(maintain_order=True)


def _mirrored(connection: Connection, rules: Rules) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Pairs in which one report gives the other's id, or both give the same one; and their rows."""
    values: dict[str, Any] = bindings(rules)
    giving = copied(connection, GIVING_AN_ID, values, SCHEMA | SAID)
    if giving.is_empty():
        return pl.DataFrame(schema=pair_schema()), giving.drop("said")
    having = copied(connection, HAVING_AN_ID, values | {"ids": giving["said"].unique().to_list()}, SCHEMA | SAID)
    pairs = giving.join(pl.concat([having, giving]), on="said", suffix="_other").filter(
        pl.col("feed") != pl.col("feed_other"),
        _hours_apart() <= rules.mirrored_days * 24,
    )
    ordered = pairs.select(_in_order()).unique(maintain_order=True)
    return ordered, pl.concat([giving, having]).drop("said")


def _hours_apart() -> pl.Expr:
    gaps = (pl.col("begins") - pl.col("ends_other"), pl.col("begins_other") - pl.col("ends"))
    return pl.max_horizontal(*gaps, 0.0)


def _in_order() -> list[pl.Expr]:
    """The side whose feed comes first is a."""
    first = pl.col("feed") < pl.col("feed_other")
    return [
        pl.when(first if side == "a" else ~first).then(name).otherwise(f"{name}_other").alias(f"{name}_{side}")
        for side in "ab"
        for name in KEY
    ]
