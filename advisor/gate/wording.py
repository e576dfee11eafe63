"""What a check found, in one sentence: the figure, its bounds, the limit, what would decide it."""

from math import ceil, log10

from advisor.evidence.curves.estimate import Estimate
from advisor.evidence.curves.metric import Metric
from advisor.evidence.curves.sampling import ONE_SIDED_95
from advisor.gate.result import CheckKind, CheckOutcome
from advisor.settings.gate import Limit

MOST_ROWS = 100  # times as many as there are: beyond, the figure is as good as on the limit


def amount(value: float, *, is_relative: bool) -> str:
    """`4.2%`, or `0.0421` in the metric's own unit."""
    if not is_relative:
        return f"{value:.3g}"
    percent = 100 * value
    return (
        f"{percent:.0f}%" if abs(percent) >= 10 or percent == round(percent) else f"{percent:.1f}%"
    )


def figure(kind: CheckKind, metric: Metric, found: Estimate) -> str:
    """The clause that says what was measured: `validation loss ends 14% above its best`."""
    size = amount(abs(found.value), is_relative=found.is_relative)
    is_up = (found.value >= 0) == (metric.sign > 0)
    side = "above" if is_up else "below"
    name = metric.name
    match kind:
        case "rebound" if found.value == 0:
            return f"validation {name} ends at its best"
        case "rebound":
            return f"validation {name} ends {size} {side} its best"
        case "gap":
            return f"validation {name} lies {size} {side} training {name}"
        case "regression" if found.value == 0:
            return f"validation {name} is the baseline's"
        case "regression":
            return f"validation {name} is {size} {side} the baseline's"
        case _:
            of = f" of the baseline's validation {name}" if found.is_relative else ""
            moved = "grew" if found.value >= 0 else "shrank"
            return f"the gap in {name} {moved} by {size}{of} since the baseline"


def sentence(
    kind: CheckKind, metric: Metric, found: Estimate, limit: Limit, outcome: CheckOutcome
) -> str:
    """The whole sentence on a figure that is compared with its limit."""
    low, high, most = (
        amount(each, is_relative=found.is_relative)
        for each in (found.low, found.high, limit.amount)
    )
    said = figure(kind, metric, found)
    if metric.saved_note:
        said += f" ({metric.saved_note})"
    match outcome:
        case "fail":
            tail = f"with 95% certainty by {low} or more, over the limit of {most}"
        case "pass":
            tail = f"with 95% certainty {_at_most(kind, found)}, within the limit of {most}"
        case _:
            tail = (
                f"but noise leaves anything from {low} to {high}, and the limit of {most} lies"
                f" between: {needed(kind, metric, found, limit)}"
            )
    return f"{said[0].upper()}{said[1:]}, {tail}."


def _at_most(kind: CheckKind, found: Estimate) -> str:
    """The upper bound in words; where it is below 0 the run is better by that much or more."""
    high = amount(abs(found.high), is_relative=found.is_relative)
    if found.high < 0:
        return f"by {high} or more"
    if found.value >= 0:
        return f"by no more than {high}"
    return f"{'grown' if kind == 'gap-growth' else 'worse'} by no more than {high}"


def needed(kind: CheckKind, metric: Metric, found: Estimate, limit: Limit) -> str:
    """What is the least that can be seen, and what would decide."""
    name = {"gap-growth": "growth of the gap"}.get(kind, kind)
    smallest = amount(found.smallest_visible, is_relative=found.is_relative)
    rows = f"{found.rows:,} validation rows" if found.rows and found.sampling else "this curve"
    remedy = _remedy(kind, metric, found, limit)
    return f"the smallest {name} that {rows} can show is {smallest}; {remedy}"


def _remedy(kind: CheckKind, metric: Metric, found: Estimate, limit: Limit) -> str:
    sampling = found.sampling or 0.0
    if found.noise >= sampling:
        return "a steadier curve (more epochs, a smaller learning rate at the end) would tell"
    rows = _rows_needed(found, limit.amount)
    more = f"about {rows:,} rows" if rows else "many more rows"
    if found.is_paired or metric.name != "loss" or kind == "gap":
        return f"{more} would tell"
    where = "" if kind == "rebound" else " on both sides"
    return f"{more}, or a Recorder with rows=True{where}, would tell"


def _rows_needed(found: Estimate, limit: float) -> int | None:
    """How many rows would decide, if the figure stays as it is; None where hardly any number."""
    apart = ((found.value - limit) / ONE_SIDED_95) ** 2 - found.noise**2
    if found.rows is None or found.sampling is None or apart <= 0:
        return None
    rows = found.rows * found.sampling**2 / apart
    if not found.rows < rows <= MOST_ROWS * found.rows:
        return None
    step = 10 ** (int(log10(rows)) - 1)
    return ceil(rows / step) * step if rows >= 100 else ceil(rows)
