"""Open311 servers cut their answers off without a word: no request is lost, or it is said which second is at fault."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from hypothesis import given, settings
from hypothesis import strategies as st

from aim.errors import FetchFailed
from aim.ingest.fetching.kind import Answer, Ask, Checkpoint, Load, Remember
from aim.ingest.fetching.kinds.open311 import LONGEST, SECOND, Settings, plan
from aim.ingest.fetching.raw import Kept, Origin
from tests.ingest.fetching.conftest import NOW

URL = "https://council.example/open311/v2"
SINCE = datetime(2026, 6, 1, tzinfo=UTC)
DAYS_90 = timedelta(days=90)


class Council:
    """A server with requests, a cut-off and its own reading of the bounds."""

    def __init__(self, requests: list[datetime], cut_off: int, *, inclusive: tuple[bool, bool] = (True, True)) -> None:
        self.requests, self.cut_off, self.inclusive = sorted(requests, reverse=True), cut_off, inclusive
        self.asked: list[tuple[datetime, datetime]] = []

    def answer(self, ask: Ask) -> list[datetime]:
        query = {name: values[0] for name, values in parse_qs(urlsplit(ask.url).query).items()}
        start, end = (datetime.fromisoformat(query[name]) for name in ("start_date", "end_date"))
        self.asked.append((start, end))
        first, last = self.inclusive
        found = [
            at for at in self.requests if (start <= at if first else start < at) and (at <= end if last else at < end)
        ]
        return found[: self.cut_off]


@dataclass
class Driven:
    """What came of a run of the plan: what was loaded, the checkpoint after it, and why it stopped, if it did."""

    loaded: set[datetime]
    checkpoint: Checkpoint
    stopped: str | None = None


def drive(council: Council, checkpoint: Checkpoint, as_of: datetime, **given: Any) -> Driven:
    """Run the plan against the server."""
    steps = plan(Settings(url=URL, cut_off=council.cut_off, **given), checkpoint, as_of)
    driven, found, step = Driven(set(), checkpoint), list[datetime](), next(steps, None)
    while step is not None:
        answer = Answer()
        if isinstance(step, Ask):
            found = council.answer(step)
            answer = Answer(200, Kept(Path(step.name), Origin(step.url, 200), "", 0, as_of), len(found))
        elif isinstance(step, Load | Remember):
            driven.loaded |= set(found)
            driven.checkpoint = step.checkpoint or driven.checkpoint
        try:
            step = steps.send(answer)
        except StopIteration:
            step = None
        except FetchFailed as error:
            driven.stopped, step = str(error), None
    return driven


def crowd(at: datetime, gaps: list[int]) -> list[datetime]:
    """Requests within seconds of each other."""
    return [at + timedelta(milliseconds=gap) for gap in gaps]


INSTANTS = st.integers(0, int((NOW - SINCE) / timedelta(milliseconds=1))).map(
    lambda ms: SINCE + timedelta(milliseconds=ms)
)
CROWDS = st.builds(crowd, INSTANTS, st.lists(st.integers(0, 20_000)))


@settings(max_examples=300, deadline=None)
@given(st.lists(INSTANTS, max_size=40), CROWDS, st.integers(1, 12), st.tuples(st.booleans(), st.booleans()))
def test_no_request_is_lost_whatever_the_volumes(
    spread: list[datetime], crowded: list[datetime], cut_off: int, inclusive: tuple[bool, bool]
) -> None:
    council = Council([*spread, *crowded], cut_off, inclusive=inclusive)
    due = {at for at in council.requests if at <= NOW}
    driven = drive(council, {}, NOW, since=SINCE)
    reached = datetime.fromisoformat(driven.checkpoint.get("until", (SINCE - SECOND).isoformat()))
    assert {at for at in due if at < reached} <= driven.loaded
    if driven.stopped is None:
        assert reached > NOW
    else:
        assert f"one second from {reached:%Y-%m-%dT%H:%M:%SZ}" in driven.stopped
        assert sum(reached <= at <= reached + 2 * SECOND for at in council.requests) >= cut_off
    assert all(end - start <= DAYS_90 for start, end in council.asked)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(INSTANTS, st.timedeltas(timedelta(0), timedelta(hours=24)))),
    st.tuples(st.booleans(), st.booleans()),
)
def test_a_request_that_turns_up_within_the_overlap_is_found(
    late: list[tuple[datetime, timedelta]], inclusive: tuple[bool, bool]
) -> None:
    """Each is visible only a while after its own time; the server is asked once a day."""
    loaded, checkpoint, as_of = set[datetime](), Checkpoint(), SINCE + timedelta(days=1)
    while as_of < NOW + timedelta(days=2):
        council = Council([at for at, delay in late if at + delay <= as_of], 1000, inclusive=inclusive)
        driven = drive(council, checkpoint, as_of, since=SINCE, overlap_hours=24)
        loaded, checkpoint, as_of = loaded | driven.loaded, driven.checkpoint, as_of + timedelta(days=1)
    assert {at for at, _ in late} <= loaded


def test_a_quiet_server_is_asked_as_seldom_as_it_allows() -> None:
    council = Council([], 1000)
    driven = drive(council, {}, NOW, since=NOW - timedelta(days=365))
    assert len(council.asked) == 5
    assert driven.checkpoint == {"until": "2026-10-01T03:00:01+00:00"}


def test_without_a_beginning_it_begins_90_days_back() -> None:
    council = Council([], 1000)
    drive(council, {}, NOW)
    assert council.asked[0][0] == NOW - LONGEST - SECOND


def test_a_full_answer_is_asked_for_again_in_halves_oldest_first() -> None:
    day = datetime(2026, 9, 1, tzinfo=UTC)
    council = Council([day + timedelta(hours=hour) for hour in range(16)], 10)
    assert len(drive(council, {}, NOW, since=day).loaded) == 16
    starts = [start for start, _ in council.asked]
    assert council.asked[0] == (day - SECOND, NOW + 2 * SECOND)
    assert starts[0] == starts[1] < starts[-1]


def test_a_second_with_too_many_requests_stops_the_run_and_is_named() -> None:
    noon = datetime(2026, 9, 1, 12, tzinfo=UTC)
    before = [noon - timedelta(days=day) for day in range(1, 9)]
    driven = drive(Council([*before, *[noon] * 10], 10), {}, NOW, since=SINCE)
    assert driven.loaded == set(before)
    assert re.search(r"gives 10 requests for the one second from 2026-09-01T1[12]:\d\d:\d\dZ", driven.stopped or "")


def test_a_server_with_several_councils_is_told_which() -> None:
    [step] = [next(plan(Settings(url=f"{URL}/", jurisdiction_id="a&b", format="xml"), {}, NOW))]
    assert isinstance(step, Ask)
    assert step.url.startswith(f"{URL}/requests.xml?start_date=2026-07-03T03%3A00%3A00Z&end_date=")
    assert step.url.endswith("&jurisdiction_id=a%26b")
