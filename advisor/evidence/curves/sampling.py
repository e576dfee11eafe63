"""How far a figure from a finite number of rows may be from the truth."""

from math import sqrt

from advisor.evidence.curves.metric_choice import ALIASES, is_cross_entropy
from advisor.evidence.curves.run import Run
from advisor.evidence.measurement import Missing
from advisor.values import dataclass

ONE_SIDED_95 = 1.645  # standard errors

# Standard deviation of one row's loss over its mean. Normal errors give 1.41 for squared and 0.76
# for absolute errors; real ones have heavier tails. An unknown loss is assumed to vary like the
# wider of the two.
ROW_VARIATION = {"mean_squared_error": 2.0, "mean_absolute_error": 1.0}
UNKNOWN_ROW_VARIATION = 2.0


@dataclass(frozen=True, kw_only=True)
class RowVariation:
    """The spread of the loss over rows, relative to its mean, and where that figure comes from."""

    value: float
    source: str


def row_variation(run: Run) -> RowVariation:
    """The variation of one row's loss.

    It is the one measured on the user's rows, now or by the Recorder. If there is none, it is taken
    from the accuracy for a cross-entropy, else from the loss's kind.

    A cross-entropy concentrates in the few rows that are wrong:
    `sqrt(max(1, 1.5 / (1 - accuracy + 1/n) - 1))` with the validation accuracy and n rows.
    """
    if run.row_loss_cv is not None:
        return RowVariation(value=run.row_loss_cv, source="measured on the validation rows")
    if run.recorded_spread is not None:
        return RowVariation(value=run.recorded_spread, source="measured by the Recorder")
    accuracies, rows, loss = run.accuracies, run.validation_rows, run.loss_name
    may_be_cross_entropy = loss is None or is_cross_entropy(loss)
    if may_be_cross_entropy and rows and not isinstance(accuracies, Missing):
        wrong = 1 - min(accuracies.validation.last, 1.0) + 1 / rows
        return RowVariation(
            value=sqrt(max(1.0, 1.5 / wrong - 1)),
            source="from the accuracy" if loss else "from the accuracy, as for a cross-entropy",
        )
    known = ROW_VARIATION.get(ALIASES.get(loss or "", loss or ""))
    if known is not None:
        return RowVariation(value=known, source=f"usual for {loss}")
    return RowVariation(value=UNKNOWN_ROW_VARIATION, source="assumed")


def wilson(share: float, rows: int, z: float) -> tuple[float, float]:
    """Wilson's score interval of a share in `rows` rows, `z` errors on either side [1927]."""
    center = share + z * z / (2 * rows)
    half = z * sqrt(share * (1 - share) / rows + z * z / (4 * rows * rows))
    whole = 1 + z * z / rows
    return max(0.0, (center - half) / whole), min(1.0, (center + half) / whole)


def newcombe(
    first: float, first_rows: int | None, second: float, second_rows: int | None, z: float
) -> tuple[float, float]:
    """Newcombe's interval of `first - second`, two shares [1998, method 10].

    A share whose number of rows is None is taken as exact.
    """
    low1, high1 = wilson(first, first_rows, z) if first_rows else (first, first)
    low2, high2 = wilson(second, second_rows, z) if second_rows else (second, second)
    gap = first - second
    return (
        gap - sqrt((first - low1) ** 2 + (high2 - second) ** 2),
        gap + sqrt((high1 - first) ** 2 + (second - low2) ** 2),
    )
