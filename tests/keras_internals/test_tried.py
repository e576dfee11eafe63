"""What is said where a version of Keras or TensorFlow lacks a name, and which were tried."""

import ast
import sys
from collections.abc import Callable
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from packaging.version import Version

from advisor.errors import UntriedVersionError
from advisor.keras_internals import (
    compiled,
    dropout,
    fit,
    layers,
    optimizer,
    structure,
    tf_dataset,
    tf_graph,
)
from advisor.keras_internals.tried import TRIED, lacking, private
from tests import versions
from tests.layers import modules, tree_of

pytestmark = pytest.mark.tensorflow

BARE = SimpleNamespace()  # an object of a version that has none of the names
FORGETTING = SimpleNamespace(reset_dropout_mask=lambda: None)
BUILT = SimpleNamespace(_y_true_build_structure=None, _y_pred_build_structure=None)
HALF = SimpleNamespace(_trainable_variables=[])
Case = tuple[Callable[[], Any], str]

# For each function that promises the error: a call of it, and the name that is missing.
OF_KERAS: dict[str, list[Case]] = {
    "compiled_loss": [(lambda: compiled.compiled_loss(BARE), "_compile_loss")],
    "compiled_metrics": [(lambda: compiled.compiled_metrics(BARE), "_compile_metrics")],
    "user_metrics": [
        (lambda: compiled.user_metrics(SimpleNamespace(_compile_metrics=BARE)), "_user_metrics")
    ],
    "whole_loss": [
        (lambda: compiled.whole_loss(BARE, 0, 0, 0, None, training=True), "_compute_loss")
    ],
    "loss_parts": [
        (lambda: compiled.loss_parts(BARE, 0, 0), "_y_true_build_structure"),
        (lambda: compiled.loss_parts(BUILT, 0, 0), "_flat_losses"),
    ],
    "flat_losses": [(lambda: compiled.flat_losses(BARE), "_flat_losses")],
    "forget_mask": [
        (lambda: dropout.forget_mask(BARE, "dropout"), "reset_dropout_mask"),
        (lambda: dropout.forget_mask(FORGETTING, "dropout"), "_dropout_mask"),
    ],
    "replace_head_rate": [(lambda: dropout.replace_head_rate(BARE, 0.5), "_dropout")],
    "dropout_layer_of": [(lambda: dropout.dropout_layer_of(BARE), "_dropout_layer")],
    "wrap_scores": [(lambda: dropout.wrap_scores(BARE, lambda apply: apply), "_apply_scores")],
    "flat_layers": [(lambda: layers.flat_layers(BARE), "_flatten_layers")],
    "child_layers": [(lambda: layers.child_layers(BARE), "_flatten_layers")],
    "own_variables": [
        (lambda: layers.own_variables(BARE), "_trainable_variables"),
        (lambda: layers.own_variables(HALF), "_non_trainable_variables"),
    ],
    "takes_training": [(lambda: layers.takes_training(BARE), "_call_has_training_arg")],
    "regularization_losses": [
        (lambda: layers.regularization_losses(BARE), "_get_regularization_losses")
    ],
    "decays": [(lambda: optimizer.decays(BARE, None), "_use_weight_decay")],
    "exclude_from_decay": [(lambda: optimizer.exclude_from_decay(BARE, [None]), "_var_key")],
    "layer_name_of": [(lambda: structure.layer_name_of(BARE), "_keras_history")],
}
OF_TENSORFLOW: dict[str, list[Case]] = {
    "stages_before": [(lambda: tf_dataset.stages_before(BARE), "_inputs")],
    "source_of": [(lambda: tf_dataset.source_of(BARE), "_input_dataset")],
    "batch_size_of": [(lambda: tf_dataset.batch_size_of(BARE), "_batch_size")],
    "drops_remainder": [(lambda: tf_dataset.drops_remainder(BARE), "_drop_remainder")],
    "functions_of": [(lambda: tf_dataset.functions_of(BARE), "_functions")],
    "inner_graph": [(lambda: tf_graph.inner_graph(BARE, "body"), "_get_function")],
}
# Functions that import what they need, and the module that is hidden for the test.
IMPORTING: dict[str, tuple[Callable[[], Any], str, str]] = {
    "is_training": (
        dropout.is_training,
        "keras.src.backend.common.global_state",
        "keras.src.backend.common.global_state",
    ),
    "keras_mask": (
        lambda: fit.keras_mask(None),
        "keras.src.backend",
        "keras.src.backend.get_keras_mask",
    ),
}


def promising() -> set[str]:
    """The functions whose docstring names the error, itself or as that of another function."""
    homes = [tree_of(module) for module in modules() if module.parts[0] == "keras_internals"]
    functions = [node for home in homes for node in home.body if isinstance(node, ast.FunctionDef)]
    return {f.name for f in functions if "UntriedVersionError" in (ast.get_docstring(f) or "")}


def test_every_function_that_promises_the_error_is_tried_here() -> None:
    assert promising() - {"private"} == {*OF_KERAS, *OF_TENSORFLOW, *IMPORTING}


@pytest.mark.parametrize(("call", "name"), [case for cases in OF_KERAS.values() for case in cases])
def test_a_name_that_keras_lacks_is_one_clear_line(call: Callable[[], Any], name: str) -> None:
    import keras

    with pytest.raises(UntriedVersionError) as raised:
        call()
    assert str(raised.value) == (
        f"Keras {keras.__version__} has no SimpleNamespace.{name}, which advisor needs; install a"
        " version that it was tried with: keras>={},<={}".format(*TRIED["keras"])
    )


@pytest.mark.parametrize(
    ("call", "name"), [case for cases in OF_TENSORFLOW.values() for case in cases]
)
def test_a_name_that_tensorflow_lacks_is_one_clear_line(call: Callable[[], Any], name: str) -> None:
    import tensorflow

    with pytest.raises(UntriedVersionError) as raised:
        call()
    assert str(raised.value) == (
        f"TensorFlow {tensorflow.__version__} has no SimpleNamespace.{name}, which advisor needs;"
        " install a version that it was tried with: tensorflow>={},<={}".format(
            *TRIED["tensorflow"]
        )
    )


@pytest.mark.parametrize(("call", "hidden", "name"), IMPORTING.values(), ids=IMPORTING)
def test_a_module_that_is_elsewhere_is_named(
    call: Callable[[], Any], hidden: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, hidden, None)
    with pytest.raises(UntriedVersionError, match=rf"^Keras \S+ has no {name}, which"):
        call()


def test_a_private_name_that_is_none_is_there() -> None:
    assert private(SimpleNamespace(_compile_loss=None), "_compile_loss") is None


def test_the_error_is_one_line() -> None:
    assert "\n" not in str(lacking("Model._compile_loss"))


@pytest.mark.parametrize("library", TRIED)
def test_the_oldest_that_was_tried_is_the_one_promised(library: Any) -> None:
    promised = dict(map(versions.oldest, versions.requirements()))
    assert Version(TRIED[library][0]) == Version(promised[library])


@pytest.mark.parametrize("library", TRIED)
def test_what_is_installed_is_no_older_than_what_was_tried(library: Any) -> None:
    assert Version(import_module(library).__version__) >= Version(TRIED[library][0])
