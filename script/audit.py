"""Looks the pinned packages up in the lists of known vulnerabilities: Python's by pip-audit, the web client's by npm.

    .venv/bin/python script/audit.py [--strict]

Exits with 1 where one is found that docs/security/accepted.toml does not name, with a reason and a day until when.
Where a list cannot be had, says so in one line and goes on: a network that refuses is no finding, and no clean bill.
With --strict that is a failure too, for a machine that reaches the lists.
"""

import json
import subprocess
import sys
import tomllib
import venv
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Final, NamedTuple

REPOSITORY: Final = Path(__file__).resolve().parents[1]
TOOL: Final = REPOSITORY / ".cache" / "audit"
ACCEPTED: Final = REPOSITORY / "docs" / "security" / "accepted.toml"
SECONDS: Final = 120


class Found(NamedTuple):
    """A known vulnerability of a package that we use."""

    package: str
    names: frozenset[str]


class NoList(Exception):
    """The list cannot be had."""


def told(command: list[str | Path], folder: Path = REPOSITORY) -> Any:
    """What a program prints as JSON. Raises NoList where it prints none."""
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=SECONDS)
        return json.loads(done.stdout)
    except (OSError, subprocess.TimeoutExpired, json.JSONDecodeError) as error:
        raise NoList(f"{Path(command[0]).name} gave no answer") from error


def python() -> list[Found]:
    """Of constraints.txt. pip-audit lives in an environment of its own: its pins must not meet ours."""
    if not (TOOL / "bin" / "pip-audit").exists():
        venv.create(TOOL, with_pip=True)
        subprocess.run([TOOL / "bin" / "pip", "install", "-qqq", "pip-audit"], timeout=SECONDS, check=False)
    pins = (REPOSITORY / "constraints.txt").read_text().splitlines()
    looked_up(pins[:1])  # a registry without a list is asked once, and not for every package
    packages = looked_up(pins)
    return [Found(each["name"], frozenset([v["id"], *v["aliases"]])) for each in packages for v in each["vulns"]]


def looked_up(pins: list[str]) -> list[dict[str, Any]]:
    """What is known of each pin. Raises NoList where that is nothing, not even that there is nothing."""
    with NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join(pins))
        file.flush()
        options = ["--no-deps", "--disable-pip", "--progress-spinner", "off", "-f", "json", "-r", file.name]
        packages = told([TOOL / "bin" / "pip-audit", *options])["dependencies"]
    unknown = [each["name"] for each in packages if "skip_reason" in each]
    if unknown:
        raise NoList(f"the registry has no list for {unknown[0]}, nor perhaps for others")
    return packages


def web() -> list[Found]:
    """Of web/package-lock.json."""
    answer = told(["npm", "audit", "--json"], REPOSITORY / "web")
    if "vulnerabilities" not in answer:
        raise NoList(f"the registry refuses ({answer.get('message', 'it does not say why')})".split(" - ")[0] + ")")
    advisories = [via for each in answer["vulnerabilities"].values() for via in each["via"] if isinstance(via, dict)]
    return [Found(str(each["name"]), frozenset([str(each["url"]).rpartition("/")[2]])) for each in advisories]


def accepted(today: date) -> frozenset[str]:
    """The vulnerabilities that we live with for now, each with its reason."""
    listed = tomllib.loads(ACCEPTED.read_text())
    return frozenset(name for name, entry in listed.items() if entry["reason"] and entry["until"] >= today)


def main() -> None:
    known, failed = accepted(datetime.now(UTC).date()), False
    for name, look in (("Python packages", python), ("web packages", web)):
        try:
            found = [each for each in look() if not each.names & known]
        except NoList as error:
            print(f"audit: {name} were NOT looked up: {error}.", file=sys.stderr)
            failed |= "--strict" in sys.argv
        else:
            for each in found:
                print(f"audit: {each.package} has {', '.join(sorted(each.names))}: raise its pin, or accept it.")
            print(f"audit: {name}: {len(found)} known vulnerabilities that are not accepted.", file=sys.stderr)
            failed |= bool(found)
    sys.exit(failed)


if __name__ == "__main__":
    main()
