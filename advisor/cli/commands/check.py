"""`advisor check`: the verdict and the recommendation, and the gate's decision if asked for."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from advisor.cli import console, gate_options, options
from advisor.cli.exit_codes import exit_code
from advisor.cli.flags import flags_by_name, project_settings
from advisor.cli.report_targets import Target, deliver, keep_inputs, report_targets
from advisor.cli.results import remarks, results_of
from advisor.cli.run_request import inputs_among, requests_of
from advisor.report.unchecked import Unchecked
from advisor.settings.settings import with_flags

if TYPE_CHECKING:
    from advisor.report.wording.runs import RunResult


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
    manifest: gate_options.Manifest = None,
    runs: gate_options.Runs = None,
    fail_on: gate_options.FailOn = None,
    fail_on_verdict: gate_options.FailOnVerdict = None,
    max_rebound: gate_options.MaxRebound = None,
    max_gap: gate_options.MaxGap = None,
    max_regression: gate_options.MaxRegression = None,
    baseline: gate_options.Baseline = None,
    inconclusive: gate_options.Inconclusive = None,
    data: options.Data = None,
    target: options.Target = None,
    group: options.Group = None,
    probe: options.Probe = None,
    budget: options.Budget = None,
    time_limit: options.TimeLimit = None,
    journal: options.Journal = None,
    arms: options.Arms = None,
    policy: options.Policy = None,
    objective: options.Objective = None,
    splits: options.Splits = None,
    epochs: options.Epochs = None,
    seed: options.Seed = None,
    loss: options.Loss = None,
    optimizer: options.Optimizer = None,
    imports: options.Imports = None,
    trust: options.Trust = None,
    use_test: options.UseTest = None,
) -> None:
    """Say whether the network overfits, and what to do: L1, L2, dropout, less, or nothing.

    With --data, candidates are trained on your rows, and what wins on fresh seeds and splits is
    recommended, with an interval. With a limit from the gate's panel the exit code is 1 where the
    run is beyond it by more than its noise, and 2 where that could not be checked.
    """
    flags = flags_by_name(
        train_size=train_size,
        val_size=val_size,
        batch_size=batch_size,
        metric=metric,
        rules=rules,
        select=select,
        ignore=ignore,
        format=format,
        fail_on=fail_on,
        fail_on_verdict=fail_on_verdict,
        max_rebound=max_rebound,
        max_gap=max_gap,
        max_regression=max_regression,
        baseline=baseline,
        inconclusive=inconclusive,
        data=data,
        target=target,
        group=group,
        probe=probe,
        budget=budget,
        time_limit=time_limit,
        journal=journal,
        arms=arms,
        policy=policy,
        objective=objective,
        splits=splits,
        epochs=epochs,
        seed=seed,
        loss=loss,
        optimizer=optimizer,
        imports=imports,
        trust=trust,
        use_test=use_test,
    )
    further = report_targets(report or [])
    project = project_settings()
    main = Target(format=with_flags(project, flags).format, file=output)
    requests = requests_of(model, history, manifest, runs or [], project, flags)
    targets = [*further, main]
    keep_inputs(inputs_among(requests, model, history, manifest), [each.file for each in targets])
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
