"""The command line: it reads flags and the environment, and sets the exit code."""

import gc
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from advisor import __version__, console, options
from advisor.errors import AdvisorError, UsageError
from advisor.setting_values import REPORT_FORMATS, ReportFormat
from advisor.settings import Settings, load_settings, with_flags

if TYPE_CHECKING:
    from advisor.inputs.kinds import Kind

EXIT_CANNOT_CHECK = 2

app = typer.Typer(
    name="advisor",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=(
        "Says whether a Keras network overfits, and whether to use L1, L2, dropout or a mix: "
        "how strong, and where.\n\n"
        "Exit codes: 0 done; 2 could not be done (usage, a damaged or unsafe file, nothing to "
        "check). Settings: flags, then ADVISOR_* variables, then \\[tool.advisor] in "
        "pyproject.toml."
    ),
)
rules_app = typer.Typer(
    invoke_without_command=True, help="List the rules; `rules test DIR` tests your own."
)
app.add_typer(rules_app, name="rules")


def main() -> None:
    """Run the command line; whatever goes wrong is one line on stderr and exit code 2."""
    gc.set_threshold(100_000)  # at Python's 700, looking for cycles takes a tenth of a check
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # several are slower at small products
    try:
        app()
    except AdvisorError as error:
        _refuse(str(error))
    except Exception as error:  # must not leave as 1, which means that a gate failed
        if os.environ.get("ADVISOR_DEBUG"):
            raise
        _refuse(
            f"internal error: {type(error).__name__}: {error}; please report it, with the "
            "traceback that ADVISOR_DEBUG=1 shows"
        )


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


@app.command(
    epilog="Examples: `advisor check model.keras history.json`, "
    "`advisor check history.csv --val-size 500`, "
    "`advisor check model.keras history.json --report json=report.json`"
)
def check(
    model: options.ModelArgument = None,
    history: options.HistoryArgument = None,
    train_size: options.TrainSize = None,
    val_size: options.ValSize = None,
    batch_size: options.BatchSize = None,
    metric: options.Metric = None,
    rules: options.Rules = None,
    select: options.Select = None,
    ignore: options.Ignore = None,
    format: options.Format = None,
    output: options.Output = None,
    report: options.Reports = None,
) -> None:
    """Say whether the network overfits, and what to do: L1, L2, dropout, less, or nothing."""
    from advisor import diagnosis
    from advisor.report.formats import FORMATS

    settings = _settings(
        train_size=train_size,
        val_size=val_size,
        batch_size=batch_size,
        metric=metric,
        rules=rules,
        select=select,
        ignore=ignore,
        format=format,
    )
    targets = [*_targets(report or []), (settings.format, output)]
    paths = _inputs(model, history)
    _keep_inputs(paths.values(), [file for _, file in targets])
    result = diagnosis.check(paths.get("model"), paths.get("history"), settings)
    for name, file in targets:
        console.deliver(FORMATS[name]((result,), console.page_for(file)), file)


@app.command(epilog="Example: `advisor inspect model.keras history.json --format json`")
def inspect(
    model: options.ModelArgument = None,
    history: options.HistoryArgument = None,
    train_size: options.TrainSize = None,
    val_size: options.ValSize = None,
    batch_size: options.BatchSize = None,
    metric: options.Metric = None,
    format: options.Format = None,
    output: options.Output = None,
) -> None:
    """Show every measurement with its unit and meaning, and no verdict."""
    from advisor import diagnosis
    from advisor.report.inspection import INSPECTION_FORMATS, inspection_of

    settings = _settings(
        train_size=train_size,
        val_size=val_size,
        batch_size=batch_size,
        metric=metric,
        format=format,
    )
    if settings.format not in INSPECTION_FORMATS:
        raise UsageError(f"inspect has no {settings.format} format; use rich or json")
    paths = _inputs(model, history)
    _keep_inputs(paths.values(), [output])
    limit = diagnosis.INSPECT_SPECTRUM_LIMIT
    with diagnosis.examined(paths.get("model"), paths.get("history"), settings, limit) as case:
        shown = inspection_of(case.inputs, case.model, case.evidence)
    console.deliver(INSPECTION_FORMATS[settings.format](shown, console.page_for(output)), output)


@rules_app.callback()
def rules(context: typer.Context, rules: options.Rules = None) -> None:
    """List the rules; `rules test DIR` tests your own."""
    if context.invoked_subcommand is not None:
        return
    from advisor.diagnosis import rules_of
    from advisor.report.rule_pages import render_rules

    console.deliver(render_rules(rules_of(_settings(rules=rules)), console.page_for(None)), None)


@rules_app.command("test")
def test_rules(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder of rule files.")],
) -> None:
    """Run each rule's own example and counterexamples, and check its form. Exit 2 on a fault."""
    from advisor.rulebook.rule_tests import test_rules as faults_in
    from advisor.rulebook.rulebook import rule_files

    faults = faults_in(folder)
    for fault in faults:
        console.show(f"{fault.source}: {fault.message}\n")
    count = len(rule_files(folder))
    console.show(f"rules: {count}, faults: {len(faults)}\n")
    if faults:
        raise typer.Exit(EXIT_CANNOT_CHECK)


@app.command()
def explain(
    rule: Annotated[
        str, typer.Argument(metavar="RULE", help="A rule's id, as the report shows it.")
    ],
    rules: options.Rules = None,
) -> None:
    """Show one rule whole: when it fires, why, its sources, and what it suggests."""
    from advisor.diagnosis import rules_of
    from advisor.report.rule_pages import render_rule

    (found,) = rules_of(_settings(rules=rules, select=[rule]))
    console.deliver(render_rule(found, console.page_for(None)), None)


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to leave the files.")] = Path(
        "advisor-demo"
    ),
) -> None:
    """Train a small network on scikit-learn's digits until it overfits, and check it."""
    from rich.console import Console
    from rich.progress import Progress

    from advisor import demo as network

    screen = Console(stderr=True)
    screen.print("Importing TensorFlow and training a network of 26,122 weights ...")
    with Progress(console=screen, transient=True) as progress:
        task = progress.add_task("epochs", total=network.EPOCHS)
        files = network.train_demo(
            folder, on_epoch=lambda epoch: progress.update(task, completed=epoch)
        )
    screen.print(f"Left {files.model}, {files.history} and {files.data}.", soft_wrap=True)
    command = f"advisor check {files.model} {files.history} --train-size {network.N_TRAIN}"
    command += f" --val-size {network.N_VAL}"
    screen.print(f"$ {command}\n", soft_wrap=True, highlight=False)
    check(
        model=files.model,
        history=files.history,
        train_size=network.N_TRAIN,
        val_size=network.N_VAL,
    )


def _settings(**flags: object) -> Settings:
    """The project's settings and the environment's, with the flags on top."""
    return with_flags(load_settings(Path.cwd(), os.environ), flags)


def _inputs(*paths: Path | None) -> "dict[Kind, Path]":
    """The given files by kind, in whichever order they came."""
    from advisor.inputs.kinds import kind_of

    found: dict[Kind, Path] = {}
    for path in paths:
        if path is None:
            continue
        kind = kind_of(path)
        if kind in found:
            raise UsageError(
                f"{found[kind]} and {path} are both taken for a {kind}; give one model and one "
                "history"
            )
        found[kind] = path
    return found


def _keep_inputs(inputs: Iterable[Path], outputs: Iterable[Path | None]) -> None:
    """Refuse to write a report over a file that it is about."""
    for file in outputs:
        if file is not None and file.exists() and any(file.samefile(path) for path in inputs):
            raise UsageError(f"{file}: is an input of this check; write the report elsewhere")


def _targets(reports: list[str]) -> list[tuple[ReportFormat, Path | None]]:
    """`--report F=FILE` as format and file."""
    targets: list[tuple[ReportFormat, Path | None]] = []
    for given in reports:
        name, equals, file = given.partition("=")
        known = [each for each in REPORT_FORMATS if each == name]
        if not known or not equals or not file:
            formats = ", ".join(REPORT_FORMATS)
            raise UsageError(f"--report {given}: F=FILE is expected, with F one of {formats}")
        targets.append((known[0], Path(file)))
    return targets


def _refuse(message: str) -> NoReturn:
    console.complain(message)
    raise SystemExit(EXIT_CANNOT_CHECK)
