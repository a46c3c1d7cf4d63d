"""Writes the made-up feeds, the made-up town and the answer sheets: `python data/samples/generate.py [FOLDER]`.

The same bytes on each run. The folder is the one of this file unless another is named.
"""

import json
import sys
from pathlib import Path

from generator import (
    council,
    council_feeds,
    fire,
    fire_irs,
    lfb,
    offending_places,
    open311,
    planted,
    police,
    police_exports,
    police_feeds,
    streets,
    town,
)
from generator.clock import END, MONTHS
from generator.sheet import Sheet

POLICE = "police/{month}/{month}-madeup-street.csv"
COUNCIL_JSON = "council/open311-2025-10_2026-09.json"
COUNCIL_XML = "council/open311-2026-09.xml"
FIRE = "fire/fire-incidents-2025-10_2026-09.csv"


def main(folder: Path) -> None:
    """Write everything under `folder`."""
    expected: dict[str, object] = {"as_of": END.isoformat()}
    laid_out = streets.lay_out()
    calls = fire.incidents(laid_out)
    requests = council.requests(laid_out, calls)
    expected["police"] = write_police(folder, laid_out)
    expected["council"] = write_council(folder, requests)
    expected["fire"] = write_fire(folder, calls)
    expected |= write_sheets(folder, council_feeds.sheets(laid_out, calls, requests))
    own_fires = fire_irs.sheet(laid_out)
    expected |= write_sheets(folder, [*police_feeds.sheets(laid_out), *police_exports.sheets(laid_out, own_fires)])
    expected |= write_sheets(folder, [own_fires, offending_places.sheet(laid_out)])
    write_areas(folder)
    write_json(folder / "planted.json", planted.answer_sheet())
    write_json(folder / "duplicates.json", duplicates(requests))
    write_json(folder / "expected.json", expected)


def write_police(folder: Path, laid_out: streets.Streets) -> dict[str, object]:
    """One snapshot a month; returns what to expect of each."""
    expected: dict[str, object] = {}
    for number, month in enumerate(MONTHS):
        text, tally = police.month_file(laid_out, number)
        name = POLICE.format(month=month)
        write(folder / name, text)
        expected[name] = tally.report()
    return expected


def write_council(folder: Path, requests: list[council.Request]) -> dict[str, object]:
    """The year as JSON, the last days as XML; returns what to expect of each, loaded in that order."""
    text, tally = open311.as_json(requests)
    write(folder / COUNCIL_JSON, text)
    xml, after_json = open311.as_xml(requests)
    write(folder / COUNCIL_XML, xml)
    return {COUNCIL_JSON: tally.report(), COUNCIL_XML: after_json}


def write_fire(folder: Path, calls: list[fire.Incident]) -> dict[str, object]:
    """The year as one CSV file; returns what to expect of it."""
    text, tally = lfb.as_csv(calls)
    write(folder / FIRE, text, lfb.ENCODING)
    return {FIRE: tally.report()}


def write_sheets(folder: Path, sheets: list[Sheet]) -> dict[str, object]:
    """One CSV file of each feed that the demo does not load; returns what to expect of each, by feed."""
    for sheet in sheets:
        write(folder / sheet.path(), sheet.text(), sheet.encoding)
    return {sheet.feed: {sheet.path(): sheet.report()} for sheet in sheets}


def write_areas(folder: Path) -> None:
    """The town and its wards."""
    whole = town.geojson([({"CODE": town.TOWN_CODE, "NAME": town.TOWN}, town.outline())])
    write(folder / "areas/town.geojson", json.dumps(whole) + "\n")
    wards = town.geojson([({"WD_CODE": code, "WD_NAME": name}, ring) for code, name, ring in town.wards()])
    write(folder / "areas/wards.geojson", json.dumps(wards) + "\n")


def duplicates(requests: list[council.Request]) -> dict[str, object]:
    """The events that are in two feeds."""
    pairs = [
        [{"feed": "fire", "source_id": r.twin.number}, {"feed": "council", "source_id": r.id}]
        for r in requests
        if r.twin
    ]
    return {"within_m": 100, "within_hours": 48, "pairs": pairs}


def write_json(path: Path, content: object) -> None:
    """Indented, for people to read."""
    write(path, json.dumps(content, indent=1) + "\n")


def write(path: Path, text: str, encoding: str = "utf-8") -> None:
    """Line ends are LF on every system, as the publishers have them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode(encoding))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
