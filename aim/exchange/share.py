"""The statutory disclosure of one quarter and area: a CSV file for each set, a manifest and a page for people.

`share` is the only way that a disclosure leaves, and it writes in the log (Data Protection Act 2018, section 62) who is
to get it, whose data, of when and where, which files, with which checksums.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine

from aim.areas import Area, area_named
from aim.audit.log import Action, operator, record
from aim.errors import Refused
from aim.exchange import manifest
from aim.exchange.folder import check_free, whole_folder
from aim.exchange.holdings import Holding, holdings, sources, why_none
from aim.exchange.period import Period, period
from aim.exchange.readme import readme
from aim.exchange.rows import Extract
from aim.exchange.sets import StatutorySet, sets
from aim.ingest.feed import Feed

MANIFEST: Final = "manifest.json"
README: Final = "README.txt"


@dataclass(frozen=True)
class Request:
    """What is asked for: a quarter such as 2026Q3, an area's id, and one agency's sets or all."""

    quarter: str
    area: str
    agency: str | None = None
    recipient: str | None = None
    """Who is to get it, for the log."""


def share(engine: Engine, asked: Request, out: Path, as_of: datetime, feeds: Mapping[str, Feed]) -> dict[str, Any]:
    """Write the disclosure to the new folder `out` and return its manifest.

    `as_of` (with a zone) is when; `feeds` say what the words of loaded feeds mean. One snapshot of the database, one
    query a set. Raises UsageError for a quarter that is none or a folder that exists, UnknownName for an area that
    does not, and Refused where no set can be made. The folder then does not exist.
    """
    when = period(asked.quarter, as_of)
    check_free(out)
    with engine.connect().execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True) as connection:
        where = area_named(connection, asked.area)
        held = holdings(connection, where.id, when, feeds)
        plan = [(wanted, sources(connection, wanted, held)) for wanted in sets(asked.agency)]
        missing = [manifest.missing(wanted, why_none(wanted, held, feeds)) for wanted, found in plan if not found]
        if len(missing) == len(plan):
            raise Refused(_nothing(missing, where, when))
        with whole_folder(out) as folder:
            extract = Extract(connection, where.id, when, feeds)
            written = list(_written(extract, [(w, found) for w, found in plan if found], folder))
            about = manifest.about(where, when, asked.agency, as_of, written, missing)
            described = _described(folder, about)
            _log(engine, asked, described)
            return described


def _written(
    extract: Extract, plan: list[tuple[StatutorySet, list[Holding]]], folder: Path
) -> Iterator[dict[str, Any]]:
    for wanted, found in plan:
        file = folder / f"{wanted.id}.csv"
        with file.open("wb") as stream:
            tally = extract.write(wanted, [holding.feed for holding in found], stream)
        yield manifest.disclosed(wanted, found, tally, file.name, checksum(file))


def checksum(file: Path) -> str:
    """SHA-256 in hexadecimal."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _described(folder: Path, about: dict[str, Any]) -> dict[str, Any]:
    page = folder / README
    page.write_text(readme(about), encoding="utf-8")
    about["files"] = {file.name: checksum(file) for file in sorted(folder.iterdir())}
    (folder / MANIFEST).write_text(json.dumps(about, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return about


def _log(engine: Engine, asked: Request, about: dict[str, Any]) -> None:
    """In the log before the folder takes its name. A transaction of its own: the disclosure's is one of reading."""
    told = {"sets": {entry["set"]: entry["rows"] for entry in about["sets"]}, "files": about["files"]}
    told |= {"agency": asked.agency, "recipient": asked.recipient}
    with engine.begin() as connection:
        record(connection, Action.DISCLOSURE, operator(), f"share/{asked.area}/{asked.quarter}", told)


def _nothing(missing: list[dict[str, Any]], where: Area, when: Period) -> str:
    reasons = list(dict.fromkeys(entry["reason"] for entry in missing))
    return f"None of the sets can be made for {where.name} in {when.name}; nothing was written. {' '.join(reasons[:3])}"
