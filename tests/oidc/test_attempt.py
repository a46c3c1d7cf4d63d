"""What ties an attempt to sign in to one browser."""

import pytest

from aim.api.security.oidc.attempt import LONGEST, Attempt


def test_a_browser_brings_back_what_it_was_given() -> None:
    begun = Attempt.begin("/map?layer=all crime&x=%2F".replace(" ", "+"))
    back = Attempt.of_cookie(begun.cookie)
    assert back == begun
    assert back.onward == "/map?layer=all+crime&x=%2F"
    assert back.began(begun.state)


def test_nothing_that_the_provider_sees_gives_the_rest_away() -> None:
    begun = Attempt.begin("/")
    derived = {begun.state, begun.nonce, begun.verifier}
    assert len(derived) == 3
    assert {len(each) for each in derived} == {64}  # RFC 7636 asks for 43 to 128 characters of a verifier
    assert begun.secret not in "".join(derived)
    assert begun.secret not in repr(begun)


@pytest.mark.parametrize("state", [None, "", "0" * 64, "ü"])
def test_another_state_is_of_another_attempt(state: str | None) -> None:
    assert not Attempt.begin("/").began(state)


@pytest.mark.parametrize("cookie", [None, "", ".", ".%2Fmap"])
def test_a_browser_without_an_attempt_has_begun_none(cookie: str | None) -> None:
    first, second = Attempt.of_cookie(cookie), Attempt.of_cookie(cookie)
    assert not first.began(second.state)


@pytest.mark.parametrize(
    "onward",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "/\t/evil.example", "evil", "", "/" + "x" * LONGEST],
)
def test_an_attempt_goes_on_to_this_service_only(onward: str) -> None:
    begun = Attempt.begin(onward)
    assert begun.onward == "/"
    forged = Attempt(begun.secret, onward).cookie
    assert Attempt.of_cookie(forged).onward in ("/", "/" + "x" * LONGEST)
