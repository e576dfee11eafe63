"""How `fit` was called, as far as it can be seen from a callback that runs inside of it."""

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from advisor.keras_internals.fit import adapted_batch_size, fit_locals
from advisor.recorder.row_source import Counted, RowSource, batch_rows, row_count
from advisor.values import dataclass

NOT_SEEN = "the call of fit could not be seen from the callback"


@dataclass(frozen=True, kw_only=True)
class FitCall:
    """The arguments of `fit`; None: not known, with the reason in `unknown` by the field's name.

    `validation` and `training` can be read again, row by row. Sizes are in rows.
    """

    n_train: int | None = None
    n_val: int | None = None
    batch_size: int | None = None
    uses_class_weight: bool | None = None
    class_weight: Mapping[int, float] | None = None
    uses_sample_weight: bool | None = None
    weights_validation: bool | None = None
    uses_validation_split: bool | None = None
    callbacks: tuple[Any, ...] | None = None
    callback_list: Any = None
    validation: RowSource | None = None
    training: RowSource | None = None
    unknown: Mapping[str, str] = field(default_factory=dict)


def fit_call(model: Any) -> FitCall:
    """The call of `model.fit` that runs now.

    Keras hands none of it to its callbacks, so it is read from the local variables of `fit`; what
    is not found there stays unknown.
    """
    names = fit_locals(model)
    if names is None:
        known = ("n_train", "n_val", "batch_size", "uses_class_weight", "uses_sample_weight")
        unknown = dict.fromkeys((*known, "uses_validation_split", "row_loss_std"), NOT_SEEN)
        return FitCall(unknown=unknown)
    unknown = {}
    batch_size = _batch_size(names)
    x, y, weight = (names.get(name) for name in ("x", "y", "sample_weight"))
    training = RowSource(x=x, y=y, weight=weight, batch_size=batch_size or 32)
    validation = _validation(names, batch_size)
    sizes: dict[str, int | None] = {}
    for name, source in (("n_train", training), ("n_val", validation)):
        counted = _rows_of(source)
        sizes[name] = counted.rows
        if counted.rows is None:
            unknown[name] = counted.reason
    if batch_size is None:
        unknown["batch_size"] = "the training data makes its own batches, of no size it tells"
    weighted = True if weight is not None else training.is_weighted
    if weighted is None:
        unknown["uses_sample_weight"] = "the training data does not tell what it yields"
    listed = names.get("callbacks")
    callbacks = getattr(listed, "callbacks", None)
    return FitCall(
        n_train=sizes["n_train"],
        n_val=sizes["n_val"],
        batch_size=batch_size,
        uses_class_weight=names.get("class_weight") is not None,
        class_weight=_class_weight(names.get("class_weight")),
        uses_sample_weight=weighted,
        weights_validation=None if validation is None else validation.is_weighted,
        uses_validation_split=_is_split(names),
        callbacks=tuple(callbacks) if isinstance(callbacks, list) else None,
        callback_list=listed if isinstance(callbacks, list) else None,
        validation=validation,
        training=training,
        unknown=unknown,
    )


def _class_weight(given: Any) -> Mapping[int, float] | None:
    if not isinstance(given, Mapping):
        return None
    try:
        return {int(label): float(weight) for label, weight in given.items()}
    except (TypeError, ValueError):  # labels that no row has: Keras looks for whole numbers
        return None


def _is_split(names: Mapping[str, Any]) -> bool:
    """True where Keras split the rows itself: it puts a part of `x` into `validation_data`."""
    split = names.get("validation_split")
    return bool(split) and names.get("validation_data") is not None


def _validation(names: Mapping[str, Any], batch_size: int | None) -> RowSource | None:
    if names.get("validation_data") is None:
        return None
    own = names.get("validation_batch_size") or batch_size
    return RowSource(
        x=names.get("val_x"),
        y=names.get("val_y"),
        weight=names.get("val_sample_weight"),
        batch_size=own or 32,
        steps=names.get("validation_steps"),
    )


def _rows_of(source: RowSource | None) -> Counted:
    if source is None:
        return Counted(reason="fit was called without validation data")
    counted = row_count(source.x)
    if counted.rows is None or source.steps is None:
        return counted
    own = batch_rows(source.x) or source.batch_size
    return Counted(rows=min(counted.rows, source.steps * own))


def _batch_size(names: Mapping[str, Any]) -> int | None:
    """As given; else as the data has it; else what Keras takes for arrays."""
    given = names.get("batch_size")
    if isinstance(given, int) and given > 0:
        return given
    own = batch_rows(names.get("x")) or adapted_batch_size(names)
    return own if isinstance(own, int) and own > 0 else None
