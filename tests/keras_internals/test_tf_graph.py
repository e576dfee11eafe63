"""TensorFlow's traced functions: how they run, and the functions inside them."""

import pytest
import tensorflow as tf
from tensorflow.python.eager import context

from advisor.keras_internals.tf_graph import (
    has_one_thread_executor,
    inner_graph,
    one_thread_executor,
)

pytestmark = pytest.mark.tensorflow


def executor() -> str:
    """The kind of executor that a function called now would run in."""
    return str(context.context().function_call_options.executor_type)


def test_a_function_runs_in_one_thread_only_meanwhile() -> None:
    assert has_one_thread_executor()
    before = executor()
    with one_thread_executor():
        assert "SINGLE_THREADED_EXECUTOR" in executor()
        assert float(tf.function(lambda x: x * 2)(tf.constant(3.0))) == 6.0
    assert executor() == before


def test_a_tensorflow_without_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(context, "function_executor_type")
    assert not has_one_thread_executor()


def test_the_graph_of_a_loops_body_is_found_by_its_name() -> None:
    @tf.function
    def doubled(x: tf.Tensor) -> tf.Tensor:
        return tf.while_loop(lambda x: x < 100.0, lambda x: x * tf.cosh(x), [x])[0]

    graph = doubled.get_concrete_function(tf.TensorSpec((), tf.float32)).graph
    (loop,) = (node for node in graph.get_operations() if "While" in node.type)
    body = inner_graph(graph, loop.get_attr("body").name)
    assert "Cosh" in {node.type for node in body.get_operations()}
