"""Any file at an https address: asked for on condition that it has changed since it was loaded."""

from datetime import datetime
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from pydantic import Field

from aim.ingest.fetching.kind import USUAL_LIMIT, Ask, Checkpoint, Kind, KindSettings, Load, Note, Remember, Steps
from aim.ingest.fetching.secrets import PlainUrl

NOT_MODIFIED = 304


class Settings(KindSettings):
    """Where the file is."""

    url: PlainUrl = Field(description="Address of the file.")
    file: str = Field(default="", description="What to call it, with its ending; left out: as in the address.")
    limit: int = Field(default=USUAL_LIMIT, gt=0, description="Bytes it may have, unpacked.")


def plan(settings: Settings, checkpoint: Checkpoint, _: datetime) -> Steps:
    """One request. A payload that is byte for byte the one that is loaded is not loaded again."""
    name = settings.file or PurePosixPath(unquote(urlsplit(settings.url).path)).name or "file"
    etag, modified = checkpoint.get("etag"), checkpoint.get("last_modified")
    answer = yield Ask(settings.url, name, etag=etag, last_modified=modified, limit=settings.limit)
    if answer.status == NOT_MODIFIED:
        yield Note(f"{name} has not changed.")
        return
    kept = answer.payload
    loaded: Checkpoint = {
        "etag": kept.origin.etag,
        "last_modified": kept.origin.last_modified,
        "sha256": kept.sha256,
    }
    if kept.sha256 == checkpoint.get("sha256"):
        yield Remember(loaded)
        yield Note(f"{name} is what it was.")
    else:
        yield Load(kept.path, name, loaded)


KIND = Kind("url", "A file at an https address", Settings, plan)
