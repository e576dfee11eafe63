"""Small saved models and made-up histories, for what depends on the architecture alone."""

from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from advisor import Report, diagnose

Layers = Callable[[], Sequence[Any]]

# Validation turns at epoch 10 of 40 and ends 80 % above its best; training goes on.
REBOUNDS = {
    "loss": [0.9**epoch for epoch in range(40)],
    "val_loss": [1.0 - 0.05 * e for e in range(10)] + [0.5 + 0.4 * e / 29 for e in range(30)],
}
# Both settle, one a little above the other.
SETTLES = {
    "loss": [0.30 + 0.7**epoch for epoch in range(40)],
    "val_loss": [0.32 + 0.7**epoch for epoch in range(40)],
}


def report_on(
    shape: tuple[int, ...],
    layers: Layers,
    history: object = REBOUNDS,
    *,
    optimizer: str = "adam",
    loss: str = "categorical_crossentropy",
    **settings: Any,
) -> Report:
    """What the advisor says about a saved, untrained Sequential and a history."""
    import keras

    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input(shape), *layers()])
    return report_on_model(model, history, optimizer=optimizer, loss=loss, **settings)


def report_on_model(
    model: Any, history: object, *, optimizer: str, loss: str, **settings: Any
) -> Report:
    """The same for a model that is built already."""
    model.compile(optimizer, loss)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "model.keras"
        model.save(file)
        return diagnose(file, history, **settings)
