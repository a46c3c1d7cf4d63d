"""A police station is a spike; the usual concentration of map points is none."""

from datetime import date
from pathlib import Path

import h3
import polars as pl
import pytest

from aim.ingest.health.spikes import POINT_SCHEMA, Spike, find_spikes, spikes
from tests.ingest.conftest import Store
from tests.ingest.files import requests
from tests.ingest.health.deliveries import COUNCIL, POLICE, load, load_file, unpacked

HEADQUARTERS = (54.574210, -1.239958)
PERIOD = (date(2018, 1, 1), date(2020, 1, 1))


def points(*rows: int) -> pl.DataFrame:
    """Points with so many rows each."""
    return pl.DataFrame([(n, "exact", count) for n, count in enumerate(rows)], schema=POINT_SCHEMA, orient="row")


def test_a_point_with_a_tenth_of_the_rows_is_a_spike() -> None:
    assert find_spikes(points(*[3] * 300, 100)) == [Spike(f"{300:x}", "exact", 100, 0.1)]


def test_ward_centroids_are_spikes_where_they_are_few_among_many() -> None:
    assert len(find_spikes(points(*[3] * 1_000, *[200] * 11))) == 11


def test_a_feed_whose_rows_all_lie_at_one_point_is_one_spike() -> None:
    assert find_spikes(points(100)) == [Spike("0", "exact", 100, 1.0)]


@pytest.mark.parametrize(
    "rows",
    [[], [1] * 50, [29] + [1] * 100, [40] * 50, [50, 45, 40, 35] + [4] * 2_000],
    ids=["nothing", "one each", "few", "a feed of car parks", "map points"],
)
def test_what_is_no_spike(rows: list[int]) -> None:
    assert find_spikes(points(*rows)) == []


@pytest.mark.parametrize("force", ["cleveland", "merseyside"])
def test_the_map_points_of_real_forces_are_no_spikes(store: Store, shared: Path, force: str) -> None:
    for path in sorted((shared / "data/police" / force).glob("*-street.csv.gz")):
        load_file(store, POLICE, path)
    with store.engine.connect() as connection:
        assert spikes(connection, POLICE, *PERIOD) == []


def test_a_police_station_among_real_rows_is_found_by_its_cell(store: Store, shared: Path) -> None:
    """Every twentieth crime of a month is put there."""
    header, *lines = unpacked(shared / "data/police/cleveland/2018-10-cleveland-street.csv.gz").decode().splitlines()
    for at in range(0, len(lines), 20):
        fields = lines[at].split(",")
        if fields[4]:
            fields[4:6] = [str(HEADQUARTERS[1]), str(HEADQUARTERS[0])]
            lines[at] = ",".join(fields)
    load(store, POLICE, "\n".join([header, *lines, ""]).encode(), "2018-10.csv")
    with store.engine.connect() as connection:
        [spike] = spikes(connection, POLICE, *PERIOD)
        assert spikes(connection, POLICE, date(2018, 11, 1), date(2018, 12, 1)) == []
    assert spike.cell == h3.latlng_to_cell(*HEADQUARTERS, 9)
    assert (spike.method, spike.share) == ("snapped", pytest.approx(0.05, abs=0.002))
    assert str(HEADQUARTERS[0])[:6] not in spike.sentence
    assert f"rows ({100 * spike.share:.1f} % of those with a location) lie at one point in cell" in spike.sentence


def test_rows_without_a_place_are_no_spike(store: Store) -> None:
    blank = [{"service_request_id": str(n), "lat": "", "long": ""} for n in range(60)]
    load(store, COUNCIL, requests(*blank), "blank.json")
    with store.engine.connect() as connection:
        assert spikes(connection, COUNCIL, date(2026, 1, 1), date(2026, 12, 31)) == []
