"""Random draws that depend on a trial's seed, the place and the step, and on nothing else.

So trials of equal seed draw equal masks whatever their strengths: common random numbers.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

_PHILOX = 1  # TensorFlow's number of the counter-based generator of Salmon et al. (2011)


class Masks:
    """The streams of random numbers of all places. A step's number is the generator's counter."""

    def __init__(self) -> None:
        self._keys: Any = None
        self._calls: list[int] = []  # of each place, while one step is traced
        self._traced: tuple[list[Any], Any] | None = None
        self._steps: Any = None

    def new_place(self) -> int:
        """A place that draws; its number."""
        self._calls.append(0)
        return len(self._calls) - 1

    def finish(self, steps: Any) -> None:
        """Call once all places are known; `steps` is a variable that counts optimizer steps."""
        import tensorflow as tf

        self._keys = tf.Variable(np.zeros(len(self._calls) + 1, np.int64), trainable=False)
        self._steps = steps

    def seed(self, seed: int) -> None:
        """Start all streams of a trial."""
        keys = np.random.SeedSequence([seed, 1]).generate_state(len(self._calls) + 1, np.uint64)
        self._keys.assign(keys.astype(np.int64))

    @contextmanager
    def hoisted(self) -> Iterator[None]:
        """Read the keys here, for the steps that are traced in this block with `at_step`."""
        import tensorflow as tf

        outer = self._traced
        keys = tf.unstack(tf.bitcast(self._keys.read_value(), tf.uint64)[:, None])
        self._traced = (keys, None)
        try:
            yield
        finally:
            self._traced = outer

    def at_step(self, step: Any) -> None:
        """Trace one step: `step` is its number, an int64 scalar."""
        import tensorflow as tf

        assert self._traced is not None
        self._calls = [0] * len(self._calls)
        counter = tf.bitcast(tf.stack([tf.zeros((), tf.int64), step]), tf.uint64)
        self._traced = (self._traced[0], counter)

    def uniform(self, place: int, shape: Any) -> Any:
        """Draws from [0, 1) for one call of `place`, float32 of that shape."""
        import tensorflow as tf

        key, counter = self._stream(place)
        return tf.raw_ops.StatelessRandomUniformV2(
            shape=shape, key=key, counter=counter, alg=_PHILOX, dtype=tf.float32
        )

    def normal(self, place: int, shape: Any) -> Any:
        """Standard normal draws for one call of `place`, float32 of that shape."""
        import tensorflow as tf

        key, counter = self._stream(place)
        return tf.raw_ops.StatelessRandomNormalV2(
            shape=shape, key=key, counter=counter, alg=_PHILOX, dtype=tf.float32
        )

    def _stream(self, place: int) -> tuple[Any, Any]:
        """Key [1] and counter [2] of the next call of `place`; a shared layer has several."""
        import tensorflow as tf

        if self._traced is None:
            step = tf.cast(tf.convert_to_tensor(self._steps), tf.int64)
            counter = tf.bitcast(tf.stack([tf.zeros((), tf.int64), step]), tf.uint64)
            key = tf.bitcast(self._keys[place : place + 1], tf.uint64)
        else:
            key, counter = self._traced[0][place], self._traced[1]
        call = self._calls[place]
        self._calls[place] += 1
        return (key + tf.constant([call], tf.uint64) if call else key), counter
