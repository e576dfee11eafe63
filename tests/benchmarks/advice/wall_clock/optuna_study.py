"""A study of Optuna's as its user runs it: TPE, the median pruner, a report after each epoch."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from warnings import catch_warnings, simplefilter

from tests.benchmarks.advice.ledger import BudgetSpentError
from tests.benchmarks.advice.optuna_search import FOR_A_FEW_TRAININGS, TRIALS
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

if TYPE_CHECKING:
    import optuna

MEASURED = 20
PATIENCE = 400.0
"""Seconds. A study that would take longer is stopped after `MEASURED` trials and scaled up."""
_RANDOM_TRIALS = 10  # TPE's default; the median pruner's first five are among them


def optuna_short(folder: Path, job: Job) -> None:
    """A study that is set for few trainings, until its epochs are spent."""
    study = _Study(folder, job, limit=job.limit)
    with suppress(BudgetSpentError):
        study.run(**FOR_A_FEW_TRAININGS)
    save_found(folder, [study.finding(CUT)])


def optuna_to_the_end(folder: Path, job: Job) -> None:
    """A study with Optuna's defaults, until its usual number of trials."""
    study = _Study(folder, job)
    study.run()
    save_found(folder, [study.finding(END)])


class _Study:
    """One study of a model, with a reading of the clock and of the epochs after each trial."""

    def __init__(self, folder: Path, job: Job, *, limit: int | None = None) -> None:
        self._recipe = Recipe(folder, job)
        self._job = job
        self._meter = Meter(limit, _give_up)
        self._moments: list[Moment] = []
        self._epochs = [0]

    def run(self, **options: Any) -> None:
        """Raises BudgetSpentError where an epoch would be beyond the limit."""
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        with catch_warnings():
            simplefilter("ignore", optuna.exceptions.ExperimentalWarning)  # `group` may yet change
            sampler = optuna.samplers.TPESampler(seed=self._job.seed, **options)
        self.study = optuna.create_study(sampler=sampler, pruner=optuna.pruners.MedianPruner())
        self._moments.append(now())
        self.study.optimize(self._objective, n_trials=TRIALS, callbacks=[self._note])

    def finding(self, row: str) -> Finding:
        """The best trial; of a study that was stopped, with what it has yet to come."""
        best = self.study.best_trial
        done = len(self._epochs) - 1
        is_stopped = row == END and done < TRIALS
        trials = TRIALS if is_stopped else done
        return Finding(
            row=row,
            kind=best.params[KIND],
            strengths=strengths_at(self._recipe.space, best.params),
            shown=self.study.best_value,
            epochs=self._meter.epochs + still_to_come(self._epochs, trials),
            trials=trials,
            wall=-still_to_come([moment.wall for moment in self._moments], trials),
            cpu=-still_to_come([moment.cpu for moment in self._moments], trials),
            measured=done if is_stopped else None,
        )

    def _objective(self, trial: "optuna.Trial") -> float:
        import keras

        keras.utils.clear_session()
        model = self._recipe.model(_drawn(trial, self._recipe.space))
        watch = keras.callbacks.LambdaCallback(
            on_epoch_end=lambda epoch, logs: _report(trial, epoch, logs)
        )
        callbacks = [self._meter.callback(), watch]
        history = model.fit(**self._recipe.fitting, epochs=self._job.epochs, callbacks=callbacks)
        return float(min(history.history["val_loss"]))

    def _note(self, study: "optuna.Study", trial: object) -> None:
        self._moments.append(now())
        self._epochs.append(self._meter.epochs)
        done, taken = len(self._epochs) - 1, self._moments[-1].wall - self._moments[0].wall
        if done == MEASURED and taken * TRIALS / done > PATIENCE:
            study.stop()


def still_to_come(marks: Sequence[float], trials: int) -> float:
    """What is missing to so many trials, if it goes on as after the random ones.

    `marks` are readings of a clock, or of a count, at the start and at the end of each trial.
    """
    done = len(marks) - 1
    if done >= trials:
        return 0.0
    return (trials - done) * (marks[-1] - marks[_RANDOM_TRIALS]) / (done - _RANDOM_TRIALS)


def _drawn(trial: "optuna.Trial", space: Space) -> Mapping[str, Any]:
    """The space as a user of Optuna writes it."""
    kind = trial.suggest_categorical(KIND, list(space.kinds))
    for dial in space.dials[kind]:
        trial.suggest_float(f"{kind}: {dial.name}", dial.low, dial.high, log=dial.is_log)
    return trial.params


def _report(trial: "optuna.Trial", epoch: int, logs: Mapping[str, float]) -> None:
    """What Optuna's own callback for Keras does after an epoch."""
    import optuna

    trial.report(float(logs["val_loss"]), epoch)
    if trial.should_prune():
        raise optuna.TrialPruned


def _give_up() -> None:
    raise BudgetSpentError
