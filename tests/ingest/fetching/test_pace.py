"""No server is asked more often than it bears."""

from hypothesis import given
from hypothesis import strategies as st

from aim.ingest.fetching.pace import RATES, USUAL, Bucket, Pace
from tests.ingest.fetching.conftest import World

GAPS = st.lists(st.floats(0, 3), min_size=1, max_size=120)


@given(GAPS, st.sampled_from([1.0, 5.0, 15.0]))
def test_in_no_second_are_there_more_than_two_seconds_worth(gaps: list[float], rate: float) -> None:
    """A full bucket is one second's worth, and another second's flows in: within the 15 and 30 of data.police.uk."""
    bucket, now, sent = Bucket(rate, 0.0), 0.0, list[float]()
    for gap in gaps:
        now += gap
        now += bucket.take(now)
        sent.append(now)
    for first in sent:
        assert sum(first <= at < first + 1 for at in sent) <= 2 * rate
    span = sent[-1] - sent[0]
    assert len(sent) <= rate * (span + 1) + 1


def test_police_uk_is_asked_15_times_a_second_and_others_less() -> None:
    assert (RATES["data.police.uk"], USUAL) == (15.0, 5.0)


def test_servers_do_not_wait_for_each_other(world: World) -> None:
    pace = Pace(world.clock)
    for _ in range(30):
        pace.wait("data.police.uk", world.sleep)
    assert round(world.seconds, 6) == 1.0
    pace.wait("council.example", world.sleep)
    assert round(world.seconds, 6) == 1.0
