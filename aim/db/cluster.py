"""The private PostgreSQL cluster: made, started and stopped by this program, reachable on a unix socket only."""

import fcntl
import logging
import os
import pwd
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import LiteralString
from urllib.parse import quote

import psycopg
from psycopg import sql

from aim.db.cluster_install import choose, installs
from aim.db.cluster_place import PORT, Place, owner_of, place_of, prepare, unusable
from aim.db.cluster_server import START_SECONDS, ensure_started, make_data, stop, superuser_session
from aim.db.roles import POWERS, ROLES
from aim.errors import ClusterError
from aim.settings import Settings

DATABASE = "aim"
ROLE = "aim"
"""Owns the database and nothing else: a statement smuggled into it cannot read the server's files or run programs."""
LOCK_SECONDS = START_SECONDS + 60

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ClusterStatus:
    """What the cluster in `home` is doing; `version` and `postgis` are None while it is not running."""

    url: str
    running: bool
    version: str | None
    postgis: str | None
    home: Path


def database_url(settings: Settings) -> str:
    """The database to use: AIM_DATABASE_URL, or else the private cluster, made and started if need be.

    Raises ClusterError where the private cluster cannot be had.
    """
    return settings.database_url or up(settings.home).url


def url(home: Path) -> str:
    """The libpq and SQLAlchemy URL of the private cluster in `home`, running or not."""
    return f"postgresql:///{DATABASE}?host={quote(str(place_of(home).run))}&port={PORT}&user={ROLE}"


def up(home: Path, report: Callable[[str], None] = logger.info) -> ClusterStatus:
    """Make the cluster if there is none, start it if it is stopped; `report` hears what takes a while.

    Two processes may call this at once. Raises ClusterError with the one thing to do where the machine lacks something.
    """
    place, now = place_of(home), status(home)
    if now.running and now.postgis and has_roles(place):
        return now
    owner = owner_of(place)
    prepare(place, owner)
    with locked(place, owner, report):
        install = choose(place.made_by, installs())
        if place.made_by is None:
            report(f"Making a private PostgreSQL {install.major} cluster in {place.home} ...")
            make_data(place, install, owner)
        ensure_started(place, install, owner, report)
        make_database(place)
    return status(home)


def down(home: Path) -> ClusterStatus:
    """Stop the cluster, if it runs; the data stay. Raises ClusterError where it does not stop."""
    place = place_of(home)
    owner = owner_of(place)
    if place.made_by is not None:
        with locked(place, owner, logger.info):
            stop(place, choose(place.made_by, installs()), owner)
    return status(home)


def status(home: Path) -> ClusterStatus:
    """Look, without making or starting anything. Raises ClusterError where the cluster is another user's."""
    place = place_of(home)
    owner_of(place)
    try:
        with superuser_session(place, DATABASE) as session:
            version = text_of(session, "SELECT split_part(current_setting('server_version'), ' ', 1)")
            postgis = text_of(session, "SELECT max(extversion) FROM pg_extension WHERE extname = 'postgis'")
    except psycopg.OperationalError:
        return ClusterStatus(url(home), running=False, version=None, postgis=None, home=place.home)
    return ClusterStatus(url(home), running=True, version=version, postgis=postgis, home=place.home)


def text_of(session: psycopg.Connection, query: LiteralString) -> str | None:
    """The single value of a query."""
    row = session.execute(query).fetchone()
    return row[0] if row else None


def has_roles(place: Place) -> bool:
    """Whether the roles that the service works as are there: clusters of earlier versions lack them."""
    with superuser_session(place, DATABASE) as session:
        known = session.execute("SELECT FROM pg_roles WHERE rolname = ANY (%s)", [list(ROLES)]).rowcount
    return known == len(ROLES)


def make_database(place: Place) -> None:
    """Roles, database and PostGIS, whichever of them an earlier, interrupted call did not make."""
    role, database = sql.Identifier(ROLE), sql.Identifier(DATABASE)
    try:
        with superuser_session(place, "postgres") as session:
            if not session.execute("SELECT FROM pg_roles WHERE rolname = %s", [ROLE]).rowcount:
                session.execute(sql.SQL("CREATE ROLE {} LOGIN").format(role))
            for name in ROLES:
                make_service_role(session, name)
            if not session.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).rowcount:
                session.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, role))
        with superuser_session(place, DATABASE) as session:
            session.execute("CREATE EXTENSION IF NOT EXISTS postgis")
    except psycopg.Error as error:
        reason = str(error).strip().splitlines()[0]
        raise ClusterError(f"The database in {place.home} could not be made: {reason}.") from error


def make_service_role(session: psycopg.Connection, name: str) -> None:
    """One of the roles that own nothing; it may sign in, for whoever reaches the socket is trusted.

    The owner may take it on too (SET ROLE), as where AIM_DATABASE_URL names this cluster.
    """
    if not session.execute("SELECT FROM pg_roles WHERE rolname = %s", [name]).rowcount:
        session.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(name)))
    powers = sql.SQL(POWERS)
    session.execute(sql.SQL("ALTER ROLE {} LOGIN {}").format(sql.Identifier(name), powers))
    session.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(name), sql.Identifier(ROLE)))


@contextmanager
def locked(place: Place, owner: pwd.struct_passwd, report: Callable[[str], None]) -> Generator[None]:
    """One process at a time; the kernel lets go of the lock of one that died. Raises ClusterError after a long wait."""
    try:
        handle = os.open(place.lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise unusable(place, error) from error
    try:
        if os.geteuid() == 0:
            os.fchown(handle, owner.pw_uid, owner.pw_gid)  # else the owner of the folder could not take it later
        wait_for_lock(handle, place, report)
        yield
    finally:
        os.close(handle)


def wait_for_lock(handle: int, place: Place, report: Callable[[str], None]) -> None:
    """Take the lock, or say where to look."""
    begin, told = time.monotonic(), False
    while True:
        try:
            return fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not told:
                report("Waiting for another process that is busy with the private cluster ...")
                told = True
            if time.monotonic() - begin > LOCK_SECONDS:
                raise ClusterError(
                    f"Another process has been busy with the private cluster in {place.home} for {LOCK_SECONDS} "
                    f"seconds: find it with `fuser {place.lock}`, end it, and try again."
                ) from None
        time.sleep(0.2)
