"""The command line's arguments and flags, each said once."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from advisor.settings.readers import REPORT_FORMATS

_PROBES = "Probe trainings (with --data)"


def one_of(*choices: str) -> Callable[[], list[str]]:
    """What completion offers for an option."""
    return lambda: list(choices)


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
        help=f"{', '.join(REPORT_FORMATS[:-1])} or {REPORT_FORMATS[-1]}; rich is the default.",
        autocompletion=one_of(*REPORT_FORMATS),
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
        help="Write a further report, e.g. junit=gate.xml; github alone annotates the build and "
        "adds to its summary. May be repeated.",
        autocompletion=one_of(*(f"{name}=" for name in REPORT_FORMATS), "github"),
    ),
]
Data = Annotated[
    str | None,
    typer.Option(
        metavar="SOURCE",
        help="Your rows: .npz (x_train, y_train, x_val, y_val), a folder of tf.data.Dataset.save, "
        "a folder of images, CSV or Parquet with --target, or package.module:function. This loads "
        "and runs the model: for your own files only.",
        rich_help_panel=_PROBES,
        show_default=False,
    ),
]
Target = Annotated[
    str | None,
    typer.Option(metavar="COL", help="The table's column to predict.", rich_help_panel=_PROBES),
]
Group = Annotated[
    str | None,
    typer.Option(
        metavar="COL",
        help="The table's column that says which rows belong together.",
        rich_help_panel=_PROBES,
    ),
]
Probe = Annotated[
    bool | None,
    typer.Option(
        "--probe/--no-probe",
        help="Train the candidates on the rows (the default with --data), or only measure them.",
        rich_help_panel=_PROBES,
        show_default=False,
    ),
]
Epochs = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        help="Epochs of a full training; the history's length where not given.",
        min=1,
        rich_help_panel=_PROBES,
    ),
]
Loss = Annotated[
    str | None,
    typer.Option(
        metavar="L", help="The loss, where the model is not compiled.", rich_help_panel=_PROBES
    ),
]
Optimizer = Annotated[
    str | None,
    typer.Option(
        metavar="O", help="The optimizer, where the model is not compiled.", rich_help_panel=_PROBES
    ),
]
Imports = Annotated[
    list[str] | None,
    typer.Option(
        "--import",
        metavar="MODULE",
        help="A module of yours that registers the model's own classes; may be repeated.",
        rich_help_panel=_PROBES,
    ),
]
Trust = Annotated[
    bool | None,
    typer.Option(
        "--trust",
        help="Run the code that the model file carries (Lambda layers and the like).",
        rich_help_panel=_PROBES,
        show_default=False,
    ),
]
UseTest = Annotated[
    bool | None,
    typer.Option(
        "--use-test",
        help="Take a test part for the validation rows; it is then no test any more.",
        rich_help_panel=_PROBES,
        show_default=False,
    ),
]
Splits = Annotated[
    str | None,
    typer.Option(
        metavar="S",
        help="resample, fixed (the rows are a sequence) or group; told from the rows by default.",
        autocompletion=one_of("resample", "fixed", "group"),
        rich_help_panel=_PROBES,
    ),
]
Policy = Annotated[
    str | None,
    typer.Option(
        metavar="P",
        help="stopped: judge the epoch of the lowest validation loss (the default); last: the "
        "final one.",
        autocompletion=one_of("stopped", "last"),
        rich_help_panel=_PROBES,
    ),
]
Objective = Annotated[
    str | None,
    typer.Option(
        metavar="M",
        help="val_loss (the data loss without penalty; the default) or a compiled metric.",
        rich_help_panel=_PROBES,
    ),
]
Arms = Annotated[
    str | None,
    typer.Option(
        metavar="A,B",
        help="Compare these candidates only, e.g. l2=0.01,dropout=0.3+l2=0.001.",
        rich_help_panel=_PROBES,
    ),
]
Budget = Annotated[
    float | None,
    typer.Option(
        metavar="N",
        help="At most the time of N trainings of your model (2.5); compiled probes of small "
        "networks are many more.",
        rich_help_panel=_PROBES,
    ),
]
TimeLimit = Annotated[
    float | None,
    typer.Option(
        metavar="SECONDS",
        help="Stop the probes after this time and report what is there.",
        rich_help_panel=_PROBES,
    ),
]
Journal = Annotated[
    bool | None,
    typer.Option(
        "--journal/--no-journal",
        help="Keep finished probes in your cache folder, where a run that was killed goes on from "
        "(the default), or train all of them.",
        rich_help_panel=_PROBES,
        show_default=False,
    ),
]
Seed = Annotated[
    int | None,
    typer.Option(metavar="N", help="The seed of all that is random (0).", rich_help_panel=_PROBES),
]
