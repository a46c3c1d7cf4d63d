"""Reading plain CSV files for `aim analyse`: what is wrong is told with its line and what to do."""

from pathlib import Path

import numpy as np
import polars as pl

from aim.errors import UnreadableFile, UsageError, WrongColumns
from aim.hotspots.grid import Cells, Grid, parse_hex

MOST = 2**53  # up to here float64 holds every whole number
TIMES = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S%.f")


def read(path: Path, columns: tuple[str, ...]) -> pl.DataFrame:
    """`line` and all columns of a CSV file as text, blank lines left out; the file may be gzipped.

    Raises UnreadableFile where it is no such file or has no rows, and WrongColumns unless each of `columns` is there
    once.
    """
    if not path.is_file():
        raise UnreadableFile(f"{path} is not a file.")
    try:
        rows = pl.read_csv(path, infer_schema=False, glob=False)
    except pl.exceptions.NoDataError as error:
        raise UnreadableFile(f"{path} is empty.") from error
    except (pl.exceptions.PolarsError, OSError) as error:
        reason = str(error).partition("\n")[0][:200]
        raise UnreadableFile(f"{path} cannot be read as CSV text in UTF-8: {reason}.") from error
    _check_columns(path, rows.columns, columns)
    filled = pl.any_horizontal(pl.all().is_not_null())
    rows = rows.with_columns(filled=filled).with_row_index("line", offset=2).filter("filled")
    if rows.is_empty():
        raise UnreadableFile(f"{path} has a header and no rows.")
    return rows


def _check_columns(path: Path, there: list[str], columns: tuple[str, ...]) -> None:
    """Raise WrongColumns unless each is there once; Polars renames the second of two of one name."""
    for name in columns:
        if name not in there:
            seen, needed = ", ".join(there)[:200], ",".join(columns)
            raise WrongColumns(f"{path} has no column {name!r}. It needs {needed}; its first line has {seen!r}.")
        if f"{name}_duplicated_0" in there:
            raise WrongColumns(f"{path} has the column {name!r} twice.")


def refuse(path: Path, rows: pl.DataFrame, fault: pl.Expr, column: str, what: str) -> None:
    """Raise UnreadableFile for the first row where `fault` is true."""
    line, value = next(rows.filter(fault).select("line", column).iter_rows(), (None, None))
    if line is not None:
        raise UnreadableFile(f"{path}, line {line}: the {column} {str(value or '')[:80]!r} {what}.")


def with_numbers(
    path: Path, rows: pl.DataFrame, column: str, what: str, *, least: float = -MOST, most: float = MOST
) -> pl.DataFrame:
    """The rows with `number_<column>` (Float64) between two bounds. Raises UnreadableFile: it `is not <what>`."""
    name = f"number_{column}"
    rows = rows.with_columns(pl.col(column).cast(pl.Float64, strict=False).alias(name))
    refuse(path, rows, ~pl.col(name).is_between(least, most).fill_null(False), column, f"is not {what}")
    return rows


def with_cells(path: Path, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with `h3` (UInt64) from the column `cell`. Raises UnreadableFile for what is no H3 cell."""
    rows = rows.with_columns(h3=parse_hex(rows["cell"]))
    refuse(path, rows, pl.col("h3").is_null(), "cell", "is not an H3 cell in hexadecimal")
    return rows


def with_days(path: Path, rows: pl.DataFrame, column: str) -> pl.DataFrame:
    """The rows with `day_<column>` (Int64): days since 1970 of dates, or the whole numbers that are there instead.

    Raises UnreadableFile where the column has neither, or one sometimes and the other at other times.
    """
    name = f"day_{column}"
    dates = pl.col(column).str.to_date("%Y-%m-%d", strict=False).cast(pl.Int32).cast(pl.Int64)
    numbers = pl.col(column).str.strip_chars().cast(pl.Int64, strict=False)
    kind = dates if rows.select(dates.is_not_null().any()).item() else numbers
    rows = rows.with_columns(kind.alias(name))
    what = "is not a date such as 2026-09-30, nor are all of them whole numbers"
    refuse(path, rows, pl.col(name).is_null() | (pl.col(name).abs() > 10_000_000), column, what)
    return rows


def with_times(path: Path, rows: pl.DataFrame, column: str, zone: str, *, may_lack: bool) -> pl.DataFrame:
    """The rows with `time_<column>` in UTC from times on the clocks of a zone; of an hour that comes twice the first.

    Raises UnreadableFile for what is no time, and for times that those clocks never showed; UsageError for a zone that
    nobody knows.
    """
    name, text = f"time_{column}", pl.col(column).str.strip_chars().str.replace("T", " ", literal=True)
    rows = rows.with_columns(
        pl.coalesce(text.str.to_datetime(form, time_unit="us", strict=False) for form in TIMES).alias(name)
    )
    absent = pl.col(column).is_null() | pl.col(column).str.strip_chars().is_in(["", "NA"])
    fault = pl.col(name).is_null() & ~(absent if may_lack else pl.lit(False))
    refuse(path, rows, fault, column, "is not a time such as 2026-09-30 18:05")
    try:
        shown = pl.col(name).dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
        rows = rows.with_columns(shown.dt.convert_time_zone("UTC").alias(f"{name}_utc"))
    except pl.exceptions.ComputeError as error:
        raise UsageError(f"There is no time zone {zone!r}: give one such as Europe/London or UTC.") from error
    never = pl.col(name).is_not_null() & pl.col(f"{name}_utc").is_null()
    refuse(path, rows, never, column, f"never was on the clocks of {zone}, which went forward then")
    return rows.with_columns(pl.col(f"{name}_utc").dt.replace_time_zone(None).alias(name))


def grid_of(path: Path, cells: Cells) -> Grid:
    """The grid of the file's cells; what a grid refuses, such as two resolutions, is here the file's fault."""
    try:
        return Grid.of(cells)
    except UsageError as error:
        raise UnreadableFile(f"{path}: {error}") from error


def whole_if_all_are(numbers: pl.Series) -> pl.Series:
    """Numbers as whole ones, so that they are written as they came, unless any has a fraction."""
    return numbers.cast(pl.Int64) if (numbers == numbers.floor()).all() else numbers


def times(column: pl.Series) -> np.ndarray[tuple[int], np.dtype[np.datetime64]]:
    """Times in UTC as an array, NaT for none."""
    return column.to_numpy().astype("datetime64[us]")
