"""`aim serve`, `aim demo`, `aim doctor`."""

from typing import Annotated, Any

import typer

from aim.cli.common import Json, database, emit, say, until_interrupted

Host = Annotated[str | None, typer.Option(help="Address to listen on; left out: AIM_HOST.")]
Port = Annotated[int | None, typer.Option(help="Port to listen on; left out: AIM_PORT.", min=0, max=65535)]


def serve(host: Host = None, port: Port = None, as_json: Json = False) -> None:
    """Serve the API, the map and the pages until interrupted."""
    from aim.api.server import serve as run

    with database() as (settings, engine), until_interrupted():
        given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
        run(engine, settings.model_copy(update=given), lambda address: _announce({"url": address}, as_json))


def demo(
    once: Annotated[bool, typer.Option(help="Stop after checking that the map, a layer and a tile answer.")] = False,
    port: Port = None,
    as_json: Json = False,
) -> None:
    """Run the main job on the made-up samples, and serve the map."""
    from aim.api.server import serve as run
    from aim.demo import prepare, run_once

    with database() as (settings, engine):
        settings = settings if port is None else settings.model_copy(update={"port": port})
        layers = prepare(engine, say)
        if once:
            data = {"url": run_once(settings, engine, say), "layers": layers}
            emit(data, as_json=as_json, lines=[f"The map, {len(layers)} layers and a tile answer."])
        else:
            with until_interrupted():
                run(engine, settings, lambda address: _announce({"url": address, "layers": layers}, as_json))


def _announce(data: dict[str, Any], as_json: bool) -> None:
    emit(data, as_json=as_json, lines=[f"The map: {data['url']}/map (Ctrl+C stops it)"])


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
