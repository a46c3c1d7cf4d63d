"""What `aim doctor` finds, on this machine and on poorer ones."""

from datetime import UTC, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfoNotFoundError

import pytest

from aim import doctor
from aim.db import cluster
from aim.db.engine import make_engine
from aim.db.migrate import head
from aim.doctor import Check, examine
from aim.errors import ClusterError
from aim.settings import Settings


def found(settings: Settings) -> dict[str, Check]:
    return {check.name: check for check in examine(settings)}


def test_looking_makes_nothing(tmp_path: Path):
    checks = found(Settings(home=tmp_path / "home"))
    assert list(tmp_path.iterdir()) == []
    assert checks["PostgreSQL programs"].ok
    assert not checks["Database"].ok
    assert checks["Database"].level == "warning"
    assert "aim db up" in checks["Database"].advice


def test_advice_comes_with_every_failure_and_with_nothing_else(tmp_path: Path):
    assert all(bool(check.advice) != check.ok for check in examine(Settings(home=tmp_path / "home")))


def test_the_private_cluster_is_looked_into(cluster_home: Path):
    checks = found(Settings(home=cluster_home))
    assert checks["Database"].found.startswith("PostgreSQL 1")
    assert checks["PostGIS"].found.startswith("3.")
    assert checks["Migrations"].found == f"never migrated; this version needs {head()}"
    assert checks["Data folder"].ok


def test_a_migrated_database_elsewhere(database_url: str, tmp_path: Path):
    checks = found(Settings(database_url=database_url, home=tmp_path))
    assert checks["PostgreSQL programs"].found == "not needed: AIM_DATABASE_URL is set"
    assert checks["Migrations"] == Check("Migrations", True, "error", f"at {head()}")


def test_a_database_of_another_version(database_url: str, tmp_path: Path):
    engine = make_engine(database_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'other'")
    engine.dispose()
    check = found(Settings(database_url=database_url, home=tmp_path))["Migrations"]
    assert (check.ok, check.found) == (False, f"at other, and this version needs {head()}")
    assert check.advice == "Run `aim db migrate`."


def test_a_database_without_postgis(empty_database_url: str, tmp_path: Path):
    engine = make_engine(empty_database_url.replace(f"user={cluster.ROLE}", "user=postgres"))
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP EXTENSION postgis")
    engine.dispose()
    check = found(Settings(database_url=empty_database_url, home=tmp_path))["PostGIS"]
    assert (check.ok, check.level, check.found) == (False, "error", "not in this database")
    assert "CREATE EXTENSION postgis" in check.advice


@pytest.mark.parametrize("url", ["postgresql://127.0.0.1:1/aim", "postgresql:///aim?host=/no/such/folder", "nonsense"])
def test_a_database_that_cannot_be_reached(url: str, tmp_path: Path):
    check = found(Settings(database_url=url, home=tmp_path))["Database"]
    assert (check.ok, check.level) == (False, "error")
    assert "AIM_DATABASE_URL" in check.advice


def test_a_machine_without_postgresql(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(doctor, "installs", list)
    check = found(Settings(home=tmp_path / "home"))["PostgreSQL programs"]
    assert (check.ok, check.level) == (False, "error")
    assert "apt-get install postgresql-postgis" in check.advice


def test_a_home_that_cannot_be_used(tmp_path: Path):
    file = tmp_path / "file"
    file.write_text("")
    checks = found(Settings(home=file / "home"))
    assert checks["Database"].advice.endswith("set AIM_HOME to a folder that you may write.")
    assert checks["Data folder"].found == f"{file}/home cannot be written, because of {file}"
    assert checks["Data folder"].level == "error"


def test_a_home_that_is_closed_to_the_databases_user(open_folder: Path, monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: object) -> None:
        raise ClusterError("Who may not enter.")

    monkeypatch.setattr(doctor, "require_entry", refuse)
    check = found(Settings(home=open_folder))["Data folder"]
    assert (check.ok, check.level, check.advice) == (False, "error", "Who may not enter.")


def test_a_disk_without_room(open_folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(doctor, "ROOM_GB", 1e9)
    check = found(Settings(home=open_folder))["Data folder"]
    assert (check.ok, check.level) == (False, "warning")
    assert check.found.endswith(" GB free")
    assert "at least 1e+09 GB" in check.advice


def test_the_grid_check_measures_what_proj_does_here():
    """Without the grid the error is metres, with it centimetres: the check must tell which, and never stop the work."""
    check = doctor.proj_grid()
    errors = doctor.grid_errors()
    _, available = doctor.stated_accuracy()
    assert check.ok is available
    assert check.level == "warning"
    assert all(f"{place} {metres:.2f} m" in check.found for place, metres in errors.items())
    assert max(errors.values()) < (0.05 if available else 5)


def test_a_missing_grid_is_named_with_the_error_it_causes(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(doctor, "stated_accuracy", lambda: ("2 m", False))
    monkeypatch.setattr(doctor, "grid_errors", lambda: {"Lambeth": 1.74, "Daresbury": 1.72})
    check = doctor.proj_grid()
    assert not check.ok
    assert check.found == (
        "OSTN15 is missing, stated accuracy 2 m; "
        "measured against the Ordnance Survey's points: Lambeth 1.74 m, Daresbury 1.72 m"
    )
    assert "1.74 m at the worst" in check.advice
    assert "pyproj sync --file uk_os_OSTN15_NTv2_OSGBtoETRS.tif" in check.advice


def test_a_grid_in_use(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(doctor, "stated_accuracy", lambda: ("1 m", True))
    monkeypatch.setattr(doctor, "grid_errors", lambda: {"Lambeth": 0.01})
    assert doctor.proj_grid().ok
    monkeypatch.setattr(doctor, "grid_errors", lambda: {"Lambeth": 3.0})
    assert doctor.proj_grid().found.startswith("OSTN15 is there but gives other places")


def test_time_zones(monkeypatch: pytest.MonkeyPatch):
    assert doctor.time_zones().ok

    def unknown(name: str) -> None:
        raise ZoneInfoNotFoundError(name)

    monkeypatch.setattr(doctor, "ZoneInfo", unknown)
    assert doctor.time_zones().advice == "Run `pip install --upgrade tzdata`."


def test_time_zone_data_without_summer_time(monkeypatch: pytest.MonkeyPatch):
    def flat(_: str) -> tzinfo:
        return UTC

    monkeypatch.setattr(doctor, "ZoneInfo", flat)
    assert doctor.time_zones().found == "Europe/London does not put its clocks back in October"


def test_web_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(doctor, "STATIC", tmp_path)
    assert doctor.web_build().advice.startswith("Run `npm ci` and `npm run build` in web/")
    (tmp_path / "map.js").write_text("")
    assert doctor.web_build() == Check("Web build", True, "error", "built")
