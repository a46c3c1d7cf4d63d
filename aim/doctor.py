"""What this installation has and lacks, and what to do about it. It looks; it makes, starts and changes nothing."""

import os
import shutil
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from aim.api.security.oidc.desk import open_desk
from aim.db import cluster, migrate
from aim.db.cluster_install import choose, installs
from aim.db.cluster_place import owner_of, place_of, require_entry
from aim.db.engine import check, make_engine
from aim.errors import AimError, SetupError
from aim.settings import Settings

STATIC = Path(__file__).parent / "api" / "static"
ROOM_GB = 2.0
"""Free space below which a load of a few years of one force's incidents, with its indexes, may not fit."""
OSTN15_FILE = "uk_os_OSTN15_NTv2_OSGBtoETRS.tif"
OS_POINTS = (
    ("Newcastle upon Tyne", 424639.355, 565012.703, -1.61657685184, 54.97912273660),
    ("Daresbury", 357455.843, 383290.436, -2.64049320810, 53.34480280190),
    ("Lambeth", 530624.974, 178388.464, -0.11992557180, 51.48936564950),
    ("Caister-on-Sea", 651409.804, 313177.450, 1.716073973, 52.658007833),
)
"""Place, easting and northing (metres, OSGB36), longitude and latitude (degrees, ETRS89).

Points TP25, TP16 and TP09 of the Ordnance Survey's OSTN15 test data, and the worked example of its user guide.
Contains OS data, Crown copyright and database right 2016.
"""
GRID_TOLERANCE_M = 0.1
"""OSTN15 itself is good to 0.1 m; the test data agree to a centimetre where it is used."""

Level = Literal["error", "warning"]


@dataclass(frozen=True)
class Check:
    """One thing looked at. `level` is how bad it is where `ok` is false; `advice` is empty where it is true."""

    name: str
    ok: bool
    level: Level
    found: str
    advice: str = ""


def examine(settings: Settings) -> list[Check]:
    """Every check, in the order in which to mend what fails."""
    here = home_folder(settings), proj_grid(), time_zones(), web_build()
    return [*database_checks(settings), *here, *identity_provider(settings)]


def database_checks(settings: Settings) -> Iterator[Check]:
    """The server programs, then the database, then what is in it."""
    yield server_programs(settings)
    try:
        if settings.database_url is None and not cluster.status(settings.home).running:
            advice = "Run `aim db up`; a command that needs the private cluster also starts it itself."
            yield Check("Database", False, "warning", "the private cluster is not running", advice)
        else:
            yield from inside_database(settings.database_url or cluster.url(settings.home))
    except SetupError as error:
        yield Check("Database", False, "error", "not usable", str(error))
    except SQLAlchemyError as error:
        advice = "Check AIM_DATABASE_URL (postgresql://user@host/database) and what its user may read."
        yield Check("Database", False, "error", f"not usable: {str(error).splitlines()[0]}", advice)


def server_programs(settings: Settings) -> Check:
    """PostgreSQL and PostGIS of this machine, which only the private cluster needs."""
    name = "PostgreSQL programs"
    if settings.database_url is not None:
        return Check(name, True, "error", "not needed: AIM_DATABASE_URL is set")
    try:
        place = place_of(settings.home)
        owner_of(place)
        install = choose(place.made_by, installs())
    except SetupError as error:
        return Check(name, False, "error", "not usable", str(error))
    return Check(name, True, "error", f"PostgreSQL {install.major} with PostGIS {install.postgis} in {install.bin}")


def inside_database(url: str) -> Iterator[Check]:
    """Whether the database answers, and whether PostGIS and this program's tables are in it.

    Raises DatabaseUnavailable where it does not answer.
    """
    engine = make_engine(url)
    try:
        check(engine)
        with engine.connect() as connection:
            version = connection.execute(text("SELECT current_setting('server_version')")).scalar_one()
            postgis = connection.execute(text("SELECT extversion FROM pg_extension WHERE extname = 'postgis'")).scalar()
        yield Check("Database", True, "error", f"PostgreSQL {version}")
        advice = "" if postgis else "As the server's superuser, run `CREATE EXTENSION postgis` in this database."
        yield Check("PostGIS", bool(postgis), "error", str(postgis or "not in this database"), advice)
        yield migrations(engine)
    finally:
        engine.dispose()


def migrations(engine: Engine) -> Check:
    """Whether the tables are those of this version of the program."""
    stands, needed = migrate.current(engine), migrate.head()
    if stands == needed:
        return Check("Migrations", True, "error", f"at {needed}")
    found = (
        f"at {stands}, and this version needs {needed}" if stands else f"never migrated; this version needs {needed}"
    )
    return Check("Migrations", False, "error", found, "Run `aim db migrate`.")


def home_folder(settings: Settings) -> Check:
    """Whether AIM_HOME can be written, by the database's user too, and has room."""
    name, home = "Data folder", settings.home.absolute()
    nearest = next(folder for folder in (home, *home.parents) if folder.exists())
    if not (nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)):
        advice = "Set AIM_HOME to a folder that you may write."
        return Check(name, False, "error", f"{home} cannot be written, because of {nearest}", advice)
    if settings.database_url is None:
        try:
            require_entry(nearest, owner_of(place_of(home)))
        except SetupError as error:
            return Check(name, False, "error", f"{home} is closed to the database's user", str(error))
    free = shutil.disk_usage(nearest).free / 1e9
    advice = "" if free >= ROOM_GB else f"Free some space (at least {ROOM_GB:g} GB), or set AIM_HOME to another disk."
    return Check(name, free >= ROOM_GB, "warning", f"{home}, {free:.1f} GB free", advice)


def proj_grid() -> Check:
    """Whether eastings and northings become longitudes and latitudes by OSTN15, and what is lost where they do not."""
    from pyproj.datadir import get_user_data_dir  # pyright: ignore[reportPrivateImportUsage]  # documented, not re-exported

    stated, available = stated_accuracy()
    errors = grid_errors()
    measured = ", ".join(f"{place} {metres:.2f} m" for place, metres in errors.items())
    found = f"stated accuracy {stated}; measured against the Ordnance Survey's points: {measured}"
    name = "PROJ grid for EPSG:27700"
    if max(errors.values()) <= GRID_TOLERANCE_M:
        return Check(name, True, "warning", f"OSTN15 in use, {found}")
    lead = "OSTN15 is there but gives other places" if available else "OSTN15 is missing"
    advice = (
        f"Places given as eastings and northings are off by that much, {max(errors.values()):.2f} m at the worst of "
        "these points; elsewhere only the stated accuracy is known. To remove the error run "
        f"`pyproj sync --file {OSTN15_FILE}`, or copy that file into {get_user_data_dir()}."
    )
    return Check(name, False, "warning", f"{lead}, {found}", advice)


def stated_accuracy() -> tuple[str, bool]:
    """The accuracy that PROJ states for the operation it uses in England, and whether its best one is available."""
    from pyproj.transformer import AreaOfInterest, TransformerGroup

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # pyproj warns of the missing grid, which is what we report
        england = AreaOfInterest(-5.8, 49.9, 1.8, 55.8)
        group = TransformerGroup("EPSG:27700", "EPSG:4326", always_xy=True, area_of_interest=england)
    return f"{group.transformers[0].accuracy:g} m", group.best_available


def grid_errors() -> dict[str, float]:
    """Metres on the ground between where PROJ puts the Ordnance Survey's points and where they are."""
    from pyproj import Geod, Transformer

    to_degrees = Transformer.from_crs("EPSG:27700", "EPSG:4326", always_xy=True)
    ellipsoid = Geod(ellps="GRS80")
    errors: dict[str, float] = {}
    for place, easting, northing, longitude, latitude in OS_POINTS:
        got = to_degrees.transform(easting, northing)
        errors[place] = float(ellipsoid.inv(longitude, latitude, *got)[2])
    return errors


def time_zones() -> Check:
    """Whether Europe/London is known, tried on an hour that happens twice: 01:30 on 26 October 2025."""
    name, advice = "Time zones", "Run `pip install --upgrade tzdata`."
    try:
        twice = datetime(2025, 10, 26, 1, 30, tzinfo=ZoneInfo("Europe/London"))
    except ZoneInfoNotFoundError:
        return Check(name, False, "error", "Europe/London is unknown", advice)
    offsets = (twice.utcoffset(), twice.replace(fold=1).utcoffset())
    if offsets != (timedelta(hours=1), timedelta(0)):
        return Check(name, False, "error", "Europe/London does not put its clocks back in October", advice)
    return Check(name, True, "error", "Europe/London, with the hour that happens twice in October")


def web_build() -> Check:
    """Whether the map's script is built; Node is needed to build it and never to run it."""
    built = (STATIC / "map.js").is_file()
    advice = "" if built else "Run `npm ci` and `npm run build` in web/, or `script/demo`, which does both."
    return Check("Web build", built, "error", "built" if built else f"nothing is built in {STATIC}", advice)


def identity_provider(settings: Settings) -> Iterator[Check]:
    """Whether people can sign in with the provider now, where one is set."""
    name, found = "Identity provider", settings.oidc_issuer or "no issuer"
    try:
        if (desk := open_desk(settings, time.monotonic)) is not None:
            desk.provider.keys.get()
            yield Check(name, True, "error", found)
    except AimError as error:
        yield Check(name, False, "error", found, str(error))
