"""What the saved weights of a model and of its layers show, in numbers by hand."""

import numpy as np
import pytest

from advisor.evidence.architecture.layer_flow import LayerFlow
from advisor.evidence.catalog import OF_LAYER_WEIGHTS, OF_WEIGHTS
from advisor.evidence.measurement import Readings, read
from advisor.evidence.weights.kernels import ModelWeights
from advisor.evidence.weights.weight_statistics import measure_weights
from advisor.inputs.history import History, Series
from advisor.inputs.model_facts import ModelFacts, OptimizerFacts, Penalty
from tests.evidence.arrays import chain, layer, model, tensor

GLOROT = {"kernel_initializer": "GlorotUniform"}


def subject(facts: ModelFacts, history=None, **options):
    statistics = measure_weights(facts, **options)
    return ModelWeights(flow=LayerFlow(model=facts), statistics=statistics, history=history)


def of_model(facts: ModelFacts, history=None, **options) -> Readings:
    return read(subject(facts, history, **options), OF_WEIGHTS)


def of_layer(facts: ModelFacts, path: str) -> Readings:
    return read(subject(facts).layer(facts.layer(path)), OF_LAYER_WEIGHTS)


def history_with(train, validation=()):
    def curves(values):
        epochs = tuple(range(1, len(values) + 1))
        return {"loss": Series(epochs=epochs, values=tuple(values))} if values else {}

    return History(
        source="history",
        sha256=None,
        epochs=3,
        train=curves(train),
        validation=curves(validation),
    )


def two_layers(**facts):
    first = [[3.0, 0.0], [-4.0, 0.0], [0.0, 0.0]]
    second = [[1.0], [2.0]]
    return chain(
        [
            layer("a", tensors=(first, [0.0, 0.0]), initializers=GLOROT, **facts),
            layer("b", tensors=(second, [0.5]), initializers=GLOROT),
        ]
    )


def test_norms_and_shares_over_all_kernels():
    found = of_model(two_layers()).values
    assert found["weights.norm"] == pytest.approx(30**0.5)  # 9 + 16 + 1 + 4
    assert found["weights.zero_share"] == 0.5  # 4 of 8
    assert found["weights.near_zero_share"] == 0.5
    assert found["weights.dead_units_share"] == pytest.approx(1 / 3)  # column 2 of the first kernel
    assert found["weights.nonfinite"] == 0


def test_figures_of_a_layer():
    found = of_layer(two_layers(), "a").values
    assert found["layer.parameters"] == 8
    assert found["layer.norm"] == 5
    # RMS sqrt(25 / 6), Glorot sqrt(2 / (3 + 2)): the ratio is sqrt(25 / 6 * 5 / 2)
    assert found["layer.rms_over_initial"] == pytest.approx((125 / 12) ** 0.5)
    assert found["layer.zero_share"] == pytest.approx(4 / 6)
    assert found["layer.near_zero_share"] == pytest.approx(4 / 6)
    assert found["layer.dead_units_share"] == 0.5
    assert found["layer.spectral_norm"] == pytest.approx(5)
    assert found["layer.stable_rank_share"] == pytest.approx(0.5)  # 25 / 5^2 / 2


def test_ratios_without_a_positive_median_are_missing():
    readings = of_layer(two_layers(), "a")
    assert "are 0" in readings.missing["layer.largest_over_median"].reason
    # norms 5 and 0: the median is 2.5
    assert readings.values["layer.neuron_largest_over_median"] == pytest.approx(2)
    dead = chain([layer("d", tensors=([[1.0, 0.0, 0.0]],))])
    assert "dead" in of_layer(dead, "d").missing["layer.neuron_largest_over_median"].reason


def test_outliers_are_those_of_the_kernel_that_has_them():
    even = [[1.0, -1.0], [1.0, -1.0]]
    outlier = [[1.0, 1.0, 1.0], [1.0, 1.0, 12.0]]
    found = of_model(chain([layer("a", tensors=(even,)), layer("b", tensors=(outlier,))])).values
    assert found["weights.largest_over_median"] == 12
    # norms sqrt 2, sqrt 2, sqrt 145
    assert found["weights.neuron_largest_over_median"] == pytest.approx((145 / 2) ** 0.5)


def test_growth_is_that_of_the_kernel_that_grew_most():
    found = of_model(two_layers()).values
    # a: sqrt(125 / 12) = 3.227; b: RMS^2 = 5 / 2, Glorot 2 / (2 + 1): sqrt(5 / 2 * 3 / 2) = 1.936
    assert found["weights.rms_over_initial"] == pytest.approx((125 / 12) ** 0.5)
    assert found["weights.collapsed_layers"] == 0


def test_growth_says_which_kernels_it_could_not_judge():
    facts = chain(
        [
            layer("a", tensors=([[1.0]],), initializers=GLOROT),
            layer("b", tensors=([[1.0]],), initializers={"kernel_initializer": "Mine"}),
        ]
    )
    readings = of_model(facts)
    assert readings.values["weights.rms_over_initial"] == 1
    assert "1 of 2 kernels" in readings.assumed["weights.rms_over_initial"]


def test_collapsed_kernels_are_counted():
    facts = chain(
        [
            layer("a", tensors=([[1e-5, -1e-5]],), initializers=GLOROT),
            layer("b", tensors=([[1.0]],)),
        ]
    )
    assert of_model(facts).values["weights.collapsed_layers"] == 1


def test_frozen_kernels_do_not_count_for_what_training_did():
    outlier = layer("a", tensors=([[1.0, 1.0, 50.0]],), trainable=False)
    plain = layer("b", tensors=([[1.0], [1.0], [2.0]],))
    assert of_model(chain([outlier, plain])).values["weights.largest_over_median"] == 2
    assert of_model(chain([outlier])).values["weights.largest_over_median"] == 50


def test_figures_from_a_sample_say_so():
    large = np.random.default_rng(0).normal(size=(300, 300)).astype(np.float32)
    facts = chain([layer("a", tensors=(large,))])
    readings = of_model(facts)
    assert "65,536" in readings.assumed["weights.largest_over_median"]
    assert "weights.norm" not in readings.assumed
    assert "weights.neuron_largest_over_median" not in readings.assumed


def test_the_first_kernel_selects_features():
    found = of_model(two_layers()).values
    assert found["weights.inputs"] == 3
    # squares of the inputs 9, 16, 0: both of them are needed for .9 * 25
    assert found["weights.inputs_for_90_share"] == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    "first",
    [
        layer("c", "Conv2D", tensors=(np.ones((3, 3, 1, 2), np.float32),)),
        layer("c", "ConvLSTM2D", tensors=(tensor(np.ones((3, 3, 1, 8), np.float32), part="cell"),)),
        layer("c", "Embedding", tensors=(tensor([[1.0, 2.0]], "embeddings"),)),
    ],
)
def test_the_first_kernel_of_images_and_words_takes_no_features(first):
    facts = chain([first, layer("out", tensors=([[1.0]],))])
    assert "don't take features" in of_model(facts).missing["weights.inputs"].reason


def test_several_first_kernels_are_not_judged():
    facts = model(
        [
            layer("x", "InputLayer"),
            layer("a", tensors=([[1.0]],), inbound=("x",)),
            layer("b", tensors=([[1.0]],), inbound=("x",)),
            layer("out", tensors=([[1.0]],), inbound=("a", "b"), is_output=True),
        ]
    )
    assert "2 layers" in of_model(facts).missing["weights.inputs"].reason


def test_stable_rank_share_is_the_smallest_of_hidden_kernels():
    full = np.eye(4, dtype=np.float32)  # stable rank 4 of 4
    poor = np.diag(np.float32([2, 1, 1, 0]))  # (4 + 1 + 1) / 4 = 1.5 of 4
    output = np.diag(np.float32([1, 0]))
    facts = chain(
        [layer(name, tensors=(k,)) for name, k in zip("abo", (full, poor, output), strict=True)]
    )
    assert of_model(facts).values["weights.stable_rank_share"] == pytest.approx(0.375)
    assert "limit" in of_model(facts, spectrum_limit=3).missing["weights.stable_rank_share"].reason


def normalized(variance, steps=100, momentum=0.98, **facts):
    """One Batch Normalization whose running variance is `variance` after so many steps."""
    norm = layer(
        "norm",
        "BatchNormalization",
        tensors=(tensor([1.0, 1.0], "gamma"), tensor(variance, "moving_variance")),
        config={"momentum": momentum},
        **facts,
    )
    optimizer = OptimizerFacts(name="Adam", iterations=steps)
    return chain([layer("a", tensors=([[1.0, 2.0]],)), norm], optimizer=optimizer)


def test_running_variance_is_set_against_what_the_batches_gave_it():
    # .98 ^ 100 = .13262 of the start is left; (.2 - .13262) / .86738 = .07768 is of the batches
    found = of_model(normalized([0.1, 0.3])).values["weights.running_variance_lag"]
    assert found == pytest.approx(0.2 / 0.07768, rel=1e-3)
    settled = of_model(normalized([0.1, 0.3], steps=2000)).values
    assert settled["weights.running_variance_lag"] == pytest.approx(1)


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (normalized([0.2, 0.2], steps=None), "how many steps"),
        # .98 ^ 100 = .132620 of the start is left: the batches had no variance, or next to none
        (normalized([0.13261, 0.13261]), "what the batches contributed"),
        (normalized([0.2, 0.2], momentum=1.0), "what the batches contributed"),
        (two_layers(), "no Batch Normalization"),
    ],
)
def test_running_variance_that_tells_nothing_is_missing(facts, reason):
    assert reason in of_model(facts).missing["weights.running_variance_lag"].reason


def test_running_variance_of_frozen_layers_does_not_lag():
    frozen = of_model(normalized([0.2, 0.2], steps=None, trainable=False))
    assert frozen.values["weights.running_variance_lag"] == 1
    assert "weights.running_variance_lag" not in frozen.assumed


def test_running_variance_of_an_earlier_training_is_taken_as_settled():
    # less than the .13262 that 100 steps leave of a start at 1
    found = of_model(normalized([0.05, 0.05]))
    assert found.values["weights.running_variance_lag"] == 1
    assert "an earlier training" in found.assumed["weights.running_variance_lag"]


def test_weights_that_are_not_finite_are_counted_and_judge_nothing():
    facts = chain([layer("a", tensors=([[1.0, float("nan")]], [float("inf"), 0.0]))])
    readings = of_model(facts)
    assert readings.values["weights.nonfinite"] == 2
    assert readings.missing["weights.norm"].reason == "a has weights that are NaN or infinite"
    assert of_layer(facts, "a").values["layer.nonfinite"] == 2


def test_layers_without_a_kernel_say_so():
    facts = chain([layer("drop", "Dropout"), layer("out", tensors=([[1.0]],))])
    readings = of_layer(facts, "drop")
    assert readings.missing["layer.norm"].reason == "the layer has no kernel"
    assert readings.values["layer.parameters"] == 0


def test_the_penalty_and_its_share_of_the_loss():
    facts = two_layers(regularizers={"kernel_regularizer": Penalty(kind="l1+l2", l1=0.1, l2=0.01)})
    found = of_model(facts, history_with([2.0, 1.9], [3.0])).values
    assert found["penalty.l1"] == pytest.approx(0.7)  # .1 * (3 + 4)
    assert found["penalty.l2"] == pytest.approx(0.25)  # .01 * 25
    assert found["penalty.total"] == pytest.approx(0.95)
    assert found["penalty.share"] == pytest.approx(0.5)  # of 1.9
    only_validation = of_model(facts, history_with([], [3.8])).values
    assert only_validation["penalty.share"] == pytest.approx(0.25)
    assert of_layer(facts, "a").values["layer.penalty"] == pytest.approx(0.95)
    assert of_layer(facts, "b").values["layer.penalty"] == 0


def test_the_share_of_the_penalty_needs_a_usable_loss():
    facts = two_layers()
    assert of_model(facts).missing["penalty.share"].needs == "history"
    diverged = of_model(facts, history_with([1.0, float("nan")]))
    assert diverged.missing["penalty.share"].reason == "the last logged loss is nan"
    assert of_model(facts, history_with([1.0])).values["penalty.share"] == 0
