"""The automatic links as they are stored. What a reviewer has decided is never touched here."""

from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
import polars as pl
from sqlalchemy import Connection, delete

from aim.db.bulk import copied, copy_frame
from aim.db.tables import incident_link
from aim.db.tables.links import KEY, PAIR
from aim.ingest.links.certain import MIRRORED, pair_schema
from aim.ingest.links.rows import Bools, Region

SAME: Final = (*PAIR, "rule", "score", "status", "chance")
"""What makes a stored link the one that was found. The other parts depend on the two reports alone."""
STORED: Final = f"""
SELECT id, {", ".join(PAIR)}, rule, score, status, coalesce((parts ->> 'chance')::float8, 0)
FROM incident_link WHERE status IN ('proposed', 'accepted')
"""  # noqa: S608  # constants of this program
STORED_SCHEMA: Final[dict[str, pl.DataType]] = (
    {"id": pl.Int64()}
    | pair_schema()
    | {"rule": pl.String(), "score": pl.Float64(), "status": pl.String(), "chance": pl.Float64()}
)
SINCE: Final = f" AND (rule = '{MIRRORED}' OR began >= to_timestamp(%(since)s))"
UNTIL: Final = f" AND (rule = '{MIRRORED}' OR began <= to_timestamp(%(until)s))"


@dataclass(frozen=True)
class Linked:
    """What a run did to the automatic links: `linked` and `proposed` are those around what it looked at, as it left
    them; `added` and `removed` count a link whose score has changed twice."""

    linked: int = 0
    proposed: int = 0
    added: int = 0
    removed: int = 0

    def __add__(self, other: "Linked") -> "Linked":
        mine, theirs = asdict(self), asdict(other)
        return Linked(**{name: mine[name] + theirs[name] for name in mine})

    def as_dict(self) -> dict[str, int]:
        """The counts by name."""
        return asdict(self)


def replace(connection: Connection, rows: pl.DataFrame, mine: Bools, links: pl.DataFrame, read: Region) -> Linked:
    """Let `links` be the automatic links of the rows that are `mine`.

    `rows` are all that were read of the region `read`. A link of a row that is gone goes, too.
    """
    stored = _stored(connection, read)
    old = stored.filter(_concerned(stored, rows, mine, everywhere=not np.isfinite(read.west)))
    chance = pl.col("parts").str.json_path_match("$.chance").cast(pl.Float64).fill_null(0.0)
    found = links.with_columns(chance=chance)
    stale, fresh = old.join(found, on=SAME, how="anti"), found.join(old, on=SAME, how="anti")
    connection.execute(delete(incident_link).where(incident_link.c.id.in_(stale["id"].to_list())))
    copy_frame(connection, incident_link, fresh.select(*PAIR, "rule", "score", "parts", "status", "began"))
    accepted = int((links["status"] == "accepted").sum())
    return Linked(accepted, len(links) - accepted, len(fresh), len(stale))


def _stored(connection: Connection, read: Region) -> pl.DataFrame:
    """The automatic links that began in the time of a region."""
    statement, values = STORED, dict[str, Any]()
    for name, condition in (("since", SINCE), ("until", UNTIL)):
        if np.isfinite(hours := getattr(read, name)):
            statement, values = statement + condition, values | {name: hours * 3600}
    return copied(connection, statement, values, STORED_SCHEMA)


def _concerned(stored: pl.DataFrame, rows: pl.DataFrame, mine: Bools, *, everywhere: bool) -> pl.Series:
    """bool: stored links with a side that is mine; or with none that is there, if rows were read from everywhere."""
    at = rows.select(KEY).with_columns(mine=mine)
    sides = [
        stored.select(pl.col(f"{name}_{side}").alias(name) for name in KEY).join(
            at, on=KEY, how="left", maintain_order="left"
        )["mine"]
        for side in "ab"
    ]
    gone = sides[0].is_null() & sides[1].is_null() & everywhere
    return sides[0].fill_null(False) | sides[1].fill_null(False) | gone
