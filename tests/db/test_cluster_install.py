"""Finding a PostgreSQL with PostGIS, and saying what to install where there is none."""

from pathlib import Path

import pytest

from aim.db.cluster_install import Install, choose, installs
from aim.errors import ClusterError


def test_installs_are_found_where_the_distribution_keeps_them(tmp_path: Path):
    programs = tmp_path / "lib" / "16" / "bin"
    extensions = tmp_path / "share" / "extension"
    programs.mkdir(parents=True)
    extensions.mkdir(parents=True)
    (extensions / "postgis.control").write_text("# PostGIS\ndefault_version = '3.4.2'\n")
    answers = {"initdb": "", "pg_ctl": "", "postgres": "postgres (PostgreSQL) 16.4 (Debian 16.4-1)"}
    for name, answer in {**answers, "pg_config": str(extensions.parent)}.items():
        (programs / name).write_text(f"#!/bin/sh\necho '{answer}'\n")
        (programs / name).chmod(0o755)
    assert Install(16, programs, "3.4.2") in installs(tmp_path / "lib")


def test_this_machines_own_postgresql_is_found():
    assert choose(None, installs()).bin.joinpath("initdb").is_file()


FIFTEEN = Install(15, Path("/15"), "3.3.2")


@pytest.mark.parametrize(
    ("made_by", "found", "sentence"),
    [
        (None, [], r"this machine has no PostgreSQL server: run `apt-get install postgresql-postgis`"),
        (
            None,
            [Install(13, Path("/13"), "3.1")],
            r"this machine has PostgreSQL 13: run `apt-get install postgresql-postgis`",
        ),
        (None, [Install(15, Path("/15"), None)], r"without PostGIS 3: run `apt-get install postgresql-15-postgis-3`"),
        (
            None,
            [Install(15, Path("/15"), "2.5.1")],
            r"without PostGIS 3: run `apt-get install postgresql-15-postgis-3`",
        ),
        (
            "16",
            [FIFTEEN],
            r"made by PostgreSQL 16, and this machine has PostgreSQL 15: run `apt-get install postgresql-16-post",
        ),
        ("15", [Install(15, Path("/15"), None)], r"PostgreSQL 15 is installed without PostGIS 3"),
    ],
)
def test_what_is_missing_is_named(made_by: str | None, found: list[Install], sentence: str):
    with pytest.raises(ClusterError, match=sentence):
        choose(made_by, found)


def test_the_newest_usable_postgresql_makes_a_new_folder_and_an_old_folder_keeps_its_own():
    found = [Install(19, Path("/19"), "3.7"), Install(17, Path("/17"), None), Install(16, Path("/16"), "3.4"), FIFTEEN]
    assert choose(None, found).major == 16
    assert choose("15", found) == FIFTEEN
