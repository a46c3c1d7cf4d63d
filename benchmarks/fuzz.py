"""Fuzz the feeds: bytes chosen by what they reach become rows or a SourceError, no row is lost, nothing hangs.

    python -m benchmarks.fuzz [FEED] [--minutes 10]

Needs the extra `fuzz` (atheris, which is libFuzzer for Python), in a virtual environment of its own if you like. Each
feed runs in a process of its own at the lowest priority, starting from its samples, and stops at its first failure:
another error than a SourceError, a broken promise of `tests/contracts/parsers.py`, a crash of the interpreter, or an
input that takes longer than TIMEOUT. What failed is cut down to what still fails and kept in the folder that is named.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final

TIMEOUT: Final = 20
"""Seconds for one input."""
LONGEST: Final = 20_000
"""Bytes of one input: enough for a few dozen rows."""
MEMORY_MB: Final = 3_000
WORDS: Final = (
    "NULL",
    "nan",
    "1e400",
    "2026-03-12T10:58:43Z",
    "29/03/2026 01:30",
    "2026-03",
    "54.57",
    "449200",
    "\\\\u0000",
)
DONE: Final = re.compile(r"Done (\d+) runs in (\d+) second")
COVERED: Final = re.compile(r"cov: (\d+)")


@dataclass(frozen=True)
class Result:
    """What became of one feed."""

    feed: str
    runs: int
    seconds: int
    covered: int
    failures: list[str]


def fuzz(name: str, minutes: float, folder: Path) -> Result:
    """Run one feed's process and look at what it left behind."""
    corpus, failed = folder / name / "corpus", folder / name / "failed"
    for place in (corpus, failed):
        place.mkdir(parents=True)
    command = [sys.executable, "-m", "benchmarks.fuzz", name, "--minutes", str(minutes), "--within", str(folder / name)]
    alone = os.environ | {"POLARS_MAX_THREADS": "1"}  # frames this small gain nothing from more
    process = subprocess.run(
        command, env=alone, stderr=subprocess.STDOUT, stdout=subprocess.PIPE, text=True, errors="replace", check=False
    )
    (folder / name / "log").write_text(process.stdout)
    failures = [describe(name, file) for file in sorted(failed.iterdir())]
    if process.returncode and not failures:
        failures = [f"ended with {process.returncode}; see {folder / name / 'log'}"]
    done = DONE.search(process.stdout)
    covered = max((int(found) for found in COVERED.findall(process.stdout)), default=0)
    return Result(name, int(done[1]) if done else 0, int(done[2]) if done else 0, covered, failures)


def describe(name: str, file: Path) -> str:
    """A failure in a line; the least input that still fails the same way is written beside it."""
    body = file.read_bytes()
    if not file.name.startswith("crash-"):
        return f"{file.name.partition('-')[0]} of {len(body)} bytes: {file}"
    code = f"from benchmarks.fuzz import shrink; shrink({name!r}, {str(file)!r})"
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    return process.stdout.strip() or f"a crash of the interpreter ({process.returncode}): {file}"


def shrink(name: str, file: str) -> None:
    """Print what goes wrong with an input and the least input with which the same still does."""
    check = reader(name)
    body = Path(file).read_bytes()
    error = failure(check, body)
    if error is None:
        print(f"passes when it is alone: {file}")
        return
    least = minimal(body, lambda part: failure(check, part) == error)
    Path(f"{file}.least").write_bytes(least)
    print(f"{error} with {len(least)} bytes: {file}.least {least[:200]!r}")


def failure(check: Callable[[bytes], None], body: bytes) -> str | None:
    """Which error an input ends with, and where: None where it does not."""
    try:
        check(body)
    except BaseException as error:  # noqa: BLE001  # any error at all is what is looked for
        last = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__} in {Path(last.filename).name}:{last.lineno}"
    return None


def minimal(body: bytes, fails: Callable[[bytes], bool]) -> bytes:
    """Take away halves, quarters, ... single bytes, as long as the rest still fails."""
    size = len(body) // 2
    while size:
        at = 0
        while at < len(body):
            less = body[:at] + body[at + size :]
            body, at = (less, at) if fails(less) else (body, at + size)
        size //= 2
    return body


def reader(name: str) -> Callable[[bytes], None]:
    """A function that reads bytes as a file of the feed, under the name of one of its samples."""
    from aim.ingest.feeds import FEEDS
    from aim.ingest.source import Payload
    from tests.contracts.parsers import read_whole, seeds

    feed, called = FEEDS[name], next(iter(seeds(name)))
    path = Path(tempfile.mkdtemp(prefix="aim-fuzz-")) / called

    def check(body: bytes) -> None:
        path.write_bytes(body)
        feed.recognises(body)
        read_whole(feed, Payload(path, called))

    return check


def work(name: str, minutes: float, within: Path) -> None:
    """The process of one feed; it ends inside atheris."""
    atheris: Any = import_module("atheris")  # the extra `fuzz`; the rest of the program does without
    os.nice(19)
    with atheris.instrument_imports(include=["aim.ingest", "aim.vocabulary"]):
        check = reader(name)
    from aim.ingest.feeds import FEEDS
    from tests.contracts.parsers import seeds

    for number, body in enumerate(seeds(name).values()):
        (within / "corpus" / f"{number}").write_bytes(body)
    words = [*FEEDS[name].columns, *WORDS]
    (within / "words").write_text("".join(f'"{word}"\n' for word in words if word.isascii() and '"' not in word))
    options = [f"-max_total_time={round(60 * minutes)}", f"-timeout={TIMEOUT}", f"-max_len={LONGEST}"]
    options += [f"-report_slow_units={TIMEOUT}"]
    options += [f"-rss_limit_mb={MEMORY_MB}", f"-artifact_prefix={within / 'failed'}/", f"-dict={within / 'words'}"]
    atheris.Setup(["fuzz", *options, str(within / "corpus")], check)
    atheris.Fuzz()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("feed", nargs="?")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--within", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.within:
        work(options.feed, options.minutes, options.within)
        return
    from aim.ingest.feeds import FEEDS

    folder = Path(tempfile.mkdtemp(prefix="aim-fuzz-"))
    print(f"{'feed':28} {'runs':>9} {'a second':>9} {'reached':>8}  failures", flush=True)
    results = [show(fuzz(name, options.minutes, folder)) for name in ([options.feed] if options.feed else FEEDS)]
    print(f"Kept in {folder}")
    sys.exit(any(result.failures for result in results))


def show(result: Result) -> Result:
    """A line of the table."""
    rate = result.runs / max(result.seconds, 1)
    said = "; ".join(result.failures) or "none"
    print(f"{result.feed:28} {result.runs:9,} {rate:9,.0f} {result.covered:8,}  {said}", flush=True)
    return result


if __name__ == "__main__":
    main()
