"""The Recorder: a Keras callback that records what a check needs to know about a training.

Imports from keras_internals, inputs, training.

>>> from advisor import Recorder
>>> noted = Recorder("history.json")
>>> run = model.fit(x, y, validation_data=(x_val, y_val), callbacks=[noted], verbose=0)
>>> noted.path.name
'history.json'

`history.json` is an ordinary history with a `recorder` part. Keras is imported when the class is
first used.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from advisor.recorder.callback import Recorder as Recorder

__all__ = ["Recorder"]


def __getattr__(name: str) -> object:
    if name != "Recorder":
        raise AttributeError(f"module 'advisor.recorder' has no attribute {name!r}")
    from advisor.recorder.callback import Recorder

    return Recorder
