"""Tiny trainings whose model and history are saved as a user would save them."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from advisor import Report, diagnose

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")

Rows = tuple[Any, Any]  # inputs, labels


@dataclass(frozen=True, kw_only=True)
class Training:
    """A network that was trained, and the two files that were left behind."""

    model: Any  # keras.Model with the weights of the end
    logged: Mapping[str, Sequence[float]]
    file: Path
    history: Path
    rows: Rows
    validation: Rows | None

    def report(self, **settings: Any) -> Report:
        """What the advisor says about the two files."""
        return diagnose(self.file, self.history, **settings)

    def evaluated(self, rows: Rows | None) -> Mapping[str, float]:
        """What Keras says about some rows with dropout, noise and augmentation switched off."""
        assert rows is not None
        found: Mapping[str, float] = self.model.evaluate(*rows, verbose=0, return_dict=True)
        return found


Strengths = Mapping[str, Training]  # the regularizer -> the same training under it


def fit(
    folder: Path,
    layers: Sequence[Any],
    rows: Rows,
    validation: Rows | None = None,
    *,
    learning_rate: float = 0.01,
    loss: str = "binary_crossentropy",
    metrics: Sequence[str] = ("accuracy",),
    **arguments: Any,
) -> Training:
    """Compile a Sequential of `layers` with Adam, fit it, and save both files in `folder`."""
    import keras

    model = keras.Sequential([keras.Input(rows[0].shape[1:]), *layers])
    model.compile(keras.optimizers.Adam(learning_rate), loss, metrics=list(metrics))
    given = {"batch_size": 100, **arguments}
    run = model.fit(*rows, validation_data=validation, verbose=0, **given)
    files = folder / "model.keras", folder / "history.json"
    model.save(files[0])
    files[1].write_text(json.dumps(run.history), encoding="utf-8")
    return Training(
        model=model,
        logged=run.history,
        file=files[0],
        history=files[1],
        rows=rows,
        validation=validation,
    )


def network(*units: int, **arguments: Any) -> list[Any]:
    """Hidden Dense layers and a sigmoid, all with the same further arguments."""
    from keras import layers

    hidden = [layers.Dense(each, activation="relu", **arguments) for each in units]
    return [*hidden, layers.Dense(1, activation="sigmoid", **arguments)]


def two_classes(rows: int, seed: int, *, noise: float = 1.0, inputs: int = 10) -> Rows:
    """Two classes along one direction of `inputs`; the larger the noise, the more they overlap."""
    import numpy as np

    random = np.random.default_rng(seed)
    x = random.normal(size=(rows, inputs)).astype("float32")
    y = (x[:, :1] + x[:, 1:2] + random.normal(0, noise, (rows, 1)) > 0).astype("float32")
    return x, y


def smooth(rows: int, seed: int, *, inputs: int = 6) -> Rows:
    """A number that is a smooth function of all inputs, and a little noise."""
    import numpy as np

    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, inputs)).astype("float32")
    y = np.sin(x[:, 0] * x[:, 1]) + x[:, 2:].mean(axis=1) + rng.normal(0, 0.1, rows)
    return x, y.astype("float32")


def fired(report: Report) -> set[str]:
    """The ids of the rules that fired."""
    return {finding.rule for finding in report.findings}


def needs(report: Report, rule: str) -> tuple[str, ...]:
    """The inputs that would decide a rule which could not be decided."""
    (found,) = {each.needs for each in report.undecided if each.rule == rule}
    return found


def value(report: Report, name: str) -> Any:
    """What was measured under a name."""
    return report.evidence[name].value


def has_caveat(report: Report, words: str) -> bool:
    """True if a caveat of the report contains the words."""
    return any(words in caveat for caveat in report.caveats)


def changed(report: Report) -> set[tuple[str, str, str]]:
    """The layer, slot and kind of every recommended change, alternatives included."""
    advice = report.recommendation
    strategies = [advice.changes, *(other.changes for other in advice.alternatives)]
    return {(c.layer, c.slot, c.kind) for changes in strategies for c in changes}
