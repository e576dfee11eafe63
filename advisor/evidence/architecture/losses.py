"""What a model's loss and output say about its task: classes, or a number to predict."""

from typing import Literal

from advisor.evidence.architecture.layer_flow import LayerFlow
from advisor.evidence.measurement import Missing
from advisor.inputs.model_facts import ModelFacts

Task = Literal["classification", "regression", "unknown"]

ONE_CLASS_PER_UNIT = frozenset(
    {
        "categorical_crossentropy",
        "categorical_focal_crossentropy",
        "categorical_hinge",
        "sparse_categorical_crossentropy",
    }
)
TWO_CLASSES = frozenset(
    {"binary_crossentropy", "binary_focal_crossentropy", "hinge", "squared_hinge"}
)
REGRESSION = frozenset(
    {
        "huber",
        "log_cosh",
        "mean_absolute_error",
        "mean_absolute_percentage_error",
        "mean_squared_error",
        "mean_squared_logarithmic_error",
        "poisson",
    }
)
NOT_A_CLASSIFIER = Missing(reason="neither the loss nor the output shows that the model classifies")


def loss_name(model: ModelFacts) -> str | None:
    """The loss's canonical name; None if there is none, or several for several outputs."""
    return None if model.loss is None or "," in model.loss else model.loss


def task_of(flow: LayerFlow) -> Task:
    """What the model was trained to do, by its loss, else by its output's activation."""
    loss = loss_name(flow.model)
    if loss in ONE_CLASS_PER_UNIT or loss in TWO_CLASSES:
        return "classification"
    if loss in REGRESSION:
        return "regression"
    is_classifier = flow.model.loss is None and flow.output_activations & {"softmax", "sigmoid"}
    return "classification" if is_classifier else "unknown"


def classes_of(flow: LayerFlow) -> int | Missing:
    """The number of classes; 2 for a binary loss, even with one output unit for each class."""
    if isinstance(flow.output_layers, Missing):
        return flow.output_layers
    if len(flow.output_layers) != 1:
        return Missing(reason=f"the model has {len(flow.output_layers)} output layers with weights")
    units, loss = flow.output_layers[0].units, loss_name(flow.model)
    if loss in TWO_CLASSES:
        return 2
    is_softmax = flow.model.loss is None and "softmax" in flow.output_activations
    if loss in ONE_CLASS_PER_UNIT or is_softmax:
        return units or Missing(reason="the file doesn't say how many units the output layer has")
    if flow.model.loss is None and "sigmoid" in flow.output_activations and units == 1:
        return 2
    return NOT_A_CLASSIFIER
