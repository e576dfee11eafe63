"""KerasTuner's Hyperband as its user runs it, with its defaults."""

from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from advisor.values import dataclass
from tests.benchmarks.advice.keras_hyperband import make_oracle
from tests.benchmarks.advice.space import Space
from tests.benchmarks.advice.wall_clock.recipe import (
    CUT,
    END,
    KIND,
    Finding,
    Job,
    Meter,
    Moment,
    Recipe,
    now,
    save_found,
    strengths_at,
)


@dataclass(frozen=True, kw_only=True)
class _Stand:
    """Where a search stood: its best trial, what it had cost, and when that was."""

    best: Any
    epochs: int
    trials: int
    moment: Moment


def keras_tuner_hyperband(folder: Path, job: Job) -> None:
    """Up to a full training's epochs, read at the cut and at its end."""
    import keras_tuner

    recipe = Recipe(folder, job)
    stands: dict[str, _Stand] = {}

    def reach(row: str) -> None:
        stands[row] = _Stand(
            best=tuner.oracle.get_best_trials(1)[0],
            epochs=meter.epochs,
            trials=len(tuner.oracle.end_order),
            moment=now(),
        )
        if not job.has_end:
            raise keras_tuner.errors.FatalError("that was all")

    meter = Meter(job.limit, lambda: reach(CUT))
    with TemporaryDirectory() as directory:
        tuner = keras_tuner.Hyperband(
            lambda parameters: recipe.model(parameters.values),
            objective="val_loss",
            max_epochs=job.epochs,
            seed=job.seed,
            hyperparameters=make_oracle(recipe.space, job.epochs, job.seed).get_space(),
            directory=directory,
        )
        with suppress(keras_tuner.errors.FatalError):
            tuner.search(**recipe.fitting, callbacks=[meter.callback()])
            reach(END)
    last = now()
    save_found(folder, [_finding(row, each, last, recipe.space) for row, each in stands.items()])


def _finding(row: str, stand: _Stand, last: Moment, space: Space) -> Finding:
    values = stand.best.hyperparameters.values
    return Finding(
        row=row,
        kind=values[KIND],
        strengths=strengths_at(space, values),
        shown=stand.best.score,
        epochs=stand.epochs,
        trials=stand.trials,
        wall=last.wall - stand.moment.wall,
        cpu=last.cpu - stand.moment.cpu,
    )
