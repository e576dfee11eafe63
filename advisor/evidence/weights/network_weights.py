"""What the saved weights show: their penalty, size, outliers, sparsity and spectrum."""

from advisor.evidence.architecture.layer_kinds import kind_of
from advisor.evidence.measurement import Missing, Reading, measurement
from advisor.evidence.weights.kernel_summaries import (
    known_growths,
    largest,
    largest_growth,
    largest_over_median,
    shares,
)
from advisor.evidence.weights.kernels import Kernel, ModelWeights

COLLAPSED = 1e-3  # of the initial RMS
FEATURE_KINDS = ("dense", "recurrent", "attention")
NO_WEIGHTS = "no kernel has a weight"
HALF_DEAD = "no kernel has output units, or half of them are dead"
TOO_LARGE = Missing(reason="the first kernel has too many inputs to keep a sum for each")
NO_SPECTRUM = "no hidden kernel has a short side within the limit for spectra"


@measurement("penalty.total", unit="loss")
def penalty_total(weights: ModelWeights) -> Reading:
    """The L1 and L2 penalty of the saved weights, exactly as Keras adds it to the training and the
    validation loss (0 or more).
    """
    penalty = weights.penalty
    return penalty if isinstance(penalty, Missing) else penalty.total


@measurement("penalty.l1", unit="loss")
def penalty_l1(weights: ModelWeights) -> Reading:
    """The L1 part of the penalty of the saved weights, as Keras adds it to the loss (0 or more)."""
    penalty = weights.penalty
    return penalty if isinstance(penalty, Missing) else penalty.l1


@measurement("penalty.l2", unit="loss")
def penalty_l2(weights: ModelWeights) -> Reading:
    """The L2 part of the penalty of the saved weights, as Keras adds it to the loss (0 or more)."""
    penalty = weights.penalty
    return penalty if isinstance(penalty, Missing) else penalty.l2


@measurement("penalty.share", unit="share of the loss")
def penalty_share(weights: ModelWeights) -> Reading:
    """The penalty of the saved weights as a share of the last logged training loss, or of the last
    validation loss if no training loss was logged (0 to 1; above 1, the weights are not those of
    the last epoch).
    """
    if isinstance(weights.penalty, Missing):
        return weights.penalty
    if weights.history is None:
        return Missing(reason="no history was given", needs="history")
    for curves in (weights.history.train, weights.history.validation):
        if "loss" in curves and curves["loss"].values:
            loss = curves["loss"].values[-1]
            if not 0 < loss < float("inf"):
                return Missing(reason=f"the last logged loss is {loss:.4g}")
            return weights.penalty.total / loss
    return Missing(reason="the history has no loss", needs="history")


@measurement("weights.norm")
def weights_norm(weights: ModelWeights) -> Reading:
    """The L2 norm of all kernels together (0 or more)."""
    kernels = weights.kernels
    if isinstance(kernels, Missing):
        return kernels
    return float(sum(kernel.statistics.sum_squares for kernel in kernels) ** 0.5)


@measurement("weights.nonfinite", unit="weights")
def weights_nonfinite(weights: ModelWeights) -> Reading:
    """The number of saved weights of any kind that are NaN or infinite (0 or more)."""
    if lack := weights.not_read:
        return lack
    return sum(tensor.nonfinite for layer in weights.statistics.values() for tensor in layer)


@measurement("weights.largest_over_median", unit="ratio")
def weights_largest_over_median(weights: ModelWeights) -> Reading:
    """The largest weight over the median one, both in magnitude, in the kernel where this ratio is
    highest (1 or more; about 5 for bell-shaped weights). Frozen layers don't count.
    """
    return largest_over_median(weights.learned_kernels)


@measurement("weights.neuron_largest_over_median", unit="ratio")
def weights_neuron_largest_over_median(weights: ModelWeights) -> Reading:
    """The largest norm of one neuron's incoming weights over the median neuron's, in the kernel
    where this ratio is highest (1 or more). Frozen layers don't count.
    """
    return largest(weights.learned_kernels, lambda kernel: kernel.unit_norm_ratio, HALF_DEAD)


@measurement("weights.near_zero_share", unit="share")
def weights_near_zero_share(weights: ModelWeights) -> Reading:
    """The share of the kernels' weights that are smaller than a thousandth of their kernel's root
    mean square, zeros included (0 to 1).
    """
    return shares(weights.kernels, lambda x: x.near_zeros, lambda x: x.count, NO_WEIGHTS)


@measurement("weights.zero_share", unit="share")
def weights_zero_share(weights: ModelWeights) -> Reading:
    """The share of the kernels' weights that are exactly 0 (0 to 1)."""
    return shares(weights.kernels, lambda x: x.zeros, lambda x: x.count, NO_WEIGHTS)


@measurement("weights.dead_units_share", unit="share")
def weights_dead_units_share(weights: ModelWeights) -> Reading:
    """The share of the output units of all kernels whose incoming weights are all 0, or all the
    same number (0 to 1).
    """
    return shares(weights.kernels, lambda x: x.constant_units, lambda x: x.units, HALF_DEAD)


@measurement("weights.rms_over_initial", unit="ratio")
def weights_rms_over_initial(weights: ModelWeights) -> Reading:
    """The root mean square of a kernel's weights over what its initializer gives, for the kernel
    that grew most (0 or more; 1 at the start). Frozen layers don't count.
    """
    return largest_growth(weights.learned_kernels)


@measurement("weights.collapsed_layers", unit="kernels")
def weights_collapsed_layers(weights: ModelWeights) -> Reading:
    """The number of kernels whose root mean square is below a thousandth of what the initializer
    gives (0 or more).
    """
    if isinstance(weights.kernels, Missing):
        return weights.kernels
    growths = known_growths(weights.kernels)
    if isinstance(growths, Missing):
        return growths
    return sum(growth < COLLAPSED for growth in growths)


@measurement("weights.inputs", unit="inputs")
def weights_inputs(weights: ModelWeights) -> Reading:
    """The number of inputs of the first kernel (1 or more), if it takes features: that of a Dense,
    recurrent or attention layer.
    """
    kernel = _first_kernel(weights)
    if isinstance(kernel, Missing):
        return kernel
    return kernel.statistics.inputs or TOO_LARGE


@measurement("weights.inputs_for_90_share", unit="share")
def weights_inputs_for_90_share(weights: ModelWeights) -> Reading:
    """The smallest share of the first kernel's inputs that has 90 % of its squared norm (0 to 1;
    about 0.9 if all inputs count equally), if it takes features.
    """
    kernel = _first_kernel(weights)
    if isinstance(kernel, Missing):
        return kernel
    statistics = kernel.statistics
    if not statistics.inputs:
        return TOO_LARGE
    if not statistics.heavy_inputs:
        return Missing(reason="the first kernel is all 0")
    return statistics.heavy_inputs / statistics.inputs


@measurement("weights.stable_rank_share", unit="share")
def weights_stable_rank_share(weights: ModelWeights) -> Reading:
    """The smallest stable rank of a hidden kernel over its short side (above 0, at most 1; low if
    one direction dominates, whatever the others do). Frozen layers and kernels beyond the limit
    don't count.
    """
    kernels, outputs = weights.learned_kernels, weights.flow.output_layers
    if isinstance(kernels, Missing):
        return kernels
    if isinstance(outputs, Missing):
        return outputs
    ends = {layer.path for layer in outputs}
    shares = [
        share
        for kernel in kernels
        if kernel.layer.path not in ends and (share := kernel.stable_rank_share) is not None
    ]
    return min(shares) if shares else Missing(reason=NO_SPECTRUM)


def _first_kernel(weights: ModelWeights) -> Kernel | Missing:
    """The one kernel that takes the model's inputs, if these are features."""
    flow = weights.flow
    if isinstance(weights.kernels, Missing):
        return weights.kernels
    if isinstance(flow.output_layers, Missing):
        return flow.output_layers
    first = [layer for layer in flow.weight_layers if layer.path not in flow.after_weights]
    if len(first) != 1:
        return Missing(reason=f"{len(first)} layers take the model's inputs")
    of_layer = [kernel for kernel in weights.kernels if kernel.layer.path == first[0].path]
    if kind_of(first[0]) not in FEATURE_KINDS or any(_is_window(kernel) for kernel in of_layer):
        return Missing(reason=f"the first weights, of {first[0].path}, don't take features")
    return of_layer[0] if of_layer else Missing(reason=f"{first[0].path} has no kernel")


def _is_window(kernel: Kernel) -> bool:
    """True for the kernel of a convolution, such as a ConvLSTM's: it covers several places."""
    return len(kernel.statistics.shape) > 2 and kind_of(kernel.layer) != "attention"
