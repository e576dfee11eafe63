"""What the saved weights of one layer show."""

from collections.abc import Callable

from advisor.evidence.measurement import Missing, Reading, measurement
from advisor.evidence.weights.kernel_summaries import (
    largest,
    largest_growth,
    largest_over_median,
    shares,
    weighted_median_kurtosis,
)
from advisor.evidence.weights.kernels import Kernel, WeightedLayer

NO_WEIGHTS = "the layer's kernel has no weight"
HALF_DEAD = "the layer's kernel has no output units, or half of them are dead"
NO_SPECTRUM = "the short side of the layer's kernel is beyond the limit for spectra"
TOO_FEW_VALUES = f"{NO_SPECTRUM}, or it has too few singular values for a tail"
NO_INPUTS = Missing(reason="the rows of the layer's kernel are not inputs, or there are too many")


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
    return float(sum(each.statistics.sum_squares for each in kernels) ** 0.5)


@measurement("layer.rms", scope="layer")
def layer_rms(weighted: WeightedLayer) -> Reading:
    """The root mean square of the layer's kernel weights (0 or more)."""
    kernels = weighted.finite_kernels
    if isinstance(kernels, Missing):
        return kernels
    squares = sum(each.statistics.sum_squares for each in kernels)
    return float((squares / sum(each.statistics.count for each in kernels)) ** 0.5)


@measurement("layer.rms_over_initial", unit="ratio", scope="layer")
def layer_rms_over_initial(weighted: WeightedLayer) -> Reading:
    """The root mean square of the kernel's weights over what its initializer gives (0 or more; 1 as
    new); of several kernels, of the one that grew most.
    """
    return largest_growth(weighted.finite_kernels)


@measurement("layer.largest", scope="layer")
def layer_largest(weighted: WeightedLayer) -> Reading:
    """The largest kernel weight of the layer in magnitude (0 or more)."""
    return _largest(weighted, lambda each: each.statistics.largest_magnitude, NO_WEIGHTS)


@measurement("layer.largest_over_median", unit="ratio", scope="layer")
def layer_largest_over_median(weighted: WeightedLayer) -> Reading:
    """The largest kernel weight over the median one, both in magnitude (1 or more; about 5 for
    bell-shaped weights).
    """
    return largest_over_median(weighted.finite_kernels)


@measurement("layer.neuron_largest_over_median", unit="ratio", scope="layer")
def layer_neuron_largest_over_median(weighted: WeightedLayer) -> Reading:
    """The largest norm of one neuron's incoming weights over the median neuron's (1 or more)."""
    return _largest(weighted, lambda each: each.unit_norm_ratio, HALF_DEAD)


@measurement("layer.kurtosis", scope="layer")
def layer_kurtosis(weighted: WeightedLayer) -> Reading:
    """The excess kurtosis of the layer's kernel weights (-2 or more; 0 is bell-shaped, -1.2
    uniform, above 3 has heavy tails).
    """
    return weighted_median_kurtosis(weighted.finite_kernels)


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


@measurement("layer.stable_rank", scope="layer")
def layer_stable_rank(weighted: WeightedLayer) -> Reading:
    """The squared Frobenius norm of the kernel over its squared spectral norm (1 or more): it would
    take so many directions, all as strong as the strongest; the smallest of several kernels.
    """
    return _smallest(weighted, lambda each: each.stable_rank)


@measurement("layer.stable_rank_share", unit="share", scope="layer")
def layer_stable_rank_share(weighted: WeightedLayer) -> Reading:
    """The stable rank of the kernel over its short side (above 0, at most 1; low where one
    direction dominates, whatever the others do); the smallest of several kernels.
    """
    return _smallest(weighted, lambda each: each.stable_rank_share)


@measurement("layer.spectral_norm", scope="layer")
def layer_spectral_norm(weighted: WeightedLayer) -> Reading:
    """The largest singular value of the layer's kernel (0 or more); the largest of several."""
    return _largest(weighted, lambda each: each.statistics.spectral_norm, NO_SPECTRUM)


@measurement("layer.spectrum_exponent", scope="layer")
def layer_spectrum_exponent(weighted: WeightedLayer) -> Reading:
    """How fast the density of the kernel's large squared singular values falls, as the exponent of
    a power law (above 1; 2 to 4 is common after strong training, above 6 it is nearly random).

    Hill's estimate over the larger half; of several kernels the largest. Martin & Mahoney (2021).
    """
    return _largest(weighted, lambda each: each.statistics.tail_exponent, TOO_FEW_VALUES)


@measurement("layer.penalty", unit="loss", scope="layer")
def layer_penalty(weighted: WeightedLayer) -> Reading:
    """The L1 and L2 penalty of the layer's saved weights, as Keras adds it to the loss (0 or
    more; 0 where the layer is frozen).
    """
    penalty = weighted.penalty
    return penalty if isinstance(penalty, Missing) else penalty.total


@measurement("layer.penalty_share", unit="share", scope="layer")
def layer_penalty_share(weighted: WeightedLayer) -> Reading:
    """The layer's share of the whole model's L1 and L2 penalty (0 to 1)."""
    penalty, total = weighted.penalty, weighted.total
    if isinstance(penalty, Missing):
        return penalty
    if isinstance(total, Missing):
        return total
    if total.total <= 0:
        return Missing(reason="the model has no L1 or L2 penalty")
    return penalty.total / total.total


@measurement("layer.inputs_for_90_share", unit="share", scope="layer")
def layer_inputs_for_90_share(weighted: WeightedLayer) -> Reading:
    """The smallest share of the inputs, channels of a convolution, that carries 90 % of the
    kernel's squared norm (0 to 1; about 0.9 if all inputs count alike).
    """
    kernels = weighted.finite_kernels
    if isinstance(kernels, Missing):
        return kernels
    found = kernels[0].statistics
    return found.heavy_inputs / found.inputs if found.inputs and found.heavy_inputs else NO_INPUTS


@measurement("layer.nonfinite", unit="weights", scope="layer")
def layer_nonfinite(weighted: WeightedLayer) -> Reading:
    """The number of the layer's weights of any kind that are NaN or infinite (0 or more)."""
    if len(weighted.statistics) < len(weighted.layer.tensors):
        return Missing(reason="the weights were not read", needs="model")
    return sum(each.nonfinite for each in weighted.statistics)


Figure = Callable[[Kernel], float | None]


def _largest(weighted: WeightedLayer, figure: Figure, otherwise: str) -> Reading:
    return largest(weighted.finite_kernels, figure, otherwise)


def _smallest(weighted: WeightedLayer, figure: Figure) -> Reading:
    kernels = weighted.finite_kernels
    if isinstance(kernels, Missing):
        return kernels
    found = [value for each in kernels if (value := figure(each)) is not None]
    return min(found) if found else Missing(reason=NO_SPECTRUM)
