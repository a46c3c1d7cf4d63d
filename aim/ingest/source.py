"""Files as they arrive: plain, gzip, zip, or a folder of those. Everything is streamed."""

import gzip
import lzma
import zipfile
import zlib
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePath, PurePosixPath
from typing import BinaryIO, cast

from aim.errors import UnreadableFile

HEAD = 1 << 16
ENCRYPTED = 1
"""The bit of a zip member's flags."""
PACKINGS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA}
TABLES = {".csv", ".json", ".xml", ".xlsx", ".geojson", ".gpkg", ".shp"}
"""The files that stand for a table; what belongs to a Shapefile lies beside it."""
DATA_SUFFIXES = {*TABLES, ".gz", ".zip"}


@dataclass(frozen=True)
class Payload:
    """One file to load. `name` is what people call it; `member` is set for a file inside a zip archive.

    `found`: nobody named this file, it was come upon in a folder or archive, so it may be of another feed.
    """

    path: Path
    name: str
    member: str | None = None
    found: bool = False

    def open(self) -> AbstractContextManager[BinaryIO]:
        """The decompressed bytes.

        Raises UnreadableFile where the file is missing, is not the archive its name says, or is cut short.
        """
        return self._readable(_stream(self.path, self.member))

    def stored(self) -> AbstractContextManager[BinaryIO]:
        """The bytes as they lie in the file, of an archive all of it. Raises UnreadableFile where it cannot be read."""
        return self._readable(_stored(self.path))

    @contextmanager
    def _readable(self, opened: AbstractContextManager[BinaryIO]) -> Generator[BinaryIO]:
        try:
            with opened as stream:
                yield stream
        except (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile, lzma.LZMAError) as error:
            raise UnreadableFile(
                f"{self.name} is cut short or damaged ({error}). Fetch it again; nothing was changed."
            ) from error
        except (FileNotFoundError, PermissionError, IsADirectoryError) as error:
            raise UnreadableFile(f"{self.path} cannot be read: {error.strerror}.") from error

    def whole(self) -> "list[Payload]":
        """This file and what belongs to it: the columns of a Shapefile lie beside its shapes."""
        if self.member is not None or self.path.suffix.lower() != ".shp":
            return [self]
        return [replace(self, path=path) for path in beside(self.path)]

    def head(self) -> bytes:
        """The first 64 KB, decompressed."""
        with self.open() as stream:
            return stream.read(HEAD)


def beside(path: Path) -> list[Path]:
    """The files in a file's folder that have its name but for what follows the dot, itself among them."""
    return sorted(other for other in path.parent.iterdir() if other.stem == path.stem and other.is_file())


@contextmanager
def _stored(path: Path) -> Generator[BinaryIO]:
    with path.open("rb") as stream:
        yield stream


@contextmanager
def _stream(path: Path, member: str | None) -> Generator[BinaryIO]:
    if member is not None:
        with zipfile.ZipFile(path) as archive, archive.open(member) as stream:
            yield cast(BinaryIO, stream)
    elif path.suffix.lower() == ".gz":
        with gzip.open(path) as stream:
            yield cast(BinaryIO, stream)
    else:
        with path.open("rb") as stream:
            yield stream


def payloads(paths: list[Path]) -> list[Payload]:
    """The files behind `paths` in a fixed order: folders are walked, zip archives opened.

    Raises UnreadableFile where there is nothing to load, because "0 rows" would look like success.
    """
    found = [payload for path in paths for payload in _expand(path)]
    if not found:
        kinds = "CSV, JSON, XML, Excel, GeoPackage, Shapefile, GeoJSON, gzip or zip"
        raise UnreadableFile(f"No {kinds} file in {', '.join(map(str, paths))}.")
    return found


def _expand(path: Path) -> Iterator[Payload]:
    if path.is_dir():
        for child in sorted(path.rglob("*")):
            if child.is_file() and child.suffix.lower() in DATA_SUFFIXES and not _is_about(child):
                yield from (replace(payload, found=True) for payload in _expand(child))
    elif path.suffix.lower() == ".zip":
        yield from _members(path)
    else:
        yield Payload(path, path.name)


def _members(path: Path) -> Iterator[Payload]:
    try:
        with zipfile.ZipFile(path) as archive:
            wanted = [member for member in archive.infolist() if _is_data(member.filename)]
    except zipfile.BadZipFile as error:
        raise UnreadableFile(f"{path.name} is not a zip archive, or is cut short ({error}).") from error
    except OSError as error:
        raise UnreadableFile(f"{path} cannot be read: {error.strerror}.") from error
    if any(member.flag_bits & ENCRYPTED or member.compress_type not in PACKINGS for member in wanted):
        raise UnreadableFile(f"{path.name} is encrypted, or packed in a way that cannot be read here: unpack it first.")
    names = sorted(member.filename for member in wanted)
    yield from (Payload(path, f"{path.name}:{name}", name, found=True) for name in names)


def _is_data(member: str) -> bool:
    """What begins with a dot is no data: Macintosh archives hold a "._" beside each file."""
    path = PurePosixPath(member)
    return path.suffix.lower() in TABLES and not path.name.startswith(".") and not _is_about(path)


def _is_about(path: PurePath) -> bool:
    """Whether it is a description that lies beside a Shapefile: map.shp.xml."""
    return path.name.lower().endswith(".shp.xml")
