"""`advisor check`: the verdict and the recommendation."""

from contextlib import nullcontext
from typing import TYPE_CHECKING

from advisor import console, options
from advisor.commands.given import inputs_by_kind, keep_inputs, report_targets, settings_with
from advisor.settings import Settings

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from advisor.diagnosis import Watch


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
    data: options.Data = None,
    target: options.Target = None,
    group: options.Group = None,
    probe: options.Probe = None,
    budget: options.Budget = None,
    time_limit: options.TimeLimit = None,
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
    recommended, with an interval.
    """
    from advisor import diagnosis
    from advisor.report.formats import FORMATS

    settings = settings_with(
        train_size=train_size,
        val_size=val_size,
        batch_size=batch_size,
        metric=metric,
        rules=rules,
        select=select,
        ignore=ignore,
        format=format,
        data=data,
        target=target,
        group=group,
        probe=probe,
        budget=budget,
        time_limit=time_limit,
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
    targets = [*report_targets(report or []), (settings.format, output)]
    paths = inputs_by_kind(model, history)
    keep_inputs(paths.values(), [file for _, file in targets])
    with _watched(settings) as watch:
        result = diagnosis.check(paths.get("model"), paths.get("history"), settings, watch=watch)
    for name, file in targets:
        console.deliver(FORMATS[name]((result,), console.page_for(file)), file)


def _watched(settings: Settings) -> "AbstractContextManager[Watch | None]":
    """A progress bar where models are run: a check that only reads is over before one is drawn."""
    if settings.data is None:
        return nullcontext()
    return console.watched("importing TensorFlow and loading the model")
