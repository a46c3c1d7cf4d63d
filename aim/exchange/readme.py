"""What a disclosure says of itself, for the person who opens the folder."""

from collections.abc import Iterable, Iterator
from datetime import date
from textwrap import fill
from typing import Any, Final

from aim.exchange.period import spelt

WIDTH: Final = 100
CERTAINTY: Final = {
    "seen": "",
    "summarised": " (from a summary of the regulations: not checked against their text)",
    "unverified": " (unverified: check before you rely on it)",
}


def readme(about: dict[str, Any]) -> str:
    """The page as text, from the manifest."""
    return "\n".join(_lines(about)) + "\n"


def _lines(about: dict[str, Any]) -> Iterator[str]:
    yield from (about["title"], "=" * len(about["title"]), "")
    if about["made_up"]:
        yield from _paragraph("This place is made up, and so is everything in these files.")
    yield from _paragraph(f"{about['law']['act']}; {about['law']['regulations']}.")
    yield from _facts(about)
    yield from _heading("Sets in this folder")
    for entry in about["sets"]:
        yield from _disclosed(entry)
    yield from _heading("Sets that could not be made")
    for entry in about["not_produced"]:
        yield from _item(f"{_named(entry)}: {entry['reason']}")
    yield from _heading("What was made less exact")
    yield from _items(about["generalised"])
    yield from _heading("What was left out")
    yield from _items(about["left_out"])
    yield from _heading("Before you pass it on")
    yield from _paragraph(about["risk"], gap=False)
    yield from _heading("Sources")
    yield from _items(_attributions(about["sets"]))


def _facts(about: dict[str, Any]) -> Iterator[str]:
    when = about["period"]
    yield f"Period:       {_day(when['first_day'])} to {_day(when['last_day'])}, London time"
    yield f"Disclose by:  {_day(when['disclose_by'])}{' (overdue)' if when['overdue'] else ''}"
    yield f"Area:         {about['area']['name']} ({about['area']['kind']} {about['area']['id']})"
    yield f"Agency:       {about['agency']}"
    yield f"Marking:      {about['marking']}"
    yield f"Prepared:     {about['prepared_at']}"
    yield "Checksums:    manifest.json"
    if not when["over"]:
        yield from ("", "The period is not over: this is not yet the disclosure that is due.")


def _disclosed(entry: dict[str, Any]) -> Iterator[str]:
    yield from _item(f"{entry['file']}: {_named(entry)}. Rows: {entry['rows']:,}; alone: {entry['alone']:,}.")
    for feed in entry["feeds"]:
        yield from _paragraph(f"From {feed['feed']}: {feed['rows']:,}; {feed['note']}.", "    ", gap=False)
    for note in entry["notes"]:
        yield from _paragraph(note, "    ", gap=False)


def _named(entry: dict[str, Any]) -> str:
    return f"{entry['title']} [{entry['agency']}, {entry['paragraph']}]{CERTAINTY[entry['certainty']]}"


def _attributions(disclosed: list[dict[str, Any]]) -> list[str]:
    feeds = [feed for entry in disclosed for feed in entry["feeds"]]
    return list(dict.fromkeys(f"{feed['attribution']} ({feed['feed']}; licence: {feed['licence']})" for feed in feeds))


def _day(iso: str) -> str:
    return spelt(date.fromisoformat(iso))


def _heading(text: str) -> Iterator[str]:
    yield from ("", text, "-" * len(text))


def _items(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        yield from _item(text)


def _item(text: str) -> Iterator[str]:
    yield from fill(text, WIDTH, initial_indent="  - ", subsequent_indent="    ").split("\n")


def _paragraph(text: str, indent: str = "", *, gap: bool = True) -> Iterator[str]:
    yield from fill(text, WIDTH, initial_indent=indent, subsequent_indent=indent).split("\n")
    if gap:
        yield ""
