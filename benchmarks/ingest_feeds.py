"""Each kind of feed: a first load, the same file again, and GDAL's ogr2ogr on that file, in one run.

    .venv/bin/python -m benchmarks.ingest_feeds [--rows 1000000] [--feeds police-cad ...]

The rows are those of the made-up samples, over and over, each with an id of its own. Records as JSON (Open311, the
police.uk API) have no peer: ogr2ogr reads no such list. Prints, for each feed, rows/s, how much faster the unchanged
file is the second time, the ratio to ogr2ogr, and the peak memory of the first load.
"""

import argparse
import csv
import io
import tempfile
from itertools import cycle, islice
from pathlib import Path

from aim.db.cluster import down, up
from aim.ingest.feeds import FEEDS
from aim.ingest.profile.schema import Profile, parse
from benchmarks.ingest import again, aim, apart, ogr2ogr, write_csv

SAMPLES = Path(__file__).parent.parent / "data" / "samples" / "feeds"
STREET = "police-uk-street"


def profile_of(feed: str) -> Profile:
    """The profile that a feed ships with."""
    text = FEEDS[feed].profile
    assert text is not None
    return parse(text, feed)


def write_feed(path: Path, rows: int) -> None:
    """The sound rows of the sample of this name, over and over, up to `rows`; the folder is named after the feed."""
    feed = path.parent.name
    path.parent.mkdir()
    if feed == STREET:
        return write_csv(path, rows)
    sample = SAMPLES / feed / path.name
    [header, *found] = csv.reader(io.StringIO(sample.read_bytes().decode("utf-8-sig", errors="replace")))
    sound = [row for row in found if len(row) == len(header)]
    named = profile_of(feed).id
    at = header.index(named.columns[0]) if named else None
    with path.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(header)
        for number, row in enumerate(islice(cycle(sound), rows)):
            writer.writerow([f"{cell}-{number}" if place == at else cell for place, cell in enumerate(row)])
    return None


def measure(url: str, folder: Path, feed: str, rows: int) -> None:
    file = folder / feed / ("2025-12-made-up-street.csv" if feed == STREET else next((SAMPLES / feed).iterdir()).name)
    apart(write_feed, file, rows)
    first, peak = aim(url, file, feed)
    second, _ = again(url, file, feed)
    profile = profile_of(feed)
    columns = profile.id.columns if profile.id else ("Type",)
    beside = ogr2ogr(url, file, str(columns[0]), (profile.place[0].x, profile.place[0].y))
    print(
        f"{feed:27s} {rows / first:9,.0f} rows/s  again {first / second:5.1f}x  ogr2ogr {rows / beside:9,.0f} rows/s  "
        f"aim / ogr2ogr {beside / first:.2f}  {peak:,.0f} MB",
        flush=True,
    )
    file.unlink()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--rows", type=int, default=1_000_000)
    tabular = [name for name in FEEDS if profile_of(name).file.format == "csv" and (SAMPLES / name).is_dir()]
    parser.add_argument("--feeds", nargs="*", default=[STREET, *tabular])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(
        prefix="aim-bench-", dir="/tmp"
    ) as name:  # the server's user must be able to enter
        folder = Path(name)
        folder.chmod(0o755)
        try:
            url = up(folder / "home").url
            for feed in options.feeds:
                measure(url, folder, feed, options.rows)
        finally:
            down(folder / "home")


if __name__ == "__main__":
    main()
