"""The `aim` command: the same functions the API calls, one verb each.

Heavy libraries are imported by the verbs that use them, so that `aim --help` answers at once.
"""

import json
import sys
from typing import NoReturn

import typer

from aim.cli import analyse, areas, database, feeds, layers, service
from aim.errors import AimError

app = typer.Typer(
    name="aim",
    help="Police, council and fire incidents on one map, in the words of the National Intelligence Model.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(database.app, name="db")
app.add_typer(areas.app, name="areas")
app.add_typer(feeds.app, name="feeds")
app.add_typer(feeds.rejects, name="rejects")
app.add_typer(analyse.app, name="analyse")
app.command("ingest")(feeds.ingest)
app.command("score")(layers.score)
app.command("layers")(layers.list_layers)
app.command("serve")(service.serve)
app.command("demo")(service.demo)
app.command("doctor")(service.doctor)


def main() -> NoReturn:
    """Run the command. An AimError becomes its sentence and its exit code; an interrupt becomes 130."""
    try:
        app()
    except AimError as error:
        _report(error.slug, str(error))
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        _report("interrupted", "Interrupted; nothing was changed.")
        sys.exit(130)
    sys.exit(0)


def _report(slug: str, sentence: str) -> None:
    if "--json" in sys.argv:
        typer.echo(json.dumps({"error": slug, "message": sentence}))
    typer.secho(f"aim: {sentence}", err=True)
