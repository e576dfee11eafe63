"""KerasTuner's own Hyperband oracle, asked for trials and told what stored curves show."""

import os
from typing import Any

from tests.benchmarks.advice.ledger import Ledger
from tests.benchmarks.advice.space import Space, space_of

_KIND = "kind"
_TUNER = "one"


def keras_hyperband(ledger: Ledger) -> None:
    """One iteration of Hyperband with KerasTuner's defaults, up to a full training's epochs.

    A trial that is promoted goes on from where it was. (KerasTuner itself goes back to the weights
    of the best epoch, which stored curves can't show.)
    """
    space = space_of(ledger.field.arms, ledger.field.rivals)
    oracle = make_oracle(space, ledger.field.epochs, int(ledger.rng.integers(1, 2**31)))
    while (trial := oracle.create_trial(_TUNER)).status == "RUNNING":
        values = trial.hyperparameters.values
        kind = values[_KIND]
        strengths = {dial.name: values[f"{kind}: {dial.name}"] for dial in space.dials[kind]}
        arm = space.nearest(kind, strengths)
        seen = ledger.pay(arm, values["tuner/epochs"], since=values["tuner/initial_epoch"])
        oracle.update_trial(trial.trial_id, {"val_loss": seen})
        trial.status = "COMPLETED"
        oracle.end_trial(trial)


def make_oracle(space: Space, epochs: int, seed: int) -> Any:
    """The oracle over a space; it writes no files and prints nothing."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from keras_tuner import HyperParameters, Objective
    from keras_tuner.oracles import HyperbandOracle

    class InMemory(HyperbandOracle):  # type: ignore[misc]  # the package has no types
        def save(self) -> None:
            """Keep nothing."""

        def _save_trial(self, trial: object) -> None:
            """Keep nothing."""

    parameters = HyperParameters()
    parameters.Choice(_KIND, list(space.kinds))
    for kind, dials in space.dials.items():
        with parameters.conditional_scope(_KIND, [kind]):
            for dial in dials:
                sampling = "log" if dial.is_log else "linear"
                parameters.Float(f"{kind}: {dial.name}", dial.low, dial.high, sampling=sampling)
    oracle = InMemory(
        Objective("val_loss", "min"), max_epochs=epochs, hyperparameters=parameters, seed=seed
    )
    oracle.verbose = 0
    return oracle
