"""Optuna's own study and pruners, whose objective is read from stored curves."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal
from warnings import catch_warnings, simplefilter

from tests.benchmarks.advice.ledger import Ledger
from tests.benchmarks.advice.space import Space, space_of

if TYPE_CHECKING:
    import optuna

Pruner = Literal["median", "Hyperband"]
PRUNERS: tuple[Pruner, ...] = ("median", "Hyperband")
TRIALS = 100
"""As many as in the example that Optuna's own page opens with."""
FOR_A_FEW_TRAININGS: Mapping[str, Any] = {
    "n_startup_trials": 5,
    "multivariate": True,
    "group": True,
}
"""What a user sets who knows that few trials will fit: half as many random ones, and each kind
with its strengths modelled together (open half, ten trainings: .35 floored regret, not .39)."""


def optuna_search(ledger: Ledger, pruner: Pruner, *, is_short: bool = False) -> None:
    """TPE and one of Optuna's pruners, with a report after each epoch.

    With Optuna's defaults, or set for a few trainings if `is_short`.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    pruners = {
        "median": optuna.pruners.MedianPruner(),
        "Hyperband": optuna.pruners.HyperbandPruner(max_resource=ledger.field.epochs),
    }
    seed = int(ledger.rng.integers(2**31))
    options = FOR_A_FEW_TRAININGS if is_short else {}
    with catch_warnings():
        simplefilter("ignore", optuna.exceptions.ExperimentalWarning)  # `group` may yet change
        sampler = optuna.samplers.TPESampler(seed=seed, **options)
    study = optuna.create_study(
        sampler=sampler,
        pruner=pruners[pruner],
        study_name=f"replay {seed}",  # Hyperband deals out its brackets by name and number
    )
    space = space_of(ledger.field.arms, ledger.field.rivals)
    study.optimize(lambda trial: _train(trial, ledger, space), n_trials=TRIALS)


def _train(trial: "optuna.Trial", ledger: Ledger, space: Space) -> float:
    """One trial, until it is through or pruned."""
    import optuna

    kind = trial.suggest_categorical("kind", list(space.kinds))
    strengths = {
        dial.name: trial.suggest_float(f"{kind}: {dial.name}", dial.low, dial.high, log=dial.is_log)
        for dial in space.dials[kind]
    }
    arm = space.nearest(kind, strengths)
    curve = ledger.curve(arm)
    for epoch, loss in enumerate(curve[:-1], start=1):
        trial.report(float(loss), epoch)
        if trial.should_prune():
            ledger.pay(arm, epoch, is_candidate=False)
            raise optuna.TrialPruned
    trial.report(float(curve[-1]), len(curve))
    return ledger.pay(arm, len(curve))
