"""One figure for several kernels, of a layer or of the model."""

from collections.abc import Callable, Iterable

from advisor.evidence.measurement import Assumed, Missing, Reading
from advisor.evidence.weights.kernels import Kernel
from advisor.evidence.weights.tensor_statistics import TensorStatistics


def largest(
    kernels: tuple[Kernel, ...] | Missing,
    figure: Callable[[Kernel], float | None],
    otherwise: str,
) -> Reading:
    """The largest `figure` of the kernels that have it; missing, as `otherwise`, if none has."""
    if isinstance(kernels, Missing):
        return kernels
    having = [value for kernel in kernels if (value := figure(kernel)) is not None]
    return max(having) if having else Missing(reason=otherwise)


def largest_over_median(kernels: tuple[Kernel, ...] | Missing) -> Reading:
    """The largest ratio of largest to median weight; assumed if that kernel was sampled."""
    if isinstance(kernels, Missing):
        return kernels
    having = [
        (ratio, kernel) for kernel in kernels if (ratio := kernel.largest_over_median) is not None
    ]
    if not having:
        return Missing(reason="half of the weights of every kernel are 0")
    ratio, kernel = max(having, key=lambda pair: pair[0])
    return sampled(ratio, (kernel,))


def sampled(value: float, kernels: Iterable[Kernel]) -> Reading:
    """The value; assumed if any of these kernels is so large that it was sampled."""
    sizes = [kernel.statistics.sampled for kernel in kernels if kernel.statistics.is_sampled]
    if not sizes:
        return value
    return Assumed(
        value=value, assumption=f"a fixed-seed sample of {max(sizes):,} weights represents a kernel"
    )


def shares(
    kernels: tuple[Kernel, ...] | Missing,
    part: Callable[[TensorStatistics], int | None],
    whole: Callable[[TensorStatistics], int | None],
    otherwise: str,
) -> Reading:
    """The sum of `part` over the sum of `whole`; missing, as `otherwise`, if that is 0."""
    if isinstance(kernels, Missing):
        return kernels
    total = sum(whole(kernel.statistics) or 0 for kernel in kernels)
    if not total:
        return Missing(reason=otherwise)
    return sum(part(kernel.statistics) or 0 for kernel in kernels) / total


def largest_growth(kernels: tuple[Kernel, ...] | Missing) -> Reading:
    """The largest RMS over the initial one; assumed if some initializers are not known."""
    if isinstance(kernels, Missing):
        return kernels
    known = known_growths(kernels)
    if isinstance(known, Missing):
        return known
    if len(known) == len(kernels):
        return max(known)
    return Assumed(
        value=max(known),
        assumption=f"{len(known)} of {len(kernels)} kernels count: the scale of the others'"
        " initializers is not known",
    )


def known_growths(kernels: tuple[Kernel, ...]) -> list[float] | Missing:
    """RMS over the initial one, of kernels with a known initializer; missing if there are none."""
    growths = [kernel.rms_over_initial for kernel in kernels]
    known = [growth for growth in growths if not isinstance(growth, Missing)]
    lacks = [growth for growth in growths if isinstance(growth, Missing)]
    return known if known else lacks[0]
