"""Whatever a table holds, its draft is TOML that says what to settle, or a profile that loads, or a clear refusal."""

import tomllib
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from aim.errors import SourceError
from aim.ingest.draft.draft import draft
from aim.ingest.profile.schema import parse
from aim.ingest.source import payloads
from tests.ingest.draft.tables import drafted, job, jobs

ODD: Final = (
    "", "0", "-1.2", "54.5", "NaN", "-inf", "-1.8e308", "1E+05", "13/04/2026", "04/13/2026", "31/02/2026", "#",
    "2026-03", "25:61", "NULL", '"""', "a\\b", "\u202e", "\x7f", "x@example.org", "NZ 480 150", "0001-01-01", "日本",
)  # fmt: skip
"""What tables have where nobody expects it."""
CHANGES: Final = st.dictionaries(
    st.sampled_from(list(job(0))), st.tuples(st.sampled_from(ODD), st.integers(1, 7)), max_size=4
)


@given(
    count=st.integers(1, 60),
    changes=CHANGES,
    without=st.sets(st.sampled_from(list(job(0))), max_size=3),
    more=st.dictionaries(st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=12), st.text()),
)
@settings(max_examples=50, deadline=None)
def test_a_table_with_odd_cells(
    count: int, changes: dict[str, tuple[str, int]], without: set[str], more: dict[str, str]
) -> None:
    """Each change puts a value into every so manieth row of a column."""
    rows = [{name: cell for name, cell in row.items() if name not in without} | more for row in jobs(count)]
    for name, (value, step) in changes.items():
        for row in rows[::step]:
            row[name] = value
    try:
        with TemporaryDirectory() as folder:
            found = drafted(Path(folder), [{name: row.get(name, "") for name in rows[0]} for row in rows], agency=None)
    except SourceError:
        return
    assert tomllib.loads(found.profile)["name"] == "jobs"
    assert all(line.isprintable() for line in found.profile.splitlines())
    if not found.undecided:
        assert parse(found.profile, "draft.toml").name == "jobs"
        assert found.trial is not None
        assert found.trial.read == found.trial.taken + sum(found.trial.rejected.values())


@given(content=st.binary(max_size=400))
@settings(max_examples=100, deadline=None)
def test_a_file_of_any_bytes(content: bytes) -> None:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "jobs.csv"
        file.write_bytes(content)
        try:
            [payload] = payloads([file])
            found = draft(payload, None, None)
        except SourceError:
            return
    assert tomllib.loads(found.profile)["name"] == "jobs"
