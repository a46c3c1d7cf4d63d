"""What the checklist names as evidence is there, and what no other test can show of the pages' scripts."""

import re
from collections import Counter

from tests.conftest import REPOSITORY

STATES = "met|met in part|not met|not applicable"
LINE = re.compile(rf"^\| (\d+\.\d+\.\d+) \| [^|]+ \| ({STATES}) \| (.+) \|$", re.MULTILINE)
TOTALS = re.compile(r"Of (\d+) lines, (\d+) are met, (\d+) in part, (\d+) are not met, (\d+) do not apply")
RISKY = re.compile(r"localStorage|sessionStorage|indexedDB|(inner|outer)HTML|insertAdjacentHTML|eval\(|new Function")
TEXT = (REPOSITORY / "docs" / "security" / "asvs.md").read_text()


def test_each_line_of_the_checklist_has_a_state_and_its_evidence_exists() -> None:
    lines = LINE.findall(TEXT)
    listed = TEXT.partition("## What the other part is")[0].splitlines()
    assert len(lines) == len([line for line in listed if re.match(r"\| \d", line)]) > 40
    assert len({number for number, _, _ in lines}) == len(lines)
    missing = [e for _, state, e in lines if state.startswith("met") and not (REPOSITORY / e.strip("`")).is_file()]
    assert missing == []


def test_the_checklist_is_added_up_rightly_and_says_what_every_part_lacks() -> None:
    counts = Counter(state for _, state, _ in LINE.findall(TEXT))
    told = TOTALS.search(TEXT.replace("\n", " "))
    assert told is not None
    assert [int(number) for number in told.groups()] == [
        counts.total(),
        *(counts[state] for state in STATES.split("|")),
    ]
    in_part = {number for number, state, _ in LINE.findall(TEXT) if state == "met in part"}
    assert set(re.findall(r"\d+\.\d+\.\d+", TEXT.partition("## What the other part is")[2])) - {"7.2.2"} == in_part


def test_the_pages_scripts_keep_nothing_in_the_browser_and_make_neither_code_nor_markup_of_text() -> None:
    scripts = [*(REPOSITORY / "web" / "src").rglob("*.ts")]
    assert scripts
    assert [path.name for path in scripts if RISKY.search(path.read_text())] == []
