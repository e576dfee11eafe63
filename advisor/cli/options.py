"""The command line's arguments, and the options that are no settings, each said once."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from advisor.settings.report_formats import FORMAT_NAMES

_MANY = "Several runs"


def one_of(*choices: str) -> Callable[[], list[str]]:
    """What completion offers for an option."""
    return lambda: list(choices)


ModelArgument = Annotated[
    Path | None,
    typer.Argument(
        metavar="MODEL",
        help="A saved model: .keras, .h5, .weights.h5, a sharded .weights.json, or the unzipped "
        "folder. The file is read, never run.",
        show_default=False,
    ),
]
HistoryArgument = Annotated[
    Path | None,
    typer.Argument(
        metavar="HISTORY",
        help="A training history: JSON of history.history, CSV, the printed output of fit, a "
        "notebook with it, a pickle of plain values, .npy, .npz, or the folder of DVCLive, MLflow "
        "or TensorBoard. Model and history are recognized by content: give them in any order, or "
        "only one.",
        show_default=False,
    ),
]
Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FILE", help="Write to FILE instead of stdout."),
]
Reports = Annotated[
    list[str] | None,
    typer.Option(
        "--report",
        metavar="F=FILE",
        help="Write an additional report, e.g. junit=gate.xml; github alone annotates the build "
        "and adds to its summary. May be repeated.",
        autocompletion=one_of(*(f"{name}=" for name in FORMAT_NAMES), "github"),
    ),
]
Manifest = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Check many runs: a TOML file with a \\[\\[run]] table for each (model, history, any "
        "setting).",
        rich_help_panel=_MANY,
    ),
]
Runs = Annotated[
    list[str] | None,
    typer.Option(
        metavar="GLOB",
        help="Check every folder that matches, e.g. 'runs/*' (in quotes): each with one model and "
        "one history. May be repeated.",
        rich_help_panel=_MANY,
    ),
]
