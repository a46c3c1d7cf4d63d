"""Weights that somebody signed: what they say, what is refused, and that no change goes unseen."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aim.errors import Refused, UnreadableFile, UsageError
from aim.hotspots.harm.sign import sign
from aim.hotspots.harm.weigh import weigh
from aim.hotspots.harm.weights import Weights, digest, example, example_text, parse, read, signed
from aim.hotspots.method import Scores
from aim.hotspots.methods.harm import METHOD
from tests import facts

HEAD = 'title = "Ours"\nversion = "1"\nreview_by = 2027-01-01\n'
TEXT = HEAD + (
    '# who says so\n[weight.robbery]\nvalue = 8.4\nsource = "us"\n'
    '[weight.asb_nuisance]\nvalue = 0.4\nsource = "us"\n[category.noise]\nvalue = 2\nsource = "us"\n'
)
DAY = date(2026, 11, 3)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "harm.toml"
    path.write_text(TEXT)
    return path


def test_a_category_goes_before_its_key_and_what_is_not_named_has_no_weight() -> None:
    weights = parse(TEXT, "x")
    said = {
        name: weights.of(name) for name in ("robbery", "noise", "community_asb_report", "street_defect", "burglary")
    }
    assert said == {"robbery": 8.4, "noise": 2, "community_asb_report": 0.4, "street_defect": 0, "burglary": None}
    assert weights.of("unmapped") is None
    assert "burglary" in weights.missing
    assert not {"noise", "street_defect", "sexual_offences", "drugs", "stop_and_search"} & set(weights.missing)


def test_the_example_is_policy_that_nobody_has_signed_and_each_weight_says_so() -> None:
    weights = example()
    assert weights.signature is None
    every = [*weights.weight.values(), *weights.category.values()]
    assert all(each.source.startswith(("policy", "Home Office unit cost")) for each in every)
    assert (weights.of("asb_environmental"), weights.of("graffiti"), weights.of("deliberate_fire")) == (0.3, 0.2, 5)
    assert weights.of("violence") is None, "a broad category needs a mix"


def test_what_is_signed_is_read_back_and_the_text_before_stays(file: Path) -> None:
    made = sign(file, "A. Person", "Chair", DAY, 'Minute "4"')
    assert file.read_text().startswith(TEXT)
    assert signed(file) == made
    assert made.signature is not None
    assert made.signature.sha256 == digest(made, "A. Person", "Chair", DAY, 'Minute "4"')
    again = sign(file, "B. Person", "Chair", DAY, "Minute 5")
    assert file.read_text().count("[signature]") == 1
    assert signed(file) == again != made


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("8.4", "8.5"),
        ('source = "us"', 'source = "them"'),
        ("weight.robbery", "weight.theft"),
        ("2027-01-01", "2028-01-01"),
        ("A. Person", "B. Person"),
        ("Chair", "Clerk"),
        ("2026-11-03", "2026-11-04"),
        ("Minute 4", "Minute 5"),
        ('version = "1"', 'version = "2"'),
    ],
)
def test_no_change_goes_unseen(file: Path, was: str, now: str) -> None:
    sign(file, "A. Person", "Chair", DAY, "Minute 4")
    text = file.read_text()
    assert was in text
    file.write_text(text.replace(was, now, 1))
    with pytest.raises(
        Refused, match=r"harm.toml is not what .\. Person signed .* `aim harm sign .*harm.toml --by NAME"
    ):
        signed(file)


def test_layout_and_comments_are_free(file: Path) -> None:
    sign(file, "A. Person", "Chair", DAY, "Minute 4")
    file.write_text("# a word\n" + file.read_text().replace("8.4", "8.40").replace("[weight.rob", "\n\n[weight.rob"))
    assert signed(file).of("robbery") == 8.4


def test_what_nobody_signed_is_refused(file: Path) -> None:
    with pytest.raises(Refused, match=r"Nobody has signed harm.toml: read it with `aim harm show .*`, then sign it"):
        signed(file)


def test_nothing_that_follows_a_signature_is_lost(file: Path) -> None:
    sign(file, "A. Person", "Chair", DAY, "Minute 4")
    text = file.read_text() + '\n[weight.graffiti]\nvalue = 1.0\nsource = "us"\n'
    file.write_text(text)
    with pytest.raises(UsageError, match=r"something follows \[signature\]: move that table to the end"):
        sign(file, "A. Person", "Chair", DAY, "Minute 5")
    assert file.read_text() == text


@pytest.mark.parametrize("name", ["", "  ", "A\x07B", "x" * 501])
def test_a_signature_has_words(file: Path, name: str) -> None:
    with pytest.raises(UsageError, match="--by needs words"):
        sign(file, name, "Chair", DAY, "Minute 4")


def printable(name: str) -> bool:
    return bool(name.strip()) and " ".join(name.split()).isprintable()


@given(name=st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=40).filter(printable))
def test_any_name_can_be_signed_with(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    path = tmp_path_factory.mktemp("names") / "harm.toml"
    path.write_text(TEXT)
    sign(path, name, "Chair", DAY, "Minute 4")
    found = signed(path).signature
    assert found is not None
    assert found.by == " ".join(name.split())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title = ", "is not TOML"),
        ('title = "x"', "version: Field required"),
        (HEAD + "[weight.robbery]\nvalue = -1\nsource = 'us'", "weight.robbery.value: Input should be greater"),
        (HEAD + "[weight.robbery]\nvalue = nan\nsource = 'us'", "weight.robbery.value: Input should be a finite"),
        (HEAD + "[weight.robbery]\nvalue = '1'\nsource = 'us'", "weight.robbery.value: Input should be a valid number"),
        (HEAD + "[weight.robbery]\nvalue = 1", "weight.robbery.source: Field required"),
        (HEAD + "[weights.robbery]\nvalue = 1\nsource = 'us'", "weights: Extra inputs"),
        (HEAD + "[weight.sorcery]\nvalue = 1\nsource = 'us'", "names weight.sorcery, which there is not"),
        (HEAD + "[weight.none]\nvalue = 1\nsource = 'us'", "names weight.none"),
        (HEAD + "[category.sorcery]\nvalue = 1\nsource = 'us'", "names category.sorcery"),
        (HEAD + "[category.sexual_offences]\nvalue = 1\nsource = 'us'", "sexual_offences, which never enters a layer"),
    ],
)
def test_what_is_no_file_of_weights_is_refused_with_its_fault(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "x.toml"
    path.write_text(text)
    with pytest.raises(UnreadableFile, match=said):
        read(path)


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(UnreadableFile, match="is not text in UTF-8"):
        read(tmp_path / "x.toml")
    with pytest.raises(UnreadableFile, match="cannot be read: No such file"):
        read(tmp_path / "y.toml")


def test_incidents_are_weighed_and_what_is_left_out_is_counted(file: Path) -> None:
    weights = sign(file, "A. Person", "Chair", DAY, "Minute 4")
    whole = facts.whole(m=600)
    assert whole.events is not None
    kinds = np.array(["robbery", "noise", "street_defect", "burglary", "sexual_offences", "unmapped"])
    events = replace(whole.events, category=np.tile(kinds, 100), enforcement_driven=np.arange(600) % 60 == 0)
    found = weigh(replace(whole, events=events), weights)
    assert found.left_out == {
        "sensitive or enforcement-driven": 110,
        "no weight for burglary": 100,
        "no weight for unmapped": 100,
    }
    assert weights.signature is not None
    assert found.sha256 == weights.signature.sha256
    assert found.facts.events is not None
    by_kind = zip(found.facts.events.category.tolist(), found.facts.events.weight.tolist(), strict=True)
    assert set(by_kind) == {("robbery", 8.4), ("noise", 2), ("street_defect", 0)}
    scores = METHOD.score(found.facts)
    assert isinstance(scores, Scores)
    assert scores.columns["harm"].sum() == pytest.approx(90 * 8.4 + 100 * 2)


def test_only_signed_weights_weigh() -> None:
    with pytest.raises(ValueError, match="signed weights"):
        weigh(facts.whole(), Weights.model_validate(example().model_dump()))


def test_the_example_has_its_comments() -> None:
    assert "POLICY DEFAULTS" in example_text()
