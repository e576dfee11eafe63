"""The command line: the commands by name, and the exit code."""

import gc
import os
from typing import Annotated, NoReturn

import typer

from advisor.cli import console
from advisor.cli.commands.apply import apply
from advisor.cli.commands.baseline import write
from advisor.cli.commands.check import check
from advisor.cli.commands.demo import demo
from advisor.cli.commands.inspect import inspect
from advisor.cli.commands.rules import explain, list_rules, new_rule, test_rules
from advisor.cli.exit_codes import CANNOT_CHECK
from advisor.errors import AdvisorError
from advisor.version import __version__

app = typer.Typer(
    name="advisor",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=(
        "Says whether a Keras network overfits, and whether to use L1, L2, dropout or a mix: "
        "how strong, and where.\n\n"
        "Exit codes: 0 done, and the gate, if asked for, did not fail; 1 the gate failed; 2 could "
        "not be done (usage, a damaged or unsafe file, nothing to check). Settings: flags, then a "
        "manifest's run, then ADVISOR_* variables, then \\[tool.advisor] in pyproject.toml."
    ),
)
rules_app = typer.Typer(
    invoke_without_command=True,
    help="List the rules; `rules new ID` begins one of your own, `rules test DIR` tests them.",
)
app.add_typer(rules_app, name="rules")
baseline_app = typer.Typer(
    no_args_is_help=True, help="The report that `check --baseline` compares with."
)
app.add_typer(baseline_app, name="baseline")


def main() -> None:
    """Run the command line; whatever goes wrong is one line on stderr and exit code 2."""
    gc.set_threshold(100_000)  # at Python's 700, looking for cycles takes a tenth of a check
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # several are slower at small products
    try:
        app()
    except AdvisorError as error:
        _refuse(str(error))
    except Exception as error:  # must not leave as 1, which means that a gate failed
        _refuse(console.explained(error))


def _show_version(is_wanted: bool) -> None:
    if is_wanted:
        console.show(f"advisor {__version__}\n")
        raise typer.Exit


@app.callback()
def _advisor(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            "-V",
            help="Print the version and leave.",
            is_eager=True,
            callback=_show_version,
        ),
    ] = False,
) -> None:
    """The options that stand before a command."""


app.command(
    epilog="Examples: `advisor check model.keras history.json`, "
    "`advisor check model.keras history.json --data data.npz`, "
    "`advisor check history.csv --val-size 500`, "
    "`advisor check model.keras history.json --report json=report.json`, "
    "`advisor check model.keras history.json --fail-on mild --report junit=gate.xml`, "
    "`advisor check --runs 'runs/*' --max-gap accuracy=0.05`"
)(check)
app.command(epilog="Example: `advisor inspect model.keras history.json --format json`")(inspect)
app.command(
    epilog="Examples: `advisor apply model.keras report.json -o regularized.keras`, "
    "`advisor apply model.keras -o regularized.keras --l2 0.01 --dropout 0.3`"
)(apply)
app.command()(explain)
app.command()(demo)
baseline_app.command(
    epilog="Examples: `advisor baseline write model.keras history.json`, "
    "`advisor baseline write model.keras history.json -o main.json`"
)(write)
rules_app.callback()(list_rules)
rules_app.command(
    "new",
    epilog="Examples: `advisor rules new loss-jumps-late`, "
    "`advisor rules new loss-jumps-late --rules ci/rules`",
)(new_rule)
rules_app.command("test")(test_rules)


def _refuse(message: str) -> NoReturn:
    console.complain(message)
    raise SystemExit(CANNOT_CHECK)
