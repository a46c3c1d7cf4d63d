"""The category table: complete, consistent, and blind to case."""

import re
import tomllib
from dataclasses import fields
from importlib.resources import files
from pathlib import Path

import pytest

from aim.ingest.feeds import FEEDS
from aim.vocabulary.categories import UNMAPPED, Category, categories, of_themes, sources, words
from aim.vocabulary.nim import Agency, Lens

TABLE = tomllib.loads(files("aim.vocabulary").joinpath("categories.toml").read_text("utf-8"))

POLICE_LABELS = {
    "Anti-social behaviour": "anti_social_behaviour",
    "Bicycle theft": "bicycle_theft",
    "Burglary": "burglary",
    "Criminal damage and arson": "criminal_damage_arson",
    "Drugs": "drugs",
    "Other crime": "other_crime",
    "Other theft": "other_theft",
    "Possession of weapons": "possession_of_weapons",
    "Public order": "public_order",
    "Public disorder and weapons": "public_order",
    "Robbery": "robbery",
    "Shoplifting": "shoplifting",
    "Theft from the person": "theft_from_person",
    "Vehicle crime": "vehicle_crime",
    "Violence and sexual offences": "violence",
    "Violent crime": "violence",
}
FIRE_STOP_CODES = (
    "Secondary Fire", "Chimney Fire", "Late Call", "AFA", "False alarm - Good intent", "False alarm - Malicious",
    "Alleged Fire Risk", "Flood call attendance - Batch mobilised", "Use of Special Operations Room",
    "Special Service: RTC", "Special Service: Flooding", "Special Service: Effecting entry/exit",
    "Special Service: Spills and Leaks (not RTC)", "Special Service: Hazardous Materials incident",
    "Primary Fire: Dwelling", "Primary Fire: Non Residential", "Primary Fire: Road Vehicle", "Primary Fire: Outdoor",
)  # fmt: skip


@pytest.mark.parametrize("label", POLICE_LABELS)
def test_every_police_uk_label_means_something(label: str) -> None:
    assert words("police-uk").category(label) == POLICE_LABELS[label]


def test_every_police_uk_slug_of_the_domain_notes_is_mapped(shared: Path) -> None:
    """The line of the notes that lists the fourteen slugs, so that the list is not copied here."""
    notes = (shared / "domain/feeds.md").read_text(encoding="utf-8")
    [line] = [line for line in notes.splitlines() if line.startswith("| Categories (14 + all)")]
    slugs = re.split(r",\s*", line.split("|")[2].split(". CSV labels")[0].strip())
    assert len(slugs) == 14
    assert [slug for slug in slugs if words("police-uk").category(slug) == UNMAPPED] == []


@pytest.mark.parametrize("said", FIRE_STOP_CODES)
def test_every_fire_stop_code_is_mapped(said: str) -> None:
    assert words("lfb").category(said) != UNMAPPED


@pytest.mark.parametrize(
    ("said", "category"),
    [
        ("Fly-tipping", "fly_tipping"),
        ("Flytipping", "fly_tipping"),
        ("Abandoned vehicle", "abandoned_vehicle"),
        ("Graffiti", "graffiti"),
        ("Graffiti removal", "graffiti"),
        ("Litter", "litter"),
        ("Dog fouling", "dog_fouling"),
        ("Noise", "noise"),
        ("Pothole", "street_defect"),
    ],
)
def test_environmental_reports_are_mapped(said: str, category: str) -> None:
    assert words("open311").category(said) == category


@pytest.mark.parametrize("said", ["burglary", "BURGLARY", "  Burglary\n"])
def test_case_and_space_do_not_matter(said: str) -> None:
    assert words("police-uk").category(said) == "burglary"


@pytest.mark.parametrize("said", ["", "Sorcery", "Burglary and sorcery", "other"])
def test_what_nobody_has_mapped_is_unmapped_and_never_other(said: str) -> None:
    assert words("police-uk").category(said) == UNMAPPED
    assert UNMAPPED not in categories()


def test_a_whole_line_goes_before_a_beginning() -> None:
    assert words("lfb").category("Special Service: RTC") == "road_traffic_collision"
    assert words("lfb").category("Special Service: RTC with fire") == "special_service"


@pytest.mark.parametrize("source", sources())
def test_no_word_is_mapped_twice(source: str) -> None:
    said = [word.strip().lower() for word in TABLE["source"][source]]
    assert sorted(said) == sorted(set(said))


@pytest.mark.parametrize("source", sources())
def test_every_word_means_a_category_that_exists(source: str) -> None:
    assert set(TABLE["source"][source].values()) <= set(categories())


def test_every_source_has_a_feed() -> None:
    assert [source for source in sources() if words(source) not in [feed.words for feed in FEEDS.values()]] == []


@pytest.mark.parametrize("name", categories())
def test_a_category_says_all_of_itself(name: str) -> None:
    category = categories()[name]
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", name)
    assert isinstance(category.agency, Agency)
    assert isinstance(category.lens, Lens)
    for what in ("title", "theme", "control_strategy", "harm"):
        assert getattr(category, what).strip(), what
    assert TABLE["category"][name].keys() | {"id", "enforcement_driven"} == {field.name for field in fields(Category)}


def test_titles_are_each_their_own() -> None:
    titles = [category.title for category in categories().values()]
    assert len(titles) == len(set(titles))


def test_what_is_found_by_looking_for_it_is_marked() -> None:
    marked = {name for name, category in categories().items() if category.enforcement_driven}
    assert {"drugs", "possession_of_weapons"} <= marked
    assert "burglary" not in marked


def test_themes_gather_categories() -> None:
    assert {"graffiti", "fly_tipping"} <= set(of_themes("environmental_crime"))
    assert of_themes("no such theme") == ()
