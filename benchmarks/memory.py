"""Memory of one serving process with 50 layers of 50,000 hexagons each, every one of them asked for.

    .venv/bin/python -m benchmarks.memory [--layers 50]

Each layer is asked for its first page, a box of about 3,000 hexagons, a filter and a tile, one layer after another, and
then all of them again. After each round: RSS (all pages of memory, shared ones too), PSS (shared ones by their share)
and USS (those that nobody shares), of the server's process alone. What it keeps on the disk is told beside it.
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import Final
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import polars as pl
from sqlalchemy import Engine, text

from aim.db.bulk import copy_frame
from aim.db.engine import make_engine
from aim.db.tables import published_feature
from benchmarks.serving.data import DESCRIPTION, TILE, analyst_key, hexagons, publication, temporary_cluster
from benchmarks.serving.servers import our_process

MEBIBYTE: Final = 2**20
PUBLISH: Final = """
INSERT INTO published_layer (run, layer, area, resolution, valid_from, valid_to, description)
VALUES (:run, :layer, 'midlands', 8, '2023-11-01Z', '2024-11-01Z', CAST(:description AS jsonb))
"""
ASKED: Final = (
    {"limit": "1000"},
    {"limit": "10000", "bbox": "-2.2,52.3,-1.6,52.7"},
    {"limit": "1000", "filter": "count_total > 20"},
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--layers", type=int, default=50)
    options = parser.parse_args()
    with temporary_cluster() as url:
        engine = make_engine(url)
        fill(engine, options.layers)
        key = analyst_key(engine)
        engine.dispose()
        with our_process(url) as (address, process):
            report("started", process)
            for name in ("all layers", "all layers again"):
                begun = perf_counter()
                for path in paths(options.layers):
                    read(address + path, key)
                report(f"{name} ({perf_counter() - begun:.0f} s)", process)


def fill(engine: Engine, layers: int) -> None:
    """The same hexagons under the name of each layer."""
    rows = publication(hexagons())
    with engine.begin() as connection:
        run = connection.scalar(
            text("INSERT INTO scoring_run (as_of, parameters) VALUES ('2024-11-01Z', '{}') RETURNING id")
        )
        for number in range(layers):
            layer = {"layer": f"layer-{number:02}", "run": run}
            connection.execute(text(PUBLISH), layer | {"description": json.dumps(DESCRIPTION)})
            named = rows.with_columns(pl.lit(value).alias(name) for name, value in layer.items())
            copy_frame(connection, published_feature, named)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE published_feature"))


def paths(layers: int) -> Iterator[str]:
    zoom, row, column = TILE
    for number in range(layers):
        base = f"/collections/layer-{number:02}"
        yield from (f"{base}/items?{urlencode(query)}" for query in ASKED)
        yield f"{base}/tiles/WebMercatorQuad/{zoom}/{row}/{column}"
        yield f"{base}/tiles/WebMercatorQuad/6/{row >> 3}/{column >> 3}"


def read(url: str, key: str) -> None:
    headers = {"Accept-Encoding": "gzip", "Authorization": f"Bearer {key}"}
    with urlopen(Request(url, headers=headers)) as response:  # noqa: S310  # our own server
        assert response.status == 200, (url, response.status)
        response.read()


def report(when: str, process: int) -> None:
    folder = Path(f"/proc/{process}")
    lines = (line.split() for line in (folder / "smaps_rollup").read_text().splitlines()[1:])
    kilobytes = {name: int(value) for name, value, *_ in lines}
    unshared = kilobytes["Private_Clean:"] + kilobytes["Private_Dirty:"]
    spooled = sum(size(each) for each in (folder / "fd").iterdir())
    print(f"{when} | RSS {kilobytes['Rss:'] / 1024:.0f} MB | PSS {kilobytes['Pss:'] / 1024:.0f} MB | "
          f"USS {unshared / 1024:.0f} MB | on the disk {spooled / MEBIBYTE:.0f} MB", flush=True)  # fmt: skip


def size(descriptor: Path) -> int:
    """Bytes of an open file that has no name any more; 0 of anything else."""
    return descriptor.stat().st_size if "(deleted)" in str(descriptor.readlink()) else 0


if __name__ == "__main__":
    main()
