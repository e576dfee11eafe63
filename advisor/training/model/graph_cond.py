"""`tf.cond` as a loop of one round or none.

TensorFlow hands the branch of a cond to another thread. A function whose operations run on one
thread would wait for it forever; the rounds of a loop stay on that thread.
"""

from collections.abc import Callable, Sequence
from typing import Any


def graph_cond(
    claim: Any, change: Callable[[], Sequence[Any]], values: Sequence[Any]
) -> tuple[Any, ...]:
    """What `change` gives where `claim`, a scalar, is true, else `values`; sizes may differ."""
    import tensorflow as tf

    _, *chosen = tf.while_loop(
        lambda is_due, *_: is_due,
        lambda _, *__: (tf.constant(False), *change()),
        (claim, *values),
        shape_invariants=(
            tf.TensorShape(()),
            *(tf.TensorShape((None, *value.shape[1:])) for value in values),
        ),
    )
    return tuple(chosen)
