"""The flags of the CI gate, and those that check several runs at once."""

from pathlib import Path
from typing import Annotated, get_args

import typer

from advisor.cli.options import one_of
from advisor.settings.gate import FailLevel, FailVerdict, InconclusiveSetting

_MANY = "Several runs"
_GATE = "Gate (for CI)"

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
FailOn = Annotated[
    str | None,
    typer.Option(
        metavar="LEVEL",
        help="Fail where the network overfits that much beyond the noise: mild, moderate, severe.",
        autocompletion=one_of(*get_args(FailLevel)),
        rich_help_panel=_GATE,
    ),
]
FailOnVerdict = Annotated[
    list[str] | None,
    typer.Option(
        metavar="V,V",
        help=f"Fail on these verdicts: {', '.join(get_args(FailVerdict))}.",
        autocompletion=one_of(*get_args(FailVerdict)),
        rich_help_panel=_GATE,
    ),
]
MaxRebound = Annotated[
    list[str] | None,
    typer.Option(
        metavar="[METRIC=]X",
        help="How far a validation metric may end from its best: 0.05 or 5%; of the loss where no "
        "metric is named. May be repeated, as the next two.",
        rich_help_panel=_GATE,
    ),
]
MaxGap = Annotated[
    list[str] | None,
    typer.Option(
        metavar="[METRIC=]X",
        help="How far training may lie from validation, e.g. accuracy=0.05.",
        rich_help_panel=_GATE,
    ),
]
MaxRegression = Annotated[
    list[str] | None,
    typer.Option(
        metavar="[METRIC=]X",
        help="How much worse than in the baseline a metric, and its gap, may be.",
        rich_help_panel=_GATE,
    ),
]
Baseline = Annotated[
    Path | None,
    typer.Option(
        metavar="REPORT",
        help="The report to compare with, as `advisor baseline write` left it.",
        rich_help_panel=_GATE,
    ),
]
Inconclusive = Annotated[
    str | None,
    typer.Option(
        metavar="warn|fail",
        help="What to do where noise hides the answer: warn (the default) or fail.",
        autocompletion=one_of(*get_args(InconclusiveSetting)),
        rich_help_panel=_GATE,
    ),
]
