"""What the saved weights do on the user's rows: clean losses, accuracies, the penalty's pull."""

from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from advisor.evidence.evaluation import Evaluation
from advisor.inputs.dataset import Dataset, Rows
from advisor.training.feeding import as_fed, batches, packed_inputs, packed_targets
from advisor.training.step import overrides
from advisor.training.streamed import StreamedDataset
from advisor.values import dataclass

_ROWS_AT_ONCE = 256
_STREAMED_ROWS = 20_000  # of each part of data that does not fit into memory
_GRADIENT_ROWS = 4_096  # spread evenly over the training rows
Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class _Part:
    """The loss of each row [rows], None where it has none; the mean; the share of right classes."""

    losses: Floats | None
    mean: float | None
    accuracy: float | None


def evaluate(model: Any, dataset: Dataset | StreamedDataset, *, batch_size: int = 32) -> Evaluation:
    """Measure the compiled model as it is, before `make_trainer` changes it.

    Runs the model, row by row in inference; of streamed data at most 20,000 rows a part. The
    penalty's gradient is compared on at most 4,096 training rows, in batches of `batch_size`.
    """
    names = dataset.input_names
    train, val = (_measured(model, part, names) for part in (dataset.train, dataset.val))
    return Evaluation(
        clean_train_loss=train.mean,
        clean_val_loss=val.mean,
        clean_train_accuracy=train.accuracy,
        clean_val_accuracy=val.accuracy,
        penalty_gradient_ratio=_gradient_ratio(model, dataset.train, names, batch_size),
        row_loss_cv=_variation(val.losses),
    )


def _measured(model: Any, part: Any, names: tuple[str, ...]) -> _Part:
    losses: list[Any] = []
    means: list[float] = []
    counts: list[int] = []
    hits: list[float | None] = []
    for rows in batches(part, _ROWS_AT_ONCE, _STREAMED_ROWS):
        outputs = _answers(model, rows, names, training=False)
        targets = packed_targets(outputs, [as_fed(array) for array in rows.targets])
        losses.append(_row_losses(model, targets, outputs, rows.weights))
        means.append(_mean_loss(model, rows, targets, outputs, names))
        hits.append(_right(model, targets, outputs))
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
    return model(inputs, training=training) if model._call_has_training_arg else model(inputs)


def _mean_loss(model: Any, rows: Rows, targets: Any, outputs: Any, names: Any) -> float:
    import tensorflow as tf

    if overrides(model, "compute_loss") or model._compile_loss is None:
        inputs = packed_inputs(model, [tf.constant(as_fed(a)) for a in rows.inputs], names)
        total = model._compute_loss(inputs, targets, outputs, rows.weights, training=False)
        penalty = sum(float(tf.reduce_sum(loss)) for loss in model._get_regularization_losses())
        return float(total) - penalty
    return float(model._compile_loss(targets, outputs, rows.weights))


def _row_losses(model: Any, targets: Any, outputs: Any, weights: Any) -> Floats | None:
    """The loss of each row, summed over outputs as the model weights them; None: not by row."""
    if overrides(model, "compute_loss") or model._compile_loss is None:
        return None
    if not model._compile_loss.built:
        model._compile_loss(targets, outputs, weights)
    total: Any = 0.0
    for path, loss, weight, *_ in model._compile_loss._flat_losses:
        target, output = targets, outputs
        for key in path:
            target, output = target[key], output[key]
        values = np.asarray(loss.call(target, output), np.float64)
        if values.ndim == 0 or len(values) != len(output):
            return None
        by_row = values.reshape(len(values), -1).mean(axis=1)
        total = total + by_row * (1.0 if weight is None else float(weight))
    if weights is not None:
        total = total * weights.reshape(len(weights), -1).mean(axis=1)
    return np.asarray(total, np.float64)


def _right(model: Any, targets: Any, outputs: Any) -> float | None:
    """How many rows of the first output with class labels are classified right; None: no such."""
    import keras

    if not isinstance(model.loss, str | keras.losses.Loss | dict | list | tuple):
        return None
    pairs = zip(keras.tree.flatten(targets), keras.tree.flatten(outputs), strict=False)
    for (target, output), name in zip(pairs, _loss_names(model), strict=False):
        if "crossentropy" not in name:
            continue
        labels, scores = np.asarray(target), np.asarray(output)
        if name.startswith("binary"):
            threshold = 0.0 if "logits" in name else 0.5
            labels = labels.reshape(len(scores), -1)
            hits = (scores.reshape(labels.shape) > threshold) == (labels > 0.5)
        else:
            if not name.startswith("sparse"):
                labels = labels.argmax(axis=-1)
            hits = scores.argmax(axis=-1) == labels.reshape(scores.shape[:-1])
        return float(hits.reshape(len(scores), -1).mean(axis=1).sum())
    return None


def _loss_names(model: Any) -> list[str]:
    """The loss of each output by its canonical name, marked where it takes logits."""
    if model._compile_loss is None or not model._compile_loss.built:
        return []
    found = []
    for _, loss, *_ in model._compile_loss._flat_losses:
        function = getattr(loss, "fn", loss)
        is_logits = getattr(loss, "from_logits", False) or (
            getattr(loss, "_fn_kwargs", {}).get("from_logits", False)
        )
        found.append(str(getattr(function, "__name__", "")) + ("_logits" if is_logits else ""))
    return found


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
        penalty = tf.add_n([tf.zeros(()), *model._get_regularization_losses()])
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
            if model._compile_loss is None or overrides(model, "compute_loss"):
                return None
            loss = model._compile_loss(targets, outputs, rows.weights) * len(rows)
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
