"""Settings that fit together, and sentences for those that do not."""

from pathlib import Path
from typing import Any

import pytest

from aim.api.security.oidc.desk import open_desk
from aim.errors import AddressRefused, AimError, SetupError, UsageError
from aim.settings import Settings
from tests.oidc.conftest import CALLBACK
from tests.oidc.test_mapping import FILE
from tests.oidc.test_provider import ATTEMPT, Clock


@pytest.fixture
def whole(tmp_path: Path) -> Settings:
    """Settings as docs/how-to/sign-in-with-entra.md has them."""
    (tmp_path / "roles.toml").write_text(FILE, encoding="utf-8")
    (tmp_path / "secret").write_text("the secret\n", encoding="utf-8")
    (tmp_path / "secret").chmod(0o600)
    return Settings(
        oidc_issuer="https://login.microsoftonline.com/8a6f0d0e-0000-4000-8000-000000000000/v2.0",
        oidc_client_id="aim",
        oidc_client_secret_file=tmp_path / "secret",
        oidc_roles=tmp_path / "roles.toml",
    )


def test_a_desk_opens_without_asking_anybody(whole: Settings) -> None:
    desk = open_desk(whole, Clock())
    assert desk is not None
    assert desk.provider.registration.secret == "the secret"  # noqa: S105  # made up
    assert "the secret" not in repr(desk.provider.registration)
    assert open_desk(Settings(), Clock()) is None


@pytest.mark.parametrize(
    ("changed", "error", "said"),
    [
        ({"oidc_issuer": None}, UsageError, "AIM_OIDC_ISSUER is not set"),
        ({"oidc_client_id": None}, UsageError, "needs AIM_OIDC_CLIENT_ID and AIM_OIDC_ROLES"),
        ({"oidc_roles": None}, UsageError, "needs AIM_OIDC_CLIENT_ID and AIM_OIDC_ROLES"),
        ({"oidc_issuer": "https://login.microsoftonline.com/common/v2.0"}, UsageError, "any organisation"),
        ({"oidc_issuer": "https://login.microsoftonline.com/organizations/v2.0"}, UsageError, "any organisation"),
        ({"oidc_issuer": "http://provider.example"}, SetupError, "plain HTTP"),
        ({"oidc_issuer": "provider.example"}, SetupError, "https://"),
        ({"oidc_client_secret_file": Path("/nowhere/secret")}, UsageError, "cannot be read"),
    ],
)
def test_settings_that_do_not_fit_stop_the_start(
    whole: Settings, changed: dict[str, Any], error: type[AimError], said: str
) -> None:
    with pytest.raises(error, match=said):
        open_desk(whole.model_copy(update=changed), Clock())


@pytest.mark.parametrize(("mode", "text", "said"), [(0o640, "x", "chmod 600"), (0o600, "\n", "is empty")])
def test_a_secret_is_for_the_service_alone(whole: Settings, mode: int, text: str, said: str) -> None:
    assert whole.oidc_client_secret_file is not None
    whole.oidc_client_secret_file.write_text(text, encoding="utf-8")
    whole.oidc_client_secret_file.chmod(mode)
    with pytest.raises(UsageError, match=said):
        open_desk(whole, Clock())


def test_a_provider_inside_the_network_has_to_be_named(whole: Settings) -> None:
    desk = open_desk(whole.model_copy(update={"oidc_issuer": "https://127.0.0.1:9"}), Clock())
    assert desk is not None
    with pytest.raises(SetupError, match="private network") as caught:
        desk.provider.address(ATTEMPT, CALLBACK)
    assert isinstance(caught.value.__cause__, AddressRefused)
