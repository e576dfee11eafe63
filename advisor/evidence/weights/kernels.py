"""The kernels of a model with their statistics, and the layers they belong to."""

from functools import cached_property

from advisor.evidence.architecture.layer_flow import NO_WEIGHTS, LayerFlow
from advisor.evidence.measurement import Missing
from advisor.evidence.weights.initial_scale import initial_scale
from advisor.evidence.weights.penalty import (
    PenaltyParts,
    Statistics,
    layer_penalty,
    total_penalty,
)
from advisor.evidence.weights.tensor_statistics import TensorStatistics
from advisor.inputs.history import History
from advisor.inputs.model_facts import LayerFacts
from advisor.values import dataclass

NO_KERNEL = Missing(reason="the layer has no kernel")


@dataclass(frozen=True, kw_only=True)
class Kernel:
    """One kernel of a layer."""

    layer: LayerFacts
    statistics: TensorStatistics

    @cached_property
    def rms_over_initial(self) -> float | Missing:
        """The RMS over what the initializer gives; missing if that is 0 or not known."""
        statistics = self.statistics
        scale = initial_scale(self.layer, statistics.role, statistics.part, statistics.shape)
        if isinstance(scale, Missing):
            return scale
        if scale.rms == 0:
            return Missing(reason=f"{self.layer.path} was initialized with zeros")
        return statistics.rms / scale.rms

    @property
    def largest_over_median(self) -> float | None:
        """The largest |w| over the median one; None if half the weights are 0."""
        statistics = self.statistics
        return statistics.largest_magnitude / statistics.median if statistics.median else None

    @property
    def unit_norm_ratio(self) -> float | None:
        """The largest norm of a unit's incoming weights over the median one.

        None without units, and if half of them are dead.
        """
        statistics = self.statistics
        if not statistics.median_unit_norm or statistics.largest_unit_norm is None:
            return None
        return statistics.largest_unit_norm / statistics.median_unit_norm

    @property
    def stable_rank_share(self) -> float | None:
        """The stable rank over the short side of the kernel; None without a spectrum.

        The stable rank is the squared Frobenius norm over the squared spectral norm.
        """
        statistics = self.statistics
        if not statistics.spectral_norm or not statistics.rows or not statistics.columns:
            return None
        return (
            statistics.sum_squares
            / statistics.spectral_norm**2
            / min(statistics.rows, statistics.columns)
        )


@dataclass(frozen=True, kw_only=True)
class WeightedLayer:
    """A layer with the statistics of its weights."""

    layer: LayerFacts
    statistics: tuple[TensorStatistics, ...]

    @cached_property
    def kernels(self) -> tuple[Kernel, ...]:
        """The layer's kernels: one for Dense, two for LSTM, four for an attention layer."""
        return tuple(
            Kernel(layer=self.layer, statistics=tensor)
            for tensor in self.statistics
            if tensor.is_kernel
        )

    @cached_property
    def finite_kernels(self) -> tuple[Kernel, ...] | Missing:
        """The kernels; missing if there is none, or one is not finite."""
        if not self.statistics and self.layer.tensors:
            return Missing(reason="the weights were not read", needs="model")
        return _finite(self.kernels) if self.kernels else NO_KERNEL

    @cached_property
    def penalty(self) -> PenaltyParts | Missing:
        """What the layer's weights add to the loss."""
        return layer_penalty(self.layer, self.statistics)


@dataclass(frozen=True, kw_only=True)
class ModelWeights:
    """All layers with their statistics; the penalty is compared with the loss in `history`."""

    flow: LayerFlow
    statistics: Statistics
    history: History | None = None

    @cached_property
    def penalty(self) -> PenaltyParts | Missing:
        """The penalty of the model."""
        return total_penalty(
            layer_penalty(layer, self.statistics.get(layer.path, ()))
            for layer in self.flow.model.layers
        )

    def layer(self, layer: LayerFacts) -> WeightedLayer:
        """One layer with its statistics."""
        return WeightedLayer(layer=layer, statistics=self.statistics.get(layer.path, ()))

    @cached_property
    def kernels(self) -> tuple[Kernel, ...] | Missing:
        """All kernels in the model's order; missing if there is none or one is not finite."""
        if lack := self.not_read:
            return lack
        kernels = tuple(
            Kernel(layer=layer, statistics=tensor)
            for layer in self.flow.model.layers
            for tensor in self.statistics.get(layer.path, ())
            if tensor.is_kernel
        )
        return _finite(kernels) if kernels else Missing(reason="the model has no kernels")

    @property
    def not_read(self) -> Missing | None:
        """Why there are no statistics, if the model should have some."""
        if self.flow.lacks_weights:
            return NO_WEIGHTS
        if self.statistics or not any(layer.tensors for layer in self.flow.model.layers):
            return None
        return Missing(reason="the weights were not read", needs="model")

    @cached_property
    def learned_kernels(self) -> tuple[Kernel, ...] | Missing:
        """The kernels of layers that are not frozen; all kernels if every layer is frozen."""
        if isinstance(self.kernels, Missing):
            return self.kernels
        return tuple(kernel for kernel in self.kernels if kernel.layer.trainable) or self.kernels


def _finite(kernels: tuple[Kernel, ...]) -> tuple[Kernel, ...] | Missing:
    for kernel in kernels:
        if kernel.statistics.nonfinite:
            return Missing(reason=f"{kernel.layer.path} has weights that are NaN or infinite")
    return kernels
