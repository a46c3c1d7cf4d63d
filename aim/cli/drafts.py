"""`aim feeds draft`: a profile for a file that no feed knows."""

from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from aim.cli.common import Json, emit, table
from aim.errors import UsageError
from aim.vocabulary.nim import Agency

if TYPE_CHECKING:
    from aim.ingest.draft.draft import Draft
    from aim.ingest.source import Payload


def draft(
    file: Annotated[Path, typer.Argument(help="A CSV, Excel, GeoPackage, Shapefile or GeoJSON file, .gz or .zip.")],
    name: Annotated[str | None, typer.Option(help="What the feed is to be called; left out: as the file is.")] = None,
    agency: Annotated[Agency | None, typer.Option(help="Whose incidents they are.")] = None,
    out: Annotated[Path | None, typer.Option(help="Where to write the profile; left out: NAME.toml here.")] = None,
    member: Annotated[str | None, typer.Option(help="Of a .zip with several tables: the one that is meant.")] = None,
    as_json: Json = False,
) -> None:
    """Propose a profile for a file that no feed knows, and say of each part how sure it is and why.

    Nothing is loaded. What the values do not prove stands in the profile as TO BE DECIDED.
    """
    from aim.ingest.draft.draft import draft as propose

    payload = _table_of(file, member)
    found = propose(payload, name, agency)
    target = out or Path(f"{found.name}.toml")
    _write(target, found.profile)
    emit({"file": str(target)} | found.as_dict(), as_json=as_json, lines=_lines(found, target, file))


def _table_of(file: Path, member: str | None) -> "Payload":
    from aim.ingest.source import payloads

    found = payloads([file])
    chosen = [payload for payload in found if member in (None, payload.member)]
    if len(chosen) == 1:
        return chosen[0]
    names = ", ".join(payload.member or payload.name for payload in found[:10])
    raise UsageError(f"{file.name} holds {len(found)} tables: choose one with --member: {names}.")


def _write(target: Path, profile: str) -> None:
    """A file that is there already may have been worked on, so it is left alone."""
    try:
        with target.open("x", encoding="utf-8") as stream:
            stream.write(profile)
    except FileExistsError as error:
        raise UsageError(f"{target} is there already and was left alone: give another name with --out.") from error
    except OSError as error:
        raise UsageError(f"{target} cannot be written: {error.strerror}. Say with --out where it may be.") from error


def _lines(found: "Draft", target: Path, file: Path) -> list[str]:
    rows = [[each.field, each.value, each.sure, each.why] for each in found.findings]
    looked_at = f"{found.rows:,} rows" if found.whole else f"the first {found.rows:,} rows"
    lines = table(f"{target}, from {looked_at}", ["field", "found", "how sure", "why"], rows)
    lines += [
        f"The feed {known} knows this file already: aim ingest {known} {quote(str(file))}" for known in found.known_as
    ]
    if trial := found.trial:
        refused = ", ".join(f"{count:,} {reason.replace('_', ' ')}" for reason, count in trial.rejected.items())
        lines.append(f"By this draft {trial.taken:,} of {trial.read:,} rows would be taken.")
        lines += [f"Refused: {refused}."] if refused else []
        lines.append(f"{trial.without_location:,} of the rows that would be taken have no location.")
    if found.undecided:
        lines.append(f"Settle what {target} marks TO BE DECIDED ({', '.join(found.undecided)}). Then:")
    return [*lines, f"Load it: aim ingest --profile {quote(str(target))} {quote(str(file))}"]
