"""The strengths that trials vary, held in one variable so that one trace serves all of them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from advisor.regularization import Strategy

Key = tuple[str, str, str]  # layer path, slot, kind


class Strengths:
    """A strength for each slot: the user's own until a strategy is assigned.

    `tensor(key)` is what a graph reads. Inside `hoisted`, all are read once, outside of its loops.
    """

    def __init__(self, present: Mapping[Key, float]) -> None:
        import tensorflow as tf

        self._index = {key: index for index, key in enumerate(present)}
        self._present = np.array([*present.values(), 0.0], np.float32)  # never empty
        self._variable = tf.Variable(self._present, trainable=False)
        self._values: list[Any] | None = None
        self._scales: list[Any] = []

    def __contains__(self, key: object) -> bool:
        return key in self._index

    def set_present(self, present: Mapping[Key, float]) -> None:
        """Set the user's own strengths at these keys."""
        for key, strength in present.items():
            self._present[self._index[key]] = strength
        self._variable.assign(self._present)

    def assign(self, strategy: Strategy) -> None:
        """Set what `strategy` changes, and the user's own strength everywhere else.

        Raises ValueError for a slot that was not announced as varied.
        """
        values = self._present.copy()
        for change in strategy.changes:
            key = (change.layer, change.slot, change.kind)
            if key not in self._index:
                raise ValueError(f"{key} is not among the slots that this trainer varies")
            values[self._index[key]] = change.to
        self._variable.assign(values)

    def tensor(self, key: Key) -> Any:
        """The present strength at `key`, a float32 scalar."""
        index = self._index[key]
        return self._variable[index] if self._values is None else self._values[index]

    def scale(self, key: Key) -> Any:
        """What dropout at `key` multiplies kept units with: 1 / (1 - rate)."""
        if self._values is None:
            return 1.0 / (1.0 - self.tensor(key))
        return self._scales[self._index[key]]

    @contextmanager
    def hoisted(self) -> Iterator[None]:
        """Read all strengths here, for what is traced in this block."""
        import tensorflow as tf

        values = self._variable.read_value()
        self._values = tf.unstack(values)
        self._scales = tf.unstack(1.0 / (1.0 - values))
        try:
            yield
        finally:
            self._values, self._scales = None, []
