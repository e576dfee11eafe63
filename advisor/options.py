"""The command line's arguments and flags, each said once."""

from pathlib import Path
from typing import Annotated

import typer

_FORMATS = ["rich", "json", "markdown"]

ModelArgument = Annotated[
    Path | None,
    typer.Argument(
        metavar="MODEL",
        help="A saved model: .keras, .h5, .weights.h5, a sharded .weights.json, or the unzipped "
        "folder. It is read, never run.",
        show_default=False,
    ),
]
HistoryArgument = Annotated[
    Path | None,
    typer.Argument(
        metavar="HISTORY",
        help="A training history: JSON of history.history, CSV, or the folder of DVCLive, MLflow "
        "or TensorBoard. The two are told apart by content: either order, either alone.",
        show_default=False,
    ),
]
TrainSize = Annotated[
    int | None,
    typer.Option(metavar="N", help="Rows of training data, where no input tells.", min=1),
]
ValSize = Annotated[
    int | None,
    typer.Option(metavar="N", help="Rows of validation data: sets the sampling error.", min=1),
]
BatchSize = Annotated[
    int | None, typer.Option(metavar="N", help="Rows per step, where no input tells.", min=1)
]
Metric = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME:max|min", help="The direction in which a metric gets better."),
]
Rules = Annotated[list[Path] | None, typer.Option(metavar="DIR", help="A folder of further rules.")]
Select = Annotated[
    list[str] | None,
    typer.Option(metavar="IDS", help="Apply these rules only: a,b or repeated."),
]
Ignore = Annotated[
    list[str] | None, typer.Option(metavar="IDS", help="Leave these rules out: a,b or repeated.")
]
Format = Annotated[
    str | None,
    typer.Option(
        "--format",
        "-f",
        metavar="F",
        help="rich (the default), json or markdown.",
        autocompletion=lambda: _FORMATS,
    ),
]
Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FILE", help="Write to FILE instead of stdout."),
]
Reports = Annotated[
    list[str] | None,
    typer.Option(
        "--report", metavar="F=FILE", help="Write a further report, e.g. json=report.json."
    ),
]
