"""The methods of `aim score` on plain files, with no database: `aim analyse`."""

from pathlib import Path

import numpy as np
import polars as pl

from aim.errors import UnreadableFile, UsageError, WrongColumns
from aim.hotspots.grid import Cells, Grid, parse_hex
from aim.hotspots.methods.gi_star import gi_star

FARTHEST = 10
MOST = 2**53  # up to here float64 holds every whole number


def gi_star_file(cells_csv: Path, k: int) -> pl.DataFrame:
    """Getis-Ord Gi* of a CSV file with columns `cell` (hexadecimal H3) and `count`, one row for each cell of the area.

    Empty cells must be there with a count of 0: they are part of the average. Other columns are passed over; the file
    may be gzipped. Gives `cell`, `count`, `neighbours` (within `k` steps, itself included), `z`, `p` (two-sided), `q`
    (Benjamini-Hochberg), in the order of the file. Raises UsageError for `k` beyond 0 to 10, WrongColumns, and
    UnreadableFile naming the first line at fault.
    """
    if not 0 <= k <= FARTHEST:
        raise UsageError(f"k is {k}: give the steps to the farthest neighbour, from 0 to {FARTHEST}.")
    table = _checked(cells_csv, _read(cells_csv))
    cells = table["h3"].to_numpy()
    grid = _grid(cells_csv, cells)
    at = grid.index_of(cells)
    counts = np.empty(len(grid))
    counts[at] = table["number"].to_numpy()
    near = grid.neighbours(k)
    z, p, q = gi_star(counts, near)
    found = {"neighbours": near.sizes[at], "z": z[at], "p": p[at], "q": q[at]}
    return table.select("cell", count=_whole_if_all_are(table["number"])).with_columns(**found)


def _read(path: Path) -> pl.DataFrame:
    """`line`, `cell` and `count` as text, blank lines left out."""
    if not path.is_file():
        raise UnreadableFile(f"{path} is not a file.")
    try:
        rows = pl.read_csv(path, infer_schema=False, glob=False)
    except pl.exceptions.NoDataError as error:
        raise UnreadableFile(f"{path} is empty.") from error
    except (pl.exceptions.PolarsError, OSError) as error:
        reason = str(error).partition("\n")[0][:200]
        raise UnreadableFile(f"{path} cannot be read as CSV text in UTF-8: {reason}.") from error
    _check_columns(path, rows.columns)
    filled = pl.any_horizontal(pl.all().is_not_null())
    return rows.with_columns(filled=filled).with_row_index("line", offset=2).filter("filled")


def _check_columns(path: Path, columns: list[str]) -> None:
    """Raise WrongColumns unless `cell` and `count` are there once; Polars renames the second of two of one name."""
    for name in ("cell", "count"):
        if name not in columns:
            seen = ", ".join(columns)[:200]
            raise WrongColumns(f"{path} has no column {name!r}. It needs cell,count; its first line has {seen!r}.")
        if f"{name}_duplicated_0" in columns:
            raise WrongColumns(f"{path} has the column {name!r} twice.")


def _checked(path: Path, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with `h3` (UInt64) and `number` (Float64). Raises UnreadableFile where any row has something else."""
    if rows.is_empty():
        raise UnreadableFile(f"{path} has a header and no rows.")
    rows = rows.with_columns(h3=parse_hex(rows["cell"]), number=pl.col("count").cast(pl.Float64, strict=False))
    _refuse(path, rows, pl.col("h3").is_null(), "cell", "is not an H3 cell in hexadecimal")
    _refuse(path, rows, ~pl.col("h3").is_first_distinct(), "cell", "was there before: give each cell once")
    countable = pl.col("number").is_between(0, MOST).fill_null(False)
    _refuse(path, rows, ~countable, "count", "is not a number of incidents, 0 or more")
    return rows


def _refuse(path: Path, rows: pl.DataFrame, fault: pl.Expr, column: str, what: str) -> None:
    """Raise UnreadableFile for the first row where `fault` is true."""
    line, value = next(rows.filter(fault).select("line", column).iter_rows(), (None, None))
    if line is not None:
        raise UnreadableFile(f"{path}, line {line}: the {column} {str(value or '')[:80]!r} {what}.")


def _grid(path: Path, cells: Cells) -> Grid:
    """The grid of the file's cells; what a grid refuses, such as two resolutions, is here the file's fault."""
    try:
        return Grid.of(cells)
    except UsageError as error:
        raise UnreadableFile(f"{path}: {error}") from error


def _whole_if_all_are(numbers: pl.Series) -> pl.Series:
    """Counts as whole numbers, so that they are written as they came, unless they are weighted."""
    return numbers.cast(pl.Int64) if (numbers == numbers.floor()).all() else numbers
