"""Metric names: one spelling whatever tool logged them, and which way is better."""

import re
from collections.abc import Iterable, Mapping
from typing import Literal

from advisor.values import dataclass

Direction = Literal["min", "max"]
Role = Literal["train", "validation", "learning rate", "batch", "bookkeeping"]


@dataclass(frozen=True, kw_only=True)
class MetricName:
    """What a logged name says: `val_acc` is the `accuracy` of validation."""

    role: Role
    metric: str
    is_alias: bool = False  # another spelling; gives way to the plain one where both are logged


_TRAIN = re.compile(r"(?:train|training)[/_](?=.)", re.IGNORECASE)
_VALIDATION = re.compile(r"(?:val|validation|valid|dev|test|eval)[/_](?=.)", re.IGNORECASE)
_EPOCH = re.compile(r"(?:epoch|metrics|logs)/|epoch_(?=.)", re.IGNORECASE)
_BATCH = re.compile(
    r"(?:batch|step|iteration)[/_].+|.+_step|evaluation_.+_vs_iterations", re.IGNORECASE
)
_SPLIT_LAST = re.compile(r"(.+)/(train|training|val|validation|valid|dev|test|eval)", re.IGNORECASE)
_LEARNING_RATE = re.compile(r"(?:.*/)?(?:learning_rate|lr)(?:[-/].*)?", re.IGNORECASE)
_BOOKKEEPING = re.compile(
    r"""|index|unnamed:_\d+|epochs?|steps?|global_step|iterations?|iter|batch|_?runtime|_?timestamp
    |_?step|date|time|times?tamp|wall_?time|relative_time|created_at|duration|elapsed(_time)?
    |epoch_time|time_per_epoch|best_.*|grad_norm|total_flos|.*_per_second|.*_runtime
    |(system|sys|perf)/.*|.*__(min|max)""",
    re.IGNORECASE | re.VERBOSE,
)
_LONGEST_NAME = 1_000  # characters; longer ones are data
EPOCH_COLUMNS = ("epoch", "epoch/epoch", "epochs")
INDEX_COLUMNS = ("", "unnamed:_0", "index")
STEP_COLUMNS = ("step", "_step", "global_step", "iteration")


def plain(raw: str) -> str:
    """A name in lower case with `_` for blanks, to compare column titles."""
    return re.sub(r"\s+", "_", raw.strip()).lower()


def metric_names(raws: Iterable[str]) -> dict[str, MetricName]:
    """What each logged name says, given the names logged with it.

    A name that has a `val_` twin is a training metric as it stands, so that an output that is
    called `test` keeps its `test_loss`.
    """
    known = tuple(raws)
    logged = set(known)
    return {
        raw: (
            MetricName(role="train", metric=raw)
            if f"val_{raw}" in logged and not _is_special(raw)
            else metric_name(raw)
        )
        for raw in known
    } | {
        f"val_{raw}": MetricName(role="validation", metric=raw)
        for raw in known
        if f"val_{raw}" in logged and not _is_special(raw)
    }


def _is_special(raw: str) -> bool:
    return metric_name(raw).role not in ("train", "validation") or _renamed(raw) != raw


def metric_name(raw: str) -> MetricName:
    """What one name says on its own: the split it belongs to and its canonical metric.

    `epoch/x`, `epoch_x`, `train_x`, `training/x` are x; `validation_x`, `valid_x`, `dev_x`,
    `test_x`, `eval/x` are val_x; `acc` is accuracy; `lr` is the learning rate.
    """
    if len(raw) > _LONGEST_NAME:
        return MetricName(role="bookkeeping", metric=raw[:_LONGEST_NAME])
    name = re.sub(r"\s+", "_", raw.strip())
    if _LEARNING_RATE.fullmatch(_EPOCH.sub("", name, count=1)):
        return MetricName(role="learning rate", metric="learning_rate")
    role: Role = "train"
    if last := _SPLIT_LAST.fullmatch(name):
        name = f"{last[2]}/{last[1]}"
    for _ in range(3):  # train/epoch/loss, epoch/val_loss
        if _BOOKKEEPING.fullmatch(name):
            return MetricName(role="bookkeeping", metric=name)
        if _BATCH.fullmatch(name):
            return MetricName(role="batch", metric=name)
        prefix = _VALIDATION.match(name) if role == "train" else None
        if prefix:
            role = "validation"
        else:
            prefix = _EPOCH.match(name) or (_TRAIN.match(name) if role == "train" else None)
        if not prefix:
            break
        name = name[prefix.end() :]
    if role == "validation" and _LEARNING_RATE.fullmatch(name):
        return MetricName(role="bookkeeping", metric=name)  # CSVLogger's empty val_learning_rate
    metric = _renamed(name.removesuffix("_epoch"))
    spelled = f"val_{metric}" if role == "validation" else metric
    return MetricName(role=role, metric=metric, is_alias=spelled != raw)


def _renamed(name: str) -> str:
    lowered = name.lower()
    if lowered == "acc" or lowered.endswith("_acc"):
        return f"{name[:-3]}accuracy"
    return lowered if direction_of(lowered) and "_" not in lowered else name


_LOWER_IS_BETTER = """
    loss error error_rate
    mean_squared_error mse root_mean_squared_error rmse mean_absolute_error mae
    mean_absolute_percentage_error mape mean_squared_logarithmic_error msle
    log_cosh logcosh huber poisson kl_divergence kullback_leibler_divergence kld
    binary_crossentropy categorical_crossentropy sparse_categorical_crossentropy crossentropy
    cross_entropy bce cce binary_focal_crossentropy categorical_focal_crossentropy
    categorical_generalized_cross_entropy nll perplexity brier_score
    hinge squared_hinge categorical_hinge circle ctc
"""
_HIGHER_IS_BETTER = """
    accuracy acc binary_accuracy categorical_accuracy sparse_categorical_accuracy
    auc precision recall sensitivity specificity
    precision_at_recall recall_at_precision
    sensitivity_at_specificity specificity_at_sensitivity
    f1_score fbeta_score f1 f2_score f1score
    iou io_u mean_iou mean_io_u binary_iou binary_io_u
    one_hot_iou one_hot_io_u one_hot_mean_iou one_hot_mean_io_u
    r2_score r2 r_squared cosine_similarity pearson_correlation concordance_correlation
    matthews_correlation matthews_correlation_coefficient mcc cohen_kappa average_precision
"""

# What Keras' own losses and metrics are called, and their usual short names. Left out on purpose:
# counts (true_positives), and names that stand for a loss in one place and for its negative in
# another: cosine_proximity, dice, tversky.
_DIRECTIONS: Mapping[str, Direction] = {
    **dict.fromkeys(_LOWER_IS_BETTER.split(), "min"),
    **dict.fromkeys(_HIGHER_IS_BETTER.split(), "max"),
}
_TOP_K = re.compile(r"(?:sparse_)?top_?(?:k|\d+)(?:_categorical)?(?:_?acc(?:uracy)?)?")
_MOST_WORDS = 6  # of a known name; five in sparse_top_k_categorical_accuracy
_NUMBERED = re.compile(r"_\d+$")  # Keras counts unnamed metrics of one class: auc, auc_3


def chosen_direction(metric: str, given: Mapping[str, Direction]) -> Direction | None:
    """The direction of a metric as the user gave it, by any spelling of a log, else by its name."""
    spelled = {metric_name(raw).metric: direction for raw, direction in given.items()}
    return given.get(metric) or spelled.get(metric_name(metric).metric) or direction_of(metric)


def direction_of(metric: str) -> Direction | None:
    """Whether lower (`min`) or higher (`max`) is better; None where the table doesn't say.

    Several outputs prefix the name with the output's, `head_accuracy`: the longest known ending
    decides. A name with a `/` is that of a section or of one run of several.
    """
    if "/" in metric:
        return None
    lowered = metric.lower()
    for name in dict.fromkeys((lowered, _NUMBERED.sub("", lowered))):
        words = name.rsplit("_", _MOST_WORDS)
        for ending in ("_".join(words[start:]) for start in range(len(words))):
            if ending in _DIRECTIONS:
                return _DIRECTIONS[ending]
            if _TOP_K.fullmatch(ending):
                return "max"
    return None
