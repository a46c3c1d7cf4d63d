"""Signing a file of harm weights."""

import json
import re
from datetime import date
from pathlib import Path
from typing import Final

from aim.errors import UnreadableFile, UsageError
from aim.hotspots.harm.weights import Signature, Weights, digest, parse, text_of

TABLE: Final = re.compile(r"^[ \t]*\[[ \t]*signature[ \t]*\][ \t]*(#.*)?$", re.MULTILINE)


def sign(path: Path, by: str, role: str, on: date, why: str) -> Weights:
    """Write `[signature]` at the end of a file, in place of an older one; the rest of it is left as it is.

    Raises UsageError for an empty name, role or reason, and where an older signature does not stand last, for then what
    follows it would be lost; UnreadableFile for what is no file of harm weights.
    """
    by, role, why = (_line(value, what) for value, what in ((by, "--by"), (role, "--role"), (why, "--why")))
    head = _unsigned(path)
    weights = parse(head, path.name)
    made = Signature(by=by, role=role, on=on, why=why, sha256=digest(weights, by, role, on, why))
    fields = [f"{name} = {_quoted(value)}" for name, value in (("by", by), ("role", role))]
    fields += [f"on = {on.isoformat()}", f"why = {_quoted(why)}", f'sha256 = "{made.sha256}"']
    path.write_text("\n".join([head.rstrip("\n"), "", "[signature]", *fields, ""]), encoding="utf-8")
    return weights.model_copy(update={"signature": made})


def _unsigned(path: Path) -> str:
    """The text before the signature, proved to say the same as the file without it."""
    text = text_of(path)
    before = parse(text, path.name).model_dump(exclude={"signature"})
    head = text[: found.start()] if (found := TABLE.search(text)) else text
    try:
        same = parse(head, path.name).model_dump() == before | {"signature": None}
    except UnreadableFile:
        same = False
    if not same:
        raise UsageError(f"In {path.name} something follows [signature]: move that table to the end, then sign again.")
    return head


def _line(value: str, option: str) -> str:
    value = " ".join(value.split())
    if not value or not value.isprintable() or len(value) > 500:
        raise UsageError(f"{option} needs words, up to 500 characters of them.")
    return value


def _quoted(value: str) -> str:
    """A text as TOML writes it; JSON writes printable text the same way."""
    return json.dumps(value, ensure_ascii=False)
