"""Metric names: spellings of many tools, and which way is better."""

import pytest

from advisor.inputs.histories.metric_names import direction_of, metric_name, metric_names


@pytest.mark.parametrize(
    ("raw", "role", "metric"),
    [
        ("loss", "train", "loss"),
        ("val_loss", "validation", "loss"),
        ("epoch/loss", "train", "loss"),  # Weights & Biases
        ("epoch/val_loss", "validation", "loss"),
        ("epoch_loss", "train", "loss"),  # TensorBoard
        ("train/epoch_loss", "train", "loss"),
        ("validation/epoch_loss", "validation", "loss"),
        ("train/loss", "train", "loss"),  # DVCLive
        ("eval/loss", "validation", "loss"),
        ("eval/out_accuracy", "validation", "out_accuracy"),
        ("train_loss_epoch", "train", "loss"),  # Lightning
        ("valid_loss", "validation", "loss"),
        ("dev_f1", "validation", "f1"),
        ("test_loss", "validation", "loss"),
        ("validation_accuracy", "validation", "accuracy"),
        ("training/auc", "train", "auc"),
        ("loss/train", "train", "loss"),
        ("loss/val", "validation", "loss"),
        ("Val Loss", "validation", "loss"),
        ("Train Accuracy", "train", "accuracy"),
        ("acc", "train", "accuracy"),
        ("val_acc", "validation", "accuracy"),
        ("val_out_acc", "validation", "out_accuracy"),
        ("val_val_loss", "validation", "val_loss"),  # an output called `val`
        ("My_Score", "train", "My_Score"),
        ("lr", "learning rate", "learning_rate"),
        ("learning_rate", "learning rate", "learning_rate"),
        ("epoch/learning_rate", "learning rate", "learning_rate"),
        ("lr-Adam", "learning rate", "learning_rate"),
        ("val_learning_rate", "bookkeeping", "learning_rate"),  # CSVLogger's empty column
        ("epoch", "bookkeeping", "epoch"),
        ("Unnamed: 0", "bookkeeping", "Unnamed:_0"),
        ("", "bookkeeping", ""),
        ("_runtime", "bookkeeping", "_runtime"),
        ("system/gpu", "bookkeeping", "system/gpu"),
        ("best_val_loss", "bookkeeping", "best_val_loss"),
        ("batch/loss", "batch", "batch/loss"),
        ("batch_loss", "batch", "batch_loss"),
        ("train_loss_step", "batch", "train_loss_step"),
        ("evaluation_loss_vs_iterations", "batch", "evaluation_loss_vs_iterations"),
    ],
)
def test_name_says_split_and_metric(raw: str, role: str, metric: str) -> None:
    found = metric_name(raw)
    assert (found.role, found.metric) == (role, metric)


def test_output_called_test_is_no_validation_when_it_has_a_validation_twin() -> None:
    names = metric_names(["loss", "test_loss", "val_loss", "val_test_loss"])
    assert {raw: (name.role, name.metric) for raw, name in names.items()} == {
        "loss": ("train", "loss"),
        "test_loss": ("train", "test_loss"),
        "val_loss": ("validation", "loss"),
        "val_test_loss": ("validation", "test_loss"),
    }


@pytest.mark.parametrize(
    "metric",
    [
        "loss",
        "out_loss",
        "kl_loss",
        "mse",
        "mae",
        "rmse",
        "head_mae",
        "mean_squared_error",
        "root_mean_squared_error",
        "binary_crossentropy",
        "sparse_categorical_crossentropy",
        "kl_divergence",
        "logcosh",
        "huber",
        "hinge",
        "categorical_hinge",
        "poisson",
        "loss_1",
        "mean_absolute_error_2",
        "error_rate",
        "perplexity",
    ],
)
def test_lower_is_better(metric: str) -> None:
    assert direction_of(metric) == "min"


@pytest.mark.parametrize(
    "metric",
    [
        "accuracy",
        "out_accuracy",
        "binary_accuracy",
        "auc",
        "auc_3",
        "out_auc_12",
        "pr_auc",
        "f1_score",
        "fbeta_score",
        "precision",
        "recall_1",
        "precision_at_recall",
        "specificity_at_sensitivity",
        "top_k_categorical_accuracy",
        "sparse_top_k_categorical_accuracy",
        "top_5_accuracy",
        "top5_acc",
        "top_5",
        "head_top_5",
        "mean_io_u",
        "one_hot_mean_io_u",
        "r2_score",
        "cosine_similarity",
        "balanced_accuracy",
        "AUC",
        "F1",
    ],
)
def test_higher_is_better(metric: str) -> None:
    assert direction_of(metric) == "max"


@pytest.mark.parametrize(
    "metric",
    [
        "my_score",
        "true_positives",
        "false_negatives",
        "cosine_proximity",
        "dice",
        "tversky",
        "lossy",
        "aucx",
        "reward",
        "mean",
        "sum",
        "top_model",
    ],
)
def test_direction_of_other_names_is_not_guessed(metric: str) -> None:
    assert direction_of(metric) is None


@pytest.mark.tensorflow
def test_every_built_in_keras_metric_has_the_direction_keras_gives_it() -> None:
    import keras

    checked = 0
    for name in dir(keras.metrics):
        metric_class = getattr(keras.metrics, name)
        for arguments in ({}, {"num_classes": 2}, {"recall": 0.5}, {"precision": 0.5}):
            try:
                metric = metric_class(**arguments)
                direction = metric._direction
            except (TypeError, ValueError, AttributeError, NotImplementedError):
                continue
            expected = {"up": "max", "down": "min"}.get(direction)
            assert direction_of(metric.name) == expected, metric.name
            checked += 1
            break
    assert checked > 30
