"""What Prometheus scrapes: the feeds, and how many requests took how long.

One registry for each application, none of it global: two applications in one process do not count for each other.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time, timedelta
from time import perf_counter
from typing import Final

from prometheus_client import CollectorRegistry, Histogram, Info
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aim.access.principal import Principal
from aim.api.feeds import FeedDesk
from aim.api.parameters import LOCAL
from aim.db.engine import UNAVAILABLE
from aim.ingest.health.status import FeedHealth

SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
NO_ROUTE: Final = "other"
"""Files and paths that do not exist: anybody can make up paths, and each would be a series of its own."""
FEED_GAUGES: Final = {
    "aim_feed_last_success_timestamp_seconds": "When a file of the feed was last taken.",
    "aim_feed_rows": "Rows of the feed's last year.",
    "aim_feed_rejected_rows": "Rows that the last load put into quarantine.",
    "aim_feed_placed_ratio": "Share of the rows with a location.",
    "aim_feed_mapped_ratio": "Share of the rows with a category of the partnership's.",
    "aim_feed_age_seconds": "Time since the end of the newest day or month that has rows.",
    "aim_feed_open_refusals": "Refused loads of the last month that nothing has put right.",
    "aim_feed_outages": "Units of the feed whose reporting has broken down and not recovered.",
}


class Metrics:
    """The metrics of one application. `now` (UTC) is asked at each scrape."""

    def __init__(self, desk: FeedDesk, version: str, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.registry = CollectorRegistry()
        labels = ("route", "status")
        self.requests = Histogram(
            "aim_http_request_duration_seconds", "Requests by route.", labels, registry=self.registry, buckets=SECONDS
        )
        Info("aim_build", "The version that runs.", registry=self.registry).info({"version": version})
        self._desk = desk
        self._now = now

    def exposed(self, accept: str, principal: Principal) -> tuple[bytes, str]:
        """The text of a scrape and its media type: OpenMetrics for who accepts it, else Prometheus's own.

        The feeds are those that the scraper may see.
        """
        encode, media_type = choose_encoder(accept)
        scrape = CollectorRegistry()
        scrape.register(self.registry)
        scrape.register(FeedCollector(self._desk, principal, self._now))
        return encode(scrape), media_type


class FeedCollector:
    """The feeds' metrics, read at the scrape: one query, two after a load."""

    def __init__(self, desk: FeedDesk, principal: Principal, now: Callable[[], datetime]) -> None:
        self.desk = desk
        self.principal = principal
        self.now = now

    def describe(self) -> list[Metric]:
        """Nothing is asked of the database before the first scrape."""
        return []

    def collect(self) -> Iterator[Metric]:
        """The feeds; where the database does not answer, that it does not."""
        now = self.now()
        try:
            found = self.desk.all(self.principal, now)
        except UNAVAILABLE:
            found = None
        yield GaugeMetricFamily("aim_database_up", "Whether the database answers.", value=float(found is not None))
        gauges = {name: GaugeMetricFamily(name, what, labels=["feed"]) for name, what in FEED_GAUGES.items()}
        refused = CounterMetricFamily("aim_feed_refused_loads", "Loads refused for their figures.", labels=["feed"])
        for feed in found or []:
            refused.add_metric([feed.feed], feed.refusals)
            for name, value in feed_values(feed, now).items():
                if value is not None:
                    gauges[name].add_metric([feed.feed], value)
        yield from gauges.values()
        yield refused


def feed_values(feed: FeedHealth, now: datetime) -> dict[str, float | None]:
    """The gauges of a feed; None where there is nothing to say, for nought would be a lie."""
    figures = {figure.name: figure.value for figure in feed.figures}
    success, newest = feed.last_success, feed.newest
    ended = datetime.combine(newest + timedelta(days=1), time(), LOCAL) if newest else None
    return {
        "aim_feed_last_success_timestamp_seconds": success.at.timestamp() if success else None,
        "aim_feed_rows": feed.rows,
        "aim_feed_rejected_rows": success.rejected if success else None,
        "aim_feed_placed_ratio": figures["placed"],
        "aim_feed_mapped_ratio": figures["mapped"],
        "aim_feed_age_seconds": (now - ended).total_seconds() if ended else None,
        "aim_feed_open_refusals": len(feed.open_refusals),
        "aim_feed_outages": sum(outage.current for outage in feed.outages),
    }


class Measured:
    """Times each request from its arrival to the end of its answer."""

    def __init__(self, app: ASGIApp, requests: Histogram) -> None:
        self.app = app
        self.requests = requests
        self.timers: dict[tuple[str, int], Histogram] = {}
        """By route and status: looking one up here takes a hundredth of the time that the library takes for it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        begun, status = perf_counter(), 500

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, noting)
        finally:
            route = getattr(scope.get("route"), "path", NO_ROUTE)
            timer = self.timers.get((route, status))
            if timer is None:
                timer = self.timers[route, status] = self.requests.labels(route, status)
            timer.observe(perf_counter() - begun)
