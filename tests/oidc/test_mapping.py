"""Which role somebody has here, from what the provider says of them."""

from pathlib import Path
from typing import Any

import pytest

from aim.access.roles import Role
from aim.api.security.oidc.mapping import Roles, load_roles
from aim.errors import NotAllowed, UsageError
from aim.vocabulary.nim import Agency

FILE = """
ask = "the analysts, analysts@partnership.example"

[[map]]
claim = "roles"
value = "AIM.Analyst"
role = "analyst"
agency = "police"
areas = ["middlesbrough", "stockton"]

[[map]]
claim = "realm_access.roles"
value = "warden"
role = "warden"
agency = "council"

[[map]]
claim = "https://provider.example/roles"
value = "partner"
role = "partner"
"""


@pytest.fixture
def roles(tmp_path: Path) -> Roles:
    file = tmp_path / "roles.toml"
    file.write_text(FILE, encoding="utf-8")
    return load_roles(file)


@pytest.mark.parametrize(
    ("claims", "role"),
    [
        ({"roles": ["Other", "AIM.Analyst"]}, Role.ANALYST),
        ({"roles": "AIM.Analyst"}, Role.ANALYST),
        ({"realm_access": {"roles": ["warden"]}}, Role.WARDEN),
        ({"https://provider.example/roles": ["partner"]}, Role.PARTNER),
        ({"realm_access": {"roles": ["warden"]}, "roles": ["AIM.Analyst"]}, Role.ANALYST),
    ],
)
def test_the_first_line_that_matches_counts(roles: Roles, claims: dict[str, Any], role: Role) -> None:
    assert roles.line_for(claims).role == role


def test_a_line_limits_to_its_areas(roles: Roles) -> None:
    line = roles.line_for({"roles": ["AIM.Analyst"]})
    assert (line.agency, line.areas) == (Agency.POLICE, frozenset({"middlesbrough", "stockton"}))


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {"roles": []},
        {"roles": None},
        {"roles": ["aim.analyst"]},
        {"roles": [["AIM.Analyst"]]},
        {"roles": {"AIM.Analyst": True}},
        {"groups": ["AIM.Analyst"]},
        {"realm_access": "warden"},
        {"realm_access": {"roles": {"warden": 1}}},
    ],
)
def test_whoever_matches_no_line_is_told_whom_to_ask(roles: Roles, claims: dict[str, Any]) -> None:
    with pytest.raises(NotAllowed, match="ask the analysts, analysts@"):
        roles.line_for(claims)


def test_groups_that_a_token_had_no_room_for_are_named_as_the_reason(roles: Roles) -> None:
    with pytest.raises(NotAllowed, match="more groups than a sign-in can carry"):
        roles.line_for({"_claim_names": {"groups": "src1"}})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (FILE.replace("areas =", "area ="), r"map\.0\.area"),
        (FILE.replace('"analyst"', '"king"'), r"map\.0\.role"),
        (FILE.replace('["middlesbrough", "stockton"]', "[]"), r"map\.0\.areas"),
        (FILE.replace('value = "warden"', 'value = ""'), r"map\.1\.value"),
        ('ask = "us"\nmap = []', "map"),
        (FILE.replace("ask =", "asks ="), "ask"),
        ("ask = ", "TOML"),
    ],
)
def test_a_file_that_cannot_be_meant_stops_the_start(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "roles.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=said):
        load_roles(file)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"AIM_OIDC_ROLES: .*none\.toml"):
        load_roles(tmp_path / "none.toml")
