"""Columns that may name a person, by their names and by the shape of what they hold."""

from typing import Final

import polars as pl

from aim.ingest.draft.findings import Finding, Sure, of
from aim.ingest.draft.look import Column, Look

PERSONS: Final = (
    "caller", "complainant", "informant", "victim", "suspect", "offender", "witness", "reporter", "customer",
    "applicant", "resident", "occupier", "officer", "contact", "surname", "forename", "firstname", "lastname",
    "username", "user", "driver", "owner", "gender", "sex", "ethnicity", "nationality", "age", "dob", "birth",
)  # fmt: skip
REACHED: Final = ("phone", "telephone", "tel", "mobile", "email", "mail")
VEHICLES: Final = ("vrm", "vrn", "registration", "reg", "plate", "numberplate")
WRITTEN: Final = (
    "description", "notes", "note", "comment", "comments", "detail", "details", "narrative", "remarks", "statement",
    "message", "summary",
)  # fmt: skip
HOMES: Final = ("address", "addr", "house", "flat")
DONE: Final = (
    "raised",
    "logged",
    "created",
    "entered",
    "taken",
    "recorded",
    "reported",
    "closed",
    "assigned",
    "allocated",
)
"""With `by` or `to`: by whom, which may be a person."""
MEDIA: Final = ("media", "photo", "image", "picture")
EMAIL: Final = r"[\w.+-]+@[\w-]+\.\w+"
SHAPES: Final = (
    (r"^(\+44|0)[1237][\d ()-]{8,13}$", "telephone numbers"),
    (r"^([A-Z]{2}\d{2} ?[A-Z]{3}|[A-Z]\d{1,3} ?[A-Z]{3}|[A-Z]{3} ?\d{1,3}[A-Z])$", "vehicle registrations"),
    (r"^(?i)[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}$", "full postcodes"),
    (r"^(Mr|Mrs|Ms|Miss|Dr|Mx)\.? [A-Z]", "names of persons"),
)
COMMON: Final = (
    "adam ahmed alan alex ali amanda amy andrew angela anna anne anthony ben brian carol charlotte chris claire craig "
    "daniel dave david deborah donna emily emma fatima gary george hannah harry helen ian jack jacob james jane janet "
    "jason jennifer jessica joanne john jonathan joseph joshua karen kate kevin laura lee linda lisa louise lucy maria "
    "mark martin mary matthew michael michelle mohammed muhammad neil nicola nigel olivia oliver patricia paul peter "
    "philip rachel rebecca richard robert ryan samantha sarah sharon simon sophie stephen steven stuart susan thomas "
    "tim tracey victoria wayne william zoe"
)
FORENAMES: Final = frozenset(COMMON.split())
"""Given names that many in Britain have: enough to tell a column of persons from one of streets."""
HALF: Final = 0.5
SOME: Final = 0.3
FEWEST: Final = 5
LONG: Final = 40


def infer_personal(look: Look, used: tuple[str, ...]) -> list[Finding]:
    """A finding for each column that may name a person. What the incident itself is told by is not asked."""
    found = (_about(column) for column in look.columns.values() if column.name not in used)
    return [finding for finding in found if finding is not None]


def _about(column: Column) -> Finding | None:
    by_value = _by_value(column)
    if by_value is not None:
        return Finding("personal", column.name, *by_value)
    what = _by_name(column)
    return Finding("personal", column.name, Sure.LIKELY, f"by its name: {what}") if what else None


def _by_name(column: Column) -> str | None:
    kinds = (
        (PERSONS, "about a person"), (REACHED, "how to reach a person"), (VEHICLES, "a vehicle's registration"),
        (WRITTEN, "free text"), (HOMES, "an address"), (MEDIA, "pictures"),
    )  # fmt: skip
    figures = not column.named(*REACHED, "age", "dob") and column.texts.drop_nulls().str.contains(r"^[\d.]+$").all()
    if figures or column.named("date", "time"):
        return None
    if column.named("by", "to") and column.named(*DONE):
        return "who did it"
    return next((what for words, what in kinds if column.named(*words)), None)


def _by_value(column: Column) -> tuple[Sure, str] | None:
    texts = column.texts.drop_nulls()
    emails = int(texts.str.contains(EMAIL).sum())
    if emails:
        return Sure.CERTAIN, f"{of(emails, len(texts))} hold an e-mail address"
    for pattern, what in SHAPES:
        fit = int(texts.str.contains(pattern).sum())
        if fit >= FEWEST and fit >= HALF * len(texts):
            return Sure.CERTAIN, f"{of(fit, len(texts))} have the shape of {what}"
    return _names(texts) or _free_text(texts, column)


def _names(texts: pl.Series) -> tuple[Sure, str] | None:
    people = texts.str.contains(r"^[A-Z][A-Za-z'-]+,? [A-Z][A-Za-z' -]+$")
    first = texts.str.to_lowercase().str.extract_all(r"[a-z]+").list
    known = first.first().is_in(FORENAMES) | first.last().is_in(FORENAMES)
    fit = int((people & known).sum())
    if fit < FEWEST or fit < SOME * len(texts):
        return None
    return Sure.LIKELY, f"{of(fit, len(texts))} begin or end with a forename"


def _free_text(texts: pl.Series, column: Column) -> tuple[Sure, str] | None:
    length = texts.str.len_chars().mean() or 0
    sentences = texts.str.contains(r"[a-z]+ [a-z]+ [a-z]+").mean() or 0
    if len(texts) < FEWEST or length < LONG or column.distinct < HALF * len(texts) or sentences < HALF:  # type: ignore[operator]  # numbers: a mean of lengths and of truths
        return None
    return Sure.LIKELY, f"free text: {length:.0f} characters on average, {of(column.distinct, len(texts))} differ"
