"""The private cluster, on a real server: what a user meets when things have gone wrong."""

import os
import signal
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from aim.db import cluster, cluster_server
from aim.db.cluster_place import owner_of, place_of
from aim.db.cluster_server import complaint, processes
from aim.db.engine import make_engine
from aim.errors import ClusterError
from aim.settings import Settings

UP = "import sys, pathlib; from aim.db import cluster; print(cluster.up(pathlib.Path(sys.argv[1])).running)"
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root starts the server as another user")


@pytest.fixture(scope="module")
def home(open_folder: Path) -> Iterator[Path]:
    """A cluster that this module's tests break and mend, one for each xdist worker, in a path that needs care."""
    home = open_folder / f"Ann's data & más {os.getpid()}"
    cluster.up(home)
    yield home
    cluster.down(home)


def upping(home: Path) -> subprocess.Popen[str]:
    """Another process that wants the cluster up; its output is a pipe, as a script's would be."""
    return subprocess.Popen([sys.executable, "-c", UP, str(home)], stdout=subprocess.PIPE, text=True)


def query(home: Path, statement: str) -> str:
    with psycopg.connect(cluster.url(home)) as connection:
        return str(connection.execute(statement.encode()).fetchall()[0][0])


def keep(home: Path, table: str) -> None:
    with psycopg.connect(cluster.url(home)) as connection:
        connection.execute(f"CREATE TABLE {table} AS SELECT 7 AS n".encode())


@contextmanager
def changed(file: Path, content: str) -> Generator[None]:
    """The file with other content, for a while."""
    before = file.read_text()
    file.write_text(content)
    try:
        yield
    finally:
        file.write_text(before)


def test_status_and_down_of_nothing_make_nothing(tmp_path: Path):
    home = tmp_path / "home"
    looked = cluster.status(home)
    assert (looked.running, looked.version, looked.postgis, looked.home) == (False, None, None, home)
    assert cluster.down(home) == looked
    assert not home.exists()


def test_up_makes_a_database_with_postgis(home: Path):
    status = cluster.up(home)
    assert status.running
    assert status.version is not None
    assert 14 <= int(status.version.split(".")[0]) <= 18
    assert status.postgis == query(home, "SELECT extversion FROM pg_extension WHERE extname = 'postgis'")
    assert status == cluster.status(home)


def test_url_works_with_sqlalchemy_too(home: Path):
    engine = make_engine(cluster.url(home))
    with engine.connect() as connection:
        assert connection.execute(text("SELECT current_user")).scalar_one() == "aim"
    engine.dispose()


def test_the_programs_role_owns_its_database_and_no_more(home: Path):
    assert query(home, "SELECT rolsuper OR rolcreaterole OR rolcreatedb FROM pg_roles WHERE rolname = 'aim'") == "False"
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        query(home, "COPY spatial_ref_sys TO PROGRAM 'true'")


def test_only_the_owner_can_reach_the_socket_and_nothing_listens_on_tcp(home: Path):
    assert place_of(home).folder.stat().st_mode & 0o777 == 0o700
    assert query(home, "SELECT current_setting('listen_addresses')") == ""


@pytest.mark.parametrize(
    ("name", "value"),
    [("timezone", "UTC"), ("jit", "off"), ("max_wal_size", "4GB"), ("server_encoding", "UTF8"), ("fsync", "on")],
)
def test_settings(home: Path, name: str, value: str):
    assert query(home, f"SELECT current_setting('{name}')") == value


def test_texts_sort_the_same_on_every_machine(home: Path):
    assert query(home, "SELECT datcollate FROM pg_database WHERE datname = current_database()") == "C.UTF-8"


def test_data_survive_down_and_up(home: Path):
    keep(home, "kept")
    assert not cluster.down(home).running
    assert cluster.down(home).running is False
    assert cluster.up(home).running
    assert query(home, "SELECT n FROM kept") == "7"


def test_data_survive_kill_9_of_the_server(home: Path):
    keep(home, "survivor")
    os.kill(int(place_of(home).pid_file.read_text().split()[0]), signal.SIGKILL)
    assert cluster.up(home).running
    assert query(home, "SELECT n FROM survivor") == "7"


def test_a_query_that_outlives_its_server(home: Path, monkeypatch: pytest.MonkeyPatch):
    with closing(psycopg.connect(cluster.url(home))) as busy:
        orphan = busy.info.backend_pid
        busy.pgconn.send_query(b"DO $$ BEGIN LOOP END LOOP; END $$")
        while query(home, f"SELECT state FROM pg_stat_activity WHERE pid = {orphan}") != "active":
            pass
        os.kill(int(place_of(home).pid_file.read_text().split()[0]), signal.SIGKILL)
        monkeypatch.setattr(cluster_server, "ORPHAN_SECONDS", 0)
        with pytest.raises(ClusterError, match=rf"has not answered .*`kill {orphan}`, then try again"):
            cluster.up(home)
        monkeypatch.undo()
        os.kill(orphan, signal.SIGTERM)
    assert cluster.up(home).running


def test_a_pid_file_whose_number_is_now_another_programs(home: Path):
    place = place_of(home)
    files = {file: file.read_text() for file in (place.pid_file, place.socket_lock)}
    cluster.down(home)
    other = subprocess.Popen(["sleep", "300"], user=owner_of(place).pw_uid)
    for file, lines in files.items():
        file.write_text("\n".join([str(other.pid), *lines.split("\n")[1:]]))
    try:
        assert not cluster.down(home).running
        assert cluster.up(home).running
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()


def test_an_empty_pid_file(home: Path):
    cluster.down(home)
    place_of(home).pid_file.write_text("")
    assert cluster.up(home).running


def test_a_server_that_does_not_start_says_why(home: Path):
    cluster.down(home)
    settings = place_of(home).data / "postgresql.auto.conf"
    refusal = pytest.raises(ClusterError, match=r"did not start: .*no_such_library.*More is in .*server\.log")
    with changed(settings, "shared_preload_libraries = 'no_such_library'\n"), refusal:
        cluster.up(home)
    assert cluster.up(home).running


def test_a_folder_of_a_newer_postgresql(home: Path):
    cluster.down(home)
    refusal = pytest.raises(ClusterError, match=r"made by PostgreSQL 99, .* `apt-get install postgresql-99-postgis-3`")
    with changed(place_of(home).data / "PG_VERSION", "99\n"), refusal:
        cluster.up(home)
    assert cluster.up(home).running


def test_two_processes_at_once_after_an_interrupted_making(open_folder: Path):
    home = open_folder / "twice"
    first = upping(home)
    while not list(home.glob("pg/making-*")):
        assert first.poll() is None
    first.kill()
    first.communicate()
    assert not (home / "pg" / "data").exists()
    both = [upping(home), upping(home)]
    assert [process.communicate(timeout=60)[0].strip() for process in both] == ["True", "True"]
    assert query(home, "SELECT postgis_lib_version()") == cluster.status(home).postgis


def test_waiting_for_another_process_ends_in_a_sentence(home: Path, monkeypatch: pytest.MonkeyPatch):
    cluster.down(home)
    monkeypatch.setattr(cluster, "LOCK_SECONDS", 0)
    heard: list[str] = []
    place = place_of(home)
    with (
        cluster.locked(place, owner_of(place), heard.append),
        pytest.raises(ClusterError, match=r"Another process .*fuser"),
    ):
        cluster.up(home, heard.append)
    assert heard == ["Waiting for another process that is busy with the private cluster ..."]


def test_a_path_too_long_for_a_socket(tmp_path: Path):
    with pytest.raises(ClusterError, match=r"socket would be \d+ bytes long, and the limit is 107: set AIM_HOME"):
        cluster.up(tmp_path / ("long" * 30))


@pytest.mark.parametrize("name", ["a,b", "a\nb", "a\udcffb"])
def test_a_path_that_no_client_can_name(tmp_path: Path, name: str):
    with pytest.raises(ClusterError, match="because of a comma or an unprintable character: set AIM_HOME"):
        cluster.up(tmp_path / name)


def test_a_home_that_is_a_file(tmp_path: Path):
    home = tmp_path / "home"
    home.write_text("")
    with pytest.raises(ClusterError, match=r"cannot be used \(Not a directory\): set AIM_HOME"):
        cluster.up(home)


@needs_root
def test_a_home_that_the_databases_user_may_not_enter(tmp_path: Path):
    tmp_path.chmod(0o700)
    with pytest.raises(ClusterError, match=r"user postgres, who may not enter .*: set AIM_HOME"):
        cluster.up(tmp_path / "home")


def test_a_cluster_of_another_user(home: Path, monkeypatch: pytest.MonkeyPatch):
    stranger = place_of(home).folder.stat().st_uid + 1
    monkeypatch.setattr(os, "geteuid", lambda: stranger)
    with pytest.raises(ClusterError, match=r"belongs to another user .* set AIM_HOME to a folder of your own"):
        cluster.status(home)


def test_database_url_passes_the_operators_own_through(tmp_path: Path):
    elsewhere = "postgresql://db.example/aim"
    assert cluster.database_url(Settings(database_url=elsewhere, home=tmp_path / "home")) == elsewhere
    assert not (tmp_path / "home").exists()


def test_database_url_brings_the_private_cluster_up(home: Path):
    cluster.down(home)
    assert cluster.database_url(Settings(home=home)) == cluster.url(home)
    assert cluster.status(home).running


def test_a_servers_own_words_are_passed_on():
    log = (
        "2026-01-05 10:00:00 UTC [7] LOG:  starting PostgreSQL\n"
        '2026-01-05 10:00:01 UTC [7] FATAL:  could not write lock file "postmaster.pid": No space left on device\n'
        "2026-01-05 10:00:01 UTC [7] LOG:  database system is shut down\n"
    )
    assert complaint(log, "pg_ctl: could not start server") == (
        'could not write lock file "postmaster.pid": No space left on device'
    )
    assert complaint("", "pg_ctl: server did not start in time\n") == "pg_ctl: server did not start in time"


def test_processes_of_a_stopped_cluster_are_gone(home: Path):
    place = place_of(home)
    cluster.up(home)
    assert int(place.pid_file.read_text().split()[0]) in processes(place, owner_of(place))
    cluster.down(home)
    assert processes(place, owner_of(place)) == set()
