"""A model's training as one compiled function, traced once for all strengths, seeds and splits."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from advisor.keras_internals.tf_graph import has_one_thread_executor, one_thread_executor
from advisor.training.engine.epoch_reading import EpochReading, reading_of
from advisor.training.engine.feeding import Tensors
from advisor.training.engine.pace import Pace
from advisor.training.engine.row_plan import RowPlan
from advisor.training.engine.step import Step
from advisor.training.model.graph_cond import graph_cond


class Program:
    """Training and evaluation of rows that lie in memory; a few epochs are one call.

    `has_rates` says that learning rates are replayed.
    """

    def __init__(
        self,
        step: Step,
        tensors: Tensors,
        *,
        batch_size: int,
        evaluation_rows: int,
        has_rates: bool,
    ) -> None:
        import tensorflow as tf

        self.step_graph: Any = None  # what was traced, to be counted
        self.evaluation_graph: Any = None
        self._step, self._tensors = step, tensors
        self._batch_size, self._evaluation_rows = batch_size, evaluation_rows
        self._has_rates = has_rates
        self._pace = Pace()
        scalar, vector = tf.TensorSpec((), tf.int32), tf.TensorSpec((None,), tf.int32)
        with _executor(_has_one_thread()):  # here too: it says in which form loops are kept
            self._advance = tf.function(
                self._trace_advance,
                input_signature=[
                    [tf.TensorSpec((None, *t.shape[1:]), t.dtype) for t in tensors.flat()],
                    tf.TensorSpec((None, None), tf.int32),
                    vector,
                    scalar,
                    tf.TensorSpec((None,), tf.float32),
                    tf.TensorSpec((), tf.int64),
                    scalar,
                    scalar,
                ],
                autograph=False,
            ).get_concrete_function()
        self._runs_on_one_thread = _has_one_thread() and not has_conds(self._advance)

    def epochs(self, plan: RowPlan) -> Iterator[EpochReading]:
        """Train on, and read after each epoch. Weights and strengths are as they were set."""
        import tensorflow as tf

        flat = self._tensors.flat()
        val, half = tf.constant(plan.val), tf.constant(plan.half, tf.int32)
        per_epoch = -(-plan.n_train // self._batch_size)
        for first, orders in plan.blocks():
            steps = per_epoch * len(orders)
            block = tf.constant(orders)
            rates = tf.constant(plan.rates(first, len(orders)), tf.float32)
            before = tf.constant(first * per_epoch, tf.int64)
            for start, stop in self._pace.pieces(steps):
                bounds = tf.constant(start, tf.int32), tf.constant(stop, tf.int32)
                with _executor(self._runs_on_one_thread):
                    results = self._advance(*flat, block, val, half, rates, before, *bounds).numpy()
                for row in results[start // per_epoch : stop // per_epoch]:
                    yield reading_of(row, plan.half, len(plan.val), self._step.metric)

    def _trace_advance(
        self,
        flat: list[Any],
        orders: Any,
        val: Any,
        half: Any,
        rates: Any,
        before: Any,
        start: Any,
        stop: Any,
    ) -> Any:
        """Steps `start` to `stop` of the epochs whose rows `orders` [epochs, rows] lists.

        Gives [epochs, 3]: for each epoch that ended here, the summed loss on the two halves of the
        validation rows, and the metric. `before` counts the steps before these epochs.
        """
        import tensorflow as tf

        tensors = self._tensors.like(flat)
        val_tensors = tensors.validated()
        n_epochs, n_rows = tf.unstack(tf.shape(orders))
        per_epoch = -(-n_rows // self._batch_size)

        def epoch(step: Any, results: Any) -> tuple[Any, Any]:
            number = step // per_epoch
            if self._has_rates:
                self._step.set_learning_rate(rates[number])
            end = tf.minimum(stop, (number + 1) * per_epoch)
            step = self._steps(tensors, orders[number], before, number * per_epoch, step, end)
            (results,) = graph_cond(
                tf.equal(step, (number + 1) * per_epoch),
                lambda: [
                    tf.tensor_scatter_nd_update(
                        results,
                        number[None, None],
                        self._evaluation(val_tensors, val, half)[None],
                    )
                ],
                [results],
            )
            return step, results

        with self._step.strengths.hoisted(), self._step.masks.hoisted():
            _, results = tf.while_loop(
                lambda step, _: step < stop,
                epoch,
                (start, tf.zeros((n_epochs, 3))),
                shape_invariants=(tf.TensorShape(()), tf.TensorShape((None, 3))),
            )
        return results

    def _steps(
        self, tensors: Tensors, order: Any, before: Any, zero: Any, step: Any, end: Any
    ) -> Any:
        """Steps `step` to `end` of the epoch that began at step `zero`; the step after."""
        import tensorflow as tf

        size, n_rows = self._batch_size, tf.size(order)

        def one(step: Any) -> Any:
            first = (step - zero) * size
            rows = order[first : tf.minimum(first + size, n_rows)]
            self._step.masks.at_step(before + tf.cast(step, tf.int64))
            self._step.learn(tensors.gathered(rows))
            self.step_graph = tf.compat.v1.get_default_graph()
            return step + 1

        return tf.while_loop(lambda step: step < end, one, [step], parallel_iterations=1)[0]

    def _evaluation(self, tensors: Tensors, rows: Any, half: Any) -> Any:
        """[3]: summed data loss of the first `half` of `rows`, of the others; the metric."""
        import tensorflow as tf

        self._step.forget_metric()

        def some(first: Any, totals: Any) -> tuple[Any, Any]:
            self._step.masks.at_step(tf.zeros((), tf.int64))
            is_second = first >= half
            limit = tf.where(is_second, tf.size(rows), half)
            end = tf.minimum(first + self._evaluation_rows, limit)
            batch = tensors.gathered(rows[first:end])
            totals += self._step.data_losses(batch, is_second)
            self.evaluation_graph = tf.compat.v1.get_default_graph()
            return end, totals

        with self._step.masks.hoisted():
            _, totals = tf.while_loop(
                lambda first, _: first < tf.size(rows), some, (tf.constant(0), tf.zeros((2,)))
            )
        return tf.concat([totals, self._step.metric_value()[None]], axis=0)


def _has_one_thread() -> bool:
    """True where TensorFlow can run a function's operations one after the other: on a CPU."""
    import tensorflow as tf

    return has_one_thread_executor() and not tf.config.list_physical_devices("GPU")


def has_conds(function: Any) -> bool:
    """True for a function with a cond anywhere: its branch would wait for another thread."""
    library = function.graph.as_graph_def().library.function
    kinds = {node.op for inner in library for node in inner.node_def}
    return bool(kinds & {"If", "StatelessIf", "Case", "StatelessCase"})


@contextmanager
def _executor(is_one_thread: bool) -> Iterator[None]:
    """Run the operations of a function one after the other, if TensorFlow can.

    In small networks an operation takes microseconds, less than handing it to another thread.
    Measured: 2.1 times less CPU for a small MLP and an LSTM, 1.2 times for a CNN, whose single
    operations still use all cores.
    """
    with one_thread_executor() if is_one_thread else nullcontext():
        yield
