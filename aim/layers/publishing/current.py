"""The published layers as they stand."""

from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.dialects.postgresql import distinct_on

from aim.db.tables import published_layer
from aim.layers.publishing.rationale import last_date


def current_layers(engine: Engine) -> list[dict[str, Any]]:
    """The newest version of each layer and area: id, title, area, run, as_of and counts."""
    table = published_layer
    keys = (table.c.layer, table.c.area)
    newest = select(table).ext(distinct_on(*keys)).order_by(*keys, table.c.run.desc())
    with engine.connect() as connection:
        rows = connection.execute(newest).mappings().all()
    return [
        {
            "id": row["layer"],
            "title": row["description"]["title"],
            "area": row["area"],
            "run": row["run"],
            "as_of": last_date(row["valid_to"]).isoformat(),
            "resolution": row["resolution"],
            **{name: row["description"][name] for name in ("cells", "incidents", "significant")},
        }
        for row in rows
    ]
