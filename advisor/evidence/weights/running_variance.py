"""Whether the running variances of Batch Normalization have caught up with the batches."""

from advisor.evidence.architecture.layer_kinds import is_batch_normalization
from advisor.evidence.measurement import Missing, Reading, measurement
from advisor.evidence.weights.kernels import ModelWeights
from advisor.inputs.model_facts import LayerFacts

STARTING_VALUE = "Ones"  # Keras' default initializer of `moving_variance`
NO_STEPS = Missing(reason="the file doesn't say how many steps the optimizer took")


@measurement("weights.running_variance_lag", unit="ratio")
def running_variance_lag(weights: ModelWeights) -> Reading:
    """The running variance of a Batch Normalization over the mean variance of the batches that it
    saw, in the layer where this ratio is highest (above 0; 1 where it has caught up).

    Of n steps at momentum m a share m^n of the running variance is still its starting value of 1,
    and the rest is of batches. Frozen layers don't count.
    """
    layers = [
        layer
        for layer in weights.flow.model.layers
        if is_batch_normalization(layer) and layer.trainable
    ]
    if not layers:
        return Missing(reason="the model has no Batch Normalization that is trained")
    if lack := weights.not_read:
        return lack
    optimizer = weights.flow.model.optimizer
    if optimizer is None or not optimizer.iterations:
        return NO_STEPS
    found = [_lag(weights, layer, optimizer.iterations) for layer in layers]
    known = [lag for lag in found if lag is not None]
    return max(known) if known else Missing(reason="no running variance started at 1")


def _lag(weights: ModelWeights, layer: LayerFacts, steps: int) -> float | None:
    """None where the variance can't have started at 1, so that it came from another training."""
    momentum = layer.config.get("momentum", 0.99)
    starting = layer.initializers.get("moving_variance_initializer", STARTING_VALUE)
    stored = [x for x in weights.statistics.get(layer.path, ()) if x.role == "moving_variance"]
    if not isinstance(momentum, float) or starting != STARTING_VALUE or len(stored) != 1:
        return None
    left = momentum**steps
    running = stored[0].sum_magnitudes / stored[0].count if stored[0].count else 0.0
    return running * (1 - left) / (running - left) if 0 < momentum < 1 and running > left else None
