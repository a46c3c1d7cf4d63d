"""`aim serve`, `aim demo`, `aim doctor`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from aim.cli.common import Json, database, emit, say, until_interrupted

Host = Annotated[str | None, typer.Option(help="Address to listen on; left out: AIM_HOST.")]
Port = Annotated[int | None, typer.Option(help="Port to listen on; left out: AIM_PORT.", min=0, max=65535)]

Proxy = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS",
        help="A proxy with TLS is in front, at this address or network: 127.0.0.1 where it is on this machine. "
        "What it says of who asks (X-Forwarded-For, X-Forwarded-Proto) is believed from there alone.",
    ),
]
Certificate = Annotated[Path | None, typer.Option(help="Certificate (PEM) to speak TLS with, and its chain.")]
CertificateKey = Annotated[Path | None, typer.Option(help="The certificate's private key (PEM).")]


def serve(
    host: Host = None,
    port: Port = None,
    behind_proxy: Proxy = None,
    tls_cert: Certificate = None,
    tls_key: CertificateKey = None,
    as_json: Json = False,
) -> None:
    """Serve the API, the map and the pages to whoever signs in or has a key, until interrupted."""
    from aim.memory import give_back

    give_back()
    from aim.api.security.front import Front
    from aim.api.server import serve as run
    from aim.db.engine import service_engines

    def announce(address: str, set_up: str | None) -> None:
        _announce({"url": address, "set_up": set_up}, as_json)

    front = Front(behind_proxy, tls_cert, tls_key)
    with database() as (settings, engine), until_interrupted():
        given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
        with service_engines(settings, engine) as engines:
            run(engines, settings.model_copy(update=given), announce, front)


def demo(
    once: Annotated[bool, typer.Option(help="Stop after checking that the map, a layer and a tile answer.")] = False,
    port: Port = None,
    as_json: Json = False,
) -> None:
    """Run the main job on the made-up samples, and serve the map to this machine, without a login."""
    from aim.api.server import serve as run
    from aim.db.engine import service_engines
    from aim.demo import check_host, everybody, prepare, run_once

    with database() as (settings, engine):
        check_host(settings.host)
        settings = settings if port is None else settings.model_copy(update={"port": port})
        layers = prepare(engine, say)
        if once:
            data = {"url": run_once(settings, engine, say), "layers": layers}
            emit(data, as_json=as_json, lines=[f"The map, {len(layers)} layers and a tile answer."])
        else:
            with until_interrupted(), everybody(engine) as principal, service_engines(settings, engine) as engines:
                told = {"layers": layers}
                run(engines, settings, lambda url, _: _announce({"url": url} | told, as_json), everybody=principal)


def _announce(data: dict[str, Any], as_json: bool) -> None:
    lines = [f"The map: {data['url']}/map (Ctrl+C stops it)"]
    if data.get("set_up"):
        lines.append(f"Make the first administrator within an hour, once: {data['set_up']}")
    emit(data, as_json=as_json, lines=lines)


def doctor(as_json: Json = False) -> None:
    """Check this installation and say what to do."""
    from dataclasses import asdict

    from aim.doctor import examine
    from aim.settings import load_settings

    checks = examine(load_settings())
    marks = {True: "ok     "}
    lines = [f"{marks.get(c.ok, c.level.ljust(7))} {c.name}: {c.found}{'' if c.ok else ' ' + c.advice}" for c in checks]
    emit({"checks": [asdict(check) for check in checks]}, as_json=as_json, lines=lines)
    if any(not check.ok and check.level == "error" for check in checks):
        raise typer.Exit(1)
