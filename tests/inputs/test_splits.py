"""Splits: the user's own, and others like it."""

import numpy as np
import pytest

from advisor.errors import InputError
from advisor.inputs.dataset import Dataset, Rows
from advisor.inputs.splits import (
    advised_splits,
    pooled,
    pooled_sample,
    split_indices,
    split_off,
)


def dataset(n_train=60, n_val=20, classes=4, **facts):
    n = n_train + n_val
    x = np.random.default_rng(7).normal(size=(n, 2))
    y = np.random.default_rng(8).integers(0, classes, n)
    whole = Rows(inputs=(np.column_stack([x, np.arange(n)]),), targets=(y,))
    return Dataset(
        source="data.npz",
        sha256=None,
        train=whole.take(np.arange(n_train)),
        val=whole.take(np.arange(n_train, n)),
        **facts,
    )


def resampled(data, k, seed=0):
    rows = pooled(data)
    return tuple(rows.take(part) for part in split_indices(data, k, kind="resample", seed=seed))


def ids(rows):
    return rows.inputs[0][:, 2].astype(int).tolist()


@pytest.mark.parametrize("kind", ["resample", "group"])
def test_split_zero_is_the_users_own(kind):
    data = dataset()
    train, val = split_indices(data, 0, kind=kind, seed=1)
    assert train.tolist() == list(range(60))
    assert val.tolist() == list(range(60, 80))


def test_fixed_splits_are_all_the_users_own():
    data = dataset()
    train, val = split_indices(data, 5, kind="fixed", seed=1)
    assert train.tolist() == list(range(60))
    assert val.tolist() == list(range(60, 80))


@pytest.mark.parametrize("k", [1, 2, 3])
def test_resampled_splits_keep_sizes_rows_and_classes(k):
    data = dataset()
    train, val = resampled(data, k, seed=1)
    assert (len(train), len(val)) == (60, 20)
    assert sorted(ids(train) + ids(val)) == list(range(80))
    assert ids(val) != ids(data.val)
    every = np.bincount(pooled(data).targets[0])
    # a quarter of the rows: of each class within one row of a quarter
    assert np.all(np.abs(np.bincount(val.targets[0]) - every / 4) <= 1)


def test_equal_arguments_give_equal_splits_and_others_differ():
    data = dataset()
    _, first = split_indices(data, 1, kind="resample", seed=1)
    _, again = split_indices(data, 1, kind="resample", seed=1)
    _, other = split_indices(data, 2, kind="resample", seed=1)
    _, seeded = split_indices(data, 1, kind="resample", seed=2)
    assert first.tolist() == again.tolist()
    assert first.tolist() not in (other.tolist(), seeded.tolist())


def test_a_class_of_two_rows_keeps_one_for_training():
    data = dataset()
    targets = np.zeros(80, dtype=int)
    targets[[3, 70]] = 1
    split = Dataset(
        source="data",
        sha256=None,
        train=Rows(inputs=data.train.inputs, targets=(targets[:60],)),
        val=Rows(inputs=data.val.inputs, targets=(targets[60:],)),
    )
    for k in range(1, 30):
        train, val = resampled(split, k)
        assert 1 in train.targets[0]
        assert len(val) == 20


def test_sizes_hold_where_every_row_is_a_class_of_its_own():
    data = dataset(n_train=2, n_val=2, classes=2)
    rows = Rows(inputs=data.train.inputs, targets=(np.array([0, 1]),))
    split = Dataset(source="data", sha256=None, train=rows, val=rows)
    assert [len(part) for part in resampled(split, 1)] == [2, 2]


def test_groups_stay_whole_and_sizes_come_near():
    groups = np.repeat(np.arange(16), 5)
    data = dataset(groups=groups)
    for k in range(1, 6):
        train, val = split_indices(data, k, kind="group", seed=0)
        assert not set(groups[train]) & set(groups[val])
        assert len(val) == 20  # four groups of five
        assert len(train) + len(val) == 80


def test_groups_larger_than_the_part_give_the_smallest_of_them():
    data = dataset(n_train=78, n_val=2, groups=np.repeat([0, 1], [50, 30]))
    _, val = split_indices(data, 1, kind="group", seed=0)
    assert val.tolist() == list(range(50, 80))


def test_group_splits_need_groups():
    with pytest.raises(InputError) as caught:
        split_indices(dataset(), 1, kind="group", seed=0)
    assert str(caught.value) == (
        "data.npz: its rows are not grouped; name the column with --group, or add an array"
        " groups_train and groups_val"
    )


def test_a_sample_of_pooled_rows_is_in_the_order_asked_for():
    data = dataset()
    places = np.array([70, 3, 61, 0, 3])
    assert ids(pooled_sample(data, places)) == places.tolist()


def series(n=300):
    random = np.random.default_rng(0)
    return np.sin(np.arange(n) / 10) + random.normal(0, 0.1, n)


def windows():
    values = series()
    view = np.lib.stride_tricks.sliding_window_view(values, 20)[:-1]
    return Rows(inputs=(view[..., None],), targets=(values[20:],))


def parted(rows, **facts):
    n = len(rows)
    return Dataset(
        source="data",
        sha256=None,
        train=rows.take(np.arange(n - 40)),
        val=rows.take(np.arange(n - 40, n)),
        **facts,
    )


def test_overlapping_windows_keep_the_users_split():
    assert advised_splits(parted(windows())) == ("fixed", "the inputs are windows that overlap")


def test_strongly_autocorrelated_targets_keep_the_users_split():
    rows = Rows(
        inputs=(np.random.default_rng(1).normal(size=(300, 3)),), targets=(series()[:, None],)
    )
    assert advised_splits(parted(rows)) == ("fixed", "targets resemble those of the row before")


def test_inputs_that_drift_within_classes_keep_the_users_split():
    x = np.random.default_rng(1).normal(size=(300, 3)).cumsum(axis=0)
    rows = Rows(inputs=(x,), targets=(np.arange(300) % 3,))
    assert advised_splits(parted(rows)) == ("fixed", "inputs resemble those of the row before")


@pytest.mark.parametrize(
    "order",
    [
        np.random.default_rng(0).permutation(300),
        np.argsort(np.arange(300) % 3, kind="stable"),
    ],
    ids=["shuffled", "sorted by class"],
)
def test_independent_rows_are_resampled_even_where_sorted_by_class(order):
    labels = np.arange(300) % 3
    x = np.random.default_rng(1).normal(size=(300, 5)) + 4 * labels[:, None]
    rows = Rows(inputs=(x[order],), targets=(labels[order],))
    assert advised_splits(parted(rows))[0] == "resample"


def test_rows_sorted_by_a_number_to_predict_are_no_sequence():
    y = np.sort(np.random.default_rng(0).normal(size=300))
    x = np.random.default_rng(1).normal(size=(300, 2))
    assert advised_splits(parted(Rows(inputs=(x,), targets=(y,))))[0] == "resample"


def test_groups_and_time_orders_that_the_source_names_come_first():
    rows = windows()
    groups = np.arange(len(rows)) % 7
    assert advised_splits(parted(rows, groups=groups)) == ("group", "rows are grouped")
    plain = dataset(is_sequence=True)
    assert advised_splits(plain) == ("fixed", "the rows have a time order")


def test_the_end_of_a_sequence_is_split_off():
    rows = windows()
    train, val, note = split_off(rows, "data", groups=None, is_sequence=False, seed=0)
    assert val.tolist() == list(range(224, 280))  # 20 % of 280 rows
    assert train.tolist() == list(range(224))
    assert "(the last ones, as rows follow each other in time)" in note
