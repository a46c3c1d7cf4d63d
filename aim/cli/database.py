"""`aim db`: the private cluster, and migrations on any database."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import typer

from aim.cli.common import Json, database, emit, say

if TYPE_CHECKING:
    from aim.db.cluster import ClusterStatus

app = typer.Typer(help="The private database cluster, and migrations.", no_args_is_help=True)


@app.command()
def up(as_json: Json = False) -> None:
    """Make the private cluster if there is none, and start it."""
    from aim.db.cluster import up as start
    from aim.settings import load_settings

    _emit(start(load_settings().home, say), as_json)


@app.command()
def down(as_json: Json = False) -> None:
    """Stop the private cluster; the data stay."""
    from aim.db.cluster import down as stop
    from aim.settings import load_settings

    _emit(stop(load_settings().home), as_json)


@app.command()
def status(as_json: Json = False) -> None:
    """Say whether the private cluster runs, and in which version."""
    from aim.db.cluster import status as look
    from aim.settings import load_settings

    _emit(look(load_settings().home), as_json)


@app.command()
def migrate(as_json: Json = False) -> None:
    """Bring the database (AIM_DATABASE_URL, or the private cluster) to this version's schema."""
    from sqlalchemy import text

    from aim.db.migrate import head

    versions = text("SELECT split_part(current_setting('server_version'), ' ', 1), postgis_lib_version()")
    with database() as (_, engine), engine.connect() as connection:
        version, postgis = connection.execute(versions).one()
        shown = engine.url.set(drivername="postgresql").difference_update_query(["password"])
        address = shown.render_as_string(hide_password=True)
    data = {"url": address, "running": True, "version": version, "postgis": postgis, "revision": head()}
    emit(data, as_json=as_json, lines=[f"The schema is at revision {data['revision']}."])


@app.command()
def url(as_json: Json = False) -> None:
    """Print the URL of the database in use, for psql, QGIS or ogr2ogr. One given by AIM_DATABASE_URL is not tried."""
    from aim.db.cluster import status as look
    from aim.settings import load_settings

    settings = load_settings()
    data: dict[str, Any] = {"url": settings.database_url, "running": None, "version": None, "postgis": None}
    if settings.database_url is None:
        data = _as_json(look(settings.home))
    emit(data, as_json=as_json, lines=[data["url"]])


def _emit(status: "ClusterStatus", as_json: bool) -> None:
    words = f"running, PostgreSQL {status.version}, PostGIS {status.postgis}" if status.running else "not running"
    lines = [f"The private cluster in {status.home} is {words}.", status.url]
    emit(_as_json(status), as_json=as_json, lines=lines)


def _as_json(status: "ClusterStatus") -> dict[str, Any]:
    return asdict(status) | {"home": str(status.home)}
