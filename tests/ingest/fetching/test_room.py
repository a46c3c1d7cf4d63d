"""What the room's modules may bring along."""

import ast
from pathlib import Path

import aim
from aim.ingest import fetching

PACKAGE = Path(aim.__file__).parent
ROOM = Path(fetching.__file__).parent
CLIENTS = {
    "httpx",
    "httpx2",
    "httpcore",
    "httpcore2",
    "requests",
    "urllib3",
    "urllib.request",
    "http.client",
    "aiohttp",
}
DEMO = PACKAGE / "demo.py"
"""Asks the server that it has itself started on this machine whether the map answers."""


def imported(path: Path) -> set[str]:
    """The modules that a file imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


def test_only_the_manners_ask_other_servers() -> None:
    asking = {path for path in PACKAGE.rglob("*.py") if imported(path) & CLIENTS}
    assert asking - {DEMO} == {ROOM / "http.py", ROOM / "addresses.py", ROOM / "conversation.py"}


def test_only_the_worker_knows_the_queue() -> None:
    queueing = {
        path
        for path in PACKAGE.rglob("*.py")
        if any(name.partition(".")[0] == "procrastinate" for name in imported(path))
    }
    assert queueing == {ROOM / "worker.py", ROOM / "queue.py"}


def test_nothing_here_reads_the_wall_clock() -> None:
    """The command line does, and hands it in."""
    reading = {path.name for path in ROOM.rglob("*.py") if "datetime.now(" in path.read_text(encoding="utf-8")}
    assert reading == set()
