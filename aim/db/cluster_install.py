"""Which PostgreSQL servers with PostGIS this machine has, and which of them opens a given cluster."""

import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from aim.errors import ClusterError

DEBIAN_ROOT = Path("/usr/lib/postgresql")
OLDEST, NEWEST = 14, 18
"""The major versions of PostgreSQL that the private cluster is made for."""
POSTGIS_MAJOR = 3


@dataclass(frozen=True)
class Install:
    """One PostgreSQL of this machine: its major version, its programs, and its PostGIS (None: there is none)."""

    major: int
    bin: Path
    postgis: str | None


def installs(root: Path = DEBIAN_ROOT) -> list[Install]:
    """Every PostgreSQL server of this machine, newest first; those that cannot be used are in the list too."""
    found = {bin_: read_install(bin_) for bin_ in server_folders(root)}
    return sorted((install for install in found.values() if install), key=lambda i: i.major, reverse=True)


def choose(made_by: str | None, found: list[Install]) -> Install:
    """The install that opens a folder made by PostgreSQL `made_by`, or the newest for a new folder (None).

    Raises ClusterError, with the package to install, where there is none.
    """
    if made_by is None:
        return newest(found)
    of_folder = [i for i in found if str(i.major) == made_by]
    if not of_folder:
        raise ClusterError(
            f"The private cluster was made by PostgreSQL {made_by}, and this machine has {spoken(found)}: "
            f"run `apt-get install postgresql-{made_by}-postgis-{POSTGIS_MAJOR}`, or set AIM_HOME to a new folder."
        )
    return newest(of_folder)


def newest(found: list[Install]) -> Install:
    """The newest usable install. Raises ClusterError, with the package to install, where there is none."""
    supported = [i for i in found if OLDEST <= i.major <= NEWEST]
    usable = [i for i in supported if i.postgis and i.postgis.split(".")[0] == str(POSTGIS_MAJOR)]
    if usable:
        return usable[0]
    if supported:
        major = supported[0].major
        raise ClusterError(
            f"PostgreSQL {major} is installed without PostGIS {POSTGIS_MAJOR}: "
            f"run `apt-get install postgresql-{major}-postgis-{POSTGIS_MAJOR}`."
        )
    raise ClusterError(
        f"The private cluster needs PostgreSQL {OLDEST} to {NEWEST} with PostGIS {POSTGIS_MAJOR}, and this machine has "
        f"{spoken(found)}: run `apt-get install postgresql-postgis` (on Debian 12 that is postgresql-15-postgis-3), "
        "or set AIM_DATABASE_URL to a database elsewhere."
    )


def spoken(found: list[Install]) -> str:
    """The installed versions, in words."""
    return "PostgreSQL " + " and ".join(str(i.major) for i in found) if found else "no PostgreSQL server"


def server_folders(root: Path) -> Iterable[Path]:
    """Folders that hold a server's programs: Debian keeps them out of PATH, one folder a version."""
    yield from (program.parent for program in root.glob("*/bin/initdb"))
    if pg_config := shutil.which("pg_config"):
        yield from holding_server(Path(ask(Path(pg_config), "--bindir")))
    if initdb := shutil.which("initdb"):
        yield from holding_server(Path(initdb).resolve().parent)


def holding_server(folder: Path) -> Iterable[Path]:
    """`folder`, if a server can be made and started from it: pg_config also comes with the mere client."""
    if all((folder / name).is_file() for name in ("initdb", "pg_ctl", "postgres")):
        yield folder.resolve()


def read_install(folder: Path) -> Install | None:
    """What the programs in `folder` are; None where they do not say a version, as programs that cannot run."""
    version = re.search(r"\(PostgreSQL\) (\d+)", ask(folder / "postgres", "--version"))
    if version is None:
        return None
    major = int(version[1])
    return Install(major, folder, read_postgis(share_folder(folder, major)))


def share_folder(folder: Path, major: int) -> Path:
    """Where the extensions of the server in `folder` are described."""
    told = ask(folder / "pg_config", "--sharedir")
    return Path(told) if told else Path("/usr/share/postgresql") / str(major)


def read_postgis(share: Path) -> str | None:
    """The version of PostGIS that CREATE EXTENSION would make."""
    control = share / "extension" / "postgis.control"
    if not control.is_file():
        return None
    version = re.search(r"^default_version\s*=\s*'([^']+)'", control.read_text(encoding="utf-8"), re.MULTILINE)
    return version[1] if version else None


def ask(program: Path, option: str) -> str:
    """What a program prints; empty where it is missing or fails."""
    try:
        return subprocess.run([program, option], capture_output=True, text=True, check=False, timeout=10).stdout.strip()
    except (OSError, subprocess.TimeoutExpired):
        return ""
