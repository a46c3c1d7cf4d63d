"""Made-up tables of a council that no feed knows, and a way to draft profiles of them."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from aim.ingest.draft.draft import Draft, draft
from aim.ingest.profile.schema import Profile, parse
from aim.ingest.source import payloads
from aim.vocabulary.nim import Agency

FIRST_DAY: Final = date(2026, 1, 20)
PROBLEMS: Final = ("Fly tipping", "Graffiti", "Litter", "Noise - domestic", "Dog fouling", "Wasps")
CALLERS: Final = ("Sarah Example", "John Sample", "Mary Madeup", "Peter Pretend", "Helen Nobody")


def job(at: int) -> dict[str, str]:
    """The job of that number: one a tenth of a day, on a street grid of the made-up town of Kelderby."""
    day = FIRST_DAY + timedelta(days=at // 10)
    return {
        "Job ref": f"KB/{260_000 + at}",
        "Date logged": day.strftime("%d/%m/%Y"),
        "Time logged": f"{(at * 7) % 24:02}:{(at * 11) % 60:02}",
        "Problem type": PROBLEMS[at % 7 % len(PROBLEMS)],
        "Easting": str(448_003 + (at * 137) % 4_000),
        "Northing": str(515_007 + (at * 211) % 4_000),
        "Status": ("Open", "Closed", "Duplicate")[at % 3],
        "Caller name": CALLERS[at % len(CALLERS)],
        "Telephone": f"01632 960{at % 1000:03}",
    }


def jobs(count: int, **changed: str) -> list[dict[str, str]]:
    """The first jobs, some columns the same in all."""
    return [job(at) | changed for at in range(count)]


def table(rows: Sequence[Mapping[str, str]], delimiter: str = ",") -> str:
    """Rows as CSV."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, list(rows[0]), delimiter=delimiter, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def columns(**values: Iterable[str]) -> list[dict[str, str]]:
    """Rows of columns."""
    return [dict(zip(values, row, strict=True)) for row in zip(*values.values(), strict=True)]


def drafted(
    folder: Path, rows: Sequence[Mapping[str, str]], name: str = "jobs.csv", agency: Agency | None = Agency.COUNCIL
) -> Draft:
    """The draft of a table."""
    path = folder / name
    path.write_text(table(rows), encoding="utf-8")
    [payload] = payloads([path])
    return draft(payload, None, agency)


def profile_of(found: Draft) -> Profile:
    """The profile of a draft that can be loaded."""
    assert found.undecided == ()
    return parse(found.profile, found.name)


def sure(found: Draft, field: str) -> list[tuple[str, str]]:
    """What was found of a field, and how sure that is."""
    return [(each.value, each.sure.value) for each in found.findings if each.field == field]


def evidence(found: Draft, field: str) -> str:
    """Why a field was found to be as it is."""
    return " ".join(each.why for each in found.findings if each.field == field)


def count(rows: int, pattern: str = "{}") -> list[str]:
    """Values that differ in each row."""
    return [pattern.format(at) for at in range(1, rows + 1)]
