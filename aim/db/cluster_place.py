"""Where the private cluster lives and which operating-system user it belongs to.

    AIM_HOME/
      cluster.lock    held while a process makes, starts or stops the cluster
      pg/             owned by the cluster's user, closed to everybody else
        data/         PostgreSQL's own
        run/          the unix socket
        server.log

The server trusts whoever reaches the socket, so the mode of `pg/` is the password: its owner and root get in.
"""

import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from aim.errors import ClusterError
from aim.settings import ROOT_HOME

PORT = 5432
"""Only a part of the socket's name: nothing listens on TCP."""
SOCKET_BYTES = 107
"""Longest path of a unix socket on Linux: sun_path holds 108 bytes, the last of which is zero."""
SERVICE_USER = "postgres"
"""PostgreSQL refuses to run as root, so root starts it as the user that the distribution's package makes."""


@dataclass(frozen=True)
class Place:
    """The paths of one cluster."""

    home: Path

    @property
    def folder(self) -> Path:
        return self.home / "pg"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def pid_file(self) -> Path:
        return self.data / "postmaster.pid"

    @property
    def run(self) -> Path:
        return self.folder / "run"

    @property
    def socket(self) -> Path:
        return self.run / f".s.PGSQL.{PORT}"

    @property
    def socket_lock(self) -> Path:
        return self.run / f"{self.socket.name}.lock"

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    @property
    def lock(self) -> Path:
        return self.home / "cluster.lock"

    @property
    def made_by(self) -> str | None:
        """The major version of the PostgreSQL that made the data; None where there are none yet."""
        try:
            return (self.data / "PG_VERSION").read_text(encoding="ascii").strip()
        except FileNotFoundError:
            return None


def place_of(home: Path) -> Place:
    """The place in `home`. Raises ClusterError where no client could name its socket."""
    place = Place(home.absolute())
    if "," in str(place.home) or not str(place.home).isprintable():
        raise ClusterError(
            f"No client can name a server in {str(place.home)!a}, because of a comma or an unprintable character: "
            "set AIM_HOME to another folder."
        )
    length = len(os.fsencode(place.socket))
    if length > SOCKET_BYTES:
        raise ClusterError(
            f"The path of the database's socket would be {length} bytes long, and the limit is {SOCKET_BYTES}: "
            f"set AIM_HOME to a folder with a shorter path than {place.home}."
        )
    return place


def owner_of(place: Place) -> pwd.struct_passwd:
    """The operating-system user of the cluster.

    Root acts for the owner of an existing folder. Raises ClusterError where this process cannot act for the owner.
    """
    me, uid = os.geteuid(), existing_uid(place)
    if me == 0:
        return account(uid, place) if uid else service_account()
    if uid not in (None, me):
        raise ClusterError(
            f"The private cluster in {place.home} belongs to another user (number {uid}): run this as that user or "
            "as root, or set AIM_HOME to a folder of your own."
        )
    return account(me, place)


def existing_uid(place: Place) -> int | None:
    """Whose folder it is; None where it is still to be made."""
    try:
        return place.folder.stat().st_uid
    except FileNotFoundError:
        return None
    except OSError as error:
        raise unusable(place, error) from error


def account(uid: int, place: Place) -> pwd.struct_passwd:
    """The user of that number. PostgreSQL's programs refuse to run as a number without a name."""
    try:
        return pwd.getpwuid(uid)
    except KeyError:
        raise ClusterError(
            f"The private cluster in {place.home} would run as user number {uid}, who has no name on this machine: "
            "add that user to /etc/passwd, or set AIM_HOME to a folder of a user who is there."
        ) from None


def service_account() -> pwd.struct_passwd:
    """The user that runs the server when root starts it."""
    try:
        return pwd.getpwnam(SERVICE_USER)
    except KeyError:
        raise ClusterError(
            f"Started by root, the private cluster runs as the operating-system user {SERVICE_USER}, who does not "
            "exist: run `apt-get install postgresql-postgis`, which makes that user, or start this as an ordinary user."
        ) from None


def prepare(place: Place, owner: pwd.struct_passwd) -> None:
    """Make the folders, closed to everybody but `owner`. Raises ClusterError where they cannot be made or entered."""
    try:
        make_home(place.home)
        require_entry(place.home, owner)
        for folder in (place.folder, place.run):
            folder.mkdir(mode=0o700, exist_ok=True)
            if folder.stat().st_uid != owner.pw_uid:
                os.chown(folder, owner.pw_uid, owner.pw_gid, follow_symlinks=False)
    except OSError as error:
        raise unusable(place, error) from error


def make_home(home: Path) -> None:
    """A home that is new is closed to others, but for the way through it that the server's user needs under root."""
    try:
        home.mkdir(parents=True)
    except FileExistsError:
        return
    home.chmod(0o711 if os.geteuid() == 0 else 0o700)


def unusable(place: Place, error: OSError) -> ClusterError:
    """What to say of a folder that the system refuses."""
    return ClusterError(
        f"The folder of the private cluster, {place.folder}, cannot be used ({error.strerror}): "
        "set AIM_HOME to a folder that you may write."
    )


def require_entry(home: Path, owner: pwd.struct_passwd) -> None:
    """Raise ClusterError, naming the folder that is closed, where `owner` may not walk to `home`."""
    if may_enter(home, owner):
        return
    closed = next(folder for folder in [*reversed(home.parents), home] if not may_enter(folder, owner))
    raise ClusterError(
        f"The database runs as the operating-system user {owner.pw_name}, who may not enter {closed}: "
        f"set AIM_HOME to a folder outside it, such as {ROOT_HOME}."
    )


def may_enter(folder: Path, owner: pwd.struct_passwd) -> bool:
    """Ask the kernel, as that user: mode bits alone would miss access lists and mounts."""
    return run_as(owner, ["test", "-x", folder]).returncode == 0


def run_as(owner: pwd.struct_passwd, command: Sequence[str | Path]) -> subprocess.CompletedProcess[str]:
    """Run a program as `owner`, away from this process's terminal, pipes and variables; capture what it prints.

    With a session of its own and no standard input, a server outlives the command that started it. PG* variables of
    the caller must not lead the server's tools elsewhere. LC_ALL=C keeps their messages in this program's language.
    """
    root = os.geteuid() == 0
    try:
        return subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            cwd="/",
            env={"PATH": os.defpath, "LC_ALL": "C"},
            umask=0o077,
            start_new_session=True,
            user=owner.pw_uid if root else None,
            group=owner.pw_gid if root else None,
            extra_groups=[] if root else None,
        )
    except OSError as error:
        raise ClusterError(f"{command[0]} could not be run as {owner.pw_name}: {error.strerror}.") from error
