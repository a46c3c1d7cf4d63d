"""A database with something in it, and a way to load files given as bytes."""

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import Engine, text

from aim.db.engine import make_engine
from aim.ingest.load import feed_named, ingest
from aim.ingest.quarantine import list_rejects
from aim.ingest.report import Report
from aim.ingest.source import payloads
from tests.conftest import MIGRATED, copy_of
from tests.ingest.files import NUISANCE, fire, police, requests

AS_OF: Final = datetime(2026, 10, 1, tzinfo=UTC)
DIGEST: Final = """
SELECT (SELECT md5(string_agg(i::text, '|' ORDER BY i::text)) FROM incident AS i) AS incidents,
       (SELECT md5(string_agg(r::text, '|' ORDER BY r.id)) FROM feed_run AS r) AS runs,
       (SELECT md5(string_agg(r::text, '|' ORDER BY r.id)) FROM rejected_row AS r) AS rejects
"""


@dataclass(frozen=True)
class Store:
    """A database, and a folder for the files that are loaded into it."""

    engine: Engine
    folder: Path

    def file(self, body: bytes, name: str) -> Path:
        """A file with this content."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
        return path

    def load(
        self, feed: str, body: bytes, name: str = "file.csv", progress: Callable[[str, int], None] | None = None
    ) -> Report:
        """Load a file of this content."""
        [payload] = payloads([self.file(body, name)])
        if progress is None:
            return ingest(self.engine, feed_named(feed), payload, AS_OF)
        return ingest(self.engine, feed_named(feed), payload, AS_OF, progress)

    def digest(self) -> dict[str, Any]:
        """A fingerprint of all that loads write, by table."""
        with self.engine.connect() as connection:
            return dict(connection.execute(text(DIGEST)).mappings().one())

    def rows(self, statement: str, **values: Any) -> list[dict[str, Any]]:
        """The rows of a query."""
        with self.engine.connect() as connection:
            return [dict(row) for row in connection.execute(text(statement), values).mappings()]

    def rejects(self, feed: str | None = None) -> list[tuple[int, str, str]]:
        """Line, reason and detail of each row in quarantine."""
        return [(row["line"], row["reason"], row["detail"]) for row in list_rejects(self.engine, feed)]

    def clear(self) -> None:
        """Forget every load; the partitions stay, as they do in use."""
        with self.engine.begin() as connection:
            connection.execute(
                text("TRUNCATE incident, rejected_row, correction, feed_run, feed, area, feed_volume CASCADE")
            )


@pytest.fixture
def store(engine: Engine, tmp_path: Path) -> Store:
    """An empty database of this test's own."""
    return Store(engine, tmp_path)


@contextmanager
def another_store(home: Path, folder: Path) -> Generator[Store]:
    """An empty database that outlives a test."""
    with copy_of(home, MIGRATED) as url:
        engine = make_engine(url)
        try:
            yield Store(engine, folder)
        finally:
            engine.dispose()


@pytest.fixture(scope="module")
def shared_store(cluster_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One database for all tests of a module."""
    with another_store(cluster_home, tmp_path_factory.mktemp("shared")) as store:
        yield store


@pytest.fixture
def cleared(shared_store: Store) -> Store:
    """The module's database, emptied: cheaper than a new one."""
    shared_store.clear()
    return shared_store


@pytest.fixture(scope="module")
def filled(cluster_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A database with two incidents of each feed, for tests that do not change them."""
    with another_store(cluster_home, tmp_path_factory.mktemp("filled")) as store:
        store.load("police-uk-street", police({}, NUISANCE), "police.csv")
        store.load("lfb-incidents", fire({}, {"IncidentNumber": "000124-01032026"}), "fire.csv")
        store.load("open311", requests({}, {"service_request_id": "14-01100670"}), "council.json")
        yield store
