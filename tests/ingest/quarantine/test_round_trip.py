"""Whatever is broken, and in whatever order it is mended, the incidents are those of a file without a fault."""

from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aim.ingest.quarantine.fix import fix
from tests.ingest.conftest import AS_OF, Store
from tests.ingest.files import BURGLARY, NUISANCE, line, police
from tests.ingest.quarantine.sheets import Sheet, exported, given_back

INCIDENTS = """
SELECT scope, identity, source_id, content_hash, category, source_category, outcome, occurred_from, occurred_to,
       ST_AsText(location) AS place FROM incident ORDER BY 1, 2, 3, 4
"""
NUMBERED = "SELECT scope, identity, ordinal FROM incident ORDER BY 1, 2, 3"
SPOILT = ("Month", "Crime type", "Longitude", "fields")


@dataclass(frozen=True)
class Record:
    """A row as it should be, and the column that was spoilt on its way."""

    right: dict[str, str]
    spoilt: str | None

    def sent(self) -> dict[str, str] | str:
        """As the file has it."""
        if self.spoilt is None:
            return self.right
        if self.spoilt == "fields":
            return line([self.right["Crime ID"], self.right["Month"]])
        return self.right | {self.spoilt: {"Month": "March", "Crime type": "", "Longitude": "west"}[self.spoilt]}


BASES: list[dict[str, str]] = [
    BURGLARY, BURGLARY | {"Crime ID": ""}, BURGLARY | {"Crime ID": "c05c"}, BURGLARY | NUISANCE,
]  # fmt: skip
CHANGES = st.fixed_dictionaries(
    {"Month": st.sampled_from(["2026-03", "2026-04"]), "Last outcome category": st.sampled_from(["", "open"])}
)
ROWS = st.tuples(st.sampled_from(BASES), CHANGES).map(lambda drawn: drawn[0] | drawn[1])
RECORDS = st.lists(st.builds(Record, ROWS, st.one_of(st.none(), st.sampled_from(SPOILT))), min_size=1, max_size=8)
FIRST = st.lists(ROWS, max_size=3)


def at_once(store: Store, first: list[dict[str, str]], records: list[Record]) -> dict[str, Any]:
    """What a file without a fault leaves, after an earlier one."""
    store.clear()
    if first:
        store.load("police-uk-street", police(*first), "first.csv")
    store.load("police-uk-street", police(*(record.right for record in records)))
    return look(store)


def look(store: Store) -> dict[str, Any]:
    return {"incidents": store.rows(INCIDENTS), "numbers": store.rows(NUMBERED)}


def mended(sheet: Sheet, records: list[Record], lines: set[int]) -> Sheet:
    """The spreadsheet, with the rows of these lines put right."""
    right = {at + 2: records[at].right for at in range(len(records)) if at in lines}
    return [row | right.get(int(row["line"]), {}) for row in sheet]


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(records=RECORDS, order=st.randoms(use_true_random=False), data=st.data())
def test_mended_in_parts_it_is_as_if_it_had_never_been_broken(
    cleared: Store, records: list[Record], order: Any, data: st.DataObject
) -> None:
    expected = at_once(cleared, [], records)
    cleared.clear()
    body = police(*(record.sent() for record in records))
    cleared.load("police-uk-street", body)
    half = data.draw(st.sets(st.integers(0, len(records) - 1)))
    for lines in (half, set(range(len(records)))):
        sheet = mended(exported(cleared), records, lines)
        order.shuffle(sheet)
        fixed = fix(cleared.engine, given_back(cleared, sheet), AS_OF, "a tester")
        assert all(report.balanced() for report in fixed.reports)
        assert fixed.unknown == []
    assert cleared.rejects() == []
    assert look(cleared) == expected
    report = cleared.load("police-uk-street", body)
    assert (report.rejected, report.inserted, report.removed) == (0, 0, 0)
    assert look(cleared) == expected


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(first=FIRST, records=RECORDS)
def test_so_it_is_beside_rows_of_an_earlier_file(
    cleared: Store, first: list[dict[str, str]], records: list[Record]
) -> None:
    """What the earlier file had and the later has not is kept while rows are broken; a whole file takes it out."""
    expected = at_once(cleared, first, records)
    cleared.clear()
    if first:
        cleared.load("police-uk-street", police(*first), "first.csv")
    body = police(*(record.sent() for record in records))
    cleared.load("police-uk-street", body)
    sheet = mended(exported(cleared), records, set(range(len(records))))
    fix(cleared.engine, given_back(cleared, sheet), AS_OF, "a tester")
    assert cleared.rejects() == []
    cleared.load("police-uk-street", body)
    assert look(cleared) == expected
