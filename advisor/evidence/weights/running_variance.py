"""Whether the running variances of Batch Normalization have caught up with the batches."""

from advisor.evidence.architecture.layer_kinds import is_batch_normalization
from advisor.evidence.measurement import Assumed, Missing, Reading, measurement
from advisor.evidence.weights.kernels import ModelWeights
from advisor.inputs.model_facts import LayerFacts

STARTING_VALUE = "Ones"  # Keras' default initializer of `moving_variance`
NO_STEPS = Missing(reason="the file doesn't say how many steps the optimizer took")
UNTOLD = Missing(reason="the running variances don't show what the batches contributed")
ROUNDING = 1e-3  # of what is left of the start, after all steps in single precision
CAUGHT_UP = 1.0
SETTLED_BEFORE = Assumed(
    value=CAUGHT_UP,
    assumption="the running variances are below what these steps leave of a start at 1, "
    "so they come from an earlier training and had settled in it",
)


@measurement("weights.running_variance_lag", unit="ratio")
def running_variance_lag(weights: ModelWeights) -> Reading:
    """The running variance of a Batch Normalization over the mean variance of the batches that it
    saw, in the layer where this ratio is highest (above 0; 1 if it has caught up).

    After n steps at momentum m, a share m^n of the running variance is still its starting value of
    1, and the rest comes from batches. Frozen layers also normalize by the running variance during
    training, so the ratio is 1 if all of them are frozen.
    """
    every = [layer for layer in weights.flow.model.layers if is_batch_normalization(layer)]
    if not every:
        return Missing(reason="the model has no Batch Normalization")
    layers = [layer for layer in every if layer.trainable]
    if not layers:
        return CAUGHT_UP
    if lack := weights.not_read:
        return lack
    optimizer = weights.flow.model.optimizer
    if optimizer is None or not optimizer.iterations:
        return NO_STEPS
    lags = [_lag(weights, layer, optimizer.iterations) for layer in layers]
    known = [lag for lag in lags if isinstance(lag, float)]
    if known:
        return max(known)
    return SETTLED_BEFORE if SETTLED_BEFORE in lags else UNTOLD


def _lag(weights: ModelWeights, layer: LayerFacts, steps: int) -> float | Assumed | Missing:
    """One layer's ratio; missing if its start or momentum is unusual, or only the start is left."""
    momentum = layer.config.get("momentum", 0.99)
    starting = layer.initializers.get("moving_variance_initializer", STARTING_VALUE)
    stored = [x for x in weights.statistics.get(layer.path, ()) if x.role == "moving_variance"]
    if not isinstance(momentum, float) or not 0 < momentum < 1:
        return UNTOLD
    if starting != STARTING_VALUE or len(stored) != 1 or not stored[0].count:
        return UNTOLD
    left = momentum**steps
    running = stored[0].sum_magnitudes / stored[0].count
    if running > left:
        return running * (1 - left) / (running - left)
    return SETTLED_BEFORE if running < (1 - ROUNDING) * left else UNTOLD
