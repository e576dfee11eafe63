"""The estimate of wrong labels, against data whose share of wrong labels is known."""

import numpy as np
import pytest
from sklearn.datasets import (
    load_breast_cancer,
    load_digits,
    load_wine,
    make_circles,
    make_moons,
)

from advisor.evidence.data.label_noise import anchor_share, confident_share, noise_share
from advisor.evidence.data.subject import DataSubject
from advisor.evidence.measurement import Missing
from advisor.inputs.dataset import Dataset, Rows


def estimate(x, y):
    order = np.random.default_rng(0).permutation(len(x))
    rows = Rows(inputs=(x[order],), targets=(y[order],))
    cut = len(x) * 4 // 5
    data = Dataset(
        source="data",
        sha256=None,
        train=rows.take(np.arange(cut)),
        val=rows.take(np.arange(cut, len(x))),
    )
    return noise_share(DataSubject(dataset=data).sample)


def with_wrong_labels(y, share, seed=0):
    """The labels, `share` of the rows moved to another class."""
    random = np.random.default_rng(seed)
    is_wrong = random.random(len(y)) < share
    return np.where(is_wrong, (y + random.integers(1, y.max() + 1, len(y))) % (y.max() + 1), y)


def digits():
    found = load_digits()
    return found.data[:600], found.target[:600]


TASKS = {
    "digits": digits,
    "cancer": lambda: load_breast_cancer(return_X_y=True),
    "wine": lambda: load_wine(return_X_y=True),
    "moons": lambda: make_moons(500, noise=0.15, random_state=0),
    "circles": lambda: make_circles(500, noise=0.1, factor=0.5, random_state=0),
}


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("share", [0.0, 0.1, 0.2])
def test_the_share_of_wrong_labels_is_found(task, share):
    x, y = TASKS[task]()
    noisy = with_wrong_labels(y, share)
    # measured: within .05 on these and .06 on others
    assert estimate(x, noisy) == pytest.approx(np.mean(noisy != y), abs=0.06)


def test_overlapping_classes_are_not_taken_for_wrong_labels():
    # two normals two standard deviations apart: 16 % of the rows lie on the other's side
    random = np.random.default_rng(0)
    y = np.arange(600) % 2
    x = random.normal(size=(600, 10))
    x[:, 0] += 2 * y
    assert estimate(x, y) < 0.08


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_labels_without_a_relation_to_the_inputs_cannot_be_judged(seed):
    random = np.random.default_rng(seed)
    found = estimate(random.normal(size=(300, 5)), random.integers(0, 2, 300))
    assert isinstance(found, Missing)
    assert "cheap models predict the labels too poorly" in found.reason


def test_few_rows_cannot_be_judged():
    x, y = digits()
    found = estimate(x[:90], y[:90])
    assert found == Missing(reason="it takes 100 rows, with 10 of every class")


PROBABILITIES = np.array(
    [[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.2, 0.8], [0.1, 0.9], [0.3, 0.7], [0.9, 0.1]]
)
LABELS = np.array([0, 0, 0, 1, 1, 1, 1])


def test_the_confident_joint_as_counted_by_hand():
    # thresholds: class 0 (.9 + .8 + .3) / 3 = .667; class 1 (.8 + .9 + .7 + .1) / 4 = .625.
    # label 0: rows 0, 1 -> 0; row 2 (.7 >= .625) -> 1. label 1: rows 3, 4, 5 -> 1; row 6 -> 0.
    # calibrated: (2, 1) * 3/3, (1, 3) * 4/4: 2 of 7 lie off the diagonal
    assert confident_share(PROBABILITIES, LABELS) == pytest.approx(2 / 7)


def test_anchors_are_the_surest_of_each_predicted_class():
    # predicted 0: rows 0, 1, 6 (.9, .8, .9): one anchor, row 0, right. predicted 1: rows 2 to 5
    # (.7, .8, .9, .7): round(1.2) = 1 anchor, row 4, right
    assert anchor_share(PROBABILITIES, LABELS) == 0
    assert anchor_share(PROBABILITIES, 1 - LABELS) == 1
