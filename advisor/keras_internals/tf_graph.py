"""TensorFlow's traced functions: how they run, and the functions inside them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from advisor.keras_internals.tried import private


def has_one_thread_executor() -> bool:
    """True if operations of a function can be run one after the other, in one thread.

    TensorFlow: `function_executor_type` in `tensorflow.python.eager.context`. False without it:
    small networks then train more slowly.
    """
    try:
        from tensorflow.python.eager import context
    except ImportError:
        return False
    return hasattr(context, "function_executor_type")


@contextmanager
def one_thread_executor() -> Iterator[None]:
    """Run what is called meanwhile in one thread; needs `has_one_thread_executor`."""
    from tensorflow.python.eager import context

    with context.function_executor_type("SINGLE_THREADED_EXECUTOR"):
        yield


def inner_graph(graph: Any, name: str) -> Any:
    """The graph of a function that a graph calls; None for TensorFlow's older kind without one.

    TensorFlow: `_get_function`. UntriedVersionError without it.
    """
    function = private(graph, "_get_function", "tensorflow")(name)
    return getattr(function, "graph", None)
