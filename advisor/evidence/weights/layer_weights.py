"""What the saved weights of one layer show."""

from advisor.evidence.measurement import Missing, Reading, measurement
from advisor.evidence.weights.kernel_summaries import (
    largest,
    largest_growth,
    largest_over_median,
    shares,
)
from advisor.evidence.weights.kernels import WeightedLayer

NO_WEIGHTS = "the layer's kernel has no weight"
HALF_DEAD = "the layer's kernel has no output units, or half of them are dead"
NO_SPECTRUM = "the short side of the layer's kernel is beyond the limit for spectra"


@measurement("layer.parameters", unit="weights", scope="layer")
def layer_parameters(weighted: WeightedLayer) -> Reading:
    """The number of the layer's weights, trainable or not (0 or more)."""
    return weighted.layer.parameters


@measurement("layer.norm", scope="layer")
def layer_norm(weighted: WeightedLayer) -> Reading:
    """The L2 norm of the layer's kernels (0 or more)."""
    kernels = weighted.finite_kernels
    if isinstance(kernels, Missing):
        return kernels
    return float(sum(kernel.statistics.sum_squares for kernel in kernels) ** 0.5)


@measurement("layer.rms_over_initial", unit="ratio", scope="layer")
def layer_rms_over_initial(weighted: WeightedLayer) -> Reading:
    """The root mean square of the kernel's weights over what its initializer gives (0 or more; 1 at
    the start); of several kernels, that of the one that grew most.
    """
    return largest_growth(weighted.finite_kernels)


@measurement("layer.largest_over_median", unit="ratio", scope="layer")
def layer_largest_over_median(weighted: WeightedLayer) -> Reading:
    """The largest kernel weight over the median one, both in magnitude (1 or more; about 5 for
    bell-shaped weights).
    """
    return largest_over_median(weighted.finite_kernels)


@measurement("layer.neuron_largest_over_median", unit="ratio", scope="layer")
def layer_neuron_largest_over_median(weighted: WeightedLayer) -> Reading:
    """The largest norm of one neuron's incoming weights over the median neuron's (1 or more)."""
    return largest(weighted.finite_kernels, lambda kernel: kernel.unit_norm_ratio, HALF_DEAD)


@measurement("layer.zero_share", unit="share", scope="layer")
def layer_zero_share(weighted: WeightedLayer) -> Reading:
    """The share of the layer's kernel weights that are exactly 0 (0 to 1)."""
    return shares(weighted.finite_kernels, lambda x: x.zeros, lambda x: x.count, NO_WEIGHTS)


@measurement("layer.near_zero_share", unit="share", scope="layer")
def layer_near_zero_share(weighted: WeightedLayer) -> Reading:
    """The share of the layer's kernel weights that are smaller than a thousandth of the kernel's
    root mean square, zeros included (0 to 1).
    """
    return shares(weighted.finite_kernels, lambda x: x.near_zeros, lambda x: x.count, NO_WEIGHTS)


@measurement("layer.dead_units_share", unit="share", scope="layer")
def layer_dead_units_share(weighted: WeightedLayer) -> Reading:
    """The share of the layer's output units whose incoming weights are all 0, or all the same
    number (0 to 1).
    """
    return shares(weighted.finite_kernels, lambda x: x.constant_units, lambda x: x.units, HALF_DEAD)


@measurement("layer.stable_rank_share", unit="share", scope="layer")
def layer_stable_rank_share(weighted: WeightedLayer) -> Reading:
    """The stable rank of the kernel over its short side (above 0, at most 1; low if one direction
    dominates, whatever the others do); the smallest of several kernels.

    The stable rank is the squared Frobenius norm over the squared spectral norm. So many directions
    as strong as the strongest would give the kernel's norm.
    """
    kernels = weighted.finite_kernels
    if isinstance(kernels, Missing):
        return kernels
    ranks = [share for kernel in kernels if (share := kernel.stable_rank_share) is not None]
    return min(ranks) if ranks else Missing(reason=NO_SPECTRUM)


@measurement("layer.spectral_norm", scope="layer")
def layer_spectral_norm(weighted: WeightedLayer) -> Reading:
    """The largest singular value of the layer's kernel (0 or more); the largest of several."""
    return largest(
        weighted.finite_kernels, lambda kernel: kernel.statistics.spectral_norm, NO_SPECTRUM
    )


@measurement("layer.penalty", unit="loss", scope="layer")
def layer_penalty(weighted: WeightedLayer) -> Reading:
    """The L1 and L2 penalty of the layer's saved weights, as Keras adds it to the loss (0 or
    more; 0 if the layer is frozen).
    """
    penalty = weighted.penalty
    return penalty if isinstance(penalty, Missing) else penalty.total


@measurement("layer.nonfinite", unit="weights", scope="layer")
def layer_nonfinite(weighted: WeightedLayer) -> Reading:
    """The number of the layer's weights of any kind that are NaN or infinite (0 or more)."""
    if len(weighted.statistics) < len(weighted.layer.tensors):
        return Missing(reason="the weights were not read", needs="model")
    return sum(tensor.nonfinite for tensor in weighted.statistics)
