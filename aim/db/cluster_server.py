"""The server of the private cluster: make its data, start it, stop it, tell whether it runs."""

import os
import pwd
import re
import shlex
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import psycopg

from aim.db.cluster_install import Install
from aim.db.cluster_place import PORT, Place, run_as, unusable
from aim.errors import ClusterError

SUPERUSER = "postgres"
START_SECONDS = 600
"""Recovery after a crash replays up to max_wal_size of log, which takes minutes on a slow disk."""
ORPHAN_SECONDS = 60
MEGABYTE = 1024 * 1024


def make_data(place: Place, install: Install, owner: pwd.struct_passwd) -> None:
    """initdb into a sibling, then rename: an interrupted initdb can never be taken for a cluster."""
    for leftover in place.folder.glob("making-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    making = place.folder / f"making-{os.getpid()}"
    options = ["-U", SUPERUSER, "-E", "UTF8", "--locale=C.UTF-8", "--auth-local=trust", "--auth-host=reject"]
    result = run_as(owner, [install.bin / "initdb", "-D", making, *options])
    if result.returncode != 0:
        shutil.rmtree(making, ignore_errors=True)
        raise ClusterError(f"The private cluster in {place.home} could not be made: {complaint(result.stderr, '')}.")
    try:
        making.rename(place.data)
    except OSError as error:
        raise unusable(place, error) from error


def ensure_started(place: Place, install: Install, owner: pwd.struct_passwd, report: Callable[[str], None]) -> None:
    """Start the server unless it runs, and wait until it answers, through crash recovery if need be."""
    if settled(place, owner, report):
        return
    report("Starting the private cluster ...")
    # Nobody is at home, so these are stale. PostgreSQL itself would refuse to start where their number has become
    # another program's, or that of a killed server whose parent has not collected it yet.
    for stale in (place.pid_file, place.socket_lock):
        stale.unlink(missing_ok=True)
    begin = place.log.stat().st_size if place.log.exists() else 0
    options = shlex.join(f"-c{name}={value}" for name, value in server_settings(place).items())
    result = pg_ctl("start", place, install, owner, "-l", str(place.log), "-o", options)
    if result.returncode != 0:
        reason = complaint(log_since(place.log, begin), result.stderr)
        raise ClusterError(f"The private cluster in {place.home} did not start: {reason}. More is in {place.log}.")


def stop(place: Place, install: Install, owner: pwd.struct_passwd) -> None:
    """Stop the server, if there is one: sessions are ended, their open transactions rolled back."""
    if postmaster(place) not in processes(place, owner):
        return
    result = pg_ctl("stop", place, install, owner, "-m", "fast")
    if result.returncode != 0:
        raise ClusterError(f"The private cluster in {place.home} did not stop: {complaint(result.stderr, '')}.")


def pg_ctl(verb: str, place: Place, install: Install, owner: pwd.struct_passwd, *options: str) -> CompletedProcess[str]:
    """Start or stop, and wait until it is done."""
    wait = ["-w", "-t", str(START_SECONDS)]
    return run_as(owner, [install.bin / "pg_ctl", verb, "-s", *wait, "-D", place.data, *options])


def server_settings(place: Place) -> dict[str, str]:
    """Settings for bulk loads and large sorts, in proportion to this machine's memory.

    They are given at every start, so the folder may move to another path or machine and no file has to be maintained.
    """
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // MEGABYTE
    share = max(32, min(512, memory // 8))
    return {
        "listen_addresses": "",
        "port": str(PORT),
        "unix_socket_directories": '"' + str(place.run).replace('"', '""') + '"',
        "unix_socket_permissions": "0700",
        "shared_buffers": f"{share}MB",
        "maintenance_work_mem": f"{share // 2}MB",
        "work_mem": f"{share // 8}MB",
        "max_wal_size": "4GB",
        "checkpoint_timeout": "15min",
        "jit": "off",
        # Nothing replicates a private cluster, so rows copied into a table of the same transaction need no journal.
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "timezone": "UTC",
        "log_timezone": "UTC",
    }


def settled(place: Place, owner: pwd.struct_passwd, report: Callable[[str], None]) -> bool:
    """Whether a server answers, once one that is starting has started or the remains of a killed one are gone.

    The children of a killed server hold its shared memory for a moment more, and no other may start meanwhile.
    Raises ClusterError where they stay.
    """
    begin, told = time.monotonic(), False
    while not answers(place):
        pids = processes(place, owner)
        if not pids:
            return False
        patience = START_SECONDS if postmaster(place) in pids else ORPHAN_SECONDS
        if time.monotonic() - begin > patience:
            raise ClusterError(
                f"The private cluster in {place.home} has not answered for {patience} seconds, and its processes are "
                f"still there: run `kill {' '.join(str(pid) for pid in sorted(pids))}`, then try again."
            )
        if not told:
            report("Waiting for the processes of an earlier server ...")
            told = True
        time.sleep(0.2)
    return True


def answers(place: Place) -> bool:
    """Whether the server takes connections."""
    try:
        superuser_session(place, "postgres").close()
    except psycopg.OperationalError:
        return False
    return True


def superuser_session(place: Place, database: str) -> psycopg.Connection:
    """A session that may make roles and extensions, and that gets in where the other connections are used up."""
    return psycopg.connect(
        host=str(place.run), port=PORT, user=SUPERUSER, dbname=database, autocommit=True, connect_timeout=10
    )


def postmaster(place: Place) -> int | None:
    """The process that the pid file names. It proves nothing alone: the number may be another program's by now."""
    try:
        return int(place.pid_file.read_bytes().split(b"\n")[0])
    except (FileNotFoundError, ValueError):
        return None


def processes(place: Place, owner: pwd.struct_passwd) -> set[int]:
    """Every PostgreSQL process that works in this cluster's data folder, which is where each of them stands.

    The question is asked as `owner`, because root without CAP_SYS_PTRACE (as in most containers) may not see where
    another user's process stands.
    """
    links = [
        "-mindepth",
        "2",
        "-maxdepth",
        "2",
        "(",
        "-name",
        "cwd",
        "-o",
        "-name",
        "exe",
        ")",
        "-printf",
        "%p %l\n",
    ]
    lines = run_as(owner, ["find", "/proc", *links]).stdout.splitlines()
    target = dict(line.split(" ", 1) for line in lines if " " in line)
    here = str(place.data.resolve())
    standing = [path.split("/")[2] for path, folder in target.items() if path.endswith("/cwd") and folder == here]
    return {int(pid) for pid in standing if Path(target.get(f"/proc/{pid}/exe", "")).name.startswith("postgres")}


def log_since(log: Path, begin: int) -> str:
    """What the server wrote from byte `begin` on."""
    if not log.exists():
        return ""
    with log.open("rb") as lines:
        lines.seek(begin)
        return lines.read().decode("utf-8", "replace")


def complaint(text: str, otherwise: str) -> str:
    """Why a program gave up, in its own words: the last fatal line of `text`, without its time stamp."""
    found = re.findall(r"(?:FATAL|PANIC|error):\s+(.+)", text)
    return (found[-1] if found else " ".join((otherwise or text).split()) or "it gave no reason").rstrip(".")
