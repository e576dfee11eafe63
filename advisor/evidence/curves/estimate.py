"""A figure with the bounds that noise leaves."""

from advisor.values import dataclass


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A measured `value`; the true one is between the one-sided 95 % bounds `low` and `high`.

    A share of something positive if `is_relative`, else in the metric's own unit. `noise` is the
    standard error from one epoch to the next, `sampling` that of the `rows` validation rows. If
    `sampling` is not known it is None, and the bounds hold for these rows only.

    `smallest_visible` is the value whose lower bound would be 0. `basis` says what the bounds rest
    on. `is_paired` says that every row was compared with itself.
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
