"""All evidence together: every name is found or missing, with or without each input."""

from dataclasses import replace

import pytest

from advisor.evidence.catalog import CATALOG
from advisor.evidence.measurement import Evidence
from advisor.evidence.weights.weight_statistics import measure_weights
from advisor.inputs.history import History, Series
from advisor.inputs.model_facts import OptimizerFacts, Penalty
from tests.evidence.arrays import chain, layer
from tests.evidence.measured import evidence_of

MODEL_NAMES = {name for name, each in CATALOG.items() if each.scope == "model"}
LAYER_NAMES = {name for name, each in CATALOG.items() if each.scope == "layer"}


def history(**facts):
    epochs = tuple(range(1, 13))
    falling = Series(epochs=epochs, values=tuple(1 / epoch for epoch in epochs))
    rising = Series(epochs=epochs, values=tuple(1 + 0.05 * abs(epoch - 5) for epoch in epochs))
    defaults = {"source": "history.json", "sha256": None, "epochs": 12}
    return History(
        **{**defaults, "train": {"loss": falling}, "validation": {"loss": rising}, **facts}
    )


def classifier(**facts):
    penalty = {"kernel_regularizer": Penalty(kind="l2", l2=0.01)}
    return chain(
        [
            layer(
                "a", tensors=([[1.0, -2.0], [0.5, 1.0]], [0.0, 0.0]), units=2, regularizers=penalty
            ),
            layer("drop", "Dropout", rates={"rate": 0.5}),
            layer("out", tensors=([[1.0, 2.0, 3.0]] * 2, [0.0] * 3), units=3),
        ],
        **{"loss": "categorical_crossentropy", **facts},
    )


def names(evidence: Evidence):
    return set(evidence.model.values) | set(evidence.model.missing)


@pytest.mark.parametrize("model", [None, classifier()])
@pytest.mark.parametrize("run", [None, history()])
def test_every_name_is_found_or_missing_but_never_both(model, run):
    found = evidence_of(model, run)
    assert names(found) == MODEL_NAMES
    assert not set(found.model.values) & set(found.model.missing)
    assert set(found.model.assumed) <= set(found.model.values)
    assert list(found.layers) == [each.path for each in model.layers] if model else not found.layers
    for readings in found.layers.values():
        assert set(readings.values) | set(readings.missing) == LAYER_NAMES


def test_values_have_the_kind_that_the_catalog_says():
    kinds = {"number": (int, float), "truth": bool, "text": str}
    found = evidence_of(classifier(), history(), n_train=120, n_val=60, batch_size=10)
    for readings in (found.model, *found.layers.values()):
        for name, value in readings.values.items():
            assert isinstance(value, kinds[CATALOG[name].kind]), name
            assert isinstance(value, bool) == (CATALOG[name].kind == "truth"), name


def test_each_meaning_is_a_sentence_or_two_on_one_line():
    for each in CATALOG.values():
        assert each.meaning.endswith("."), each.name
        assert each.meaning[0].isupper() or each.meaning[0].isdigit(), each.name
        assert "\n" not in each.meaning


def test_without_a_model_its_measurements_need_one():
    found = evidence_of(None, history())
    for name in ("weights.norm", "model.depth", "regularization.has_l2", "optimizer.name"):
        assert found.model.missing[name].needs == "model"
    assert found.model.values["history.epochs"] == 12


def test_without_a_history_the_curves_need_one():
    found = evidence_of(classifier())
    assert found.model.missing["loss.val_last"].needs == "history"
    assert found.model.values["model.depth"] == 2


def test_the_run_knows_the_penalty_and_the_classes_of_the_model():
    found = evidence_of(classifier(), history()).model.values
    # .01 * (1 + 4 + .25 + 1) = .0625; the median of the last three validation losses is 1.3
    assert found["penalty.total"] == pytest.approx(0.0625)
    assert found["loss.val_data_last"] == pytest.approx(1.3 - 0.0625)
    assert found["accuracy.chance"] == pytest.approx(1 / 3)


def test_sizes_come_from_the_arguments_or_the_history():
    given = evidence_of(classifier(), None, n_train=100, n_val=50, batch_size=32).model.values
    assert (given["data.train_size"], given["data.val_size"]) == (100, 50)
    assert given["data.steps_per_epoch"] == 4  # 100 / 32, rounded up
    assert given["parameters.per_sample"] == pytest.approx(15 / 100)  # 6 + 9 weights
    logged = evidence_of(None, history(n_train=64, batch_size=16)).model
    assert logged.values["data.steps_per_epoch"] == 4
    assert logged.missing["parameters.per_sample"].needs == "model"
    assert logged.missing["data.val_size"].needs == "val-size"
    assert evidence_of(classifier()).model.missing["data.train_size"].needs == "train-size"


def test_steps_follow_from_the_optimizer_or_the_default_batch():
    trained = classifier(optimizer=OptimizerFacts(name="Adam", iterations=60))
    by_optimizer = evidence_of(trained, history()).model
    assert by_optimizer.values["data.steps_per_epoch"] == 5  # 60 steps in 12 epochs
    assert "every epoch" in by_optimizer.assumed["data.steps_per_epoch"]
    by_default = evidence_of(None, None, n_train=100).model
    assert by_default.values["data.steps_per_epoch"] == 4
    assert "32 rows" in by_default.assumed["data.steps_per_epoch"]


def test_statistics_stand_for_the_weights():
    facts = classifier()
    statistics = measure_weights(facts)
    closed = replace(
        facts,
        layers=tuple(
            replace(each, tensors=tuple(replace(t, stored=None) for t in each.tensors))
            for each in facts.layers
        ),
    )
    assert evidence_of(closed, history(), statistics=statistics) == evidence_of(facts, history())


def test_weights_that_were_not_read_are_missing_and_the_rest_is_not():
    found = evidence_of(classifier(), history(), statistics={})
    assert found.model.missing["weights.norm"].reason == "the weights were not read"
    assert found.model.missing["penalty.total"].needs == "model"
    assert found.model.values["model.parameters"] == 15
    assert found.layers["a"].missing["layer.norm"].reason == "the weights were not read"
