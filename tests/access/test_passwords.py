"""What a password may be, and that only it opens."""

import pytest
from argon2 import PasswordHasher

from aim.access import passwords
from aim.access.passwords import LONGEST, check_fit, common, hashed, matches, outdated
from aim.errors import UnfitPassword

GOOD = "seven lighthouses"


@pytest.mark.parametrize("password", [GOOD, "x1" * 6, "ünïcödé pässwörd", "y" * 11 + "z", "ab" * (LONGEST // 2)])
def test_length_is_all_that_is_asked(password: str) -> None:
    check_fit("jo", password)


@pytest.mark.parametrize("password", ["", "a" * 11, "a" * (LONGEST + 1)])
def test_too_short_and_too_long_are_refused(password: str) -> None:
    with pytest.raises(UnfitPassword, match="12 to 128 characters"):
        check_fit("jo", password)


@pytest.mark.parametrize("password", ["Password1234", "jo.smith@council", "JO.SMITH@COUNCIL", "jo.smith@council2026!"])
def test_the_first_that_a_stranger_would_try_are_refused(password: str) -> None:
    with pytest.raises(UnfitPassword, match="among the first"):
        check_fit("jo.smith@council", password)


def test_the_common_ones_are_those_that_length_lets_pass() -> None:
    assert len(common()) > 100
    assert [each for each in common() if len(each) < passwords.SHORTEST or each != each.casefold()] == []


def test_it_is_kept_as_argon2id_with_a_salt_and_only_it_matches() -> None:
    stored = hashed(GOOD)
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert stored != hashed(GOOD)
    assert matches(stored, GOOD)
    assert not matches(stored, GOOD + " ")
    assert not matches(None, GOOD)
    assert not matches("not a hash", GOOD)
    assert not matches(stored, GOOD + "x" * LONGEST)


def test_one_word_typed_on_two_keyboards_is_one_password() -> None:
    assert matches(hashed("café de la gare"), "cafe\u0301 de la gare")


def test_without_an_account_the_same_work_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    worked: list[str] = []

    class Counting(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # type: ignore[override]
            worked.append(str(hash).split("$")[3])
            return super().verify(hash, password)  # type: ignore[arg-type]

    monkeypatch.setattr(passwords, "HASHER", Counting(time_cost=2, memory_cost=19_456, parallelism=1))
    assert not matches(None, GOOD)
    assert not matches(hashed("another password"), GOOD)
    assert worked == ["m=19456,t=2,p=1"] * 2


def test_weaker_parameters_than_todays_are_told() -> None:
    assert outdated(PasswordHasher(time_cost=1, memory_cost=8_192, parallelism=1).hash(GOOD))
    assert not outdated(hashed(GOOD))
