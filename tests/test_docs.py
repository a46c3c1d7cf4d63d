"""The reference pages are what the code says, they name everything, and no link in the documentation is dead."""

import re
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest
from defusedxml import ElementTree

from aim.hotspots.methods import METHODS
from aim.ingest.feeds import FEEDS
from aim.layers.publishing.known import LAYERS
from aim.settings import Settings
from aim.vocabulary.categories import categories
from docs import methods
from tests.test_errors import KINDS

REPOSITORY = Path(__file__).resolve().parents[1]
DOCS = REPOSITORY / "docs"
WRITTEN = [REPOSITORY / "README.md", *sorted(DOCS.rglob("*.md"))]
PAGES = ("cli", "settings", "feeds", "profiles", "layers", "errors", "categories", "sharing")
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
VERBS = (
    "ingest", "score", "layers", "export", "backtest", "share", "serve", "worker", "demo", "doctor", "db up",
    "db down", "db status", "db migrate", "db url", "areas load", "areas list", "agreements load", "agreements list",
    "feeds list", "feeds describe", "feeds guess", "feeds draft", "feeds health", "rejects list", "rejects export",
    "rejects fix", "rejects replay", "retention status", "retention run", "retention set", "retention log",
    "sources kinds", "sources add", "sources list", "sources remove", "sources pause", "sources resume",
    "sources run", "links run", "links list", "links make", "links break", "links history", "analyse gi-star",
    "analyse mann-kendall", "analyse emerging", "analyse aoristic", "analyse knox", "analyse wdd", "analyse pai",
    "analyse forecast", "analyse cover", "analyse rounds", "harm show", "harm example", "harm sign", "harm draft",
    "audit verify", "audit head", "audit export", "users add", "users list", "users disable", "users enable",
    "users password", "keys create", "keys list", "keys revoke", "strategy load", "strategy show", "strategy list",
)  # fmt: skip


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    """The script that writes the pages, as a module."""
    spec = spec_from_file_location("generate", DOCS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def reference(name: str) -> str:
    return (DOCS / "reference" / f"{name}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PAGES)
def test_a_reference_page_is_up_to_date(generate: ModuleType, name: str) -> None:
    assert reference(name) == generate.page(name), "run .venv/bin/python docs/generate.py"


def test_every_reference_page_is_generated(generate: ModuleType) -> None:
    assert set(PAGES) == set(generate.PAGES) == {path.stem for path in (DOCS / "reference").glob("*.md")}


def test_a_page_that_is_out_of_date_is_named_and_then_written(
    generate: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(generate, "REFERENCE", tmp_path / "reference")
    monkeypatch.setattr("sys.argv", ["generate.py", "--check"])
    assert generate.main() == 1
    assert capsys.readouterr().err.startswith("Out of date: cli.md, settings.md, ")
    assert not (tmp_path / "reference").exists()
    monkeypatch.setattr("sys.argv", ["generate.py"])
    assert generate.main() == 0
    assert (tmp_path / "reference" / "cli.md").read_text(encoding="utf-8") == generate.page("cli")
    monkeypatch.setattr("sys.argv", ["generate.py", "--check"])
    assert generate.main() == 0


@pytest.mark.parametrize(
    ("page", "names"),
    [
        ("settings", [f"AIM_{name.upper()}" for name in Settings.model_fields]),
        ("cli", [f"aim {verb}" for verb in VERBS]),
        ("feeds", list(FEEDS)),
        ("layers", list(LAYERS)),
        ("errors", [kind().slug for kind in KINDS]),
    ],
)
def test_everything_is_named(page: str, names: list[str]) -> None:
    assert [name for name in names if f"`{name}`" not in reference(page)] == []


def test_every_category_and_the_words_of_every_feed_are_named() -> None:
    text = reference("categories")
    assert [name for name in categories() if f"| {name} |" not in text] == []
    assert [feed.name for feed in FEEDS.values() if f"## The words of `{feed.name}`" not in text] == []


def test_every_verb_has_a_place_in_the_reference_and_no_other() -> None:
    assert re.findall(r"^## `aim (.+)`$", reference("cli"), re.MULTILINE) == list(VERBS)


@pytest.mark.parametrize("name", METHODS)
def test_every_method_has_its_page_with_what_an_analyst_needs_and_a_picture(name: str) -> None:
    text = (DOCS / "methods" / f"{name}.md").read_text(encoding="utf-8")
    said = METHODS[name]
    assert all(part in text for part in (said.title, said.formula, said.avoid, said.citation, f"({name}.svg)"))
    assert f"({name}.md)" in (DOCS / "methods/README.md").read_text(encoding="utf-8")
    root = ElementTree.parse(DOCS / "methods" / f"{name}.svg").getroot()
    assert root is not None
    assert root.tag.endswith("svg")


def test_pages_and_pictures_of_methods_are_up_to_date_and_no_more() -> None:
    wanted = methods.files()
    stale = [path.name for path, text in wanted.items() if path.read_text(encoding="utf-8") != text]
    assert stale == [], "run .venv/bin/python -m docs.methods"
    assert set(wanted) == set((DOCS / "methods").iterdir())


def test_every_argument_and_option_is_explained() -> None:
    rows = re.findall(r"^\| `(.+?)` \| *(.*?) *\|$", reference("cli"), re.MULTILINE)
    assert rows
    assert [name for name, what in rows if not what] == []


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_no_link_is_dead(path: Path) -> None:
    targets = LINK.findall(path.read_text(encoding="utf-8"))
    assert [target for target in targets if not (path.parent / target).exists()] == []
