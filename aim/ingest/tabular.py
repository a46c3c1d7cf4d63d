"""CSV, streamed in blocks: a fast way for well-formed blocks, a careful one for the rest.

A block is cut only where a record ends, so memory does not grow with the file. The fast way proves that each row has
the header's number of fields by counting; where it cannot, Python's own `csv` reads the block row by row and puts
aside the rows that do not fit.
"""

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import chain
from typing import BinaryIO, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from aim.errors import UnreadableFile, WrongColumns
from aim.ingest.feed import BROKEN_SCHEMA, Rows, no_broken
from aim.ingest.reasons import RejectReason
from aim.ingest.source import Payload

BLOCK = 8 << 20
LONGEST_BLOCK = 64 << 20
LONGEST_RECORD = 1 << 20
CAREFUL = LONGEST_RECORD // 2
"""Bytes of a record from which on it is looked at with care; characters may be fewer."""
BOM = b"\xef\xbb\xbf"
csv.field_size_limit(2 * LONGEST_BLOCK)


@dataclass(frozen=True)
class Table:
    """What is looked for in a table: `required` columns, `wanted` ones (with those), columns `personal` to drop."""

    required: tuple[str, ...]
    wanted: tuple[str, ...]
    personal: tuple[str, ...] = ()
    delimiter: str = ","


def csv_reader(table: Table) -> Callable[[Payload], Iterator[Rows]]:
    """A `Feed.read` for CSV files that hold at least the required columns, in any order.

    Its frames have the wanted columns, null where the file lacks one, and no others: what nobody uses is not kept.
    """

    def read(payload: Payload) -> Iterator[Rows]:
        with payload.open() as stream:
            yield from _read(stream, payload.name, table)

    return read


def has_columns(columns: tuple[str, ...], delimiter: str = ",") -> Callable[[bytes], bool]:
    """A `Feed.recognises` for CSV files: the header holds all of `columns`."""

    def recognises(head: bytes) -> bool:
        header, *_ = head.removeprefix(BOM).splitlines() or [b""]
        return set(columns) <= set(_fields(header.decode(errors="replace"), delimiter))

    return recognises


def _read(stream: BinaryIO, name: str, table: Table) -> Iterator[Rows]:
    blocks = _blocks(stream, name)
    first = next(blocks, b"")
    header, _, rest = first.removeprefix(BOM).partition(b"\n")
    names = _check_header(header, name, table)
    line, about_file = 2, dropped(names, table)
    for block in chain([rest], blocks):
        if block:
            text, notes = _utf8(block, name)
            rows = _parse(text, names, line, table)
            yield Rows(wanted_of(rows.frame, table), rows.broken, notes + about_file)
            line += block.count(b"\n")


def dropped(names: list[str], table: Table) -> tuple[str, ...]:
    """The note on the columns of a file that are personal and were left behind."""
    found = [name for name in names if name in table.personal]
    return (f"Dropped at the door, because they are about persons: {', '.join(found)}.",) if found else ()


def wanted_of(frame: pl.DataFrame, table: Table) -> pl.DataFrame:
    """`line` and the wanted columns of a frame, null where it lacks one."""
    known = set(frame.columns)
    columns = (pl.col(name) if name in known else pl.lit(None, pl.String).alias(name) for name in table.wanted)
    return frame.select("line", *columns)


def _blocks(stream: BinaryIO, name: str) -> Iterator[bytes]:
    rest = b""
    while data := stream.read(BLOCK):
        if b"\0" in data:
            raise UnreadableFile(f"{name} is not a text file (it holds zero bytes). Save it as CSV in UTF-8.")
        rest += data
        end = _record_end(rest)
        if end == 0 and len(rest) > LONGEST_BLOCK:
            end = rest.rfind(b"\n") + 1 or len(rest)
        if end:
            yield rest[:end]
            rest = rest[end:]
    if rest:
        yield rest


def _record_end(block: bytes) -> int:
    """Just after the last line end that no open quote spans; 0 where there is none."""
    end = block.rfind(b"\n")
    quotes = block.count(b'"', 0, max(end, 0))
    while end >= 0 and quotes % 2:
        earlier = block.rfind(b"\n", 0, end)
        quotes -= block.count(b'"', max(earlier, 0), end)
        end = earlier
    return end + 1


def _check_header(header: bytes, name: str, table: Table) -> list[str]:
    if not header.strip():
        raise UnreadableFile(f"{name} is empty.")
    if b"\r" in header.rstrip(b"\r"):
        raise UnreadableFile(f"{name} ends its lines with CR alone. Save it again with LF or CRLF line ends.")
    if len(header) > LONGEST_RECORD:
        raise UnreadableFile(f"The first line of {name} is longer than a megabyte: this is not a CSV file.")
    return check_names(_fields(_utf8(header, name)[0].decode(), table.delimiter), name, table)


def check_names(names: list[str], name: str, table: Table) -> list[str]:
    """The names of a file's columns as its frame has them. Raises WrongColumns for one that is missing or twice."""
    missing = [column for column in table.required if column not in names]
    if missing:
        spare = [column for column in names if column not in table.required]
        raise WrongColumns(f"{_missing_columns(name, missing, spare)} Its columns are: {', '.join(names)}.")
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise WrongColumns(f"{name} has more than one column {', '.join(map(repr, twice))}: remove or rename one.")
    return [f"{column} (of the source)" if column == "line" else column for column in names]


def _missing_columns(name: str, missing: list[str], spare: list[str]) -> str:
    parts: list[str] = []
    for column in missing:
        near = get_close_matches(column, spare, n=1, cutoff=0.7)
        parts.append(repr(column) + (f" (is {near[0]!r} the same under a new name?)" if near else ""))
    return f"{name} lacks the column{'s' * (len(parts) > 1)} {', '.join(parts)}."


def _fields(header: str, delimiter: str) -> list[str]:
    return [field.strip() for field in next(csv.reader([header.strip("\r\n")], delimiter=delimiter), [])]


def _utf8(block: bytes, name: str) -> tuple[bytes, tuple[str, ...]]:
    """The block in UTF-8. What is not UTF-8 is Windows-1252 here: British councils and brigades export that."""
    try:
        block.decode()
    except UnicodeDecodeError:
        try:
            return block.decode("cp1252").encode(), ("Text that is not UTF-8 was read as Windows-1252.",)
        except UnicodeDecodeError as error:
            raise UnreadableFile(f"{name} is neither UTF-8 nor Windows-1252 text: export it as UTF-8.") from error
    return block, ()


def _parse(block: bytes, names: list[str], line: int, table: Table) -> Rows:
    """A CR that ends no line is a space here: readers differ on whether it ends a row."""
    if b"\r" in block:
        block = block.replace(b"\r\n", b"\n").replace(b"\r", b" ")
    frame = _fast(block, names, line, table)
    return _careful(block, names, line, table) if frame is None else Rows(frame, no_broken())


def _fast(block: bytes, names: list[str], line: int, table: Table) -> pl.DataFrame | None:
    """The block by a vectorised reader, or None where it cannot be shown to be a plain table."""
    if not block.endswith(b"\n"):
        block += b"\n"  # polars lets a field too many pass on a line that nothing ends
    records = _records(block, table.delimiter)
    if records is None or records.separators != len(records.ends) * (len(names) - 1) or records.longest > CAREFUL:
        return None
    try:
        frame = pl.read_csv(
            io.BytesIO(block),
            has_header=False,
            schema=dict.fromkeys(names, pl.String),
            columns=[at for at, name in enumerate(names) if name in table.wanted] or [0],
            separator=table.delimiter,
            encoding="utf8",
        )
    except pl.exceptions.PolarsError:
        return None
    if frame.height != len(records.ends):
        return None
    return frame.insert_column(0, pl.Series("line", records.first_lines + line))


class _Records(NamedTuple):
    """How a block falls into records: a line end outside quotes ends one, a separator there parts two fields."""

    separators: int
    ends: NDArray[np.int64]
    first_lines: NDArray[np.int64]
    """Line on which each begins, the block's first line being 0."""

    @property
    def longest(self) -> int:
        """Bytes."""
        return int(np.diff(self.ends, prepend=0).max())


def _records(block: bytes, delimiter: str) -> _Records | None:
    """None where a quote stands within a field: readers differ on that."""
    octets = np.frombuffer(b"\n" + block, np.uint8)
    ends, separators = np.flatnonzero(octets == ord("\n"))[1:], np.flatnonzero(octets == ord(delimiter))
    if b'"' not in block:
        return _Records(len(separators), ends, np.arange(len(ends)))
    quotes = np.flatnonzero(octets == ord('"'))
    beside = np.concatenate([octets[quotes[::2] - 1], octets[quotes[1::2] + 1]])
    if len(quotes) % 2 or not np.isin(beside, np.frombuffer(f'{delimiter}\n"'.encode(), np.uint8)).all():
        return None
    outside = np.flatnonzero(np.searchsorted(quotes, ends) % 2 == 0)
    first_lines = np.concatenate([[0], outside[:-1] + 1])
    return _Records(int(np.count_nonzero(np.searchsorted(quotes, separators) % 2 == 0)), ends[outside], first_lines)


def _careful(block: bytes, names: list[str], line: int, table: Table) -> Rows:
    """Row by row. A broken row has no columns, so where some are personal nothing of it may be kept."""
    rows: list[list[str | None]] = []
    lines: list[int] = []
    broken: list[tuple[int, str, str, str]] = []
    texts = list(io.StringIO(block.decode()))
    reader, end = csv.reader(texts, delimiter=table.delimiter), 0
    for row in reader:
        start, end = end, reader.line_num
        raw = "".join(texts[start:end]).removesuffix("\n")
        _refuse_open_quote(raw, line + start, end - start)
        if len(raw) > LONGEST_RECORD:
            kept = "" if table.personal else raw[:1000]
            broken.append((line + start, RejectReason.RECORD_TOO_LONG, f"{len(raw):,} characters", kept))
        elif len(row) == len(names):
            rows.append([value or None for value in row])
            lines.append(line + start)
        elif row:
            detail = f"{len(row)} fields instead of {len(names)}"
            broken.append((line + start, RejectReason.WRONG_FIELD_COUNT, detail, "" if table.personal else raw))
    frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")
    frame.insert_column(0, pl.Series("line", lines, pl.Int64))
    return Rows(frame, pl.DataFrame(broken, schema=BROKEN_SCHEMA, orient="row"))


def _refuse_open_quote(raw: str, line: int, lines: int) -> None:
    """A quote that is never closed swallows the lines after it, which nothing would then count."""
    if lines > 1 and (raw.count('"') % 2 or len(raw) > LONGEST_RECORD):
        raise UnreadableFile(
            f'The record on line {line} runs over {lines} lines: a quote (") is opened there and never closed.'
        )
