"""Writes docs/reference/ from the code, so that no list is copied by hand.

.venv/bin/python docs/generate.py            writes the pages
.venv/bin/python docs/generate.py --check    names those that are out of date and exits with 1
"""

import argparse
import inspect
import sys
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption
from typer.main import get_command

from aim.access.roles import rights
from aim.access.suppression import SMALLEST_TOLD
from aim.cli import app
from aim.errors import AimError
from aim.ingest.feed import Feed
from aim.ingest.feeds import FEEDS
from aim.ingest.profile.schema import Part, Profile
from aim.ingest.reasons import SENTENCES
from aim.layers.publishing.features import NOT_YET
from aim.layers.publishing.known import LAYERS
from aim.layers.publishing.layer import Layer
from aim.settings import PREFIX, Settings
from aim.vocabulary.categories import categories

REFERENCE: Final = Path(__file__).parent / "reference"
NOTE: Final = "<!-- Written by docs/generate.py from the code: change that, then run it. -->"
EXIT_CODES: Final = (
    ("0", "done"),
    ("1", "failed, nothing changed"),
    ("2", "wrong usage"),
    ("3", "refused, because the data cannot bear it; nothing changed"),
    ("130", "interrupted, nothing changed"),
)


def table(header: Iterable[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """A Markdown table; a bar inside a value would end its cell."""
    names = list(header)
    for row in (names, ["---"] * len(names), *rows):
        yield f"| {' | '.join(str(value).replace('|', '&#124;') for value in row)} |"
    yield ""


def cli() -> Iterator[str]:
    """Every verb, its arguments and its options."""
    yield from ("Every verb takes `--json`: one JSON object on standard output, all else on standard error.", "")
    yield from table(["exit code", "means"], EXIT_CODES)
    for path, command in verbs(get_command(app), "aim"):
        yield from (f"## `{path}`", "", inspect.cleandoc(command.help or ""), "", f"    {usage(path, command)}", "")
        rows = [(f"`{spelt(p)}`", described(p)) for p in parameters(command) if p.name != "as_json"]
        yield from table(["argument or option", "what"], rows) if rows else ()


def verbs(command: object, path: str) -> Iterator[tuple[str, TyperCommand]]:
    """The verbs of a command with their full names, in the order of the code."""
    if isinstance(command, TyperGroup):
        for name, child in command.commands.items():
            yield from verbs(child, f"{path} {name}")
    elif isinstance(command, TyperCommand):
        yield path, command


def parameters(command: TyperCommand) -> list[TyperArgument | TyperOption]:
    return [parameter for parameter in command.params if isinstance(parameter, TyperArgument | TyperOption)]


def usage(path: str, command: TyperCommand) -> str:
    return " ".join([path, *(spelt(p) if p.required else f"[{spelt(p)}]" for p in parameters(command))])


def spelt(parameter: TyperArgument | TyperOption) -> str:
    """FEED, PATH..., --as-of YYYY-MM-DD, --json."""
    value = parameter.metavar or str(parameter.name).upper()
    more = "..." if parameter.nargs < 0 or parameter.multiple else ""
    if isinstance(parameter, TyperArgument):
        return value + more
    return parameter.opts[0] if parameter.is_flag else f"{parameter.opts[0]} {value}{more}"


def described(parameter: TyperArgument | TyperOption) -> str:
    default = f" Default: {parameter.default}." if parameter.default not in (None, False) else ""
    return (parameter.help or "") + default


def settings() -> Iterator[str]:
    """Every setting."""
    yield from (f"Read from the environment. An unknown name that begins with `{PREFIX}` stops the start.", "")
    yield from table(["setting", "default", "what"], setting_rows())


def setting_rows() -> Iterator[tuple[str, str, str]]:
    for name, field in Settings.model_fields.items():
        default = "none" if field.default is None else f"`{field.default}`"
        if field.default_factory is not None:
            default = inspect.getdoc(field.default_factory) or ""
        yield f"`{PREFIX}{name.upper()}`", default, field.description or ""


def feeds() -> Iterator[str]:
    """Every feed, and why a row of one may be rejected."""
    for feed in FEEDS.values():
        yield from (f"## `{feed.name}`", "", f"{feed.title}.", "")
        yield from table(["", ""], feed_rows(feed))
    yield from ("## Why a row is rejected", "")
    yield from table(["reason", "what it means"], ((f"`{reason}`", said) for reason, said in SENTENCES.items()))


def feed_rows(feed: Feed) -> Iterator[tuple[str, str]]:
    for name in ("agency", "publisher", "licence", "attribution", "delivery", "marking"):
        yield name, str(getattr(feed, name))
    yield "location", feed.location_note
    yield "columns needed", ", ".join(f"`{column}`" for column in feed.columns)


def profiles() -> Iterator[str]:
    """Every field that a profile may have, table by table."""
    yield "A profile is a TOML file; `aim feeds draft FILE` proposes one, and an unknown field is refused."
    yield "How to come by one: [Add a feed](../how-to/add-a-feed.md)."
    yield ""
    named: dict[type[Part], list[str]] = {}
    for name, part in profile_tables(Profile, ""):
        named.setdefault(part, []).append(name or "The profile itself")
    for part, names in named.items():
        yield from (f"## {', '.join(names)}", "", inspect.cleandoc(part.__doc__ or ""), "")
        rows = ([f"`{name}`", worded(f.annotation), default_of(f), said(f)] for name, f in part.model_fields.items())
        yield from table(["field", "holds", "if left out", "what"], rows)


def profile_tables(part: type[Part], name: str) -> Iterator[tuple[str, type[Part]]]:
    """A table of a profile and those in it, as TOML heads them."""
    yield name, part
    for field, info in part.model_fields.items():
        inner = [each for each in leaves(info.annotation) if inspect.isclass(each) and issubclass(each, Part)]
        path = f"{name.strip('`[]')}.{field}".lstrip(".")
        heads: dict[Any, str] = {tuple: f"`[[{path}]]`", dict: f"`[{path}.NAME]`"}
        for each in inner:
            yield from profile_tables(each, heads.get(get_origin(info.annotation), f"`[{path}]`"))


def leaves(annotation: Any) -> Iterator[Any]:
    """The plain types in an annotation."""
    inner = [each for each in get_args(annotation) if each not in (NoneType, Ellipsis)]
    if get_origin(annotation) in (None, Literal):
        yield annotation
    else:
        for each in inner[:1] if get_origin(annotation) is Annotated else inner:
            yield from leaves(each)


def worded(annotation: Any) -> str:
    """An annotation in the words of TOML."""
    origin, inner = get_origin(annotation), [each for each in get_args(annotation) if each not in (NoneType, Ellipsis)]
    if origin is Literal:
        return " or ".join(f"`{text(each)}`" for each in inner)
    if origin in (Annotated, Union, UnionType):
        return worded(inner[0])
    if origin is tuple:
        return "tables" if worded(inner[0]) == "table" else f"list of {worded(inner[0])}"
    if origin is dict:
        return f"table of {worded(inner[1])}" if worded(inner[1]) != "table" else "tables by name"
    if issubclass(annotation, StrEnum):
        return " or ".join(f"`{text(each.value)}`" for each in annotation)
    names = {str: "text", float: "number", int: "whole number", bool: "`true` or `false`"}
    return names.get(annotation, "table")


def text(value: str) -> str:
    """A text as TOML writes it."""
    return '"' + value.replace("\t", "\\t") + '"'


def default_of(info: FieldInfo) -> str:
    """What holds where a field is left out."""
    if info.is_required():
        return "refused"
    if info.default is None or isinstance(info.default, Part) or info.default in ((), {}):
        return ""
    if isinstance(info.default, bool):
        return f"`{str(info.default).lower()}`"
    return f"`{text(info.default)}`" if isinstance(info.default, str) else f"`{info.default}`"


def said(info: FieldInfo) -> str:
    """A field's docstring on one line; where it has none, that of the table or of the words that it holds."""
    named = [each for each in leaves(info.annotation) if inspect.isclass(each) and issubclass(each, Part | StrEnum)]
    own = [inspect.cleandoc(each.__doc__ or "").split("\n\n")[0] for each in named]
    return " ".join((info.description or " ".join(own)).split())


def layers() -> Iterator[str]:
    """Every tasking layer, and what its features do not tell yet."""
    for layer in LAYERS.values():
        yield from (f"## `{layer.name}`", "", f"{layer.title}. {layer.description}", "")
        yield from table(["", ""], layer_rows(layer))
        yield from (*(f"- {caveat}" for caveat in layer.caveats), "")
    yield from ("## Not computed yet", "", "Each feature has these properties, and they are null in this version:")
    yield from (f"{', '.join(f'`{name}`' for name in NOT_YET)}.", "")


def layer_rows(layer: Layer) -> Iterator[tuple[str, str]]:
    yield "counts", ", ".join(f"`{name}`" for name in layer.categories)
    if needs := str(layer.needs):
        yield "each tells", needs
    yield "ranked by", layer.score_of
    yield "H3 resolution", f"{layer.resolution}{', never finer' * (layer.finest is not None)}"
    if layer.least > 1:
        yield "shown from", f"{layer.least} incidents in a cell"
    yield "control strategy ref", f"`{layer.control_strategy_ref}`" if layer.control_strategy_ref else "of each cell"
    for name in ("level", "strand", "tactical_option", "lead_agency", "plan_owner", "marking", "handling_code"):
        yield name.replace("_", " "), f"`{getattr(layer, name)}`"
    if layer.handling is not None:
        yield "handling instruction", layer.handling
    yield "supporting agencies", ", ".join(f"`{agency}`" for agency in layer.supporting_agencies) or "none"


def errors() -> Iterator[str]:
    """Every error a user can act on."""
    yield "The command prints `aim: sentence`, and with `--json` an object with `error` (the name below) and `message`."
    yield "Over HTTP the name is the `type` of an RFC 9457 problem. Where nothing more exact is known, the sentence is:"
    yield ""
    rows = ((f"`{kind().slug}`", kind.exit_code, kind.status, kind.__doc__) for kind in kinds(AimError))
    yield from table(["error", "exit code", "HTTP status", "sentence"], rows)


def kinds(kind: type[AimError]) -> Iterator[type[AimError]]:
    """A class and all that come from it, as aim/errors.py draws them."""
    yield kind
    for child in kind.__subclasses__():
        yield from kinds(child)


def category_table() -> Iterator[str]:
    """The partnership's categories, and what each source calls them."""
    yield from ("From `aim/vocabulary/categories.toml`, which explains each column and may be corrected.", "")
    names = ("id", "title", "agency", "theme", "control_strategy", "lens", "harm")
    rows = ([*(getattr(c, name) for name in names), "yes" * c.enforcement_driven] for c in categories().values())
    yield from table([*names, "enforcement_driven"], rows)
    for feed in FEEDS.values():
        yield from (f"## The words of `{feed.name}`", "")
        said = feed.words.whole | feed.words.patterns
        yield from table(["source says", "category"], ((text, f"`{to}`") for text, to in said.items()))


def sharing() -> Iterator[str]:
    """What each role sees and may do."""
    yield from ("From `aim/access/roles.toml`. What the columns mean: docs/explanation/sharing-rules.md.", "")
    words = {True: "yes", False: "no"}
    header = ("role", "sees what is for inside", "up to", "closed feeds without an agreement", "may")
    lines = ((line.title, words[line.inside], line.ceiling.value, words[line.without],
              ", ".join(sorted(each.value.replace("_", " ") for each in line.may)))
             for line in rights().values())  # fmt: skip
    yield from table(header, lines)
    yield from ("## Feeds that need no agreement", "")
    yield from (f"- `{feed.name}` ({feed.licence})" for feed in FEEDS.values() if feed.open)
    yield ""
    yield from (f"A count from 1 to {SMALLEST_TOLD - 1} is never told outside the partnership.", "")


PAGES: Final[dict[str, tuple[str, Callable[[], Iterator[str]]]]] = {
    "cli": ("The command line", cli),
    "settings": ("Settings", settings),
    "feeds": ("Feeds", feeds),
    "profiles": ("Profiles", profiles),
    "layers": ("Tasking layers", layers),
    "errors": ("Errors", errors),
    "categories": ("Categories", category_table),
    "sharing": ("Who sees what", sharing),
}


def page(name: str) -> str:
    """The text of a page."""
    title, lines = PAGES[name]
    return "\n".join([f"# {title}", "", NOTE, "", *lines()]).rstrip("\n") + "\n"


def main() -> int:
    """Write the pages, or check them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="change nothing")
    check = parser.parse_args().check
    texts = {REFERENCE / f"{name}.md": page(name) for name in PAGES}
    stale = [path for path, text in texts.items() if not path.is_file() or path.read_text(encoding="utf-8") != text]
    if check and stale:
        sys.stderr.write(f"Out of date: {', '.join(path.name for path in stale)}. Run docs/generate.py.\n")
        return 1
    REFERENCE.mkdir(exist_ok=True)
    for path in stale:
        path.write_text(texts[path], encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
