"""What the user's rows tell, and what is said where they don't."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from advisor.evidence.catalog import OF_DATA
from advisor.evidence.data.subject import MAX_COLUMNS, DataSubject
from advisor.evidence.evaluation import Evaluation
from advisor.evidence.measurement import Missing, read
from advisor.inputs.dataset import Dataset, Rows
from tests.builders import dense, layer, model
from tests.evidence.measured import evidence_of
from tests.evidence.runs import history


def dataset(x, y, n_val=20, **facts):
    rows = Rows(inputs=(np.asarray(x),), targets=(np.asarray(y),))
    n = len(rows) - n_val
    return Dataset(
        source="data.npz",
        sha256=None,
        train=rows.take(np.arange(n)),
        val=rows.take(np.arange(n, len(rows))),
        **facts,
    )


def measured(x, y, **facts):
    task = facts.pop("task", "unknown")
    return read(DataSubject(dataset=dataset(x, y, **facts), task=task), OF_DATA)


def numbers(rows=100, columns=3, seed=0):
    return np.random.default_rng(seed).normal(size=(rows, columns))


def test_without_data_every_measurement_says_what_it_lacks():
    found = read(DataSubject(), OF_DATA)
    assert found.values == {"training.has_clean_figures": False}
    assert found.missing["data.label_noise"] == Missing(reason="no data was given", needs="data")


def test_meanings_are_sentences():
    for each in OF_DATA:
        assert each.meaning.endswith(".")
        assert each.unit or each.kind == "truth"


@pytest.mark.parametrize(
    ("counts", "share", "is_balanced"),
    [
        ((50, 50), 0.5, True),
        ((60, 40), 0.6, True),  # 1.5 times
        ((70, 30), 0.7, False),
        ((36, 20, 34, 10), 0.36, False),
        # chi-square 100 * (.36 + .01 + .04 + .01) / .25... by chance: 5 classes of 4 to 8 rows
        ((8, 4, 6, 6, 6), 8 / 30, True),
        ((95, 5), 0.95, False),
        ((100,), 1.0, False),
    ],
)
def test_classes_are_counted_over_all_rows(counts, share, is_balanced):
    y = np.repeat(np.arange(len(counts)), counts)
    y = y[np.random.default_rng(0).permutation(len(y))]
    found = measured(numbers(len(y)), y, n_val=5).values
    assert found["data.majority_share"] == pytest.approx(share)
    assert found["data.is_balanced"] is is_balanced


def test_one_hot_labels_are_counted_alike():
    y = np.eye(2)[np.repeat([0, 1], [75, 25])]
    assert measured(numbers(), y).values["data.majority_share"] == 0.75


@pytest.mark.parametrize(
    ("y", "task", "reason"),
    [
        (np.arange(100) % 3, "regression", "the model predicts numbers, not classes"),
        (numbers()[:, 0], "unknown", "the targets are not class labels"),
    ],
)
def test_numbers_are_no_classes(y, task, reason):
    found = measured(numbers(), y, task=task)
    for name in ("majority_share", "is_balanced", "label_noise"):
        assert found.missing[f"data.{name}"] == Missing(reason=reason)


def test_several_targets_have_no_class_of_their_own():
    one = dataset(numbers(), np.arange(100) % 2)
    both = replace(
        one,
        train=replace(one.train, targets=one.train.targets * 2),
        val=replace(one.val, targets=one.val.targets * 2),
    )
    found = read(DataSubject(dataset=both), OF_DATA)
    assert found.missing["data.majority_share"].reason == "there are several targets"
    assert found.missing["data.sparse_linear_advantage"].reason == "there are several targets"


def test_duplicates_are_validation_rows():
    x = numbers()
    x[-3:] = x[0]
    assert measured(x, np.arange(100) % 2).values["data.duplicates"] == 3


SPARSE, DENSE = 3, 100


def linear_task(used, rows=300, columns=100, seed=0):
    random = np.random.default_rng(seed)
    x = random.normal(size=(rows, columns))
    weights = np.zeros(columns)
    weights[:used] = random.normal(size=used)
    return x, x @ weights / np.sqrt(used) + random.normal(0, 0.5, rows)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_few_inputs_that_matter_speak_for_l1(seed):
    x, y = linear_task(SPARSE, seed=seed)
    assert measured(x, y).values["data.sparse_linear_advantage"] > 0.1
    classes = (y > 0).astype(int)
    assert measured(x, classes).values["data.sparse_linear_advantage"] > 0.02


def test_many_inputs_that_matter_speak_for_l2():
    # dense signal in 1.5 rows a column: measured over 12 seeds, the mean is -.03
    found = [
        measured(*linear_task(DENSE, rows=150, seed=seed)).values["data.sparse_linear_advantage"]
        for seed in range(12)
    ]
    assert np.mean(found) < -0.01


@pytest.mark.parametrize("seed", [0, 1, 2, 3])
def test_noise_speaks_for_neither(seed):
    x = numbers(200, 30, seed)
    y = np.random.default_rng(seed + 10).normal(size=200)
    assert abs(measured(x, y).values["data.sparse_linear_advantage"]) < 0.02


def test_figures_do_not_depend_on_the_order_of_calls():
    x, y = linear_task(SPARSE)
    assert measured(x, y) == measured(x, y)


@pytest.mark.parametrize(
    ("x", "reason"),
    [
        (
            numbers(100, MAX_COLUMNS + 1),
            "a row has 501 numbers; cheap models take at most 500",
        ),
        (numbers(30), "30 rows are too few; it takes 40"),
        (np.zeros((100, 4, 2)), "the inputs are images, sequences or places, not a table"),
        (np.array(["text"] * 100), "the rows contain text"),
        (np.full((100, 2), np.nan), "the rows contain NaN or infinite values"),
    ],
)
def test_what_cannot_be_told_has_a_reason(x, reason):
    found = measured(x, numbers(len(x))[:, 0], n_val=10)
    assert found.missing["data.sparse_linear_advantage"].reason == reason


def test_a_target_that_never_varies_tells_nothing():
    found = measured(numbers(), np.zeros(100) + 0.5)
    assert found.missing["data.sparse_linear_advantage"].reason == (
        "a linear model predicts the target almost exactly"
    )


def test_a_target_that_is_among_the_inputs_tells_nothing():
    x = numbers(300, 20)  # what an autoencoder is given
    found = measured(x, x)
    assert found.missing["data.sparse_linear_advantage"].reason == (
        "a linear model predicts the target almost exactly"
    )


def test_an_l1_that_is_far_worse_counts_as_minus_one():
    # the columns are all but alike, and the target is in their small differences, all of them
    random = np.random.default_rng(0)
    x = random.normal(size=(800, 60))
    y = x @ random.normal(size=60) / np.sqrt(60) + random.normal(0, 0.15, 800)
    x = 0.1 * x + random.normal(size=(800, 1))
    assert measured(x, y).values["data.sparse_linear_advantage"] == -1.0


WITH_ACCURACY = history(loss=[1.0] * 9, val_loss=[1.0] * 9, val_accuracy=[0.4] * 9)


@pytest.mark.parametrize(
    ("targets", "chance"),
    [
        ([np.arange(100) % 4], 0.25),
        ([np.eye(5)[np.arange(100) % 4]], 0.2),  # a class that no row has
        ([np.arange(100) % 4, numbers()[:, 0]], 0.25),
        ([np.arange(100) % 4, np.arange(100) % 2], None),
        ([numbers()[:, 0]], None),
    ],
    ids=["labels", "one-hot", "beside a number", "two labels", "a number"],
)
def test_labels_tell_the_classes_that_a_model_of_the_users_own_does_not(targets, chance):
    own = replace(model(layer("all", "Own", module="mine")), kind="subclassed")
    rows = replace(dataset(numbers(), targets[0]), train=Rows(inputs=(numbers(),), targets=targets))
    found = evidence_of(own, WITH_ACCURACY, dataset=rows, statistics={}).model
    assert found.values.get("accuracy.chance") == chance
    numeric = replace(own, loss="mean_squared_error")
    found = evidence_of(numeric, WITH_ACCURACY, dataset=rows, statistics={}).model
    assert "accuracy.chance" in found.missing


def looked_up(*layers, kind="functional"):
    facts = replace(model(layer("ids", "InputLayer"), *layers), kind=kind)
    words = np.random.default_rng(0).integers(0, 50, (100, 8))
    return evidence_of(facts, dataset=dataset(words, np.arange(100) % 2), statistics={}).model


@pytest.mark.parametrize("name", ["Embedding", "IntegerLookup", "CategoryEncoding"])
def test_numbers_that_name_things_are_no_amounts(name):
    reads = looked_up(layer("words", name, ["ids"]), dense("out", 2, 8, inbound=["words"]))
    for each in ("sparse_linear_advantage", "label_noise"):
        assert reads.missing[f"data.{each}"].reason == (
            "an embedding or lookup reads numbers of a row as names"
        )
    assert reads.values["data.majority_share"] == 0.5


def test_an_embedding_of_the_models_own_positions_leaves_the_inputs_amounts():
    own = looked_up(layer("positions", "Embedding"), dense("out", 2, 8, inbound=["ids"]))
    assert "data.sparse_linear_advantage" in own.values
    unjoined = looked_up(layer("words", "Embedding"), kind="subclassed")
    assert "data.sparse_linear_advantage" in unjoined.missing


EVALUATION = Evaluation(clean_train_loss=0.1, clean_val_loss=0.4, penalty_gradient_ratio=0.0)


def test_the_evaluation_fills_its_measurements():
    subject = DataSubject(dataset=dataset(numbers(), np.arange(100) % 2), evaluation=EVALUATION)
    found = read(subject, OF_DATA)
    assert found.values["data.clean_train_loss"] == 0.1
    assert found.values["data.clean_val_loss"] == 0.4
    assert found.values["training.penalty_gradient_ratio"] == 0.0
    assert found.missing["data.clean_train_accuracy"].reason == ("it has no meaning for this model")
    unrun = read(replace(subject, evaluation=None), OF_DATA)
    assert unrun.missing["data.clean_train_loss"].reason == "the model was not run on the data"


def test_gathering_takes_figures_from_the_data():
    rows = dataset(numbers(), np.arange(100) % 2)
    found = evidence_of(None, dataset=rows, evaluation=EVALUATION).model
    assert found.values["data.clean_val_loss"] == 0.4


def test_gathering_without_data_loads_no_learning_library():
    code = (
        "import sys, numpy; numpys_own = {*sys.modules};"
        "from advisor.evidence.gather import gather, run_of; gather(run_of(None, None), None);"
        "print(*{*sys.modules} - numpys_own)"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"sklearn", "scipy", "tensorflow", "numpy.random"} & set(loaded)
