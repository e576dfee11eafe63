"""A report's recommendation, built into a model file."""

from collections.abc import Sequence
from pathlib import Path

from advisor.inputs.report_file import ReportFile, read_report, recommended
from advisor.regularization import Strategy
from advisor.report.report import Report
from advisor.surgery.apply import Applied, Fresh, apply, strategy_of_report


def apply_recommendation(
    model_path: str | Path,
    report: Report | str | Path,
    out: str | Path,
    *,
    force: bool = False,
    reset_optimizer: bool = False,
    fresh: bool = False,
    seed: int = 0,
    imports: Sequence[str] = (),
    trust: bool = False,
) -> Applied:
    """Write the model at `model_path` to `out`, a `.keras` file, with what `report` recommends.

    `report` is a Report or the path of one saved as JSON. If it says to keep the model as it is,
    `out` is a copy. Weights and predictions stay the same, and the model is read, never run.

    `force` accepts a report about another file and matches layers by name. `reset_optimizer` resets
    the optimizer's state. `fresh` initializes the weights again with `seed`. Only `fresh` loads and
    runs the model, with the modules that `imports` names, and with code in the file if `trust`.

    Returns the changes made, and notes on them. The model itself is never overwritten.

    Raises EditRefused, an AdvisorError with the change as `code`, if the file has no place for it.
    Raises InputError if a file is damaged, or if the report is about another model or doesn't say
    at which layers. Raises UsageError if `out` is the model itself or not called `.keras`.

    >>> from advisor import apply_recommendation, diagnose
    >>> report = diagnose("model.keras", "history.json")
    >>> apply_recommendation("model.keras", report, "regularized.keras")
    Applied(regularized.keras: 5 changes)
    """
    model = Path(model_path)
    recommended = _recommended(report) if isinstance(report, Report) else read_report(Path(report))
    strategy = strategy_of_report(recommended, model, is_forced=force)
    wanted = Fresh(seed=seed, imports=imports, trust=trust) if fresh else None
    return apply(model, strategy, Path(out), resets_optimizer=reset_optimizer, fresh=wanted)


def _recommended(report: Report) -> ReportFile:
    advice = report.recommendation
    return recommended(
        "the report",
        Strategy(changes=advice.changes),
        report.inputs.model_sha256,
        is_keep=advice.action == "keep",
    )
