"""One training step and one evaluation of a batch, as Keras' own trainer takes them."""

from collections.abc import Sequence
from typing import Any

from advisor.inputs.live_model import inner_optimizer
from advisor.keras_internals.compiled import compiled_loss, compiled_metrics, whole_loss
from advisor.keras_internals.layers import takes_training
from advisor.training.engine.feeding import Tensors, packed_inputs, packed_targets
from advisor.training.model.adjustable import Adjustable


class Step:
    """What is done with a batch, to be traced into a loop.

    `metric` is the compiled metric to measure besides the loss. A model that overrides
    `compute_loss` gets the penalties on Keras' list of losses, and decides what to do with them.
    """

    def __init__(
        self, adjustable: Adjustable, *, metric: str | None, input_names: Sequence[str]
    ) -> None:
        self.masks, self.strengths = adjustable.masks, adjustable.strengths
        self.metric = metric
        self._model, self._penalties = adjustable.model, adjustable.penalties
        self._input_names = tuple(input_names)
        self._is_own_loss = overrides(self._model, "compute_loss")
        if self._is_own_loss:
            self._penalties.attach()

    def learn(self, batch: Tensors) -> None:
        """One optimizer step."""
        import tensorflow as tf

        optimizer = self._model.optimizer
        variables = self._model.trainable_variables
        values = [variable.value for variable in variables]
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(values)
            outputs = self._outputs(batch, training=True)
            loss = self._loss(batch, outputs, training=True)
            if not self._is_own_loss:
                for other in self._model.losses:
                    loss += tf.cast(tf.reduce_sum(other), loss.dtype)
            loss = optimizer.scale_loss(loss)
        gradients = zip(tape.gradient(loss, values), variables, strict=True)
        pairs = [(gradient, v) for gradient, v in gradients if gradient is not None]
        if not self._is_own_loss:
            scale = _loss_scale(optimizer)
            pairs = [(self._penalties.added_to(g, v, scale), v) for g, v in pairs]
        optimizer.apply([g for g, _ in pairs], [v for _, v in pairs])

    def data_losses(self, batch: Tensors, is_second: Any, *, is_measured: bool = True) -> Any:
        """[2]: the batch's data loss times its rows, at the half that it belongs to, else 0.

        Updates the metric's state too, where `is_measured`: not for a batch that may be empty.
        """
        import tensorflow as tf

        outputs = self._outputs(batch, training=False)
        with self._penalties.silenced():
            loss = tf.cast(self._loss(batch, outputs, training=False), tf.float32)
        if is_measured:
            self._update_metric(batch, outputs)
        rows = tf.cast(tf.shape(batch.inputs[0])[0], tf.float32)
        total = tf.where(rows > 0, loss * rows, 0.0)
        return tf.where(tf.stack([tf.logical_not(is_second), is_second]), total, 0.0)

    def measure(self, batch: Tensors) -> None:
        """Update the metric's state with a batch."""
        if self.metric is not None:
            self._update_metric(batch, self._outputs(batch, training=False))

    def _update_metric(self, batch: Tensors, outputs: Any) -> None:
        if self.metric is not None:
            compiled_metrics(self._model).update_state(
                packed_targets(outputs, batch.targets), outputs, batch.weights
            )

    def forget_metric(self) -> None:
        """Reset the metric."""
        if self.metric is not None:
            compiled_metrics(self._model).reset_state()

    def metric_value(self) -> Any:
        """The metric over the batches since then, a float32 scalar; 0 where there is none."""
        import tensorflow as tf

        if self.metric is None:
            return tf.zeros(())
        return tf.cast(compiled_metrics(self._model).result()[self.metric], tf.float32)

    def set_learning_rate(self, rate: Any) -> None:
        """Replay what a callback had set."""
        inner_optimizer(self._model.optimizer).learning_rate.assign(rate)

    def _outputs(self, batch: Tensors, *, training: bool) -> Any:
        inputs = packed_inputs(self._model, batch.inputs, self._input_names)
        if takes_training(self._model):
            return self._model(inputs, training=training)
        return self._model(inputs)

    def _loss(self, batch: Tensors, outputs: Any, *, training: bool) -> Any:
        """The model's own loss without penalties (in training a loss of its own keeps them)."""
        import tensorflow as tf

        targets = packed_targets(outputs, batch.targets)
        if self._is_own_loss:
            inputs = packed_inputs(self._model, batch.inputs, self._input_names)
            return whole_loss(
                self._model, inputs, targets, outputs, batch.weights, training=training
            )
        compiled = compiled_loss(self._model)
        if compiled is None:  # its layers call add_loss, which is all there is
            losses = () if training else self._model.losses
            return tf.add_n([tf.zeros(()), *(tf.reduce_sum(loss) for loss in losses)])
        return compiled(targets, outputs, batch.weights)


def overrides(model: Any, method: str) -> bool:
    """True if the model's class has its own form of one of Keras' methods."""
    import keras

    return getattr(type(model), method) is not getattr(keras.Model, method)


def _loss_scale(optimizer: Any) -> Any:
    """What the optimizer multiplies the loss with before gradients are taken; None for 1."""
    import tensorflow as tf

    is_scaled = hasattr(optimizer, "inner_optimizer") or optimizer.loss_scale_factor is not None
    return optimizer.scale_loss(tf.ones(())) if is_scaled else None
