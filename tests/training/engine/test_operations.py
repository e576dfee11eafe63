"""Operations and multiplications counted in traced functions."""

from typing import Any

import pytest

from advisor.training.engine.operations import Operations, operations_of

pytestmark = pytest.mark.tensorflow

IMAGE, ROWS = (5, 8, 8, 4), 5


def counted(forward: Any, *shapes: tuple[int, ...]) -> Operations:
    import tensorflow as tf

    specs = [tf.TensorSpec(shape, tf.float32) for shape in shapes]
    graph = tf.function(forward, autograph=False).get_concrete_function(*specs).graph
    return operations_of(graph, batch_rows=ROWS, rounds=1)


def test_a_matrix_product_takes_two_operations_for_each_of_its_terms() -> None:
    import tensorflow as tf

    # 5 x 3 sums of 4 products
    assert counted(tf.matmul, (5, 4), (4, 3)).flops == pytest.approx(2 * 5 * 3 * 4)


@pytest.mark.parametrize("window", [3, 5])
def test_a_convolution_sums_over_its_window_and_channels(window: int) -> None:
    import tensorflow as tf

    found = counted(
        lambda x, kernel: tf.nn.conv2d(x, kernel, 1, "SAME"), IMAGE, (window, window, 4, 6)
    )
    assert found.flops == pytest.approx(2 * (5 * 8 * 8 * 6) * window**2 * 4)


@pytest.mark.parametrize("window", [3, 5])
def test_a_depthwise_convolution_and_its_gradients_sum_over_the_window_alone(window: int) -> None:
    import tensorflow as tf

    def with_gradients(x: Any, kernel: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch([x, kernel])
            made = tf.nn.depthwise_conv2d(x, kernel, (1, 1, 1, 1), "SAME")
        return tape.gradient(made, [x, kernel])

    found = counted(with_gradients, IMAGE, (window, window, 4, 2))
    # forward, gradient of the inputs, gradient of the kernel: 5 x 8 x 8 x 8 sums each
    assert found.flops == pytest.approx(3 * 2 * (5 * 8 * 8 * 8) * window**2)
