"""The compiled program for rows that don't fit into memory: its steps read from `tf.data`."""

from collections.abc import Iterator
from typing import Any

from advisor.training.engine.epoch_reading import EpochReading, reading_of
from advisor.training.engine.feeding import Tensors
from advisor.training.engine.pace import Pace
from advisor.training.engine.row_plan import RowPlan
from advisor.training.engine.step import Step
from advisor.training.rows.streamed import StreamedDataset

SHUFFLED_ROWS = 4096  # held at a time, of which the next row is drawn


class StreamProgram:
    """Training and evaluation of streamed rows, in calls of some steps each."""

    def __init__(
        self,
        step: Step,
        dataset: StreamedDataset,
        *,
        batch_size: int,
        evaluation_rows: int,
        has_rates: bool,
    ) -> None:
        import tensorflow as tf

        self.step_graph: Any = None  # what was traced, to be counted
        self.evaluation_graph: Any = None
        self._step, self._dataset = step, dataset
        self._batch_size, self._evaluation_rows = batch_size, evaluation_rows
        self._has_rates, self._pace = has_rates, Pace()
        self._advance = tf.function(self._trace_advance, autograph=False)
        self._evaluate = tf.function(self._trace_evaluate, autograph=False)
        batches = iter(dataset.train.take(1).batch(batch_size))
        self._advance.get_concrete_function(batches, *_numbers(0, 0), tf.zeros(()))
        self._evaluate.get_concrete_function(
            iter(dataset.val.take(1).batch(evaluation_rows)), *_numbers(0)
        )

    def epochs(self, plan: RowPlan) -> Iterator[EpochReading]:
        """Train on, and read after each epoch. Weights and strengths are as they were set."""
        import tensorflow as tf

        steps = -(-self._dataset.n_train // self._batch_size)
        for epoch in range(plan.first, plan.epochs):
            batches = iter(shuffled(self._dataset.train, plan.seed, epoch).batch(self._batch_size))
            rate = tf.constant(plan.rates(epoch, 1)[0], tf.float32)
            for start, stop in self._pace.pieces(steps):
                before = epoch * steps + start
                self._advance(batches, *_numbers(before, stop - start), rate)
            yield self._read(self._dataset.val, self._dataset.n_val)

    def _read(self, rows: Any, count: int) -> EpochReading:
        batches = rows.batch(self._evaluation_rows)
        number = -(-count // self._evaluation_rows)
        *totals, n_first, metric = self._evaluate(iter(batches), *_numbers(number)).numpy()
        return reading_of((*totals, metric), int(n_first), count, self._step.metric)

    def _trace_advance(self, batches: Any, before: Any, steps: Any, rate: Any) -> Any:
        """So many steps on the next batches; `before` counts the trial's steps so far."""
        import tensorflow as tf

        if self._has_rates:
            self._step.set_learning_rate(rate)

        def one(step: Any) -> Any:
            inputs, targets, weights = next(batches)
            self._step.masks.at_step(before + step)
            self._step.learn(Tensors(inputs=inputs, targets=targets, weights=weights))
            self.step_graph = tf.compat.v1.get_default_graph()
            return step + 1

        with self._step.strengths.hoisted(), self._step.masks.hoisted():
            return tf.while_loop(
                lambda step: step < steps, one, [tf.zeros((), tf.int64)], parallel_iterations=1
            )

    def _trace_evaluate(self, batches: Any, number: Any) -> Any:
        """[4]: the summed data loss on each half, the rows of the first, the metric.

        A row's half is drawn from its place: the same in every trial.
        """
        import tensorflow as tf

        self._step.forget_metric()

        def one(batch: Any, totals: Any, n_first: Any) -> tuple[Any, ...]:
            inputs, targets, weights = next(batches)
            tensors = Tensors(inputs=inputs, targets=targets, weights=weights)
            self._step.masks.at_step(tf.zeros((), tf.int64))
            seed = tf.stack([tf.constant(3, tf.int64), batch])
            draws = tf.random.stateless_uniform(tf.shape(inputs[0])[:1], seed)
            for is_second in (False, True):
                places = tf.where((draws < 0.5) != is_second)[:, 0]
                half = tensors.gathered(places)
                totals += self._step.data_losses(half, tf.constant(is_second), is_measured=False)
            self._step.measure(tensors)  # on all rows at once: a half of few rows may have none
            self.evaluation_graph = tf.compat.v1.get_default_graph()
            return batch + 1, totals, n_first + tf.reduce_sum(tf.cast(draws < 0.5, tf.float32))

        with self._step.masks.hoisted():
            _, totals, n_first = tf.while_loop(
                lambda batch, *_: batch < number,
                one,
                (tf.zeros((), tf.int64), tf.zeros((2,)), tf.zeros(())),
                parallel_iterations=1,
            )
        return tf.concat([totals, n_first[None], self._step.metric_value()[None]], axis=0)


def shuffled(rows: Any, seed: int, epoch: int) -> Any:
    """The rows in an order that depends on seed and epoch."""
    return rows.shuffle(SHUFFLED_ROWS, seed=1_000 * seed + epoch + 1)


def _numbers(*values: int) -> tuple[Any, ...]:
    import tensorflow as tf

    return tuple(tf.constant(value, tf.int64) for value in values)
