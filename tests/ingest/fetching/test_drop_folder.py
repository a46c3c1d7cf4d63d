"""A folder that partners put files into, some of them slowly."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from aim.errors import FetchFailed
from aim.ingest.fetching.kinds.drop_folder import settled
from tests.ingest.fetching.conftest import NOW, World, files
from tests.ingest.fetching.test_run import Office
from tests.ingest.files import police, requests

MINUTE = timedelta(minutes=1)


class Inbox(Office):
    """An office whose source is a folder."""

    @property
    def folder(self) -> Path:
        return self.home / "inbox"

    def put(self, name: str, body: bytes) -> Path:
        path = self.folder / name
        path.write_bytes(body)
        return path

    def look(self, after: timedelta = MINUTE) -> str:
        """Run the source after a while; the state it ends in."""
        self.at += after
        return self.run().state


@pytest.fixture
def inbox(engine: Engine, tmp_path: Path, world: World) -> Inbox:
    """An empty folder, looked at for reports to the council."""
    inbox = Inbox(engine, tmp_path / "home", world)
    inbox.folder.mkdir(parents=True)
    inbox.add("drop-folder", folder=str(inbox.folder))
    return inbox


def test_a_file_is_loaded_at_the_second_look_and_moved(inbox: Inbox) -> None:
    body = requests({})
    inbox.put("a.json", body)
    assert [inbox.look(), inbox.incidents()] == ["nothing_new", 0]
    assert [inbox.look(), inbox.incidents()] == ["loaded", 1]
    assert files(inbox.folder) == ["done/20261001T030200Z-a.json"]
    assert (inbox.folder / "done" / "20261001T030200Z-a.json").read_bytes() == body
    assert [inbox.look(), inbox.source.checkpoint] == ["nothing_new", {}]


def test_a_file_that_is_still_being_copied_waits(inbox: Inbox) -> None:
    whole = requests({}, {"service_request_id": "2"})
    for end in (10, 100, 200):
        inbox.put("a.json", whole[:end])
        assert inbox.look() == "nothing_new"
    inbox.put("a.json", whole)
    assert [inbox.look(), inbox.look(), inbox.incidents()] == ["nothing_new", "loaded", 2]


def test_two_looks_in_a_hurry_are_not_two_looks(inbox: Inbox) -> None:
    inbox.put("a.json", requests({}))
    hurried = [inbox.look(timedelta(seconds=4)) for _ in range(4)]
    assert hurried == ["nothing_new", "nothing_new", "nothing_new", "loaded"]  # 12 s after the first


def test_a_file_that_cannot_be_loaded_is_moved_beside_the_reason_and_the_others_are_loaded(inbox: Inbox) -> None:
    inbox.put("a.json", b'[{"service_request_id": "1"')
    inbox.put("b.json", requests({}))
    inbox.look()
    assert [inbox.look(), inbox.incidents()] == ["refused", 1]
    assert files(inbox.folder) == [
        "done/20261001T030200Z-b.json",
        "refused/20261001T030200Z-a.json",
        "refused/20261001T030200Z-a.json.txt",
    ]
    reason = (inbox.folder / "refused" / "20261001T030200Z-a.json.txt").read_text()
    assert reason.startswith("council/a.json is not JSON, or is cut short")
    assert (inbox.source.last_result or {})["notes"] == [f"a.json was refused: {reason.strip()}"]


def test_a_file_of_another_feed_is_refused(inbox: Inbox) -> None:
    inbox.put("crimes.csv", police({}))
    inbox.look()
    assert inbox.look() == "refused"
    assert len(files(inbox.folder / "refused")) == 2


def test_what_is_no_data_stays_and_is_named(inbox: Inbox) -> None:
    for name in (".hidden.json", "~lock.json", "readme.docx"):
        inbox.put(name, requests({}))
    (inbox.folder / "sub.json").mkdir()
    inbox.look()
    outcome = [inbox.look(), (inbox.source.last_result or {})["notes"]]
    assert outcome[0] == "nothing_new"
    assert len(outcome[1]) == 1
    assert outcome[1][0].startswith("readme.docx stays where it is")
    assert sorted(path.name for path in inbox.folder.iterdir()) == [
        ".hidden.json", "readme.docx", "sub.json", "~lock.json",
    ]  # fmt: skip


def test_a_link_is_not_followed(inbox: Inbox, tmp_path: Path) -> None:
    secret = tmp_path / "secret.json"
    secret.write_bytes(requests({}))
    (inbox.folder / "a.json").symlink_to(secret)
    assert [inbox.look(), inbox.look(), inbox.incidents()] == ["nothing_new", "nothing_new", 0]
    assert secret.exists()


def test_a_name_may_come_again(inbox: Inbox) -> None:
    for number in ("1", "2"):
        inbox.put("a.json", requests({"service_request_id": number}))
        inbox.look()
        inbox.look()
    assert (inbox.incidents(), len(files(inbox.folder / "done"))) == (2, 2)


def test_a_folder_that_is_gone_is_a_failure(inbox: Inbox) -> None:
    inbox.folder.rmdir()
    with pytest.raises(FetchFailed, match="cannot be read: No such file"):
        inbox.look()


def test_a_file_that_cannot_be_moved_is_a_failure(inbox: Inbox) -> None:
    inbox.put("a.json", requests({}))
    inbox.put("done", b"in the way")
    inbox.look()
    with pytest.raises(FetchFailed, match="could not be moved to done/"):
        inbox.look()
    assert inbox.incidents() == 1


def test_a_change_of_time_alone_is_a_change() -> None:
    before = {"a.csv": (10, 1, NOW.isoformat()), "b.csv": (10, 1, NOW.isoformat())}
    seen = before | {"b.csv": (10, 2, (NOW + MINUTE).isoformat())}
    assert settled(seen, before, NOW + MINUTE, MINUTE) == ["a.csv"]
    assert settled(seen, before, NOW + MINUTE, 2 * MINUTE) == []
