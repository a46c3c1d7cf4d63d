"""Manners towards a real server that has none."""

import gzip
import hashlib
import json
import logging
import re
import resource
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from aim.errors import AddressRefused, FetchFailed, TryAgainLater
from aim.ingest.fetching.http import Http
from aim.ingest.fetching.kind import Ask
from aim.ingest.fetching.manners import Outside
from aim.ingest.fetching.raw import Raw
from aim.ingest.fetching.secrets import Secrets
from tests.ingest.fetching.conftest import (
    HOST,
    Stage,
    World,
    answer,
    files,
    hang,
    now,
    redirect,
    reset,
    short,
    silent,
)

BODY = b'[{"service_request_id": "1"}]'


@contextmanager
def client(outside: Outside, folder: Path, **secrets: Any) -> Generator[Http]:
    http = Http(outside, Raw(folder, "open311", "council", now), Secrets(folder / "secrets.toml", **secrets))
    try:
        yield http
    finally:
        http.close()


def fetch(outside: Outside, folder: Path, url: str, **more: Any) -> bytes:
    """The bytes that were kept."""
    with client(outside, folder) as http:
        return http.fetch(Ask(url, "requests.json", **more)).payload.path.read_bytes()


def nothing_is_left(folder: Path) -> bool:
    return files(folder) == []


def test_a_payload_is_kept_with_a_note_of_where_it_came_from(stage: Stage, world: World, tmp_path: Path) -> None:
    url = stage.on("/a.json", answer(BODY, ETag='"v1"', Last_Modified="Wed, 30 Sep 2026 10:00:00 GMT"))
    assert fetch(world.outside(HOST), tmp_path, url) == BODY
    name = "raw/open311/20261001T030000Z-council-requests.json"
    assert files(tmp_path) == [name, f"{name}.about"]
    assert json.loads((tmp_path / f"{name}.about").read_bytes()) == {
        "url": url,
        "status": 200,
        "etag": '"v1"',
        "last_modified": "Wed, 30 Sep 2026 10:00:00 GMT",
        "sha256": hashlib.sha256(BODY).hexdigest(),
        "size": len(BODY),
        "fetched_at": "2026-10-01T03:00:00+00:00",
    }
    assert (tmp_path / "raw").stat().st_mode & 0o777 == 0o700


def test_two_payloads_of_one_second_have_two_names(stage: Stage, world: World, tmp_path: Path) -> None:
    url = stage.on("/a.json", answer(b"1"), answer(b"2"))
    assert [fetch(world.outside(HOST), tmp_path, url) for _ in "ab"] == [b"1", b"2"]
    assert len(files(tmp_path)) == 4


@pytest.mark.parametrize("act", [reset, short(b"half", 4), hang, silent], ids=["reset", "short", "hang", "silent"])
def test_a_broken_answer_is_asked_for_again_and_leaves_nothing(
    stage: Stage, world: World, tmp_path: Path, act: Any
) -> None:
    url = stage.on("/a.json", act, act, answer(BODY))
    assert fetch(world.outside(HOST, read=0.5), tmp_path, url) == BODY
    assert len(stage.seen) == 3
    assert len(files(tmp_path)) == 2


def test_after_five_attempts_it_is_left_for_later(stage: Stage, world: World, tmp_path: Path) -> None:
    url = stage.on("/a.json", reset)
    with pytest.raises(TryAgainLater, match="does not answer as it should"):
        fetch(world.outside(HOST), tmp_path, url)
    assert len(stage.seen) == 5
    assert nothing_is_left(tmp_path)


def test_pauses_grow_and_are_random(stage: Stage, world: World, tmp_path: Path) -> None:
    url = stage.on("/a.json", answer(b"", 500))
    for _ in range(20):
        with pytest.raises(TryAgainLater, match=r"a\.json answers 500 Internal Server Error\."):
            fetch(world.outside(HOST), tmp_path, url)
    pauses = [world.slept[n::4] for n in range(4)]
    assert len(world.slept) == 80
    for longest, seen in zip((1, 2, 4, 8), pauses, strict=True):
        assert all(0 <= pause <= longest for pause in seen)
        assert max(seen) - min(seen) > longest / 4  # full jitter: twenty of them are not alike


def test_a_connection_that_is_refused_is_tried_again(stage: Stage, world: World, tmp_path: Path) -> None:
    url = stage.url("/a.json")
    stage.server.socket.close()
    with pytest.raises(TryAgainLater):
        fetch(world.outside(HOST), tmp_path, url)
    assert len(world.slept) == 4


@pytest.mark.parametrize("said", ["7", "Thu, 01 Oct 2026 03:00:07 GMT"])
def test_a_server_that_is_asked_too_much_says_when_to_come_back(
    stage: Stage, world: World, tmp_path: Path, said: str
) -> None:
    url = stage.on("/a.json", answer(b"", 429, Retry_After=said), answer(BODY))
    assert fetch(world.outside(HOST), tmp_path, url) == BODY
    assert world.slept == [7.0]


def test_one_that_asks_for_an_hour_is_left_alone_at_once(stage: Stage, world: World, tmp_path: Path) -> None:
    url = stage.on("/a.json", answer(b"", 503, Retry_After="3600"))
    with pytest.raises(TryAgainLater) as later:
        fetch(world.outside(HOST), tmp_path, url)
    assert (later.value.seconds, len(stage.seen), world.slept) == (3600.0, 1, [])


@pytest.mark.parametrize("said", ["soon", "-1", "²", "Thu, 01 Oct", ""])
def test_a_retry_after_that_says_nothing_is_none(stage: Stage, world: World, tmp_path: Path, said: str) -> None:
    url = stage.on("/a.json", answer(b"", 429, Retry_After=said.encode().decode("latin-1")), answer(BODY))
    assert fetch(world.outside(HOST), tmp_path, url) == BODY
    assert world.slept[0] <= 1.0


@pytest.mark.parametrize("status", [400, 404, 410, 206, 304])
def test_what_will_not_pass_is_not_asked_again(stage: Stage, world: World, tmp_path: Path, status: int) -> None:
    url = stage.on("/a.json", answer(b"", status))
    with pytest.raises(FetchFailed, match=f"answers {status}"):
        fetch(world.outside(HOST), tmp_path, url)
    assert len(stage.seen) == 1
    assert nothing_is_left(tmp_path)


@pytest.mark.parametrize("status", [401, 403])
def test_a_closed_door_names_the_file_for_keys(stage: Stage, world: World, tmp_path: Path, status: int) -> None:
    url = stage.on("/a.json", answer(b"", status))
    with pytest.raises(FetchFailed, match=r"put it into .*secrets\.toml"):
        fetch(world.outside(HOST), tmp_path, url)


def test_what_a_kind_expects_is_an_answer(stage: Stage, world: World, tmp_path: Path) -> None:
    url = stage.on("/a.json", answer(b"no", 503))
    with client(world.outside(HOST), tmp_path) as http:
        found = http.fetch(Ask(url, "a.json", expected=frozenset({503})))
    assert (found.status, found.kept, len(stage.seen)) == (503, None, 1)


def test_but_not_where_the_server_is_only_busy(stage: Stage, world: World, tmp_path: Path) -> None:
    url = stage.on("/a.json", answer(b"", 503, Retry_After="3"), answer(BODY))
    assert fetch(world.outside(HOST), tmp_path, url, expected=frozenset({503})) == BODY
    assert world.slept == [3.0]


def test_what_has_not_changed_is_not_sent(stage: Stage, world: World, tmp_path: Path) -> None:
    url = stage.on("/a.json", answer(b"", 304))
    with client(world.outside(HOST), tmp_path) as http:
        found = http.fetch(Ask(url, "a.json", etag='"v1"', last_modified="Wed, 30 Sep 2026 10:00:00 GMT"))
    assert (found.status, found.kept) == (304, None)
    assert stage.seen[0].headers["if-none-match"] == '"v1"'
    assert stage.seen[0].headers["if-modified-since"] == "Wed, 30 Sep 2026 10:00:00 GMT"
    assert nothing_is_left(tmp_path)


def test_a_body_that_is_too_large_is_given_up(stage: Stage, world: World, tmp_path: Path) -> None:
    url = stage.on("/a.json", answer(bytes(100_001)))
    with pytest.raises(FetchFailed, match="more than the 100,000 bytes"):
        fetch(world.outside(HOST), tmp_path, url, limit=100_000)
    assert (len(stage.seen), nothing_is_left(tmp_path)) == (1, True)


def test_a_body_of_just_the_limit_is_taken(stage: Stage, world: World, tmp_path: Path) -> None:
    url = stage.on("/a.json", answer(bytes(100_000)))
    assert len(fetch(world.outside(HOST), tmp_path, url, limit=100_000)) == 100_000


def test_a_gzip_bomb_is_given_up_before_it_goes_off(stage: Stage, world: World, tmp_path: Path) -> None:
    bomb = gzip.compress(bytes(64 << 20))
    assert len(bomb) < 100_000
    url = stage.on("/a.json", answer(bomb, Content_Encoding="gzip"))
    with pytest.raises(FetchFailed, match="more than the 100,000 bytes"):
        fetch(world.outside(HOST), tmp_path, url, limit=100_000)
    assert nothing_is_left(tmp_path)


def test_a_packed_answer_is_kept_unpacked(stage: Stage, world: World, tmp_path: Path) -> None:
    url = stage.on("/a.json", answer(gzip.compress(BODY), Content_Encoding="gzip"))
    assert fetch(world.outside(HOST), tmp_path, url) == BODY


def test_what_only_claims_to_be_packed_is_refused(stage: Stage, world: World, tmp_path: Path) -> None:
    url = stage.on("/a.json", answer(BODY, Content_Encoding="gzip"))
    with pytest.raises(TryAgainLater):
        fetch(world.outside(HOST), tmp_path, url)
    assert nothing_is_left(tmp_path)


def test_an_answer_that_drips_is_cut_off_at_the_deadline(stage: Stage, world: World, tmp_path: Path) -> None:
    """Each wait is short, all together are not: the clock moves on with every chunk that arrives."""
    url = stage.on("/a.json", answer(bytes(1 << 20)))

    class Drip(World):
        def clock(self) -> float:
            self.seconds += 1
            return self.seconds

    with pytest.raises(TryAgainLater, match="too long altogether"):
        fetch(Drip().outside(HOST, total=8), tmp_path, url)
    assert nothing_is_left(tmp_path)


def test_a_redirect_is_followed(stage: Stage, world: World, tmp_path: Path) -> None:
    stage.on("/b.json", answer(BODY))
    url = stage.on("/a.json", redirect("/b.json"))
    assert fetch(world.outside(HOST), tmp_path, url) == BODY


@pytest.mark.parametrize(("status", "method"), [(301, "GET"), (302, "GET"), (303, "GET"), (307, "POST"), (308, "POST")])
def test_a_form_is_sent_on_only_where_the_standard_says_so(
    stage: Stage, world: World, tmp_path: Path, status: int, method: str
) -> None:
    stage.on("/b.json", answer(BODY))
    url = stage.on("/a.json", redirect("/b.json", status))
    fetch(world.outside(HOST), tmp_path, url, form={"poly": "1,2"})
    assert [seen.method for seen in stage.seen] == ["POST", method]
    assert stage.seen[1].body == (b"poly=1%2C2" if method == "POST" else b"")


def test_endless_redirects_end(stage: Stage, world: World, tmp_path: Path) -> None:
    url = stage.on("/a.json", redirect("/a.json"))
    with pytest.raises(FetchFailed, match="more than 5 times"):
        fetch(world.outside(HOST), tmp_path, url)
    assert len(stage.seen) == 6


@pytest.mark.parametrize(
    "to",
    [
        "http://127.0.0.1:{port}/b.json",
        "http://[::1]:{port}/b.json",
        "http://[::ffff:127.0.0.1]:{port}/b.json",
        "http://2130706433:{port}/b.json",
        "http://169.254.169.254/latest/meta-data/",
        "https://169.254.169.254/latest/meta-data/",
        "https://127.0.0.1:{port}/b.json",
        "https://2130706433:{port}/b.json",
        "https://0x7f.1:{port}/b.json",
        "https://127.1:{port}/b.json",
        "https://[::127.0.0.1]:{port}/b.json",
        "https://[::ffff:7f00:1]:{port}/b.json",
        "https://public.example\\@127.0.0.1:{port}/b.json",
        "https://10.0.0.1/",
        "https://[fd00::1]/",
        "file:///etc/passwd",
        "ftp://localhost/b.json",
        "gopher://localhost:{port}/",
        "http://me:secret@localhost:{port}/b.json",
        "//127.0.0.1:{port}/b.json",
    ],
)
def test_nobody_is_sent_into_a_private_network(stage: Stage, world: World, tmp_path: Path, to: str) -> None:
    """Only the name `localhost` is allowed here; nothing is read from where it is sent."""
    stage.on("/b.json", answer(BODY))
    url = stage.on("/a.json", redirect(to.format(port=stage.port)))
    with pytest.raises(AddressRefused):
        fetch(world.outside(HOST), tmp_path, url)
    assert [seen.path for seen in stage.seen] == ["/a.json"]
    assert nothing_is_left(tmp_path)


@pytest.mark.parametrize("to", ["http://[", "https://", "http://a b/", "\x7f", "https://0177.0.0.1/"])
def test_a_redirect_to_nowhere_is_a_failure(stage: Stage, world: World, tmp_path: Path, to: str) -> None:
    url = stage.on("/a.json", redirect(to))
    with pytest.raises((FetchFailed, AddressRefused)):
        fetch(world.outside(HOST), tmp_path, url)


def test_the_first_request_is_checked_too(stage: Stage, world: World, tmp_path: Path) -> None:
    url = stage.on("/a.json", answer(BODY))
    with pytest.raises(AddressRefused, match="AIM_FETCH_ALLOW"):
        fetch(world.outside(), tmp_path, url)
    with pytest.raises(AddressRefused, match="private network"):
        fetch(world.outside(), tmp_path, url.replace("http:", "https:"))
    assert stage.seen == []


def test_keys_go_to_the_sources_server_and_nowhere_else(
    stage: Stage, world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    stage.on("/b.json", answer(BODY))
    elsewhere = stage.url("/b.json").replace(HOST, "127.0.0.1")
    url = stage.on("/a.json", redirect(f"{elsewhere}?api_key=theirs"))
    keys = {"query": {"api_key": "s3cret", "uid": "wh0"}, "headers": {"X-Token": "t0ken"}}
    with client(world.outside(HOST, "127.0.0.1"), tmp_path, **keys) as http:
        kept = http.fetch(Ask(f"{url}?start=1", "a.json")).payload
    first, second = stage.seen
    assert (first.query, first.headers["x-token"]) == ({"start": ["1"], "api_key": ["s3cret"], "uid": ["wh0"]}, "t0ken")
    assert (second.query, "x-token" in second.headers) == ({"api_key": ["theirs"]}, False)
    assert kept.origin.url == f"{elsewhere}?api_key=..."
    written = b"".join((tmp_path / name).read_bytes() for name in files(tmp_path)).decode()
    assert not re.search("s3cret|wh0|t0ken|theirs", written + caplog.text)


def test_a_key_is_in_no_message(stage: Stage, world: World, tmp_path: Path) -> None:
    url = stage.on("/a.json", answer(b"", 500))
    keys = {"query": {"api_key": "s3cret", "uid": "wh0"}}
    with client(world.outside(HOST), tmp_path, **keys) as http, pytest.raises(TryAgainLater) as later:
        http.fetch(Ask(url, "a.json"))
    assert not re.search("s3cret|wh0", str(later.value))


def test_a_full_disk_leaves_nothing_behind(stage: Stage, world: World, tmp_path: Path) -> None:
    """The system's own limit on a file's size stands in for the disk."""
    url = stage.on("/a.json", answer(bytes(1 << 20)))
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, hard))
    try:
        with pytest.raises(FetchFailed, match=r"could not be kept in .*File too large"):
            fetch(world.outside(HOST), tmp_path, url)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    assert (len(stage.seen), nothing_is_left(tmp_path)) == (1, True)


def test_what_a_killed_run_left_is_written_over(stage: Stage, world: World, tmp_path: Path) -> None:
    part = tmp_path / "raw" / "open311" / ".council.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(bytes(1000))
    assert fetch(world.outside(HOST), tmp_path, stage.on("/a.json", answer(BODY))) == BODY
    assert not part.exists()


def test_a_run_may_be_called_away_in_the_middle_of_a_body(stage: Stage, world: World, tmp_path: Path) -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    url = stage.on("/a.json", answer(bytes(1 << 20)))
    with pytest.raises(KeyboardInterrupt):
        fetch(replace(world.outside(HOST), stop_if_asked=stop), tmp_path, url)
    assert nothing_is_left(tmp_path)


def test_requests_keep_to_the_pace_of_the_server(stage: Stage, world: World, tmp_path: Path) -> None:
    url = stage.on("/a.json", answer(BODY))
    outside = world.outside(HOST)
    with client(outside, tmp_path) as http:
        for _ in range(12):
            http.fetch(Ask(url, "a.json"))
    assert len(world.slept) == 7  # five at once, then one each fifth of a second
    assert world.seconds == pytest.approx(7 / 5)
