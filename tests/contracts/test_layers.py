"""What holds for every tasking layer, and that a module in the folder is all it takes to add one."""

import re
from importlib import import_module
from math import inf
from pathlib import Path
from pkgutil import iter_modules

import pytest

import aim.layers
from aim.errors import TooCoarse
from aim.hotspots.grid import finest_resolution
from aim.hotspots.methods import CELL_METHODS
from aim.hotspots.placed import never_placed
from aim.incident import RESOLUTIONS
from aim.ingest.feeds import FEEDS
from aim.ingest.profile.schema import parse
from aim.layers.publishing.known import LAYERS
from aim.layers.publishing.layer import Layer
from aim.registry import load
from aim.vocabulary.categories import categories, of_themes
from aim.vocabulary.nim import Agency, HandlingCode, Marking, NimLevel, Strand, TacticalOption

SENTENCE = re.compile(r"[A-Z][^\n]+[.]")


def precision_m(feed: str) -> float:
    """Of the feed's best places: rows that are given less exactly are refused by the layer when it is scored."""
    profile = FEEDS[feed].profile
    assert profile is not None, "say here how far off the points of a feed without a profile may be"
    return min(place.precision_m for place in parse(profile, feed).place)


@pytest.fixture(params=LAYERS.values(), ids=list(LAYERS))
def layer(request: pytest.FixtureRequest) -> Layer:
    return request.param


def test_its_name_is_an_address_and_that_of_its_module(layer: Layer) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", layer.name)
    assert LAYERS[layer.name] is layer
    assert layer.name.replace("-", "_") in {module.name for module in iter_modules(aim.layers.__path__)}


def test_every_module_is_a_layer_and_no_two_share_a_name() -> None:
    modules = [module for module in iter_modules(aim.layers.__path__) if not module.ispkg]
    assert len(modules) == len(LAYERS) == len({layer.title for layer in LAYERS.values()})


def test_its_categories_exist_and_each_is_named_once(layer: Layer) -> None:
    assert layer.categories
    assert set(layer.categories) <= categories().keys()
    assert len(set(layer.categories)) == len(layer.categories)


def test_some_feed_reports_one_of_its_categories(layer: Layer) -> None:
    assert feeds_of(layer)


def feeds_of(layer: Layer) -> list[str]:
    """The feeds with a word that means one of the layer's categories."""
    meanings = {feed.name: feed.words for feed in FEEDS.values()}
    return [
        name
        for name, said in meanings.items()
        if set(layer.categories) & {*said.whole.values(), *said.patterns.values()}
    ]


def test_its_cells_are_of_a_stored_resolution_that_the_coarsest_of_its_feeds_bears(layer: Layer) -> None:
    assert layer.resolution in RESOLUTIONS
    bound = inf if layer.needs.within_m is None else layer.needs.within_m
    worst = max(min(precision_m(feed), bound) for feed in feeds_of(layer))
    assert layer.resolution <= finest_resolution(worst)
    assert layer.finest is None or layer.resolution <= layer.finest


def test_the_finest_resolution_is_the_finest_whose_cells_are_twice_the_error() -> None:
    assert [finest_resolution(metres) for metres in (10.0, 71.0, 200.0)] == [10, 9, 8]
    with pytest.raises(TooCoarse, match="good to 1000 m only"):
        finest_resolution(1000.0)


def test_it_speaks_the_language_of_the_nim(layer: Layer) -> None:
    assert isinstance(layer.strand, Strand)
    assert isinstance(layer.tactical_option, TacticalOption)
    assert isinstance(layer.level, NimLevel)
    assert isinstance(layer.marking, Marking)
    assert isinstance(layer.lead_agency, Agency)
    assert all(isinstance(agency, Agency) for agency in layer.supporting_agencies)
    assert layer.lead_agency not in layer.supporting_agencies


def test_its_control_strategy_is_one_that_a_category_falls_under(layer: Layer) -> None:
    known = {category.control_strategy for category in categories().values()}
    assert layer.control_strategy_ref in known | {"all_crime", None}


def test_it_asks_methods_that_there_are(layer: Layer) -> None:
    assert layer.methods is None or set(layer.methods) <= CELL_METHODS.keys()
    assert layer.methods is None or "gi_star" in layer.methods, "every feature says how it stands to chance"
    assert layer.methods is None or not layer.judged, "a layer that is ranked by counts is looked back on"


def test_a_condition_of_handling_is_told(layer: Layer) -> None:
    assert (layer.handling_code is HandlingCode.C) == (layer.handling is not None)
    assert layer.handling is None or SENTENCE.fullmatch(layer.handling)


def test_sensitive_kinds_are_counted_by_a_closed_layer_alone(layer: Layer) -> None:
    if set(layer.categories) & set(never_placed()):
        assert set(layer.categories) <= set(of_themes("prolific_offending"))
        assert layer.tactical_option is TacticalOption.TARGET_OFFENDERS
        assert layer.marking is Marking.OFFICIAL_SENSITIVE
        assert layer.handling_code is HandlingCode.C
        assert layer.least >= 5
        assert layer.finest == 8


def test_every_option_of_the_tactical_menu_has_a_layer() -> None:
    assert {layer.tactical_option for layer in LAYERS.values()} == set(TacticalOption)


def test_what_people_read_is_a_sentence(layer: Layer) -> None:
    assert SENTENCE.fullmatch(layer.description)
    assert layer.caveats
    assert all(SENTENCE.fullmatch(caveat) for caveat in layer.caveats)


def test_titles_are_headings_and_counted_things_are_plural(layer: Layer) -> None:
    assert layer.title[0].isupper()
    assert not layer.title.endswith(".")
    assert layer.events[0].islower()
    assert any(word.endswith("s") for word in layer.events.split())
    assert layer.plan_owner[0].isupper()


def test_a_module_in_the_folder_is_all_it_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "more_layers"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "robbery.py").write_text(
        "from dataclasses import replace\n"
        "from aim.layers.publishing.known import LAYERS\n"
        "LAYER = replace(LAYERS['all-crime'], name='robbery', categories=('robbery',))\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    found = load(import_module("more_layers"), "LAYER", Layer)
    assert {name: layer.categories for name, layer in found.items()} == {"robbery": ("robbery",)}
