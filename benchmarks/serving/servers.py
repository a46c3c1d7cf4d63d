"""The servers, each with one worker: ours as `aim serve`, the others in virtual environments of theirs."""

import json
import os
import subprocess
import sys
import venv
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy import make_url

from aim.api.server import open_socket
from aim.memory import POLARS

CACHE: Final = Path(__file__).resolve().parents[2] / ".cache"
PACKAGES: Final = {
    "tipg": ("tipg", "uvicorn[standard]"),
    "pygeoapi": ("pygeoapi==0.21.*", "gunicorn", "psycopg2-binary", "sqlalchemy<2.1", "geoalchemy2"),
}


@contextmanager
def our_process(url: str) -> Generator[tuple[str, int]]:
    """The address of `aim serve`, with the roles that own nothing, but without a limit to what one address may ask; and
    the id of its process.
    """
    settings = {"AIM_DATABASE_URL": url, "AIM_REQUESTS_PER_SECOND": "0"}
    inherited = {name: value for name, value in os.environ.items() if name != POLARS[0]}  # Polars wrote it, here
    command = [Path(sys.executable).with_name("aim"), "serve", "--port", "0", "--json"]
    with subprocess.Popen(command, env=inherited | settings, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())["url"], process.pid
        finally:
            process.terminate()


@contextmanager
def tipg(url: str) -> Generator[str]:
    """tipg under uvicorn with one worker, its limits lifted so that it sends whole answers."""
    install("tipg")
    settings = {"DATABASE_URL": for_asyncpg(url), "TIPG_DB_SCHEMAS": '["public"]'}
    settings |= {"TIPG_MAX_FEATURES_PER_QUERY": "100000", "TIPG_MAX_FEATURES_PER_TILE": "100000"}
    port = free_port()
    command = ["uvicorn", *f"tipg.main:app --port {port} --log-level warning --no-access-log".split()]
    with started("tipg", command, settings, port) as address:
        yield address


@contextmanager
def pygeoapi(url: str, folder: Path) -> Generator[str]:
    """pygeoapi under gunicorn with one worker of four threads; its settings are written into `folder`."""
    install("pygeoapi")
    port = free_port()
    files = {"PYGEOAPI_CONFIG": folder / "pygeoapi.yml", "PYGEOAPI_OPENAPI": folder / "openapi.yml"}
    files["PYGEOAPI_CONFIG"].write_text(json.dumps(pygeoapi_settings(url, port)))  # JSON is YAML too
    settings = {name: str(path) for name, path in files.items()}
    program = CACHE / "pygeoapi" / "bin" / "pygeoapi"
    command = [program, "openapi", "generate", files["PYGEOAPI_CONFIG"], "--output-file", files["PYGEOAPI_OPENAPI"]]
    described = subprocess.run(command, env=os.environ | settings, capture_output=True, text=True)
    assert described.returncode == 0, described.stderr
    command = ["gunicorn", *f"pygeoapi.flask_app:APP -w 1 --threads 4 -b 127.0.0.1:{port} --log-level warning".split()]
    with started("pygeoapi", command, settings, port) as address:
        yield address


@contextmanager
def started(name: str, command: list[str], settings: Mapping[str, str], port: int) -> Generator[str]:
    """A server from its own virtual environment, once it answers."""
    process = subprocess.Popen([CACHE / name / "bin" / command[0], *command[1:]], env=os.environ | dict(settings))
    try:
        address = f"http://127.0.0.1:{port}"
        retry = ["curl", "-sf", "--retry", "30", "--retry-delay", "1", "--retry-connrefused", "-o", os.devnull, address]
        subprocess.run(retry, check=True)
        yield address
    finally:
        process.terminate()
        process.wait()


def pygeoapi_settings(url: str, port: int) -> dict[str, Any]:
    """One collection of hexagons over the same socket; everything that a client sees is the least that it demands."""
    parts = make_url(url)
    data = {"host": parts.query["host"], "port": int(str(parts.query["port"])), "dbname": parts.database,
            "user": parts.query["user"], "password": "none", "search_path": ["public"]}  # fmt: skip
    link = {"type": "text/html", "rel": "canonical", "title": "t", "href": "http://127.0.0.1/", "hreflang": "en-GB"}
    provider = {"type": "feature", "name": "PostgreSQL", "data": data, "id_field": "id", "table": "hexagon",
                "geom_field": "geom"}  # fmt: skip
    home = "http://127.0.0.1/"
    said = {"title": {"en": "t"}, "description": {"en": "d"}, "keywords": {"en": ["k"]}}
    return {
        "server": {"bind": {"host": "127.0.0.1", "port": port}, "url": f"http://127.0.0.1:{port}",
                   "mimetype": "application/json; charset=UTF-8", "encoding": "utf-8", "gzip": False,
                   "languages": ["en-GB"], "limits": {"default_items": 10, "max_items": 100_000},
                   "map": {"url": "http://127.0.0.1/", "attribution": "none"}, "pretty_print": False},
        "logging": {"level": "ERROR"},
        "metadata": {"identification": said | {"keywords_type": "theme", "url": home, "terms_of_service": "none"},
                     "license": {"name": "none", "url": home}, "provider": {"name": "none"},
                     "contact": {"name": "none"}},
        "resources": {"hexagon": said | {"type": "collection", "links": [link], "providers": [provider],
                                         "extents": {"spatial": {"bbox": [-180, -90, 180, 90]}}}},
    }  # fmt: skip


def free_port() -> int:
    with open_socket("127.0.0.1", 0) as free:
        return free.getsockname()[1]


def for_asyncpg(url: str) -> str:
    """The same socket, written where tipg's settings insist on a host."""
    parts = make_url(url)
    folder, port = quote(str(parts.query["host"]), safe=""), parts.query["port"]
    return f"postgresql://{parts.query['user']}@{folder}:{port}/{parts.database}"


def install(name: str) -> None:
    """Into a virtual environment of its own, once: its pins must not meet ours."""
    if not (CACHE / name / "bin" / "pip").exists():
        venv.create(CACHE / name, with_pip=True)
        subprocess.run([CACHE / name / "bin" / "pip", "install", "--quiet", *PACKAGES[name]], check=True)
