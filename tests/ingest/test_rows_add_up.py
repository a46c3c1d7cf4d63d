"""Every row read is inserted, updated, unchanged or rejected, and the counts are those of a plain-Python ledger."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aim.ingest import tabular
from aim.ingest.feed import Delivery
from aim.ingest.feeds import FEEDS
from aim.ingest.report import Report
from tests.ingest.conftest import Store
from tests.ingest.files import fire, police, requests, requests_xml

Key = tuple[Any, ...]


@dataclass(frozen=True)
class Drawn:
    """A row as published, and what the ledger makes of it: scope, identity and content, or None for a reject."""

    row: Any
    taken: tuple[str, Key, Key] | None


@dataclass
class Ledger:
    """What the table should hold, kept with loops and dictionaries."""

    delivery: Delivery
    held: dict[Key, Key] = field(default_factory=dict[Key, Key])

    def enter(self, rows: list[Drawn]) -> tuple[int, int, int, int, int, int]:
        """Take a delivery; gives read, inserted, updated, unchanged, removed, rejected."""
        seen: Counter[Key] = Counter()
        new: dict[Key, Key] = {}
        for scope, identity, content in (drawn.taken for drawn in rows if drawn.taken):
            new[scope, identity, seen[scope, identity]] = content
            seen[scope, identity] += 1
        scopes = {key[0] for key in new}
        gone = [key for key in self.held if key[0] in scopes and key not in new]
        complete = len(new) == len(rows)
        removed = gone if self.delivery is Delivery.SNAPSHOT and complete else []
        unchanged = sum(self.held.get(key) == content for key, content in new.items())
        updated = sum(key in self.held for key in new) - unchanged
        for key in removed:
            del self.held[key]
        self.held |= new
        inserted = len(new) - updated - unchanged
        return len(rows), inserted, updated, unchanged, len(removed), len(rows) - len(new)


def counts(report: Report) -> tuple[int, int, int, int, int, int]:
    return report.read, report.inserted, report.updated, report.unchanged, report.removed, report.rejected


MONTHS = {"2026-03": True, "2026-04": True, "2025-12": True, "2026-13": False, "": False, "2026-11": False}
DEGREES = {
    ("-1.24", "54.57"): "here", ("-1.20", "54.60"): "there", ("", ""): "nowhere", ("0", "0.0"): "nowhere",
    ("54.57", "-1.24"): None, ("x", "54.57"): None, ("449200", "520300"): None, ("", "54.57"): None,
}  # fmt: skip
PLACES = st.sampled_from(list(DEGREES))
TYPES = {"Burglary": True, "Anti-social behaviour": True, "Sorcery": True, "": False}


@st.composite
def police_rows(draw: st.DrawFn) -> Drawn:
    """A street-level row; one in a dozen has too few fields."""
    month, place, kind = draw(st.tuples(st.sampled_from(list(MONTHS)), PLACES, st.sampled_from(list(TYPES))))
    crime, outcome = draw(st.sampled_from(["", "", "a", "b"])), draw(st.sampled_from(["", "Solved"]))
    if draw(st.integers(0, 11)) == 0:
        return Drawn("one,two", None)
    row = {"Crime ID": crime, "Month": month, "Longitude": place[0], "Latitude": place[1]}
    row |= {"Crime type": kind, "Last outcome category": outcome}
    if not (MONTHS[month] and DEGREES[place] and TYPES[kind]):
        return Drawn(row, None)
    identity = (crime,) if crime else (kind, DEGREES[place])
    return Drawn(row, (month, identity, (kind, DEGREES[place], outcome)))


DAYS = {"01 Mar 2026": "1", "01/03/2026": "1", "31 Dec 2025": "2", "31 Nov 2025": None, "01 Jan 1969": None, "": None}
METRES = {
    ("449200", "520300", "449250", "520350"): "exact",
    ("", "NULL", "449250", "520350"): "square",
    ("0", "0", "449250", "520350"): "square",
    ("NULL", "", "", ""): "nowhere",
    ("-1.24", "54.57", "", ""): None,
    ("", "", "x", "520350"): None,
}
NUMBERS = {"1": True, "2": True, "3": True, " ": False, "1E+05": False}


@st.composite
def fire_rows(draw: st.DrawFn) -> Drawn:
    """A row of the London Fire Brigade's layout."""
    day, place = draw(st.tuples(st.sampled_from(list(DAYS)), st.sampled_from(list(METRES))))
    number = draw(st.sampled_from(list(NUMBERS)))
    kind = draw(st.sampled_from(["Secondary Fire", "Chimney Fire", "Cat up a tree"]))
    row = {"DateOfCall": day, "IncidentNumber": number, "StopCodeDescription": kind}
    row |= dict(zip(("Easting_m", "Northing_m", "Easting_rounded", "Northing_rounded"), place, strict=True))
    if not (DAYS[day] and METRES[place] and NUMBERS[number]):
        return Drawn(row, None)
    return Drawn(row, ("", (number,), (DAYS[day], METRES[place], kind)))


TIMES = {
    ("2026-03-12T10:58:43Z", "2026-03-13T00:00:00Z"): "1", ("2026-03-12T11:58:43+01:00", ""): "1",
    ("", "2025-12-31T23:59:59Z"): "2", ("2025-12-31T23:59:59Z", "2025-01-01T00:00:00Z"): "2",
    ("2026-03-12T10:58:43", ""): None, ("2026-02-30T10:58:43Z", ""): None, ("", ""): None,
}  # fmt: skip


@st.composite
def council_requests(draw: st.DrawFn) -> Drawn:
    """A service request; text only, so that XML says the same as JSON."""
    time, place = draw(st.tuples(st.sampled_from(list(TIMES)), PLACES))
    number, status = draw(st.sampled_from(["1", "2", "3", ""])), draw(st.sampled_from(["open", "closed"]))
    row = {"service_request_id": number, "status": status, "requested_datetime": time[0], "updated_datetime": time[1]}
    row |= {"long": place[0], "lat": place[1]}
    if not (TIMES[time] and DEGREES[place] and number):
        return Drawn(row, None)
    return Drawn(row, ("", (number,), (TIMES[time], DEGREES[place], status)))


Write = Callable[[list[Any]], bytes]
CASES: dict[str, tuple[str, st.SearchStrategy[Drawn], Write]] = {
    "police": ("police-uk-street", police_rows(), lambda rows: police(*rows)),
    "fire": ("lfb-incidents", fire_rows(), lambda rows: fire(*rows)),
    "council JSON": ("open311", council_requests(), lambda rows: requests(*rows)),
    "council XML": ("open311", council_requests(), lambda rows: requests_xml(*rows)),
}
BRIEF = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize("case", CASES)
@BRIEF
@given(data=st.data())
def test_the_counts_are_those_of_the_ledger(shared_store: Store, case: str, data: st.DataObject) -> None:
    feed, rows, write = CASES[case]
    shared_store.clear()
    ledger = Ledger(FEEDS[feed].delivery)
    for _ in range(2):
        delivery = data.draw(st.lists(rows, max_size=14))
        body = write([drawn.row for drawn in delivery])
        assert counts(shared_store.load(feed, body)) == ledger.enter(delivery)
        assert counts(shared_store.load(feed, body)) == ledger.enter(delivery)
    assert shared_store.rows("SELECT count(*) AS n FROM incident") == [{"n": len(ledger.held)}]


@BRIEF
@given(rows=st.lists(police_rows(), min_size=20, max_size=40), block=st.integers(64, 4096))
def test_any_size_of_block_gives_the_same(shared_store: Store, rows: list[Drawn], block: int) -> None:
    """Ordinals of rows alike and line numbers count through the blocks."""
    body = police(*(drawn.row for drawn in rows))
    whole = outcome(shared_store, body)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tabular, "BLOCK", block)
        assert outcome(shared_store, body) == whole


def outcome(store: Store, body: bytes) -> tuple[Any, ...]:
    """All that a load into an empty database leaves behind, but for its duration."""
    store.clear()
    report = store.load("police-uk-street", body)
    incidents = store.rows("SELECT i::text AS incident FROM incident AS i ORDER BY 1")
    return incidents, store.rejects(), report.as_dict() | {"seconds": None}
