"""The same trials through Keras' own `fit`, for models that the compiled program can't take."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from advisor.errors import AdvisorError, InputError
from advisor.inputs.live_model import inner_optimizer
from advisor.keras_internals.structure import outputs_structure
from advisor.training.engine.compiled_stream import shuffled
from advisor.training.engine.epoch_reading import EpochReading, reading_of
from advisor.training.engine.feeding import Tensors, packed_inputs, packed_targets
from advisor.training.engine.row_plan import RowPlan
from advisor.training.model.adjustable import Adjustable
from advisor.training.reason import named_reason
from advisor.training.rows.streamed import StreamedDataset


class KerasFit:
    """An adjustable model in Keras' hands: traced once, as strengths are variables here too."""

    def __init__(
        self,
        adjustable: Adjustable,
        *,
        batch_size: int,
        evaluation_rows: int,
        metric: str | None,
        input_names: Sequence[str],
    ) -> None:
        self.model = adjustable.model
        self.batch_size, self._evaluation_rows = batch_size, evaluation_rows
        self._metric, self._input_names = metric, tuple(input_names)
        self._penalties = adjustable.penalties
        self._penalties.attach()

    def fit(
        self, batches: Any, plan: RowPlan, n_train: int, parts: Sequence[Any]
    ) -> list[EpochReading]:
        """Train on the batches of all epochs; after each, read `parts`.

        These are the first half of the validation rows, the second, and all.
        """
        import keras

        model, reading, readings = self.model, self._reading, list[EpochReading]()

        class Reader(keras.callbacks.Callback):  # type: ignore[misc]
            def on_epoch_begin(self, epoch: int, logs: object = None) -> None:
                if plan.learning_rates:
                    inner_optimizer(model.optimizer).learning_rate.assign(plan.rates(epoch, 1)[0])

            def on_epoch_end(self, epoch: int, logs: object = None) -> None:
                readings.append(reading(parts))

        try:
            self.model.fit(
                batches,
                initial_epoch=plan.first,
                epochs=plan.epochs,
                steps_per_epoch=-(-n_train // self.batch_size),
                callbacks=[Reader()],
                shuffle=False,
                verbose=0,
            )
        except AdvisorError:
            raise
        except Exception as error:  # the user's own layers and steps may raise anything
            raise InputError(
                f"model: Keras' own fit fails on these rows: {named_reason(error)}"
            ) from error
        return readings

    def loss(self, part: tuple[Any, int]) -> float:
        """The data loss on a part: its rows as `tf.data`, and their number; 0 without rows."""
        if not part[1]:
            return 0.0
        logs = self._logs(part)
        if "loss" not in logs:
            raise InputError(
                f"model: its own test_step reports no 'loss' but {', '.join(logs)}; have it report"
                " one"
            )
        return logs["loss"]

    def fed(self, inputs: Any, targets: Any, weights: Any) -> tuple[Any, ...]:
        """A batch as Keras takes it."""
        packed = packed_inputs(self.model, inputs, self._input_names)
        expected = packed_targets(outputs_structure(self.model), targets)
        # tf.data makes one tensor of a list; a tuple is what Keras takes as several
        packed, expected = (tuple(x) if isinstance(x, list) else x for x in (packed, expected))
        return (packed, expected) if weights is None else (packed, expected, weights)

    def _reading(self, parts: Sequence[Any]) -> EpochReading:
        first, second, every = parts
        totals = [self.loss(part) * part[1] for part in (first, second)]
        metric = self._logs(every)[self._metric] if self._metric else 0.0
        return reading_of((*totals, metric), first[1], every[1], self._metric)

    def _logs(self, part: tuple[Any, int]) -> dict[str, float]:
        fed = part[0].batch(self._evaluation_rows).map(self.fed)
        with self._penalties.silenced():
            logs = self.model.evaluate(fed, verbose=0, return_dict=True)
        return {str(name): float(value) for name, value in logs.items()}


class FitProgram:
    """Trials on rows in memory."""

    def __init__(self, adjustable: Adjustable, tensors: Tensors, **options: Any) -> None:
        self._keras = KerasFit(adjustable, **options)
        self._tensors = tensors

    def epochs(self, plan: RowPlan) -> Iterator[EpochReading]:
        """Train to the end of the plan; then one reading for each epoch."""
        val = self._tensors.validated()
        parts = [
            (_rows_at(val, rows), len(rows))
            for rows in (plan.val[: plan.half], plan.val[plan.half :], plan.val)
        ]
        yield from self._keras.fit(self._batches(plan), plan, plan.n_train, parts)

    def _batches(self, plan: RowPlan) -> Any:
        """The batches of all epochs, one after the other."""
        import tensorflow as tf

        def numbers() -> Iterator[Any]:
            for epoch in range(plan.first, plan.epochs):
                order = plan.order(epoch)
                for first in range(0, len(order), self._keras.batch_size):
                    yield order[first : first + self._keras.batch_size]

        def batch(places: Any) -> tuple[Any, ...]:
            tensors = self._tensors.gathered(places)
            return self._keras.fed(tensors.inputs, tensors.targets, tensors.weights)

        signature = tf.TensorSpec((None,), tf.int32)
        return tf.data.Dataset.from_generator(numbers, output_signature=signature).map(batch)


class StreamFit:
    """Trials on streamed rows."""

    def __init__(self, adjustable: Adjustable, dataset: StreamedDataset, **options: Any) -> None:
        self._keras = KerasFit(adjustable, **options)
        self._dataset = dataset
        self._halves: Sequence[Any] | None = None

    def epochs(self, plan: RowPlan) -> Iterator[EpochReading]:
        """Train to the end of the plan; then one reading for each epoch."""
        import tensorflow as tf

        if self._halves is None:
            self._halves = self._parts()
        every = tf.data.Dataset.range(0)
        for epoch in range(plan.first, plan.epochs):
            rows = shuffled(self._dataset.train, plan.seed, epoch)
            batches = rows.batch(self._keras.batch_size).map(self._keras.fed)
            every = batches if epoch == plan.first else every.concatenate(batches)
        yield from self._keras.fit(every, plan, self._dataset.n_train, self._halves)

    def _parts(self) -> Sequence[Any]:
        """Each half of the validation rows, and all; a row's half is drawn from its place."""
        import tensorflow as tf

        def half(is_second: bool) -> tuple[Any, int]:
            def is_in(place: Any, *_: Any) -> Any:
                seed = tf.stack([tf.constant(3, tf.int64), place])
                return (tf.random.stateless_uniform((), seed) < 0.5) != is_second

            rows = self._dataset.val.enumerate().filter(is_in).map(lambda _, row: row)
            count = int(rows.reduce(0, lambda count, *_: count + 1))
            return rows.apply(tf.data.experimental.assert_cardinality(count)), count

        return half(False), half(True), (self._dataset.val, self._dataset.n_val)


def _rows_at(tensors: Tensors, places: Any) -> Any:
    """Single rows as `(inputs, targets, weight)`."""
    import tensorflow as tf

    def row(place: Any) -> tuple[Any, Any, Any]:
        chosen = tensors.gathered(place)
        return chosen.inputs, chosen.targets, chosen.weights

    return tf.data.Dataset.from_tensor_slices(np.asarray(places, np.int32)).map(row)
