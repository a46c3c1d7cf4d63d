"""Expiry, whatever is loaded and however often it runs, agrees with a loop over a list."""

from calendar import monthrange
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from aim.ingest.feeds import FEEDS
from aim.ingest.retention.expiry import expire
from aim.ingest.retention.period import set_period
from tests.ingest.conftest import Store
from tests.ingest.files import fire, police
from tests.ingest.retention.conftest import AS_OF, CRIMES, FIRES, aggregates, days, partitions

LONDON = ZoneInfo("Europe/London")
TODAY = AS_OF.date()
DAYS = st.dates(date(2021, 12, 30), TODAY - timedelta(days=2))
MONTHS = {FIRES: st.integers(1, 60), CRIMES: st.integers(1, 60)}


@dataclass
class Ledger:
    """What should be held and counted, kept with loops."""

    held: dict[tuple[str, str], tuple[date, date]] = field(default_factory=dict[tuple[str, str], tuple[date, date]])
    counted: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    shut: dict[str, date] = field(default_factory=dict[str, date])

    def load(self, feed: str, rows: dict[str, tuple[date, date]]) -> int:
        """Take a delivery; gives how many rows came too late."""
        late = 0
        for key, (began, ended) in rows.items():
            if feed in self.shut and ended < self.shut[feed]:
                late += 1
            else:
                self.held[feed, key] = (began, ended)
        return late

    def expire(self, months: dict[str, int], today: date) -> None:
        """Erase and count."""
        for feed, key in list(self.held):
            began, ended = self.held[feed, key]
            cutoff = back(today, months[feed])
            if ended < cutoff:
                del self.held[feed, key]
                self.counted[feed, f"{began:%Y-%m}"] += 1
                self.shut[feed] = max(cutoff, self.shut.get(feed, cutoff))


def back(day: date, months: int) -> date:
    """Month by month."""
    year, month = day.year, day.month
    for _ in range(months):
        year, month = (year - 1, 12) if month == 1 else (year, month - 1)
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def following(day: date) -> date:
    """The first of the next month."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def forget(store: Store) -> None:
    """Nothing was ever loaded or erased; only a test may empty the log."""
    store.clear()
    with store.engine.begin() as connection:
        for statement in ("ALTER TABLE erasure_log {} TRIGGER ALL", "TRUNCATE incident_month, erasure_log"):
            connection.execute(text(statement.format("DISABLE")))
        connection.execute(text("ALTER TABLE erasure_log ENABLE TRIGGER ALL"))


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    fires=st.lists(st.lists(DAYS, max_size=6), min_size=1, max_size=3),
    crimes=st.lists(DAYS, max_size=6),
    months=st.fixed_dictionaries(MONTHS),
    ages=st.lists(st.integers(0, 500), min_size=1, max_size=3),
)
def test_what_is_held_and_what_is_counted_are_those_of_a_loop(
    cleared: Store, fires: list[list[date]], crimes: list[date], months: dict[str, int], ages: list[int]
) -> None:
    """Deliveries overlap and come late, runs come in any order, and rows that are gone are sent again."""
    forget(cleared)
    ledger = Ledger()
    with cleared.engine.begin() as connection:
        for feed, period in months.items():
            set_period(connection, FEEDS[feed], period)
    months_of = {f"{day:%Y-%m}": (day.replace(day=1), following(day)) for day in crimes}
    ledger.load(CRIMES, months_of)
    deliver_crimes(cleared, sorted(months_of))
    for number, delivery in enumerate([*fires, fires[0]]):
        late = ledger.load(FIRES, {f"{day:%Y%m%d}": (day, day) for day in delivery})
        assert deliver_fires(cleared, delivery, number) == late
        today = TODAY - timedelta(days=ages[number % len(ages)])
        ledger.expire(months, today)
        noon = datetime(today.year, today.month, today.day, 12, tzinfo=LONDON)
        expire(cleared.engine, noon, cleared.folder, "a tester")
        check(cleared, ledger, months, today)


def deliver_fires(store: Store, delivery: list[date], number: int) -> int:
    rows = ({"IncidentNumber": f"{day:%Y%m%d}", "DateOfCall": f"{day:%d/%m/%Y}"} for day in sorted(set(delivery)))
    report = store.load(FIRES, fire(*rows), f"{number}.csv")
    assert report.balanced()
    return report.rejected_by_reason.get("expired", 0)


def deliver_crimes(store: Store, months: list[str]) -> None:
    if months:
        store.load(CRIMES, police(*({"Crime ID": month, "Month": month} for month in months)))


def check(store: Store, ledger: Ledger, months: dict[str, int], today: date) -> None:
    assert days(store) == sorted(f"{began}" for began, _ in ledger.held.values())
    found: Counter[tuple[str, str]] = Counter()
    for feed, _, month, count in aggregates(store):
        found[feed, month] += count
    assert found == ledger.counted
    whole = min(back(today, period) for period in months.values()).year
    needed = {began.year for began, _ in ledger.held.values()}
    assert all(int(name[-4:]) >= whole or int(name[-4:]) in needed for name in partitions(store))
