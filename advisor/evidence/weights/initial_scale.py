"""How large the initial weights of a layer are, by its initializer and shape."""

from collections.abc import Callable, Mapping
from math import pi, prod, sqrt

from advisor.evidence.measurement import Missing
from advisor.evidence.weights.matrix_view import HEAD_PROJECTIONS
from advisor.evidence.weights.part_config import part_config
from advisor.inputs.configs.keras_layers import REGULARIZERS
from advisor.inputs.files.json_value import mapping_of, number_of, text_of
from advisor.inputs.model_facts import LayerFacts
from advisor.values import dataclass

INITIALIZERS = {
    role: argument.replace("_regularizer", "_initializer")
    for role, argument in REGULARIZERS.items()
}
# Standard deviation of a normal distribution cut at two standard deviations, as Keras draws it,
# and its mean magnitude: phi(0) - phi(2) over the mass on one side, 0.47725.
TRUNCATED_DEVIATION = 0.87962566
TRUNCATED_MAGNITUDE = 0.72272
# Mean magnitude over RMS.
UNIFORM = sqrt(3) / 2
NORMAL = sqrt(2 / pi)
TRUNCATED = TRUNCATED_MAGNITUDE / TRUNCATED_DEVIATION


@dataclass(frozen=True, kw_only=True)
class InitialScale:
    """What an initializer gives on average: the root mean square, and the mean of |w|."""

    rms: float
    mean_magnitude: float


@dataclass(frozen=True, kw_only=True)
class Fans:
    """The inputs and outputs of a weight, as Keras' `compute_fans` counts them."""

    inputs: int
    outputs: int


Expectation = Callable[[Mapping[str, object], tuple[int, ...], Fans], InitialScale | None]


def initial_scale(
    layer: LayerFacts, role: str, part: str, shape: tuple[int, ...]
) -> InitialScale | Missing:
    """The expected scale of a new weight of `layer`; missing if the initializer isn't known."""
    argument = INITIALIZERS.get(role, "")
    described = mapping_of(part_config(layer, part).get(argument))
    name = text_of(described.get("class_name")) or layer.initializers.get(argument)
    if name is None:
        return Missing(reason=f"the file doesn't name the initializer of {layer.path}'s {role}")
    expect = _EXPECTATIONS.get(name)
    config = mapping_of(described.get("config"))
    scale = expect(config, shape, _fans(config, part, shape)) if expect else None
    if scale is None or not scale.rms < float("inf"):
        return Missing(reason=f"the scale of {layer.path}'s initializer {name} is not known")
    return scale


def _fans(config: Mapping[str, object], part: str, shape: tuple[int, ...]) -> Fans:
    """The fans of a kernel; since Keras 3.15 attention's projections have their own axes.

    That version is recognized by its initializers, which name the axes, even as null.
    """
    name = part.rpartition("/")[2].lstrip("_")
    if "input_axes" in config and len(shape) == 3:
        if name in HEAD_PROJECTIONS:
            return Fans(inputs=shape[0], outputs=prod(shape[1:]))
        if name == "output_dense":
            return Fans(inputs=prod(shape[:-1]), outputs=shape[-1])
    if len(shape) < 2:
        return Fans(inputs=prod(shape), outputs=prod(shape))
    window = prod(shape[:-2])
    return Fans(inputs=shape[-2] * window, outputs=shape[-1] * window)


def _variance_scaling(
    config: Mapping[str, object], shape: tuple[int, ...], fans: Fans
) -> InitialScale | None:
    scale = number_of(config.get("scale", 1.0))
    counts = {
        "fan_in": fans.inputs,
        "fan_out": fans.outputs,
        "fan_avg": (fans.inputs + fans.outputs) / 2,
    }
    count = counts.get(text_of(config.get("mode", "fan_in")) or "")
    shapes = {"uniform": UNIFORM, "untruncated_normal": NORMAL}
    distribution = text_of(config.get("distribution")) or ""
    if scale is None or scale < 0 or count is None:
        return None
    return _scaled(sqrt(scale / max(1.0, count)), shapes.get(distribution, TRUNCATED))


def _scaled(rms: float, magnitude: float) -> InitialScale:
    return InitialScale(rms=rms, mean_magnitude=rms * magnitude)


def _named_scaling(scale: float, mode: str, distribution: str) -> Expectation:
    fixed = {"scale": scale, "mode": mode, "distribution": distribution}
    return lambda config, shape, fans: _variance_scaling(fixed, shape, fans)


def _uniform(
    config: Mapping[str, object], shape: tuple[int, ...], fans: Fans
) -> InitialScale | None:
    low, high = number_of(config.get("minval", -0.05)), number_of(config.get("maxval", 0.05))
    if low is None or high is None or low >= high:
        return None
    signed = high * abs(high) - low * abs(low)
    return InitialScale(
        rms=sqrt((low * low + low * high + high * high) / 3),
        mean_magnitude=signed / (2 * (high - low)),
    )


def _normal(magnitude: float, deviation: float) -> Expectation:
    def expect(
        config: Mapping[str, object], shape: tuple[int, ...], fans: Fans
    ) -> InitialScale | None:
        mean, spread = number_of(config.get("mean", 0.0)), number_of(config.get("stddev", 0.05))
        if spread is None or mean != 0:
            return None
        return _scaled(spread * deviation, magnitude)

    return expect


def _orthogonal(
    config: Mapping[str, object], shape: tuple[int, ...], fans: Fans
) -> InitialScale | None:
    gain = number_of(config.get("gain", 1.0))
    if gain is None:
        return None
    # Orthonormal along the short side: the sum of squares is gain^2 times the short side.
    return _scaled(gain / sqrt(max(prod(shape[:-1]), *shape[-1:], 1)), NORMAL)


def _constant(
    config: Mapping[str, object], shape: tuple[int, ...], fans: Fans
) -> InitialScale | None:
    value = number_of(config.get("value", 0.0))
    return None if value is None else _scaled(abs(value), 1.0)


_EXPECTATIONS: Mapping[str, Expectation] = {
    "Constant": _constant,
    "GlorotNormal": _named_scaling(1.0, "fan_avg", "truncated_normal"),
    "GlorotUniform": _named_scaling(1.0, "fan_avg", "uniform"),
    "HeNormal": _named_scaling(2.0, "fan_in", "truncated_normal"),
    "HeUniform": _named_scaling(2.0, "fan_in", "uniform"),
    "LecunNormal": _named_scaling(1.0, "fan_in", "truncated_normal"),
    "LecunUniform": _named_scaling(1.0, "fan_in", "uniform"),
    "Ones": lambda config, shape, fans: _scaled(1.0, 1.0),
    "Orthogonal": _orthogonal,
    "OrthogonalInitializer": _orthogonal,
    "RandomNormal": _normal(NORMAL, 1.0),
    "RandomUniform": _uniform,
    "TruncatedNormal": _normal(TRUNCATED, TRUNCATED_DEVIATION),
    "VarianceScaling": _variance_scaling,
    "Zeros": lambda config, shape, fans: _scaled(0.0, 0.0),
}
