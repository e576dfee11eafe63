"""What a check measured, in one sentence: the figure, its bounds, the limit, what would decide."""

from math import ceil, log10

from advisor.evidence.curves.estimate import Estimate
from advisor.evidence.curves.metric import Metric
from advisor.evidence.curves.sampling import ONE_SIDED_95
from advisor.gate.result import CheckKind, CheckOutcome
from advisor.settings.gate import Limit

MOST_ROWS = 100  # times as many as there are: beyond that, the figure is practically on the limit


def amount(value: float, *, is_relative: bool) -> str:
    """`4.2%`, or `0.0421` in the metric's own unit."""
    if not is_relative:
        return f"{value:.3g}"
    percent = 100 * value
    return (
        f"{percent:.0f}%" if abs(percent) >= 10 or percent == round(percent) else f"{percent:.1f}%"
    )


def figure(kind: CheckKind, metric: Metric, estimate: Estimate) -> str:
    """The clause that says what was measured: `validation loss ends 14% above its best`."""
    size = amount(abs(estimate.value), is_relative=estimate.is_relative)
    is_up = (estimate.value >= 0) == (metric.sign > 0)
    side = "above" if is_up else "below"
    name = metric.name
    match kind:
        case "rebound" if estimate.value == 0:
            return f"validation {name} ends at its best"
        case "rebound":
            return f"validation {name} ends {size} {side} its best"
        case "gap":
            return f"validation {name} is {size} {side} training {name}"
        case "regression" if estimate.value == 0:
            return f"validation {name} equals the baseline's"
        case "regression":
            return f"validation {name} is {size} {side} the baseline's"
        case _:
            of = f" of the baseline's validation {name}" if estimate.is_relative else ""
            moved = "grew" if estimate.value >= 0 else "shrank"
            return f"the gap in {name} {moved} by {size}{of} since the baseline"


def sentence(
    kind: CheckKind, metric: Metric, estimate: Estimate, limit: Limit, outcome: CheckOutcome
) -> str:
    """The whole sentence on a figure that is compared with its limit."""
    low, high, most = (
        amount(value, is_relative=estimate.is_relative)
        for value in (estimate.low, estimate.high, limit.amount)
    )
    said = figure(kind, metric, estimate)
    if metric.saved_note:
        said += f" ({metric.saved_note})"
    match outcome:
        case "fail":
            tail = f"with 95% certainty by {low} or more, over the limit of {most}"
        case "pass":
            tail = f"with 95% certainty {_at_most(kind, estimate)}, within the limit of {most}"
        case _:
            tail = (
                f"but noise allows anything from {low} to {high}, and the limit of {most} is in"
                f" between: {needed(kind, metric, estimate, limit)}"
            )
    return f"{said[0].upper()}{said[1:]}, {tail}."


def _at_most(kind: CheckKind, estimate: Estimate) -> str:
    """The upper bound in words; if it is below 0, the run is better by that much or more."""
    high = amount(abs(estimate.high), is_relative=estimate.is_relative)
    if estimate.high < 0:
        return f"by {high} or more"
    if estimate.value > 0:
        return f"by no more than {high}"
    return f"{'grown' if kind == 'gap-growth' else 'worse'} by no more than {high}"


def needed(kind: CheckKind, metric: Metric, estimate: Estimate, limit: Limit) -> str:
    """The smallest amount that can be seen, and what would decide the check."""
    name = {"gap-growth": "growth of the gap"}.get(kind, kind)
    smallest = amount(estimate.smallest_visible, is_relative=estimate.is_relative)
    rows = (
        f"{estimate.rows:,} validation rows"
        if estimate.rows and estimate.sampling
        else "this curve"
    )
    remedy = _remedy(kind, metric, estimate, limit)
    return f"the smallest {name} that {rows} can show is {smallest}; {remedy}"


def _remedy(kind: CheckKind, metric: Metric, estimate: Estimate, limit: Limit) -> str:
    sampling = estimate.sampling or 0.0
    if estimate.noise >= sampling:
        return "a steadier curve (more epochs, a smaller learning rate at the end) would decide it"
    rows = _rows_needed(estimate, limit.amount)
    more = f"about {rows:,} rows" if rows else "many more rows"
    if estimate.is_paired or metric.name != "loss" or kind == "gap":
        return f"{more} would decide it"
    where = "" if kind == "rebound" else " on both sides"
    return f"{more}, or a Recorder with rows=True{where}, would decide it"


def _rows_needed(estimate: Estimate, limit: float) -> int | None:
    """How many rows would decide it, if the figure stays the same; None if far too many."""
    apart = ((estimate.value - limit) / ONE_SIDED_95) ** 2 - estimate.noise**2
    if estimate.rows is None or estimate.sampling is None or apart <= 0:
        return None
    rows = estimate.rows * estimate.sampling**2 / apart
    if not estimate.rows < rows <= MOST_ROWS * estimate.rows:
        return None
    step = 10 ** (int(log10(rows)) - 1)
    return ceil(rows / step) * step if rows >= 100 else ceil(rows)
