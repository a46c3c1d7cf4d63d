"""What holds for every feed. Each has its own tests too, in `tests/ingest`."""

import ast
import re
import tomllib
from pathlib import Path

import polars as pl
import pytest

from aim.incident import NORMAL_FORM, LocationMethod, TimePrecision
from aim.ingest import feeds
from aim.ingest.feed import BROKEN_SCHEMA, Rows
from aim.ingest.feeds import FEEDS
from aim.ingest.load import guess
from aim.ingest.reasons import RejectReason
from aim.ingest.source import Payload, payloads
from aim.vocabulary.categories import categories
from aim.vocabulary.nim import Agency

FORBIDDEN = {"httpx", "httpx2", "requests", "urllib", "urllib3", "http", "aiohttp", "socket", "sqlalchemy", "psycopg"}
AGENCIES = set(Agency)
FOLDER = Path(str(feeds.__file__)).parent
MODULES = sorted(path for path in FOLDER.glob("*.py") if path.name != "__init__.py")
PROFILES = sorted(FOLDER.glob("*.toml"))


def files(samples: Path) -> list[Payload]:
    """The sample files of all feeds: those the demo loads, in a folder for each agency, and the others in `feeds`."""
    named = [samples / folder for folder in (*sorted(AGENCIES), "feeds")]
    return payloads([folder for folder in named if folder.is_dir()])


@pytest.fixture(params=FEEDS)
def name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def blocks(samples: Path, name: str) -> list[Rows]:
    """Its samples, read."""
    own = [payload for payload in files(samples) if FEEDS[name].recognises(payload.head())]
    assert own, f"put a sample of {name} into data/samples/feeds/{name}"
    return [block for payload in own for block in FEEDS[name].read(payload)]


def test_each_sample_is_known_to_one_feed_of_its_agency(samples: Path) -> None:
    for payload in files(samples):
        [feed] = guess(payload)
        assert {feed.agency, feed.name} & set(payload.path.relative_to(samples).parts), payload.name


def test_it_says_what_it_is_and_whose(name: str) -> None:
    feed = FEEDS[name]
    assert feed.name == name
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name), "names are in kebab case"
    for what in ("title", "publisher", "licence", "attribution", "location_note"):
        assert getattr(feed, what).strip(), what
    assert feed.location_note.endswith(".")
    assert re.search(r"\d+ m\b", feed.location_note), "how far off its points may be, in metres"
    assert feed.columns


def test_it_says_what_its_words_mean(name: str) -> None:
    words = FEEDS[name].words
    assert set(words.whole.values()) | set(words.patterns.values()) <= set(categories())
    assert words.whole or words.patterns


def test_its_samples_are_read_as_strings_with_line_numbers(blocks: list[Rows], name: str) -> None:
    for block in blocks:
        assert block.frame.height > 0
        assert block.frame.schema["line"] == pl.Int64
        assert set(block.frame.drop("line").dtypes) == {pl.String}
        assert set(FEEDS[name].columns) <= set(block.frame.columns)
        assert dict(block.broken.schema) == BROKEN_SCHEMA
        assert block.frame["line"].is_unique().all()


def test_it_gives_the_normal_form_and_nothing_else(blocks: list[Rows], name: str) -> None:
    for block in blocks:
        normal = FEEDS[name].normalise(block.frame)
        assert dict(normal.schema) == NORMAL_FORM
        assert normal["line"].equals(block.frame["line"])


def test_a_block_without_rows_is_in_normal_form_too(blocks: list[Rows], name: str) -> None:
    assert dict(FEEDS[name].normalise(blocks[0].frame.clear()).schema) == NORMAL_FORM


def test_a_good_row_has_all_that_scoring_needs(blocks: list[Rows], name: str) -> None:
    normal = pl.concat(FEEDS[name].normalise(block.frame) for block in blocks)
    good = normal.filter(pl.col("reason").is_null())
    assert good.height > 0.9 * normal.height
    for column in ("scope", "occurred_from", "occurred_to", "time_precision", "location_method", "source_category"):
        assert good[column].null_count() == 0, column
    assert (good["occurred_to"] >= good["occurred_from"]).all()
    assert set(good["time_precision"]) <= set(TimePrecision)
    assert set(good["location_method"]) <= set(LocationMethod)
    placed = good.filter(pl.col("longitude").is_not_null())
    assert (placed["location_precision_m"] > 0).all()
    assert placed["latitude"].null_count() == 0


def test_a_bad_row_has_a_reason_of_the_list(blocks: list[Rows], name: str) -> None:
    normal = pl.concat(FEEDS[name].normalise(block.frame) for block in blocks)
    reasons = set(normal["reason"].drop_nulls())
    assert reasons, "a sample holds some bad rows"
    assert reasons <= set(RejectReason)


def test_it_reads_the_same_twice(blocks: list[Rows], name: str) -> None:
    """No clock, no chance, nothing kept from one block to the next."""
    first, again = ([FEEDS[name].normalise(block.frame) for block in blocks] for _ in range(2))
    assert all(one.equals(other) for one, other in zip(first, again, strict=True))


def test_no_feed_brings_its_own_http_or_database() -> None:
    imported = {name.split(".")[0] for module in (FOLDER / "__init__.py", *MODULES) for name in imports(module)}
    assert imported & FORBIDDEN == set()


@pytest.mark.parametrize("profile", PROFILES, ids=lambda path: path.stem)
def test_a_profile_is_named_as_its_file(profile: Path) -> None:
    assert tomllib.loads(profile.read_text("utf-8"))["name"] == profile.stem.replace("_", "-")


def imports(module: Path) -> set[str]:
    """The modules that a file imports, wherever in it."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    nodes = list(ast.walk(tree))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return plain | {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}


def test_each_file_is_one_feed() -> None:
    assert len(MODULES) + len(PROFILES) == len(FEEDS)
