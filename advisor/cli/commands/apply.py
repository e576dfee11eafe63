"""`advisor apply`: the model with the recommendation built in."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from advisor.cli import console
from advisor.cli.collected_options import collecting
from advisor.cli.family_options import family_options, flags
from advisor.errors import UsageError
from advisor.regularization import Family

if TYPE_CHECKING:
    from advisor.regularization import Strategy

_BY_HAND = "Strengths by hand, in place of a report"
_FRESH = "Newly initialised weights"


@collecting("by_hand", family_options(_BY_HAND))
def apply(
    model: Annotated[
        Path, typer.Argument(metavar="MODEL", help="A .keras file, or its unzipped folder.")
    ],
    output: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="OUT.keras", help="The file to write."),
    ],
    report: Annotated[
        Path | None,
        typer.Argument(
            metavar="REPORT",
            help="The JSON report of `advisor check`; its 'keep' copies the model.",
            show_default=False,
        ),
    ] = None,
    *,
    by_hand: Mapping[Family, float | None],
    force: Annotated[
        bool,
        typer.Option(
            "--force", help="Match layers by name if the report is about another model file."
        ),
    ] = False,
    reset_optimizer: Annotated[
        bool,
        typer.Option(
            "--reset-optimizer", help="Reset the optimizer's state (but not its learning rate)."
        ),
    ] = False,
    fresh: Annotated[
        bool,
        typer.Option(
            "--fresh",
            help="Initialize the weights again, except in frozen and adapted layers. The model is "
            "loaded and run: use only files that you trust.",
            rich_help_panel=_FRESH,
        ),
    ] = False,
    seed: Annotated[
        int,
        typer.Option(
            metavar="N", help="The random seed of these weights.", min=0, rich_help_panel=_FRESH
        ),
    ] = 0,
    imports: Annotated[
        list[str] | None,
        typer.Option(
            "--import",
            metavar="MODULE",
            help="Your module that defines the model's custom classes; may be repeated.",
            rich_help_panel=_FRESH,
        ),
    ] = None,
    trust: Annotated[
        bool,
        typer.Option("--trust", help="Run the code in the model file.", rich_help_panel=_FRESH),
    ] = False,
) -> None:
    """Write the model with the recommended regularization: same weights, same predictions.

    The file's configuration is edited and its weights are copied, without TensorFlow. If the
    file has no place for a change, the code that makes it is printed, and the exit code is 2.
    """
    from advisor.surgery.apply import Fresh
    from advisor.surgery.apply import apply as write
    from advisor.surgery.refusal import EditRefused

    is_enough = fresh or reset_optimizer
    strategy, notes = _strategy(model, report, by_hand, is_forced=force, is_enough=is_enough)
    wanted = Fresh(seed=seed, imports=imports or (), trust=trust) if fresh else None
    try:
        applied = write(model, strategy, output, resets_optimizer=reset_optimizer, fresh=wanted)
    except EditRefused as refused:
        console.show(refused.code)
        raise
    console.show(f"Wrote {output}; strengths changed: {len(applied.strategy.changes)}.\n")
    for note in (*notes, *applied.notes):
        console.show(f"{note}\n")


def _strategy(
    model: Path,
    report: Path | None,
    given: Mapping[Family, float | None],
    *,
    is_forced: bool,
    is_enough: bool,
) -> "tuple[Strategy, tuple[str, ...]]":
    """What to change, and notes on it; no change is allowed where something else `is_enough`."""
    from advisor.inputs.report_file import read_report
    from advisor.regularization import Strategy
    from advisor.surgery.apply import strategy_of_report
    from advisor.surgery.manual_strengths import strategy_by_hand

    doses = {family: dose for family, dose in given.items() if dose is not None}
    if doses and report is not None:
        raise UsageError(f"give a report, or strengths by hand ({flags()}), not both")
    if not (doses or report is not None or is_enough):
        raise UsageError(
            f"nothing to apply: give a report of advisor check, or strengths by hand ({flags()})"
        )
    if doses:
        return strategy_by_hand(model, doses)
    if report is None:
        return Strategy(), ()
    return strategy_of_report(read_report(report), model, is_forced=is_forced), ()
