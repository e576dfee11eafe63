"""What speaks against a history and a model being of one training."""

from dataclasses import replace

import pytest

from advisor.evidence.agreement import Agreement, history_contradiction
from advisor.evidence.curves.run import Run
from advisor.evidence.evaluation import Evaluation
from advisor.evidence.measurement import Missing
from tests.builders import dense, model
from tests.evidence.runs import history

FALLS = [1.0, 0.8, 0.6, 0.5, 0.5, 0.6, 0.7, 0.7, 0.8]  # from .5 to 1
COMPILED = replace(model(dense("out", 3, 4)), is_compiled=True, metrics=("accuracy",))


def said(facts=COMPILED, clean=None, penalty=0.0, **curves):
    logged = {"loss": FALLS, "val_loss": FALLS, **curves}
    evaluation = None if clean is None else Evaluation(clean_val_loss=clean)
    run = Run(history=history(**logged), model_penalty=penalty)
    return history_contradiction.measure(Agreement(run=run, model=facts, evaluation=evaluation))


def both(*names):
    return {part + name: FALLS for name in names for part in ("", "val_")}


def test_a_metric_that_the_model_was_not_compiled_with_contradicts():
    assert said(**both("accuracy", "auc")) == (
        "the history logs auc, which the model was not compiled with"
    )


@pytest.mark.parametrize(
    ("compiled", "logged"),
    [
        (("accuracy",), ("accuracy",)),
        (("accuracy",), ()),
        (("accuracy", "mae"), ("kind_accuracy", "kind_loss", "value_loss", "value_mae")),
        (("mean_squared_error",), ("mse",)),
        (("mse",), ("mean_squared_error",)),
        (("AUC",), ("auc", "auc_1")),
        (("SparseCategoricalAccuracy",), ("sparse_categorical_accuracy",)),
        (("acc",), ("accuracy",)),
        ((), ("lift_of_my_own",)),  # as a callback may log
    ],
)
def test_metrics_that_the_model_computes_do_not(compiled, logged):
    assert said(replace(COMPILED, metrics=compiled), **both(*logged)) == "nothing"


def test_what_only_one_part_has_does_not():
    assert said(val_auc=FALLS) == "nothing"


@pytest.mark.parametrize("change", [{"is_compiled": False}, {"kind": "subclassed"}])
def test_a_model_that_does_not_tell_its_metrics_contradicts_none(change):
    assert said(replace(COMPILED, **change), **both("auc")) == "nothing"


@pytest.mark.parametrize(
    ("clean", "penalty", "is_far"),
    [
        (0.5, 0.0, False),
        (1.0, 0.0, False),
        (0.34, 0.0, False),  # .5 / 1.5 = .333
        (0.33, 0.0, True),
        (1.49, 0.0, False),  # 1 * 1.5
        (1.51, 0.0, True),
        (0.3, 0.2, False),  # .5 with the penalty that was logged too
        (0.3, None, False),  # which nothing tells
    ],
)
def test_a_loss_far_from_all_that_was_logged_contradicts(clean, penalty, is_far):
    found = said(clean=clean, penalty=penalty)
    assert found == (
        f"the validation loss of the saved weights is {clean:.3g}, but it was 0.5 to 1 in the"
        " history"
        if is_far
        else "nothing"
    )


def test_losses_around_zero_have_no_far():
    assert said(clean=-9.0, val_loss=[loss - 0.7 for loss in FALLS]) == "nothing"


def test_one_of_the_two_contradicts_nothing():
    alone = Agreement(run=Run(history=None), model=COMPILED)
    assert history_contradiction.measure(alone) == Missing(
        reason="no history was given", needs="history"
    )
    assert said(None) == Missing(reason="no model was given", needs="model")
