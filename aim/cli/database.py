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
    from aim.db.migrate import head

    with database() as (_, engine):
        data = {"url": engine.url.render_as_string(hide_password=True), "revision": head()}
    emit(data, as_json=as_json, lines=[f"The schema is at revision {data['revision']}."])


@app.command()
def url(as_json: Json = False) -> None:
    """Print the URL of the database in use, for psql, QGIS or ogr2ogr."""
    from aim.db.cluster import url as of_cluster
    from aim.settings import load_settings

    settings = load_settings()
    address = settings.database_url or of_cluster(settings.home)
    emit({"url": address}, as_json=as_json, lines=[address])


def _emit(status: "ClusterStatus", as_json: bool) -> None:
    data: dict[str, Any] = asdict(status) | {"home": str(status.home)}
    words = f"running, PostgreSQL {status.version}, PostGIS {status.postgis}" if status.running else "not running"
    emit(data, as_json=as_json, lines=[f"The private cluster in {status.home} is {words}.", status.url])
