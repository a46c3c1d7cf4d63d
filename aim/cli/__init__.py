"""The `aim` command: the same functions the API calls, one verb each.

Heavy libraries are imported by the verbs that use them, so that `aim --help` answers at once.
"""

import json
import sys
from typing import NoReturn

import typer

from aim.cli import (
    analyse,
    areas,
    backtest,
    database,
    drafts,
    exchange,
    feeds,
    fetching,
    harm,
    health,
    layers,
    links,
    rejects,
    retention,
    service,
    strategy,
)
from aim.cli.common import INTERRUPTED
from aim.errors import AimError, UsageError

app = typer.Typer(
    name="aim",
    help="Police, council and fire incidents on one map, in the words of the National Intelligence Model.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(database.app, name="db")
app.add_typer(areas.app, name="areas")
feeds.app.command("draft")(drafts.draft)
feeds.app.command("health")(health.health)
app.add_typer(feeds.app, name="feeds")
app.add_typer(rejects.app, name="rejects")
app.add_typer(retention.app, name="retention")
app.add_typer(fetching.app, name="sources")
app.add_typer(links.app, name="links")
app.add_typer(analyse.app, name="analyse")
app.add_typer(harm.app, name="harm")
app.add_typer(strategy.app, name="strategy")
app.command("ingest")(feeds.ingest)
app.command("score")(layers.score)
app.command("layers")(layers.list_layers)
app.command("export")(layers.export_layer)
app.command("backtest")(backtest.backtest)
app.command("share")(exchange.share)
app.command("serve")(service.serve)
app.command("worker")(fetching.worker)
app.command("demo")(service.demo)
app.command("doctor")(service.doctor)


def main() -> NoReturn:
    """Run the command and end the process: an error becomes its sentence and its exit code, an interrupt 130."""
    try:
        code = app(standalone_mode=False) or 0
    except AimError as error:
        code = _failed(error)
    except typer.TyperException as error:  # the parser's; it has printed the help itself where there is no message
        message = error.format_message()
        code = _failed(UsageError(f"{message.rstrip('.')}. See `aim --help`.")) if message else UsageError.exit_code
    except OSError as error:
        code = _failed(AimError(f"{error}."))
    if code == INTERRUPTED:
        _report("interrupted", "Interrupted; what was not finished was undone.")
    sys.exit(code)


def _failed(error: AimError) -> int:
    _report(error.slug, str(error))
    return error.exit_code


def _report(slug: str, sentence: str) -> None:
    if "--json" in sys.argv:
        typer.echo(json.dumps({"error": slug, "message": sentence}))
    typer.secho(f"aim: {sentence}", err=True)
