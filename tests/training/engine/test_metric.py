"""Which way the metric that trials are compared by gets better."""

import pytest

from advisor.errors import UsageError
from advisor.inputs.histories.metric_names import Direction
from advisor.training.engine.metric import is_maximized


@pytest.mark.parametrize(
    ("name", "is_rising"),
    [
        ("accuracy", True),
        ("out_acc", True),
        ("auc_1", True),
        ("mcc", True),
        ("cohen_kappa", True),
        ("average_precision", True),
        ("top_k_categorical_accuracy", True),
        ("mae", False),
        ("out_mean_squared_error", False),
        ("precision_loss", False),
    ],
)
def test_known_metrics_have_the_direction_that_histories_give_them(
    name: str, is_rising: bool
) -> None:
    assert is_maximized(name, {}) is is_rising


@pytest.mark.parametrize("raw", ["my_score", "val_my_score"])
@pytest.mark.parametrize("direction", ["max", "min"])
def test_the_user_says_the_direction_of_other_metrics(raw: str, direction: Direction) -> None:
    assert is_maximized("my_score", {raw: direction}) is (direction == "max")


def test_what_the_user_says_goes_before_what_the_name_says() -> None:
    assert is_maximized("acc", {"accuracy": "min"}) is False


@pytest.mark.parametrize("name", ["my_score", "true_positives", "dice"])
def test_an_unknown_direction_is_refused_with_the_flag_to_add(name: str) -> None:
    with pytest.raises(UsageError, match=f"add --metric {name}:max where more is") as caught:
        is_maximized(name, {"other": "max"})
    assert "\n" not in str(caught.value)
