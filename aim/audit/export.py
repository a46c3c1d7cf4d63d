"""`export`: chosen lines of the log as a file, for a request of a person concerned, of a court or of an auditor."""

import csv
import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, TextIO

from sqlalchemy import Engine

from aim.audit.chain import one_look
from aim.audit.log import Action, operator, record
from aim.audit.reading import COLUMNS, SUBJECT, Wanted, as_dict
from aim.db.tables import audit_log
from aim.errors import UsageError
from aim.spreadsheet import defused

AT_ONCE: Final = 2_000
NAMES: Final = tuple(column.name for column in COLUMNS)
Lines = Iterable[dict[str, Any]]
Writer = Callable[[Lines, TextIO], int]


@dataclass(frozen=True)
class Given:
    """Who gets the lines and why, for the log."""

    recipient: str | None = None
    purpose: str | None = None


def export(engine: Engine, wanted: Wanted, form: str, out: Path, given: Given) -> int:
    """Write chosen lines to `out`, the oldest first, which another program sees whole or not at all; gives how many.

    That it was given away is in the log before there is a file. Raises UsageError where `out` cannot be written.
    """
    part = out.with_name(f".{os.getpid()}.{out.name}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as file:
            count = _write(engine, wanted, form, file)
        _log(engine, wanted, count, out, given)
        part.replace(out)
    except OSError as error:
        raise UsageError(f"{out} cannot be written ({error.strerror}): name another file with --out.") from error
    finally:
        part.unlink(missing_ok=True)
    return count


def _write(engine: Engine, wanted: Wanted, form: str, file: TextIO) -> int:
    with one_look(engine) as connection:
        rows = connection.execute(wanted.query().order_by(audit_log.c.id), execution_options={"yield_per": AT_ONCE})
        return WRITERS[form](map(as_dict, rows.mappings()), file)


def _log(engine: Engine, wanted: Wanted, count: int, out: Path, given: Given) -> None:
    chosen = {name: str(value) for name, value in asdict(wanted).items() if value is not None}
    told = {"lines": count, "file": out.name, "chosen": chosen, "recipient": given.recipient}
    with engine.begin() as connection:
        record(connection, Action.DISCLOSURE, operator(), SUBJECT, told, purpose=given.purpose)


def _csv(lines: Lines, file: TextIO) -> int:
    writer, count = csv.writer(file), 0
    writer.writerow(NAMES)
    for count, line in enumerate(lines, 1):  # noqa: B007  # the last number is how many
        cells = line | {"detail": json.dumps(line["detail"], ensure_ascii=False), "purpose": line["purpose"] or ""}
        writer.writerow([cell if isinstance(cell, int) else defused(cell) for cell in map(cells.__getitem__, NAMES)])
    return count


def _jsonl(lines: Lines, file: TextIO) -> int:
    count = 0
    for count, line in enumerate(lines, 1):  # noqa: B007  # the last number is how many
        file.write(json.dumps(line, ensure_ascii=False) + "\n")
    return count


WRITERS: Final[Mapping[str, Writer]] = {"csv": _csv, "jsonl": _jsonl}
