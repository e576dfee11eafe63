"""What happens to the test loss when the recipe is changed, on paired seeds."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np

from tests.benchmarks.diagnosis.models import Architecture, Signature, Strengths
from tests.benchmarks.diagnosis.program import Curves, Program, Rows
from tests.benchmarks.diagnosis.recipes import Case
from tests.benchmarks.diagnosis.tasks import Drawn
from tests.benchmarks.diagnosis.user_run import class_weights

SEEDS = (1, 2, 3, 4)
WIDENING = 4
ADDED: dict[str, Strengths] = {
    "l2=0.001": Strengths(l2=1e-3),
    "l2=0.01": Strengths(l2=1e-2),
    "dropout=0.3": Strengths(dropout=0.3),
    "dropout=0.5": Strengths(dropout=0.5),
    "dropout=0.3 l2=0.001": Strengths(dropout=0.3, l2=1e-3),
}


def intervene(case: Case, drawn: Drawn) -> dict[str, list[float]]:
    """Arm name to the test data loss of every seed.

    `base` is the recipe as it is, at its last epoch; `stop` the same runs at the epoch of lowest
    validation data loss; `longer` twice the epochs, `longer-best` the epoch of lowest validation
    data loss from the recipe's last epoch on; `wider` four times the width; `remove` no
    regularization; the other arms raise the recipe's strengths to those of `ADDED`.
    """
    train = _weighted(case, drawn.train)
    arms: dict[str, list[float]] = {}
    program = _program(case.architecture, drawn.signature, case.optimizer, case.task.batch_size)

    def run(program: Program, strengths: Strengths, seed: int, longer: int = 1) -> Curves:
        return program.train(
            train,
            drawn.val,
            drawn.test,
            strengths=strengths,
            learning_rate=case.learning_rate,
            epochs=case.epochs * longer,
            seed=seed,
            every_epoch=longer > 1,
        )

    def note(arm: str, loss: float) -> None:
        arms.setdefault(arm, []).append(float(loss))

    wide = case.architecture.widened(WIDENING)
    wide_program = _program(wide, drawn.signature, case.optimizer, case.task.batch_size)
    for seed in SEEDS:
        for arm, loss in _readings(run(program, case.strengths, seed, 2), case.epochs).items():
            note(arm, loss)
        for arm, added in ADDED.items():
            strengths = case.strengths.at_least(added)
            changes = strengths != case.strengths
            loss = run(program, strengths, seed).test[-1] if changes else arms["base"][-1]
            note(arm, loss)
        if not case.strengths.is_none:
            note("remove", run(program, Strengths(), seed).test[-1])
        note("wider", run(wide_program, case.strengths, seed).test[-1])
    return arms


def _readings(curves: Curves, epochs: int) -> dict[str, float]:
    """Test losses of one run of twice `epochs`, read four ways."""
    last = epochs - 1
    return {
        "base": curves.test[last],
        "stop": curves.test[_lowest(curves.val[:epochs])],
        "longer": curves.test[-1],
        "longer-best": curves.test[last + _lowest(curves.val[last:])],
    }


def _lowest(losses: np.ndarray) -> int:
    return int(np.argmin(np.where(np.isfinite(losses), losses, np.inf)))


def _weighted(case: Case, train: Rows) -> Rows:
    if not case.has_class_weight:
        return train
    weights = class_weights(train.y)
    rows = np.array([weights[int(label)] for label in train.y[:, 0]], np.float32)
    return replace(train, weight=rows)


@lru_cache(maxsize=6)
def _program(
    architecture: Architecture, signature: Signature, optimizer: str, batch_size: int
) -> Program:
    return Program(architecture, signature, optimizer, batch_size)
