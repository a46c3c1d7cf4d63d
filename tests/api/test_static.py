"""The web client's files: small on the wire, and never an old one after an upgrade."""

from pathlib import Path

from starlette.testclient import TestClient

from aim.api.static import static_files


def test_a_browser_asks_each_time_and_is_told_when_nothing_changed(tmp_path: Path) -> None:
    (tmp_path / "map.js").write_text("// the map\n" * 1_000)
    client = TestClient(static_files(tmp_path))
    first = client.get("/map.js")
    assert first.headers["cache-control"] == "no-cache"
    assert first.headers["content-encoding"] == "gzip"
    assert client.get("/map.js", headers={"if-none-match": first.headers["etag"]}).status_code == 304
