"""`advisor check`: the verdict and the recommendation, and the gate's decision if asked for."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import typer

from advisor.cli import console, options
from advisor.cli.exit_codes import exit_code
from advisor.cli.flags import project_settings
from advisor.cli.report_targets import Target, deliver, keep_inputs, report_targets
from advisor.cli.results import remarks, results_of
from advisor.cli.run_request import inputs_among, requests_of
from advisor.cli.setting_options import with_settings
from advisor.report.unchecked import Unchecked
from advisor.settings.sources import with_flags

if TYPE_CHECKING:
    from advisor.report.wording.runs import RunResult


@with_settings()
def check(
    model: options.ModelArgument = None,
    history: options.HistoryArgument = None,
    *,
    flags: Mapping[str, object],
    output: options.Output = None,
    report: options.Reports = None,
    manifest: options.Manifest = None,
    runs: options.Runs = None,
) -> None:
    """Say whether the network overfits, and what to do: L1, L2, dropout, less, or nothing.

    With --data, candidates are trained on your rows. The one that wins on fresh seeds and splits is
    recommended, with an interval. With a limit from the gate's panel, the exit code is 1 if the run
    exceeds it by more than its noise, and 2 if that could not be checked.
    """
    further = report_targets(report or [])
    project = project_settings()
    main = Target(format=with_flags(project, flags).format, file=output)
    requests = requests_of(model, history, manifest, runs or [], project, flags)
    targets = [*further, main]
    keep_inputs(
        inputs_among(requests, model, history, manifest), [target.file for target in targets]
    )
    results = results_of(requests)
    is_shown = _has_something_to_show(results)
    deliver(results, targets if is_shown or main.file else further)
    for remark in remarks(results, is_gate_shown=main.is_for_people and is_shown):
        console.complain(remark)
    if code := exit_code(results):
        raise typer.Exit(code)


def _has_something_to_show(results: "Sequence[RunResult]") -> bool:
    """False for a single run that could not be checked: a line on stderr says all there is."""
    return len(results) > 1 or not isinstance(results[0], Unchecked)
