"""A figure with the bounds that noise leaves it."""

from advisor.values import dataclass


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """`value`, in truth between the one-sided 95 % bounds `low` and `high`.

    A share of something positive where `is_relative`, else in the metric's own unit. `noise` is
    the standard error from one epoch to the next, `sampling` that of the `rows` validation rows:
    None where it isn't known, and the bounds then hold on these very rows alone.
    `smallest_visible` is the value whose lower bound would be 0. `basis` says what the bounds rest
    on, `is_paired` that every row was compared with itself.
    """

    value: float
    low: float
    high: float
    smallest_visible: float
    noise: float
    sampling: float | None
    is_relative: bool
    rows: int | None = None
    is_paired: bool = False
    basis: tuple[str, ...] = ()
