"""What the checklist names as evidence is there."""

import re

from tests.conftest import REPOSITORY

LINE = re.compile(r"^\| (\d+\.\d+\.\d+) \| [^|]+ \| (met|met in part|not met|not applicable) \| (.+) \|$", re.MULTILINE)


def test_each_line_of_the_checklist_has_a_state_and_its_evidence_exists() -> None:
    text = (REPOSITORY / "docs" / "security" / "asvs.md").read_text()
    lines = LINE.findall(text)
    assert len(lines) == len([line for line in text.splitlines() if re.match(r"\| \d", line)]) > 40
    assert len({number for number, _, _ in lines}) == len(lines)
    missing = [e for _, state, e in lines if state.startswith("met") and not (REPOSITORY / e.strip("`")).is_file()]
    assert missing == []
