"""The penalty of saved weights against sums by hand."""

import pytest

from advisor.evidence.measurement import Missing
from advisor.evidence.weights.penalty import (
    PenaltyParts,
    initial_penalty,
    layer_penalty,
)
from advisor.evidence.weights.weight_statistics import measure_weights
from advisor.inputs.model_facts import LayerFacts, Penalty, TensorFacts
from tests.evidence.arrays import chain, layer, model_penalty, tensor

L1 = Penalty(kind="l1", l1=0.1)
L2 = Penalty(kind="l2", l2=0.01)
BOTH = Penalty(kind="l1+l2", l1=0.1, l2=0.01)
KERNEL = [[1.0, -2.0], [3.0, 0.0]]  # sum |w| = 6, sum w^2 = 14


def penalty_of(one: LayerFacts) -> PenaltyParts | Missing:
    return layer_penalty(one, measure_weights(chain([one])).get(one.path, ()))


@pytest.mark.parametrize(
    ("regularizer", "l1", "l2"), [(L1, 0.6, 0.0), (L2, 0.0, 0.14), (BOTH, 0.6, 0.14)]
)
def test_strengths_are_multiplied_without_a_half(regularizer, l1, l2):
    dense = layer(
        "d", tensors=(KERNEL, [5.0, 5.0]), regularizers={"kernel_regularizer": regularizer}
    )
    assert penalty_of(dense) == PenaltyParts(l1=pytest.approx(l1), l2=pytest.approx(l2))


def test_bias_and_kernel_have_their_own_regularizers():
    dense = layer(
        "d",
        tensors=(KERNEL, [1.0, 2.0]),
        regularizers={"kernel_regularizer": L2, "bias_regularizer": L1},
    )
    assert penalty_of(dense) == PenaltyParts(l1=pytest.approx(0.3), l2=pytest.approx(0.14))


def test_both_directions_and_all_projections_count():
    parts = ("forward_layer/cell", "backward_layer/cell")
    both = layer(
        "b",
        "Bidirectional",
        wrapped_class="LSTM",
        tensors=tuple(tensor(KERNEL, part=part) for part in parts),
        regularizers={"kernel_regularizer": L2},
    )
    assert penalty_of(both) == PenaltyParts(l2=pytest.approx(0.28))


def test_a_separable_convolution_has_a_regularizer_for_each_kernel():
    separable = layer(
        "s",
        "SeparableConv2D",
        tensors=(tensor([[1.0, 1.0]], "depthwise_kernel"), tensor([[2.0]], "pointwise_kernel")),
        regularizers={"depthwise_regularizer": L1, "pointwise_regularizer": L2},
    )
    # l1: .1 * (1 + 1); l2: .01 * 4
    assert penalty_of(separable) == PenaltyParts(l1=pytest.approx(0.2), l2=pytest.approx(0.04))


def test_frozen_layers_add_nothing():
    frozen = layer("d", tensors=(KERNEL,), trainable=False, regularizers={"kernel_regularizer": L2})
    assert penalty_of(frozen) == PenaltyParts()


def test_a_shared_layer_counts_once():
    shared = layer("d", tensors=(KERNEL,), calls=3, regularizers={"kernel_regularizer": L2})
    assert penalty_of(shared) == PenaltyParts(l2=pytest.approx(0.14))


def test_a_model_without_regularizers_has_no_penalty_even_if_its_weights_were_not_read():
    unread = TensorFacts(role="kernel", shape=(2, 2), dtype="float32")
    assert model_penalty(chain([layer("d", tensors=(unread,))]), {}) == PenaltyParts()


def test_a_regularizer_without_its_weight_adds_nothing():
    without_bias = layer("d", tensors=(KERNEL,), regularizers={"bias_regularizer": L2})
    assert penalty_of(without_bias) == PenaltyParts()


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (
            {"regularizers": {"kernel_regularizer": Penalty(kind="pkg>mine")}},
            "strength of pkg>mine",
        ),
        ({"regularizers": {"activity_regularizer": L2}}, "depends on the data"),
        ({"is_inferred": True}, "doesn't say whether d is regularized"),
        (
            {"regularizers": {"kernel_regularizer": L2}, "tensors": ([[float("nan")]],)},
            "NaN or infinite",
        ),
        (
            {
                "regularizers": {"kernel_regularizer": L2},
                "tensors": (TensorFacts(role="kernel", shape=(2, 2), dtype="float32"),),
            },
            "were not read",
        ),
        (
            {
                "regularizers": {"kernel_regularizer": L2},
                "tensors": (tensor(KERNEL, role="unknown"),),
            },
            "a weight that has no name",
        ),
    ],
)
def test_what_cannot_be_computed_is_missing_with_its_reason(facts, reason):
    found = penalty_of(layer("d", **{"tensors": (KERNEL,), **facts}))
    assert isinstance(found, Missing)
    assert reason in found.reason


def test_one_unknown_layer_leaves_the_total_unknown():
    known = layer("a", tensors=(KERNEL,), regularizers={"kernel_regularizer": L2})
    custom = layer("b", tensors=(KERNEL,), regularizers={"kernel_regularizer": Penalty(kind="X")})
    model = chain([known, custom])
    assert isinstance(model_penalty(model, measure_weights(model)), Missing)


def test_the_penalty_before_training_follows_from_the_initializer():
    dense = layer(
        "d",
        tensors=(KERNEL,),
        initializers={"kernel_initializer": "GlorotUniform"},
        regularizers={"kernel_regularizer": BOTH},
    )
    # Glorot: variance 2 / (2 + 2) = 1/2, uniform: mean |w| = sqrt(3)/2 * sqrt(1/2) = .612372
    # l1: .1 * 4 * .612372; l2: .01 * 4 / 2
    found = initial_penalty(dense, measure_weights(chain([dense]))["d"])
    assert found == PenaltyParts(l1=pytest.approx(0.2449490), l2=pytest.approx(0.02))
