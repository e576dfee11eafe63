"""What the saved weights do on the user's rows: clean losses, accuracies, the penalty's pull."""

from dataclasses import replace
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from advisor.evidence.evaluation import Evaluation
from advisor.inputs.dataset import Dataset, Rows
from advisor.inputs.row_weights import row_weights
from advisor.keras_internals.compiled import compiled_loss, whole_loss
from advisor.keras_internals.layers import regularization_losses, takes_training
from advisor.training.engine.feeding import as_fed, batches, packed_inputs, packed_targets
from advisor.training.engine.step import overrides
from advisor.training.row_losses import Floats, right_rows, row_losses
from advisor.training.rows.streamed import StreamedDataset
from advisor.values import dataclass

_ROWS_AT_ONCE = 256
_STREAMED_ROWS = 20_000  # of each part of data that does not fit into memory
_GRADIENT_ROWS = 4_096  # spread evenly over the training rows


@dataclass(frozen=True, kw_only=True)
class _Part:
    """The loss of each row [rows], None where it has none; the mean; the share of right classes."""

    losses: Floats | None
    mean: float | None
    accuracy: float | None


def evaluate(model: Any, dataset: Dataset | StreamedDataset, *, batch_size: int = 32) -> Evaluation:
    """Measure the compiled model as it is, before `make_trainer` changes it.

    Runs the model in inference on all rows, or on at most 20,000 rows of each streamed part. The
    rows of both parts are weighted like those of the validation, so that the losses are on one
    scale. The penalty's gradient is compared on at most 4,096 training rows, in batches of
    `batch_size`.
    """
    names = dataset.input_names
    parts = (_as_validated(dataset), dataset.val)
    train, val = (_measured(model, part, names) for part in parts)
    return Evaluation(
        clean_train_loss=train.mean,
        clean_val_loss=val.mean,
        clean_train_accuracy=train.accuracy,
        penalty_gradient_ratio=_gradient_ratio(model, dataset.train, names, batch_size),
        row_loss_cv=_variation(val.losses),
        row_losses=_of_every_row(val.losses, dataset),
    )


def _as_validated(dataset: Dataset | StreamedDataset) -> Any:
    """The training rows, each with the weight that validation would give it."""
    import tensorflow as tf

    if isinstance(dataset, Dataset):
        weights = row_weights(dataset).validation
        return replace(
            dataset.train, weights=None if weights is None else weights[: dataset.n_train]
        )
    if isinstance(dataset.val.element_spec[2], tf.TensorSpec):
        return dataset.train
    return dataset.train.map(lambda inputs, targets, _: (inputs, targets, None))


def _measured(model: Any, part: Any, names: tuple[str, ...]) -> _Part:
    losses: list[Any] = []
    means: list[float] = []
    counts: list[int] = []
    hits: list[float | None] = []
    for rows in batches(part, _ROWS_AT_ONCE, _STREAMED_ROWS):
        outputs = _answers(model, rows, names, training=False)
        targets = packed_targets(outputs, [as_fed(array) for array in rows.targets])
        means.append(_mean_loss(model, rows, targets, outputs, names))  # builds the compiled loss
        losses.append(row_losses(model, targets, outputs, rows.weights))
        right = right_rows(model, targets, outputs)
        hits.append(None if right is None else float(right.sum()))
        counts.append(len(rows))
    mean = float(np.average(means, weights=counts)) if means else None
    known = [hit for hit in hits if hit is not None]
    return _Part(
        losses=None if any(loss is None for loss in losses) else np.concatenate(losses),
        mean=mean if mean is not None and isfinite(mean) else None,
        accuracy=sum(known) / sum(counts) if known and len(known) == len(hits) else None,
    )


def _answers(model: Any, rows: Rows, names: tuple[str, ...], *, training: bool) -> Any:
    import tensorflow as tf

    tensors = [tf.constant(as_fed(array)) for array in rows.inputs]
    inputs = packed_inputs(model, tensors, names)
    return model(inputs, training=training) if takes_training(model) else model(inputs)


def _mean_loss(model: Any, rows: Rows, targets: Any, outputs: Any, names: Any) -> float:
    import tensorflow as tf

    compiled = compiled_loss(model)
    if overrides(model, "compute_loss") or compiled is None:
        inputs = packed_inputs(model, [tf.constant(as_fed(a)) for a in rows.inputs], names)
        total = whole_loss(model, inputs, targets, outputs, rows.weights, training=False)
        penalty = sum(float(tf.reduce_sum(loss)) for loss in regularization_losses(model))
        return float(total) - penalty
    return float(compiled(targets, outputs, rows.weights))


def _of_every_row(losses: Floats | None, dataset: Any) -> NDArray[np.float32] | None:
    """The losses where no row was left out and none is infinite."""
    if losses is None or len(losses) != dataset.n_val or not np.all(np.isfinite(losses)):
        return None
    return losses.astype(np.float32)


def _variation(losses: Floats | None) -> float | None:
    """Standard deviation over mean, None where the mean is not positive."""
    if losses is None or len(losses) < 2 or not np.all(np.isfinite(losses)):
        return None
    mean = float(losses.mean())
    return float(losses.std(ddof=1) / mean) if mean > 0 else None


def _gradient_ratio(model: Any, part: Any, names: Any, batch_size: int) -> float | None:
    """The norm of the penalty's gradient over that of the data loss; 0 without a penalty."""
    import tensorflow as tf

    variables = [variable.value for variable in model.trainable_variables]
    with tf.GradientTape() as tape:
        penalty = tf.add_n([tf.zeros(()), *regularization_losses(model)])
    pulls = tape.gradient(penalty, variables)
    if all(pull is None for pull in pulls):
        return 0.0
    if isinstance(part, Rows):
        spread = np.linspace(0, len(part) - 1, min(len(part), _GRADIENT_ROWS)).astype(np.int64)
        part = part.take(spread)
    totals: list[Any] = [0.0] * len(variables)
    count = 0
    for rows in batches(part, max(batch_size, _ROWS_AT_ONCE), _GRADIENT_ROWS):
        with tf.GradientTape() as tape:
            outputs = _answers(model, rows, names, training=False)
            targets = packed_targets(outputs, [as_fed(array) for array in rows.targets])
            compiled = compiled_loss(model)
            if compiled is None or overrides(model, "compute_loss"):
                return None
            loss = compiled(targets, outputs, rows.weights) * len(rows)
        for place, gradient in enumerate(tape.gradient(loss, variables)):
            if gradient is not None:
                totals[place] = totals[place] + tf.convert_to_tensor(gradient)
        count += len(rows)
    data = _norm([total / count for total in totals if not isinstance(total, float)])
    ratio = _norm([pull for pull in pulls if pull is not None]) / data if data > 0 else None
    return ratio if ratio is not None and isfinite(ratio) else None


def _norm(tensors: list[Any]) -> float:
    import tensorflow as tf

    return float(tf.linalg.global_norm([tf.cast(tensor, tf.float32) for tensor in tensors]))
