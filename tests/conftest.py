"""One private cluster for the whole test session, one database for each test that asks for one.

The cluster is made by the first test that needs it, whichever xdist worker runs it, so pure tests start no server.
Every test database is a copy of a template that was migrated once.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from uuid import uuid4

import psycopg
import pytest
from hypothesis import settings
from psycopg import sql
from sqlalchemy import Engine

from aim.access.rights import write_rights
from aim.db import cluster, migrate
from aim.db.cluster_server import SUPERUSER
from aim.db.engine import make_engine

if TYPE_CHECKING:
    from tests.town import Town

settings.register_profile("gate", derandomize=True)
settings.register_profile("explore")
settings.load_profile("gate")
# The same examples each time, or a change would be blamed for what it has not done. To look for new ones:
# script/test --hypothesis-profile explore

REPOSITORY = Path(__file__).resolve().parents[1]
OPEN_FOLDER = pytest.StashKey[Path]()
UNMIGRATED = cluster.DATABASE
MIGRATED = "migrated"
SAMPLED = "sampled"
SYSTEMS = (4326, 27700, 3857)


def pytest_configure(config: pytest.Config) -> None:
    """Keep the developer's settings and data away from the tests, and give the session's clusters a folder."""
    for name in [name for name in os.environ if name.upper().startswith("AIM_")]:
        del os.environ[name]
    handed = cast("dict[str, Any]", getattr(config, "workerinput", {})).get("open_folder")
    config.stash[OPEN_FOLDER] = Path(handed) if handed else make_open_folder()
    os.environ["AIM_HOME"] = str(config.stash[OPEN_FOLDER] / "default")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Hand the folder to each xdist worker."""
    node.workerinput["open_folder"] = str(node.config.stash[OPEN_FOLDER])


def pytest_unconfigure(config: pytest.Config) -> None:
    """The process that made the folder takes it away, and the clusters in it down."""
    if OPEN_FOLDER in config.stash and not hasattr(config, "workerinput"):
        for home in config.stash[OPEN_FOLDER].iterdir():
            cluster.down(home)
        shutil.rmtree(config.stash[OPEN_FOLDER])


def make_open_folder() -> Path:
    """A folder with a short path that other users may enter: pytest's own are closed to the database's user."""
    folder = Path(tempfile.mkdtemp(prefix="aim-test-", dir="/tmp"))
    folder.chmod(0o755)
    return folder


@pytest.fixture(scope="session")
def open_folder(pytestconfig: pytest.Config) -> Path:
    """Where a test may make clusters of its own: each folder in it is taken for the home of one."""
    return pytestconfig.stash[OPEN_FOLDER]


@pytest.fixture(scope="session")
def cluster_home(open_folder: Path) -> Path:
    """The home of the session's running cluster, with its two templates ready."""
    home = open_folder / "session"
    cluster.up(home)
    with maintenance(home) as session:
        session.execute("SELECT pg_advisory_lock(1)")
        for setting in ("fsync", "full_page_writes", "synchronous_commit", "autovacuum"):
            session.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(setting)))
        session.execute("SELECT pg_reload_conf()")
        lighten(home)
        make_template(home, session, MIGRATED, UNMIGRATED, migrated)
    return home


@pytest.fixture(scope="session")
def sampled(cluster_home: Path) -> str:
    """The name of a template with the samples loaded and nothing scored yet."""
    from aim.demo import load_samples  # it brings the whole service along, which most tests do without

    with maintenance(cluster_home) as session:
        session.execute("SELECT pg_advisory_lock(1)")
        make_template(cluster_home, session, SAMPLED, MIGRATED, lambda engine: load_samples(engine, say=print))
    return SAMPLED


def migrated(engine: Engine) -> None:
    """As `aim` leaves a new database: its schema, and the table of roles."""
    migrate.upgrade(engine)
    write_rights(engine)


def make_template(
    home: Path, session: psycopg.Connection, name: str, source: str, fill: Callable[[Engine], None]
) -> None:
    """Fill a copy of `source` once; under another name first, so that a half-filled template is never copied."""
    if session.execute("SELECT FROM pg_database WHERE datname = %s", [name]).rowcount:
        return
    unready = sql.Identifier(f"{name}_unready")
    session.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(unready))
    copy(session, f"{name}_unready", source)
    engine = make_engine(url_of(home, f"{name}_unready"))
    try:
        fill(engine)
    finally:
        engine.dispose()
    session.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(unready, sql.Identifier(name)))


def copy(session: psycopg.Connection, name: str, template: str) -> None:
    """A new database, file by file where PostgreSQL can: a third of the time of writing each page to the journal."""
    by_file = sql.SQL(" STRATEGY file_copy" if session.info.server_version >= 150_000 else "")
    named = (sql.Identifier(each) for each in (name, template, cluster.ROLE))
    session.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}").format(*named) + by_file)


def lighten(home: Path) -> None:
    """PostGIS describes 8,500 systems of coordinates: half of what each copy of a template would have to copy."""
    with maintenance(home, UNMIGRATED) as session:
        session.execute("DELETE FROM spatial_ref_sys WHERE srid <> ALL (%s)", [list(SYSTEMS)])
        session.execute("VACUUM FULL spatial_ref_sys")


@contextmanager
def maintenance(home: Path, database: str = "postgres") -> Generator[psycopg.Connection]:
    """A session of the cluster's superuser."""
    url = url_of(home, database).replace(f"user={cluster.ROLE}", f"user={SUPERUSER}")
    with psycopg.connect(url, autocommit=True) as session:
        yield session


def url_of(home: Path, database: str) -> str:
    """The URL of another database of the session's cluster."""
    return cluster.url(home).replace(f"/{cluster.DATABASE}?", f"/{database}?")


@contextmanager
def copy_of(home: Path, template: str) -> Generator[str]:
    """The URL of a new copy of a template, dropped afterwards."""
    name = f"test_{uuid4().hex}"
    with maintenance(home) as session:
        copy(session, name, template)
    try:
        yield url_of(home, name)
    finally:
        with maintenance(home) as session:
            session.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def database_url(cluster_home: Path) -> Iterator[str]:
    """A migrated, empty database of this test's own."""
    with copy_of(cluster_home, MIGRATED) as url:
        yield url


@pytest.fixture
def empty_database_url(cluster_home: Path) -> Iterator[str]:
    """A database of this test's own with PostGIS and nothing else."""
    with copy_of(cluster_home, UNMIGRATED) as url:
        yield url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on a migrated, empty database of this test's own."""
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def sample_url(cluster_home: Path, sampled: str) -> Iterator[str]:
    """A database of this test's own with the samples loaded and nothing scored."""
    with copy_of(cluster_home, sampled) as url:
        yield url


@pytest.fixture
def sample_engine(sample_url: str) -> Iterator[Engine]:
    """An engine on a database of this test's own with the samples loaded and nothing scored."""
    engine = make_engine(sample_url)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of reference material beside the repository."""
    folder = REPOSITORY.parent / "shared"
    if not folder.is_dir():
        pytest.skip("the reference material (../shared) is not beside this repository")
    return folder


@pytest.fixture(scope="session")
def samples() -> Path:
    """The made-up feeds that ship with the program."""
    return REPOSITORY / "data" / "samples"


@pytest.fixture
def few_layers() -> Iterator[None]:
    """As if there were three layers alone."""
    from tests import town

    with town.few_layers():
        yield


@pytest.fixture
def town(engine: Engine, tmp_path: Path) -> "Town":
    """A town where nothing has happened yet: its area is loaded and no feed."""
    from tests.town import Town

    town = Town(engine, tmp_path)
    town.found()
    return town
