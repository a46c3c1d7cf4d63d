"""Every error is a sentence for a user, an exit code and an HTTP status."""

import re
from collections.abc import Iterator

import pytest

from aim import errors
from aim.errors import AimError


def tree(kind: type[AimError] = AimError) -> Iterator[type[AimError]]:
    """A class and all that come from it."""
    yield kind
    for child in kind.__subclasses__():
        yield from tree(child)


KINDS = [kind for kind in tree() if kind.__module__ == "aim.errors"]


def test_the_drawn_tree_is_the_real_one() -> None:
    drawn = re.findall(r"(\w+) +(\d) +(\d{3})\b", errors.__doc__ or "")
    real = [(kind.__name__, str(kind.exit_code), str(kind.status)) for kind in KINDS]
    assert drawn == real


def test_only_the_contracts_exit_codes_are_used() -> None:
    assert {kind.exit_code for kind in KINDS} == {1, 2, 3}
    assert all(400 <= kind.status < 600 for kind in KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_without_words_an_error_says_its_docstring(kind: type[AimError]) -> None:
    said = str(kind())
    assert said == kind.__doc__
    assert re.fullmatch(r"[A-Z][^\n]+[.]", said)


@pytest.mark.parametrize("kind", KINDS)
def test_a_slug_is_the_name_in_kebab_case(kind: type[AimError]) -> None:
    slug = kind("Something else.").slug
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", slug)
    assert slug.replace("-", "") == kind.__name__.lower()


def test_no_two_errors_share_a_slug() -> None:
    assert len({kind().slug for kind in KINDS}) == len(KINDS)
