"""`aim harm`: what incidents are to count for, who signed it, and drafts from the indices as published."""

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aim.cli.common import Json, emit, table

if TYPE_CHECKING:
    from aim.hotspots.harm.weights import Weights

app = typer.Typer(help="Harm weights: a partnership's decision, signed.", no_args_is_help=True)

Signed = Annotated[
    datetime | None,
    typer.Option("--on", formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="The day of the decision; left out: today."),
]


@app.command()
def show(
    file: Annotated[Path | None, typer.Argument(help="A file of weights; left out: the policy defaults.")] = None,
    as_json: Json = False,
) -> None:
    """Show a file of weights: who signed it, whether it is what was signed, and which categories have no weight."""
    from aim.hotspots.harm.weights import example, read

    weights = read(file) if file else example()
    found = _described(weights)
    rows = [[each["weight"], each["value"], each["applies_to"], each["source"]] for each in found["weights"]]
    lines = [*table(weights.title, ["weight", "value", "for", "source"], rows), *_about(weights, found)]
    emit(found, as_json=as_json, lines=lines)


def _described(weights: "Weights") -> dict[str, Any]:
    from aim.hotspots.harm.weights import agrees
    from aim.hotspots.placed import never_placed
    from aim.vocabulary.categories import categories

    def behind(key: str) -> list[str]:
        placed = (c for c in categories().values() if c.id not in never_placed())
        return [c.id for c in placed if c.harm == key and c.id not in weights.category]

    both = [(key, each, behind(key)) for key, each in weights.weight.items()]
    both += [(name, each, [name]) for name, each in weights.category.items()]
    return {
        "title": weights.title,
        "version": weights.version,
        "review_by": weights.review_by,
        "weights": [
            {"weight": name, "value": each.value, "applies_to": ", ".join(applies), "source": each.source}
            for name, each, applies in both
        ],
        "missing": list(weights.missing),
        "signature": weights.signature.model_dump() if weights.signature else None,
        "valid": agrees(weights),
    }


def _about(weights: "Weights", found: dict[str, Any]) -> list[str]:
    made, missing = weights.signature, ", ".join(weights.missing) or "none"
    lines = [f"Version {weights.version}, to be reviewed by {weights.review_by}. Without a weight: {missing}."]
    if made is None:
        return [*lines, "Nobody has signed it, so nothing is scored with it."]
    if not found["valid"]:
        return [*lines, f"This is NOT what {made.by} signed on {made.on}: nothing is scored with it."]
    return [*lines, f"Signed by {made.by}, {made.role}, on {made.on}: {made.why}", f"SHA-256 {made.sha256}"]


@app.command()
def example(
    file: Annotated[Path, typer.Argument(help="Where to write them.")],
    as_json: Json = False,
) -> None:
    """Write the policy defaults to a file, for a partnership to correct, complete and sign."""
    from aim.hotspots.harm.weights import example_text

    _write(file, example_text())
    emit(
        {"file": str(file)}, as_json=as_json, lines=[f"{file} has the policy defaults: correct, complete and sign it."]
    )


@app.command()
def sign(
    file: Annotated[Path, typer.Argument(help="The file of weights; its [signature] is written at the end.")],
    by: Annotated[str, typer.Option(help="Who answers for the weights.")],
    role: Annotated[str, typer.Option(help="In which role.")],
    why: Annotated[str, typer.Option(help="On which decision it rests, such as a meeting and its minute.")],
    on: Signed = None,
    as_json: Json = False,
) -> None:
    """Sign a file of weights: name, role, day and reason, with a SHA-256 over all of it that shows later changes."""
    from aim.hotspots.harm.sign import sign as write

    made = write(file, by, role, on.date() if on else _today(), why).signature
    assert made is not None  # noqa: S101  # it was just made
    emit(
        made.model_dump() | {"file": str(file)},
        as_json=as_json,
        lines=[f"{file} is signed by {made.by}, {made.role}, on {made.on}.", f"SHA-256 {made.sha256}"],
    )


@app.command()
def draft(
    index: Annotated[Path, typer.Argument(help="The index as published, .xlsx or .csv.")],
    scheme: Annotated[str, typer.Option(help="Which: ons (Crime Severity Score) or cambridge (Crime Harm Index).")],
    mix: Annotated[Path, typer.Option(help="CSV with category, offence_code and offences: what a force records.")],
    out: Annotated[Path, typer.Option(help="Where to write the file of weights, not yet signed.")],
    review_by: Annotated[
        datetime,
        typer.Option(formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="When the weights are to be looked at again."),
    ],
    anchor: Annotated[
        str | None, typer.Option(help="The category that is to weigh 1; left out: the unit of the index.")
    ] = None,
    sheet: Annotated[str | None, typer.Option(help="The sheet of the workbook, where several fit.")] = None,
    as_json: Json = False,
) -> None:
    """Make weights for broad categories of an index by offence and a force's offence mix."""
    from aim.hotspots.harm.mix import as_toml, mixed
    from aim.hotspots.harm.published import read

    published = read(index, scheme, sheet)
    found = mixed(published, mix, anchor)
    _write(out, as_toml(found, published, mix, review_by.date()))
    weights = {category: weight for category, (weight, _) in found.weights.items()}
    rows = [[category, f"{weight:.3g}", f"{share:.1%}"] for category, (weight, share) in found.weights.items()]
    lines = [*table(str(out), ["category", "weight", "offences known"], rows), *published.notes]
    lines += [f"No weight for {category}: {why}." for category, why in found.left_out.items()]
    data = {"file": str(out), "weights": weights, "left_out": found.left_out, "offences": len(published.weights)}
    emit(data | {"notes": published.notes}, as_json=as_json, lines=[*lines, f"Read {out}, then sign it: aim harm sign"])


def _write(file: Path, text: str) -> None:
    """A file that is there already may have been worked on, so it is left alone."""
    from aim.errors import UsageError

    try:
        with file.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError as error:
        raise UsageError(f"{file} is there already and was left alone: give another name.") from error


def _today() -> date:
    from zoneinfo import ZoneInfo

    return datetime.now(ZoneInfo("Europe/London")).date()
