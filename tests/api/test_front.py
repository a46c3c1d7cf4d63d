"""What stands in front: no plain http for others, and a proxy's word from the proxy alone."""

import shutil
import ssl
import subprocess
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from aim.api.security.front import Front, TlsOnly, is_loopback
from aim.api.server import running
from aim.errors import SetupError, UsageError


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.0.2.1", "no.such.host.invalid"])  # noqa: S104
def test_an_address_that_others_reach_needs_tls(host: str) -> None:
    assert not is_loopback(host)
    with pytest.raises(UsageError, match=r"^Listening at .* would let passwords and keys cross the network"):
        Front().check(host)
    Front(proxy="10.0.0.0/24").check(host)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "127.8.0.1"])
def test_this_machine_alone_needs_none(host: str) -> None:
    Front().check(host)


@pytest.mark.parametrize("proxy", ["*", "0.0.0.0/0", "proxy.example", ""])
def test_a_proxy_is_one_address_or_network(proxy: str) -> None:
    with pytest.raises(UsageError, match="--behind-proxy takes one address"):
        Front(proxy=proxy).check("127.0.0.1")


def test_a_certificate_needs_its_key_and_has_to_be_one(tmp_path: Path) -> None:
    file = tmp_path / "cert.pem"
    with pytest.raises(UsageError, match="give both"):
        Front(certificate=file).check("127.0.0.1")
    with pytest.raises(SetupError, match=r"cert\.pem cannot be used .*No such file"):
        Front(certificate=file, key=file).check("127.0.0.1")
    file.write_text("no certificate")
    with pytest.raises(SetupError, match=r"cert\.pem cannot be used"):
        Front(certificate=file, key=file).check("127.0.0.1")


@pytest.mark.parametrize(
    ("scheme", "client", "path", "status"),
    [
        ("http", "192.0.2.7", "/sign-in", 403),
        ("http", "192.0.2.7", "/health/live", 200),
        ("http", "127.0.0.1", "/sign-in", 200),
        ("https", "192.0.2.7", "/sign-in", 200),
        ("http", "unix", "/sign-in", 403),
    ],
)
def test_others_are_answered_over_tls_only(app: FastAPI, scheme: str, client: str, path: str, status: int) -> None:
    app.add_middleware(TlsOnly)
    with TestClient(app, base_url=f"{scheme}://aim.example", client=(client, 1)) as other:
        assert other.get(path).status_code == status


@pytest.mark.parametrize(("proxy", "believed"), [("127.0.0.1", True), ("192.0.2.1", False)])
def test_a_proxy_is_believed_where_it_was_named(open_app: FastAPI, proxy: str, believed: bool) -> None:
    with running(open_app, front=Front(proxy=proxy)) as address:
        connection = HTTPConnection(urlsplit(address).netloc, timeout=10)
        connection.request("GET", "/", headers={"X-Forwarded-Proto": "https", "Host": "aim.example"})
        answer = connection.getresponse()
        assert (answer.getheader("strict-transport-security") is not None) == believed
        assert (b'"https://aim.example/?f=json"' in answer.read()) == believed
        connection.close()


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_it_speaks_tls_with_a_certificate_of_its_own(open_app: FastAPI, tmp_path: Path) -> None:
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    made = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=localhost"
    more = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate]
    subprocess.run([*made.split(), *more], check=True, capture_output=True)
    front = Front(certificate=certificate, key=key)
    front.check("0.0.0.0")  # noqa: S104
    trusting = ssl.create_default_context(cafile=str(certificate))
    with running(open_app, front=front) as address, urlopen(f"{address}/health/live", context=trusting) as answer:  # noqa: S310
        assert address.startswith("https://")
        assert answer.headers["strict-transport-security"] == "max-age=31536000"
