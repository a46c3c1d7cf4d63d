"""Control strategies for tests, as files."""

from datetime import date
from typing import Any

STRANDS = {"prevention": ["Lighting"], "enforcement": ["Patrols"]}


def priority(
    id: str, *categories: str, since: str = "2026-04-01", until: str = "2027-03-31", **more: Any
) -> dict[str, Any]:
    """A priority of some categories, in force between two days."""
    told = {"title": id.replace("_", " ").capitalize(), "level": "L1", "owner": "Ward sergeant", "review": since}
    return (
        {"id": id, "valid_from": since, "valid_to": until, "strands": STRANDS, "categories": list(categories)}
        | told
        | more
    )


def strategy(*priorities: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A strategy of these priorities, as JSON has it."""
    told = {"title": "Testby's strategy", "agreed_by": "Strategic group", "agreed_on": date(2026, 3, 2).isoformat()}
    return told | {"priorities": list(priorities)} | more
