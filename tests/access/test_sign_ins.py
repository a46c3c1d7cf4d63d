"""Sessions and their ends, and how guesses are slowed down."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Engine, select, text, update

from aim.access import keys, sign_ins
from aim.access.accounts import by_identity, disable, enable, make, set_password
from aim.access.principal import Access
from aim.access.roles import Role
from aim.access.secrets import credential_of, digest_of
from aim.access.sign_ins import sign_in_with
from aim.db.tables import account, api_key, sign_in
from aim.errors import LastAdministrator, NameTaken, SignInFailed, UsageError
from aim.vocabulary.nim import Agency
from tests.keys import PASSWORD

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def people(engine: Engine) -> Engine:
    """Jo, a police analyst of one ward, and Ann, an administrator."""
    with engine.begin() as connection:
        make(connection, "jo", Role.ANALYST, Agency.POLICE, ["ward-1"], PASSWORD)
        make(connection, "ann", Role.ADMINISTRATOR, None, None, PASSWORD)
    return engine


def found(engine: Engine, secret: str, now: datetime) -> str | None:
    with engine.begin() as connection:
        admission = sign_ins.find(connection, credential_of(secret), now)
    return admission and admission.principal.name


def refused(engine: Engine, name: str, password: str, now: datetime = NOW) -> str:
    with pytest.raises(SignInFailed) as failed:
        sign_in_with(engine, name, password, now)
    return str(failed.value)


def test_a_session_says_who_it_is_and_the_database_holds_no_secret(people: Engine) -> None:
    secret = sign_in_with(people, " Jo ", PASSWORD, NOW)
    with people.begin() as connection:
        admission = sign_ins.find(connection, credential_of(secret), NOW)
        [digest] = connection.scalars(select(sign_in.c.digest))
    assert admission is not None
    assert admission.principal.access == Access(Role.ANALYST, Agency.POLICE, frozenset({"ward-1"}))
    assert bytes(digest) == digest_of(credential_of(secret))
    assert secret not in repr(admission)


def test_who_came_failed_and_left_is_in_the_log_and_no_unknown_name(people: Engine) -> None:
    secret = sign_in_with(people, "jo", PASSWORD, NOW)
    with people.begin() as connection:
        sign_ins.close_sign_in(connection, credential_of(secret))
        sign_ins.close_sign_in(connection, credential_of(secret))
    refused(people, "jo", "wrong password")
    refused(people, PASSWORD.replace(" ", "-"), "jo")
    with people.begin() as connection:
        lines = connection.execute(text("SELECT actor, subject, detail->>'event' FROM audit_log ORDER BY id")).all()
    assert [tuple(line) for line in lines] == [
        ("service", "account/jo", "account made"),
        ("service", "account/ann", "account made"),
        ("account:jo", "session", "signed in"),
        ("account:jo", "session", "signed out"),
        ("account:jo", "session", "wrong password"),
        ("unknown", "session", "sign-in with an unknown name"),
    ]


def test_an_hour_without_use_ends_a_session_and_so_do_twelve_with(people: Engine) -> None:
    idle, busy = (sign_in_with(people, "jo", PASSWORD, NOW) for _ in range(2))
    assert found(people, idle, NOW + 60 * MINUTE) is None
    for step in range(1, 24):
        assert found(people, busy, NOW + step * 30 * MINUTE) == "account:jo"
    assert found(people, busy, NOW + 12 * 60 * MINUTE - timedelta(seconds=1)) == "account:jo"
    assert found(people, busy, NOW + 12 * 60 * MINUTE) is None


def end_by_disabling(engine: Engine) -> None:
    with engine.begin() as connection:
        disable(connection, "jo", NOW, "tests")


def end_by_password(engine: Engine) -> None:
    with engine.begin() as connection:
        set_password(connection, "jo", "nine lighthouses", "tests")


@pytest.mark.parametrize("end", [end_by_disabling, end_by_password])
def test_disabling_and_a_new_password_end_all_sessions(people: Engine, end: Callable[[Engine], None]) -> None:
    secrets = [sign_in_with(people, "jo", PASSWORD, NOW) for _ in range(2)]
    end(people)
    assert [found(people, secret, NOW) for secret in secrets] == [None, None]
    refused(people, "jo", PASSWORD)


def test_wrong_unknown_and_disabled_are_one_answer(people: Engine) -> None:
    with people.begin() as connection:
        make(connection, "off", Role.VIEWER, None, None, PASSWORD)
        make(connection, "sso", Role.VIEWER, None, None, issuer="https://id.example", subject="7")
        disable(connection, "off", NOW, "tests")
    tries = (
        ("jo", "wrong password"),
        ("nobody", PASSWORD),
        ("off", PASSWORD),
        ("sso", ""),
        ("a\0b", PASSWORD),
        ("", ""),
    )
    assert len({refused(people, name, password) for name, password in tries}) == 1
    with people.begin() as connection:
        known = by_identity(connection, "https://id.example", "7")
    assert known is not None
    assert known.name == "sso"


def test_pauses_grow_with_wrong_passwords_and_the_right_one_ends_them(people: Engine) -> None:
    now = NOW
    for _ in range(4):
        refused(people, "jo", "wrong password", now)
    sign_in_with(people, "jo", PASSWORD, now)
    for _ in range(5):
        refused(people, "jo", "wrong password", now)
    for minutes in (1, 5, 15, 60, 60):
        refused(people, "jo", PASSWORD, now + minutes * MINUTE - timedelta(seconds=1))
        now += minutes * MINUTE
        refused(people, "jo", "wrong password", now)
    sign_in_with(people, "jo", PASSWORD, now + 60 * MINUTE)
    sign_in_with(people, "ann", PASSWORD, now)


def test_guesses_made_side_by_side_all_count(people: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[str] = []

    def matches(stored: str | None, password: str) -> bool:
        if stored is not None:
            looked_at.append(password)
        return False

    def guess(nth: int) -> None:
        refused(people, "jo", f"guess {nth}")

    monkeypatch.setattr(sign_ins, "matches", matches)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(guess, range(24)))
    assert len(looked_at) == 5


def test_enabling_unlocks(people: Engine) -> None:
    for _ in range(5):
        refused(people, "jo", "wrong password")
    with people.begin() as connection:
        enable(connection, "jo", "tests")
    sign_in_with(people, "jo", PASSWORD, NOW)


def test_a_password_kept_by_weaker_parameters_is_kept_anew(people: Engine) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8_192, parallelism=1).hash(PASSWORD)
    with people.begin() as connection:
        connection.execute(update(account).where(account.c.name == "jo").values(password=weak))
    sign_in_with(people, "jo", PASSWORD, NOW)
    with people.begin() as connection:
        stored = connection.execute(select(account.c.password).where(account.c.name == "jo")).scalar_one()
    assert "m=19456,t=2" in stored


def test_the_last_administrator_stays_and_names_are_given_once(people: Engine) -> None:
    with people.begin() as connection, pytest.raises(LastAdministrator, match=r"^ann is the last administrator"):
        disable(connection, "ann", NOW, "tests")
    with pytest.raises(NameTaken, match="“jo” already"), people.begin() as connection:
        make(connection, "jo", Role.VIEWER, None, None, PASSWORD)
    for name in ("", "Jo", "-jo", "jo smith", "x" * 65):
        with people.begin() as connection, pytest.raises(UsageError, match="cannot be a name"):
            make(connection, name, Role.VIEWER, None, None, PASSWORD)


def test_a_key_opens_until_it_is_over_or_revoked_and_its_last_day_of_use_is_known(engine: Engine) -> None:
    access = Access(Role.VIEWER, Agency.FIRE, frozenset({"a"}), frozenset({"all-crime"}))
    with engine.begin() as connection:
        secret = keys.create(connection, "qgis", access, "operator:x", NOW, 1)
        credential = credential_of(secret)
        assert keys.find(connection, credential, NOW + timedelta(days=1)) is None
        admission = keys.find(connection, credential, NOW)
        assert admission is not None
        assert (admission.principal.name, admission.principal.access) == ("key:qgis", access)
        assert connection.execute(select(api_key.c.last_used)).scalar_one() == NOW.date()
        keys.revoke(connection, "qgis", NOW, "tests")
        assert keys.find(connection, credential, NOW) is None
        for days in (0, 731):
            with pytest.raises(UsageError, match="1 to 730 days"):
                keys.create(connection, "other", access, "operator:x", NOW, days)
