"""How far a validation metric of the weights that ship is from its best, with bounds."""

from advisor.evidence.curves.estimate import Estimate
from advisor.evidence.curves.metric import Metric
from advisor.evidence.curves.rebound_bounds import rebound_bounds
from advisor.evidence.measurement import Missing


def rebound(metric: Metric, *, is_relative: bool) -> Estimate | Missing:
    """How much worse the judged window is than the best; a share of the best if `is_relative`."""
    smoothed = metric.validation
    if isinstance(smoothed, Missing):
        return smoothed
    best = metric.sign * smoothed.lowest
    if is_relative and best <= 0:
        return Missing(
            reason=f"the best {metric.name} is {best:.4g}, so a share of it has no meaning: give"
            " a max-rebound in the metric's own unit"
        )
    return rebound_bounds(metric, smoothed, is_relative=is_relative)
