import pytest

from advisor.evidence.curves.metric_choice import (
    accuracy_name,
    is_cross_entropy,
    is_same_loss,
    primary_name,
)
from advisor.evidence.measurement import Missing
from tests.evidence.runs import history


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        ({"loss", "accuracy", "head_accuracy"}, "accuracy"),
        ({"loss", "sparse_categorical_accuracy", "mae"}, "sparse_categorical_accuracy"),
        ({"binary_accuracy", "top_k_categorical_accuracy"}, "binary_accuracy"),
    ],
)
def test_accuracy_is_found_by_name(names: set[str], chosen: str) -> None:
    assert accuracy_name(names) == chosen


@pytest.mark.parametrize(
    "names",
    [set(), {"loss"}, {"a_accuracy", "b_accuracy"}, {"top5_accuracy", "balanced_accuracy"}],
)
def test_no_accuracy_for_the_whole_is_missing(names: set[str]) -> None:
    assert isinstance(accuracy_name(names), Missing)


@pytest.mark.parametrize(
    ("metrics", "chosen"),
    [
        (("val_auc", "val_accuracy"), "accuracy"),
        (("val_recall", "val_auc"), "auc"),
        (("val_recall", "val_mae"), "recall"),
    ],
)
def test_primary_metric(metrics: tuple[str, ...], chosen: str) -> None:
    assert primary_name(history(**{key: [0.5] for key in metrics})) == chosen


@pytest.mark.parametrize("metrics", [("val_mae",), ("val_recall", "val_precision")])
def test_no_primary_metric(metrics: tuple[str, ...]) -> None:
    assert isinstance(primary_name(history(**{key: [0.5] for key in metrics})), Missing)


def test_short_and_long_names_are_the_same_loss() -> None:
    assert is_same_loss("mse", "mean_squared_error")
    assert is_same_loss("categorical_crossentropy", "categorical_crossentropy")
    assert not is_same_loss("mae", "mean_squared_error")


def test_cross_entropies() -> None:
    assert is_cross_entropy("sparse_categorical_crossentropy")
    assert not is_cross_entropy("hinge")
