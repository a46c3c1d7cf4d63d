"""What happened: the column of categories, and what its words mean in the partnership's own."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from aim.ingest.draft.findings import Finding, Sure, of
from aim.ingest.draft.look import Column, Look
from aim.ingest.feeds import FEEDS
from aim.vocabulary.categories import UNMAPPED, categories, sources, words
from aim.vocabulary.nim import Agency

SPEAKS: Final = {
    "category": 6, "classification": 5, "nature": 5, "type": 4, "kind": 4, "offence": 4, "offense": 4, "crime": 4,
    "complaint": 4,
    "issue": 4, "class": 3, "service": 3, "problem": 3, "reason": 3, "subject": 3, "closing": 3, "desc": 3,
    "description": 2, "group": 2, "incident": 2, "event": 2, "opening": 2, "call": 1, "code": 1,
    "status": -9, "outcome": -9, "address": -9, "ward": -9, "district": -9, "borough": -9, "force": -9, "agency": -9,
    "station": -9, "council": -9, "reported": -9, "falls": -9, "lsoa": -9, "city": -9, "area": -9, "street": -6,
    "location": -6, "property": -3, "vehicle": -4, "source": -5, "channel": -9, "priority": -5, "grade": -5,
    "surface": -4, "where": -6, "year": -9, "month": -9, "day": -9, "week": -9, "ethnicity": -99, "gender": -99,
    "age": -99, "school": -9, "park": -9, "unit": -5, "facility": -5, "name": -1, "police": -5, "date": -9, "time": -9,
}  # fmt: skip
"""How much the words of a name say that the column tells what happened."""
LEAST_SCORE: Final = 3
MOST: Final = 300
SMALL: Final = 20
"""Words that a short table may have, however few rows say each."""
LONGEST: Final = 80
LISTED: Final = 60
"""Words that a draft lists; the rest are in the report of the first load."""
SHARED: Final = 3
"""Words that a source of `categories.toml` has to know before the whole source is proposed."""
WITHDRAWN: Final = r"(?i)\b(dup|duplicate|withdrawn|cancelled|hidden|error|test)\b"


@dataclass(frozen=True)
class Word:
    """A word of the table, how many rows say it, and what it means; `category` None where nobody has decided."""

    said: str
    rows: int
    category: str | None
    sure: Sure
    why: str
    in_source: bool = False


@dataclass(frozen=True)
class What:
    """The `[category]` of a profile, the agency that its words speak of, and the column of outcomes."""

    column: str | None
    source: str | None
    words: tuple[Word, ...]
    agency: Agency | None
    outcome: str | None
    withdrawn: tuple[str, ...]
    findings: tuple[Finding, ...]


def infer_what(look: Look, used: tuple[str, ...], agency: Agency | None) -> What:
    """What the incidents of a table are."""
    free = [column for column in look.columns.values() if column.name not in used and _may_be(column, look.rows)]
    scored = sorted(((_score(column, agency), column) for column in free), key=lambda pair: -pair[0])
    outcome, withdrawn = _outcome(look, used)
    if not scored or scored[0][0] < LEAST_SCORE:
        why = "no column has a handful of words for what happened: name one, or say in `constant` what all rows are"
        return What(None, None, (), None, outcome, withdrawn, (Finding("category", "", Sure.OPEN, why),))
    column = scored[0][1]
    source = _source(column)
    found = tuple(_meant(said, rows, agency, source) for said, rows in _counted(column))
    others = [other.name for score, other in scored[1:4] if score > 1]
    return What(
        column.name, source, found, _agency(found), outcome, withdrawn,
        (_about_column(column, others), *_about_words(found)),
    )  # fmt: skip


def _may_be(column: Column, rows: int) -> bool:
    few = column.distinct <= min(MOST, max(column.filled // 2, SMALL))
    return column.filled > rows / 2 and few and column.texts.str.len_chars().max() <= LONGEST  # type: ignore[operator]  # filled


def _score(column: Column, agency: Agency | None) -> float:
    counted = _counted(column)
    known = sum(rows for said, rows in counted if _match(said, agency)[0]) / max(column.filled, 1)
    numbers = sum(rows for said, rows in counted if re.fullmatch(r"[\d.]+|[YN]|true|false", said)) > column.filled / 2
    name = sum(SPEAKS.get(word, 0) for word in column.words)
    return name + 6 * known - 6 * numbers + (column.distinct > 1)


def _counted(column: Column) -> list[tuple[str, int]]:
    counts = column.texts.drop_nulls().value_counts().sort(["count", column.name], descending=[True, False])
    return list(counts.iter_rows())


@cache
def _known() -> dict[str, set[str]]:
    """Normal words and the categories that any source, a title or an id means by them."""
    known: dict[str, set[str]] = defaultdict(set)
    for said, category in _all_words():
        known[_normal(said)].add(category)
    return known


def _all_words() -> Iterator[tuple[str, str]]:
    for source in sources():
        for said, category in (words(source).whole | words(source).patterns).items():
            yield said.rstrip("*"), category
    for said, meant in _words_of_feeds().items():
        yield from ((said, category) for category in meant)
    for category in categories().values():
        yield category.title, category.id
        yield category.id, category.id


@cache
def _words_of_feeds() -> dict[str, set[str]]:
    """What the feeds that ship say, whole words alone, of things that happened."""
    found: dict[str, set[str]] = defaultdict(set)
    for feed in FEEDS.values():
        for said, category in feed.words.whole.items():
            if categories()[category].theme != "outcome":
                found[said].add(category)
    return found


def _normal(said: str) -> str:
    """Without case, punctuation and plurals."""
    return " ".join(word.rstrip("s") if len(word) > 3 else word for word in re.findall(r"[a-z0-9]+", said.lower()))


def _match(said: str, agency: Agency | None) -> tuple[str | None, Sure, str]:
    """What a word means: as a feed has it, as a feed has its beginning, or, undecided, what it has a part of."""
    exact = {words(source).category(said) for source in sources()} - {UNMAPPED}
    exact |= _words_of_feeds().get(said.strip().lower(), set())
    if (one := _one(exact, agency)) is not None:
        return one, Sure.CERTAIN, "a feed has this word"
    if (one := _one(_known().get(_normal(said), set()), agency)) is not None:
        return one, Sure.LIKELY, "but for its spelling a feed has this word"
    head = re.split(r" - |[:/(,;]", said)[0]
    if head != said and (one := _one(_known().get(_normal(head), set()), agency)) is not None:
        return one, Sure.LIKELY, f"begins with {head.strip()!r}"
    return None, Sure.OPEN, _hint(said, exact)


def _one(meant: set[str], agency: Agency | None) -> str | None:
    """Of several meanings that of the agency itself."""
    if len(meant) > 1:
        meant = {category for category in meant if categories()[category].agency is agency}
    return next(iter(meant)) if len(meant) == 1 else None


def _hint(said: str, exact: set[str]) -> str:
    if exact:
        return f"{' or '.join(sorted(exact))}?"
    inside = f" {_normal(said)} "
    parts = [
        (len(known), sorted(meant)[0]) for known, meant in _known().items() if len(known) > 3 and f" {known} " in inside
    ]
    return f"{max(parts)[1]}?" if parts else ""


def _source(column: Column) -> str | None:
    """The source that knows most of the column's words, where it knows enough of them."""
    counted = _counted(column)
    known = {name: [rows for said, rows in counted if words(name).category(said) != UNMAPPED] for name in sources()}
    best = max(known, key=lambda name: sum(known[name]))
    return best if len(known[best]) >= SHARED and sum(known[best]) * 2 >= column.filled else None


def _meant(said: str, rows: int, agency: Agency | None, source: str | None) -> Word:
    if source is not None and (category := words(source).category(said)) != UNMAPPED:
        return Word(said, rows, category, Sure.CERTAIN, f"a word of the source {source}", in_source=True)
    category, sure, why = _match(said, agency)
    return Word(said, rows, category, sure, why)


def _agency(found: tuple[Word, ...]) -> Agency | None:
    """The agency that leads on all categories that the words mean."""
    agencies = {categories()[word.category].agency for word in found if word.category}
    return next(iter(agencies)) if len(agencies) == 1 else None


def _about_column(column: Column, others: list[str]) -> Finding:
    why = f"{column.distinct:,} different word{'s' * (column.distinct != 1)} in {column.filled:,} rows"
    why += f"; {', '.join(others)} may be meant instead or besides" if others else ""
    return Finding("category.columns", column.name, Sure.LIKELY, why)


def _about_words(found: tuple[Word, ...]) -> Iterator[Finding]:
    rows = sum(word.rows for word in found)
    for sure, what in ((Sure.CERTAIN, "known"), (Sure.LIKELY, "likely"), (Sure.OPEN, "unknown")):
        these = [word for word in found if word.sure is sure]
        if these:
            shown = ", ".join(repr(word.said) for word in these[:5]) + (" ..." if len(these) > 5 else "")
            why = f"{of(sum(word.rows for word in these), rows, 'rows')}: {shown}"
            yield Finding("category.words", f"{len(these):,} {what}", sure, why, blocks=False)


def _outcome(look: Look, used: tuple[str, ...]) -> tuple[str | None, tuple[str, ...]]:
    """The column that says what became of it, and the words in it by which the source takes rows back."""
    for column in look.columns.values():
        speaks = column.named("status", "outcome", "disposition") and not column.named("date", "time", "linked")
        if speaks and column.name not in used and 0 < column.distinct <= 50:
            return column.name, tuple(said for said, _ in _counted(column) if re.search(WITHDRAWN, said))
    return None, ()
