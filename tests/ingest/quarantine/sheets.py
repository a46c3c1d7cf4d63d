"""An export as a person mends it in a spreadsheet."""

import csv
from pathlib import Path

from aim.ingest.quarantine import export_rejects
from aim.ingest.quarantine.fix import Fixed, fix
from tests.ingest.conftest import AS_OF, Store

Sheet = list[dict[str, str]]


def exported(store: Store, feed: str | None = None) -> Sheet:
    """The quarantine as a spreadsheet shows it."""
    path = store.folder / "rejects.csv"
    export_rejects(store.engine, path, feed)
    with path.open(newline="", encoding="utf-8-sig") as lines:
        return list(csv.DictReader(lines))


def given_back(store: Store, sheet: Sheet) -> Path:
    """The spreadsheet, saved."""
    path = store.folder / "mended.csv"
    with path.open("w", newline="", encoding="utf-8-sig") as lines:
        writer = csv.DictWriter(lines, list(sheet[0]) if sheet else ["reject"], extrasaction="ignore")
        writer.writeheader()
        writer.writerows(sheet)
    return path


def mend(store: Store, cells: dict[str, str]) -> Fixed:
    """Export, write these cells into each row, take back."""
    return fix(store.engine, given_back(store, [row | cells for row in exported(store)]), AS_OF, "a tester")
