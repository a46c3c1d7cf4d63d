"""A mended export comes back in: what a person changed is remembered, and the rows of the file are tried again."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import polars as pl
from sqlalchemy import Connection, Engine

from aim.errors import UnreadableFile, WrongColumns
from aim.ingest.catalogue import feed_named
from aim.ingest.feed import Feed
from aim.ingest.logged import corrected, tried_again
from aim.ingest.quarantine import corrections
from aim.ingest.quarantine.cells import as_written, same_value
from aim.ingest.quarantine.corrections import Cells
from aim.ingest.quarantine.export import SAID, cells_of, reference
from aim.ingest.quarantine.replay import LOCK, Row, in_quarantine, try_again
from aim.ingest.quarantine.texts import OF_THE_SOURCE, cells_of_file, cells_of_text
from aim.ingest.report import Report

SEPARATORS: Final = ",;\t"
"""What spreadsheets of different countries put between cells."""


@dataclass(frozen=True)
class Said:
    """A row as a person gave it back: its text, and its source's own cells."""

    text: str
    cells: Cells


@dataclass(frozen=True)
class Fixed:
    """What came of a mended file."""

    reports: list[Report]
    """One for each feed."""
    changed: list[str]
    """References of rows that were mended before and otherwise: that holds when their file is loaded again."""
    unknown: list[str]
    """References of other rows that are not in quarantine: mended before, or superseded by a later load."""


def fix(engine: Engine, file: Path, as_of: datetime, by: str) -> Fixed:
    """Take back a file that `export_rejects` wrote and a person mended. `by` is kept with the corrections.

    What occurred after `as_of` (with a zone) is rejected. Raises UnreadableFile where the file is no table, and
    WrongColumns where it is none of these; nothing is changed then.
    """
    mended = read_mended(file)
    with engine.begin() as connection:
        connection.execute(LOCK)
        waiting = {reference(row): row for row in in_quarantine(connection, None)}
        found = [_as_mended(connection, waiting[name], said) for name, said in mended.items() if name in waiting]
        _write_down(connection, by, found)
        found.sort(key=lambda row: (row["feed"], row["run"], row["line"]))
        reports = try_again(connection, as_of, found)
        others = {name: said for name, said in mended.items() if name not in waiting}
        changed = _change_corrections(connection, by, others)
        tried_again(connection, "mended", reports)
        corrected(connection, changed)
    return Fixed(reports, changed, [name for name in others if name not in changed])


def read_mended(file: Path) -> dict[str, Said]:
    """The rows of a mended file by their references."""
    table = _table(file)
    if "reject" not in table.columns:
        raise WrongColumns(f"{file.name} has no column 'reject': mend a file that `aim rejects export` wrote.")
    table = table.filter(pl.col("reject") != "").with_columns(as_written(pl.all()))
    twice = table["reject"].filter(table["reject"].is_duplicated()).unique(maintain_order=True).to_list()
    if twice:
        raise UnreadableFile(f"{file.name} holds the row {twice[0]} more than once: keep the one that is right.")
    own = [name for name in table.columns if name not in SAID]
    return {
        row["reject"]: Said(row.get("raw", ""), {name.removesuffix(OF_THE_SOURCE): row[name] for name in own})
        for row in table.iter_rows(named=True)
    }


def _table(file: Path) -> pl.DataFrame:
    try:
        body = file.read_bytes().removeprefix(b"\xef\xbb\xbf")
    except OSError as error:
        raise UnreadableFile(f"{file} cannot be read: {error.strerror}.") from error
    try:
        text = body.decode()
    except UnicodeDecodeError:
        text = body.decode("cp1252", errors="replace")
    header = text.partition("\n")[0]
    separator = max(SEPARATORS, key=header.count)
    try:
        return pl.read_csv(text.encode(), separator=separator, infer_schema=False).fill_null("")
    except pl.exceptions.PolarsError as error:
        raise UnreadableFile(f"{file.name} is not a table in CSV: {str(error).splitlines()[0]}") from error


def _as_mended(connection: Connection, row: Row, said: Said) -> dict[str, Any]:
    """A row of the quarantine with what a person made of it under `mended`: None where that is what it was."""
    feed = feed_named(row["feed"], connection)
    made = _broken_as_mended(feed, row, said) if row["broken"] else _whole_as_mended(row, said.cells)
    return {**row, "mended": made}


def _whole_as_mended(row: Row, said: Cells) -> Cells | None:
    """A cell that says the same keeps its text; a column that is not in the mended file keeps its cell."""
    written = cells_of(row)
    shown: Cells = row["mended"] or written
    made = _with_cells(shown, said)
    changed = any((made[name] or "") != (written.get(name) or "") for name in made)
    return made if changed else None


def _with_cells(before: Cells, said: Cells) -> Cells:
    return {name: cell if same_value(cell, said.get(name, cell)) else said[name] for name, cell in before.items()}


def _broken_as_mended(feed: Feed, row: Row, said: Said) -> Cells | None:
    """The cells that a person filled in; where there are none, the text if it was mended and is one row now."""
    of_file = cells_of_file(feed, row["file_name"], row["header"])
    if of_file is None:
        return None
    filled = {name: said.cells.get(name) for name in row["columns"] or ()}
    if any(filled.values()):
        return {**filled, **of_file}
    return cells_of_text(feed, row["file_name"], row["header"], said.text)


def _write_down(connection: Connection, by: str, rows: list[dict[str, Any]]) -> None:
    known = [row for row in rows if row["fingerprint"] is not None]
    for feed in {row["feed"] for row in known}:
        of_feed = [row for row in known if row["feed"] == feed]
        said = [_correction(row) for row in of_feed if row["mended"]]
        corrections.remember(connection, feed, by, said)
        corrections.forget(connection, feed, [(r["fingerprint"], r["occurrence"]) for r in of_feed if not r["mended"]])


def _correction(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in corrections.MARKS} | {"columns": row["mended"]}


def _change_corrections(connection: Connection, by: str, others: Mapping[str, Said]) -> list[str]:
    """A person thinks again of a row that is stored by now: the last word holds from the next load of its file."""
    changed: list[str] = []
    for feed in sorted({name.partition("/")[0] for name in others}):
        for known in corrections.remembered(connection, feed).iter_rows(named=True):
            name, before = reference(known | {"feed": feed}), json.loads(known["columns"])
            cells: Cells = others[name].cells if name in others else {}
            made = _with_cells(before, cells)
            if any(cells.get(column) for column in before) and made != before:
                corrections.remember(connection, feed, by, [_correction(known | {"mended": made})])
                changed.append(name)
    return changed
