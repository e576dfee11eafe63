"""Which of the logged metrics is the accuracy, which one matters most, which one is the loss."""

import re
from collections.abc import Collection

from advisor.evidence.measurement import Missing
from advisor.inputs.history import History

# A metric is logged under the name it was given, short or long.
ALIASES = {
    "mse": "mean_squared_error",
    "mae": "mean_absolute_error",
    "mape": "mean_absolute_percentage_error",
    "msle": "mean_squared_logarithmic_error",
    "kld": "kl_divergence",
    "bce": "binary_crossentropy",
}

# These are not the share of rows that were right, although their names end in accuracy.
OTHER_ACCURACY = re.compile(r"top_?(k|\d)|balanced")


def accuracy_name(names: Collection[str]) -> str | Missing:
    """The accuracy among metric names: `accuracy`, or the only name that ends like that."""
    if "accuracy" in names:
        return "accuracy"
    accuracies = sorted(
        name for name in names if name.endswith("accuracy") and not OTHER_ACCURACY.search(name)
    )
    match accuracies:
        case [name]:
            return name
        case []:
            return Missing(reason="the history has no accuracy for both training and validation")
        case _:
            return Missing(
                reason=f"several accuracies, none for the whole: {', '.join(accuracies)}"
            )


def primary_name(history: History) -> str | Missing:
    """The validation metric to follow beside the loss.

    Of those that are better when higher: the accuracy, else an AUC, else an F1 score, else the only
    one.
    """
    rising = [name for name in sorted(history.validation) if history.directions.get(name) == "max"]
    accuracy = accuracy_name(rising)
    if isinstance(accuracy, str):
        return accuracy
    for word in ("auc", "f1"):
        for name in rising:
            if word in name.lower().split("_"):
                return name
    match rising:
        case [name]:
            return name
        case []:
            return Missing(reason="the history has no validation metric that is better when higher")
        case _:
            return Missing(reason=f"several metrics, none of them primary: {', '.join(rising)}")


def is_same_loss(metric: str, loss: str) -> bool:
    """True if a metric of that name is the loss without its penalty."""
    return ALIASES.get(metric, metric) == ALIASES.get(loss, loss)


def is_cross_entropy(loss: str) -> bool:
    """True for every cross-entropy: binary, categorical, sparse, focal."""
    return "crossentropy" in loss or loss == "bce"
