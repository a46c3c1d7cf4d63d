"""Which addresses may be talked to, and that no other is, whatever a name server says the second time."""

import ipaddress
import socket
import ssl
import subprocess
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aim.errors import AddressRefused, FetchFailed, TryAgainLater
from aim.ingest.fetching.addresses import Allowed, check_url, is_public
from aim.ingest.fetching.manners import Outside
from tests.ingest.fetching.conftest import Stage, World, answer
from tests.ingest.fetching.test_http import BODY, fetch

PUBLIC = ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"]
PRIVATE = [
    "127.0.0.1", "127.255.255.254", "0.1.2.3", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "192.0.2.1", "224.0.0.1", "239.255.255.250", "255.255.255.255", "::", "::1", "fe80::1", "fe80::1%1",
    "fd00:ec2::254", "ff02::1", "2001:db8::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2002:c0a8:101::1", "::127.0.0.1", "::a9fe:a9fe", "::8.8.8.8",
    "::ffff:0:127.0.0.1", "::ffff:0:8.8.8.8", "fec0::1", "64:ff9b:1::7f00:1", "2001:0:808:808::1", "5f00::1", "4000::1",
]  # fmt: skip


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", PRIVATE)
def test_addresses_that_are_nobodys_business(address: str) -> None:
    assert not is_public(address)


@given(st.ip_addresses(v=4))
def test_an_address_is_judged_alike_in_whatever_it_is_wrapped(inner: ipaddress.IPv4Address) -> None:
    wrapped = [f"::ffff:{inner}", f"64:ff9b::{inner}"]
    assert {is_public(address) for address in wrapped} == {inner.is_global and not inner.is_multicast}


def test_the_setting_names_hosts_with_or_without_a_port() -> None:
    allowed = Allowed.parse(" Confirm.council.example. , 10.0.0.5:8080,[fd00::1] ,")
    inside = [("confirm.council.example", 80), ("CONFIRM.COUNCIL.EXAMPLE.", 443), ("10.0.0.5", 8080), ("fd00::1", 80)]
    outside = [("10.0.0.5", 80), ("council.example", 80), ("x.confirm.council.example", 80), ("", 80)]
    assert all(place in allowed for place in inside)
    assert not any(place in allowed for place in outside)
    assert not Allowed.parse(None).hosts


@pytest.mark.parametrize(
    "url", ["http://council.example/", "file:///etc/passwd", "https:///x", "https://a:b@c.example/"]
)
def test_addresses_that_are_not_asked_for(url: str) -> None:
    with pytest.raises(AddressRefused):
        check_url(httpx2.URL(url), Allowed(frozenset({"c.example"})))


@pytest.mark.parametrize("spelt", ["127。0。0。1", "localhost", "LOCALHOST", "127.1", "0x7f.1", "[::127.0.0.1]"])
def test_however_it_is_spelt_it_is_the_address_that_counts(
    stage: Stage, world: World, tmp_path: Path, spelt: str
) -> None:
    stage.on("/a.json", answer(BODY))
    with pytest.raises(AddressRefused, match="private network"):
        fetch(world.outside(), tmp_path, f"https://{spelt}:{stage.port}/a.json")
    assert stage.seen == []


def at_home(host: str, port: int) -> list[str]:
    """A name server that sends everybody to this machine."""
    return ["127.0.0.1"]


def named(outside: Outside, *answers: list[str]) -> tuple[Outside, list[str]]:
    """A name server that gives one answer after another, and the names it was asked for."""
    asked: list[str] = []
    pending = [*answers]

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return pending.pop(0)

    return replace(outside, resolve=resolve), asked


def test_the_connection_goes_to_the_address_that_was_looked_at(stage: Stage, world: World, tmp_path: Path) -> None:
    """No name server of this machine knows the name: a second look, by anybody, would find nothing."""
    url = stage.on("/a.json", answer(BODY)).replace("localhost", "rebind.example")
    outside, asked = named(world.outside("rebind.example"), ["127.0.0.1"])
    assert fetch(outside, tmp_path, url) == BODY
    assert asked == ["rebind.example"]
    assert stage.seen[0].headers["host"] == f"rebind.example:{stage.port}"


def test_one_private_address_among_public_ones_is_enough(stage: Stage, world: World, tmp_path: Path) -> None:
    outside, _ = named(world.outside(), ["93.184.216.34", "127.0.0.1"])
    with pytest.raises(AddressRefused, match="private network"):
        fetch(outside, tmp_path, f"https://mixed.example:{stage.port}/a.json")
    assert stage.seen == []


def test_a_name_that_turns_private_between_two_attempts_is_refused(stage: Stage, world: World, tmp_path: Path) -> None:
    """The first answer leads nowhere, the second inside: each connection is looked at anew."""
    outside, asked = named(world.outside(), [], ["127.0.0.1"])
    with pytest.raises(AddressRefused):
        fetch(outside, tmp_path, f"https://rebind.example:{stage.port}/a.json")
    assert (len(asked), stage.seen) == (2, [])


def test_a_host_that_is_allowed_on_one_port_is_not_on_another(stage: Stage, world: World, tmp_path: Path) -> None:
    url = stage.on("/a.json", answer(BODY))
    assert fetch(world.outside(f"localhost:{stage.port}"), tmp_path, url) == BODY
    with pytest.raises(AddressRefused):
        fetch(world.outside("localhost:1"), tmp_path, url)


def test_the_next_address_is_tried_where_one_does_not_answer(stage: Stage, world: World, tmp_path: Path) -> None:
    url = stage.on("/a.json", answer(BODY))
    outside, _ = named(world.outside("localhost"), ["::1", "127.0.0.2", "127.0.0.1"])
    assert fetch(outside, tmp_path, url) == BODY


def test_a_name_that_nobody_knows_is_tried_again(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(TryAgainLater, match="is not known"):
        fetch(world.outside(), tmp_path, "https://council.example/a.json")
    assert len(world.slept) == 4


def test_no_proxy_of_the_environment_is_used(
    stage: Stage, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert fetch(world.outside("localhost"), tmp_path, stage.on("/a.json", answer(BODY))) == BODY


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for `council.example` that signs itself, and its key, made for this run."""
    folder = tmp_path_factory.mktemp("tls")
    pair = folder / "certificate.pem", folder / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=council.example"]
    command += ["-addext", "subjectAltName=DNS:council.example", "-out", str(pair[0]), "-keyout", str(pair[1])]
    subprocess.run(command, check=True, capture_output=True)
    return pair


def over_tls(stage: Stage, certificate: tuple[Path, Path]) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    stage.server.socket = context.wrap_socket(stage.server.socket, server_side=True)


def test_the_certificate_is_checked_against_the_name(
    stage: Stage, world: World, tmp_path: Path, certificate: tuple[Path, Path]
) -> None:
    stage.on("/a.json", answer(BODY))
    over_tls(stage, certificate)
    trusting = replace(
        world.outside("council.example", "other.example"),
        resolve=at_home,
        tls=ssl.create_default_context(cafile=str(certificate[0])),
    )
    assert fetch(trusting, tmp_path, f"https://council.example:{stage.port}/a.json") == BODY
    with pytest.raises(FetchFailed, match=r"certificate that cannot be trusted.*other\.example"):
        fetch(trusting, tmp_path, f"https://other.example:{stage.port}/a.json")


def test_a_certificate_that_nobody_vouches_for_is_refused_at_once(
    stage: Stage, world: World, tmp_path: Path, certificate: tuple[Path, Path]
) -> None:
    over_tls(stage, certificate)
    outside = replace(world.outside("council.example"), resolve=at_home)
    with pytest.raises(FetchFailed, match="cannot be trusted"):
        fetch(outside, tmp_path, f"https://council.example:{stage.port}/a.json")
    assert world.slept == []
