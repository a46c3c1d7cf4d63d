"""A disclosure's folder is there whole, or not at all."""

import errno
import os
import resource
import stat
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from aim.errors import UsageError
from aim.exchange import share as sharing
from aim.exchange.folder import whole_folder
from tests.exchange.conftest import Land


@contextmanager
def small_disk(octets: int) -> Generator[None]:
    """Files of this process cannot grow beyond a size: the write that would fails like one on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (octets, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_that_fills_up_leaves_nothing(land: Land) -> None:
    for hour in range(24):
        land.plant("cad", "asb_personal", f"2026-08-03 {hour:02}:00")
    with small_disk(1_000), pytest.raises(OSError, match=os.strerror(errno.EFBIG)):
        land.share()
    assert list(land.folder.iterdir()) == []
    land.share()
    assert len(land.rows("police-anti-social-behaviour")) == 24


@pytest.mark.parametrize("moment", ["checksum", "readme"])
def test_an_interrupt_leaves_nothing(land: Land, monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    land.span("cad", "asb_personal")

    def interrupted(_: object) -> str:
        assert [path for path in land.folder.iterdir() if path.name.startswith(".out.incomplete-")]
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(sharing, moment, interrupted)
        with pytest.raises(KeyboardInterrupt):
            land.share()
    assert list(land.folder.iterdir()) == []
    assert land.share()["sets"]


def test_a_folder_that_appears_meanwhile_is_not_written_over(tmp_path: Path) -> None:
    out = tmp_path / "out"

    def write_while_it_appears() -> None:
        with whole_folder(out) as unready:
            (unready / "file").write_text("ours")
            out.mkdir()

    with pytest.raises(UsageError, match="is there already"):
        write_while_it_appears()
    assert list(out.iterdir()) == []
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


MAKERS: dict[str, Callable[[Path], object]] = {
    "an empty folder": Path.mkdir,
    "a file": Path.touch,
    "a link to nowhere": lambda path: path.symlink_to("nowhere"),
}


@pytest.mark.parametrize("there", MAKERS)
def test_what_is_there_is_refused_before_anything_is_read(tmp_path: Path, there: str) -> None:
    out = tmp_path / "out"
    MAKERS[there](out)
    with pytest.raises(UsageError, match="is there already"), whole_folder(out):
        raise AssertionError("it has begun")


def test_a_place_that_is_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="make it first"), whole_folder(tmp_path / "a" / "out"):
        raise AssertionError("it has begun")


def test_only_its_owner_may_look_into_it(tmp_path: Path) -> None:
    with whole_folder(tmp_path / "out") as unready:
        (unready / "file").write_text("private")
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == stat.S_IRWXU
