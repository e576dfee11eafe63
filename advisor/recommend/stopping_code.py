"""Early stopping as Keras code to paste, by the data loss.

The advice is measured without the penalty.
"""

from collections.abc import Sequence

from advisor.inputs.model_facts import LayerFacts, ModelFacts
from advisor.regularization import PENALTIES, Change

LEAST_PATIENCE = 5  # Keras' own default of 0 stops at the first wobble
_ACTIVITY = "activity_regularizer"  # its penalty depends on the rows

# Keras also adds the penalty to `val_loss`. While the penalty falls, the lowest `val_loss` comes
# long after the lowest data loss. Checked with Keras 3.15.1 on TensorFlow (also mixed precision,
# label smoothing, several outputs) and JAX: what is left is the mean of the compiled loss.
_BY_DATA_LOSS = '''import keras


class StopByDataLoss(keras.callbacks.EarlyStopping):
    """Stop by val_loss without the L1/L2 penalty that Keras adds to it."""

    def get_monitor_value(self, logs):
        value = super().get_monitor_value(logs)
{penalty}
        return None if value is None else value - float(penalty)


callbacks = [StopByDataLoss(patience={patience}, restore_best_weights=True)]
'''
_PENALTY = """\
        weights = self.model.trainable_weights
        penalty = sum(w.regularizer(w) for w in weights if w.regularizer)"""
_PENALTY_OF_KERAS_2 = "        penalty = sum(self.model.losses)"


def stopping_code(model: ModelFacts | None, *, patience: int, has_penalty: bool) -> str:
    """The callback in one line if `val_loss` is the data loss, else with the class it needs.

    `model` says which version of Keras it is for; Keras 3 if it is None.
    """
    if not has_penalty:
        return f"keras.callbacks.EarlyStopping(patience={patience}, restore_best_weights=True)"
    is_old = model is not None and (model.keras_version or "").startswith("2.")
    penalty = _PENALTY_OF_KERAS_2 if is_old else _PENALTY
    code = _BY_DATA_LOSS.format(penalty=penalty, patience=patience)
    if not is_old and model is not None and any(map(_penalizes_activity, model.layers)):
        code += "# val_loss still contains the activity penalty, which depends on the rows\n"
    return code


def takes_class(code: str) -> bool:
    """True if the callback is by the data loss: the code then defines a class for it."""
    return "\nclass " in code


def _penalizes_activity(layer: LayerFacts) -> bool:
    penalty = layer.regularizers.get(_ACTIVITY)
    return penalty is not None and penalty.kind != "nothing"


def holds_penalty(model: ModelFacts, changes: Sequence[Change]) -> bool:
    """True if a trained weight has a penalty after the changes, or if the file doesn't show it."""
    set_to: dict[tuple[str, str, str], float] = {
        (change.layer, change.slot, change.kind): change.to for change in changes
    }
    frozen = {layer.path for layer in model.layers if not layer.trainable}
    if any(
        change.is_penalty and change.to > 0 and change.layer not in frozen for change in changes
    ):
        return True
    return any(
        not penalty.is_known
        or any(set_to.get((layer.path, slot, f), penalty.strength(f)) > 0 for f in PENALTIES)
        for layer in model.layers
        if layer.trainable
        for slot, penalty in layer.regularizers.items()
        if slot != _ACTIVITY
    ) or any(layer.is_inferred and layer.tensors for layer in model.layers)
