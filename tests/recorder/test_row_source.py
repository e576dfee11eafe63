"""Which rows can be read again, in the order of validation, and how many there are."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from advisor.recorder.row_source import RowSource, batch_rows, row_count
from advisor.recorder.tf_pipeline import CannotReadAgainError

pytestmark = pytest.mark.tensorflow

ROWS = 10


@pytest.fixture(scope="module")
def rows() -> Any:
    import tensorflow as tf

    x = np.arange(ROWS, dtype="float32").reshape(ROWS, 1)
    return tf.data.Dataset.from_tensor_slices((x, np.arange(ROWS)))


def read(x: Any, y: Any = None, **options: Any) -> list[float]:
    found = [batch.x for batch in RowSource(x=x, y=y, batch_size=2, **options).batches()]
    return [float(value) for part in found for value in np.asarray(part).reshape(-1)]


def test_data_sets_that_keep_their_order_are_read(rows: Any) -> None:
    for made in (
        rows.batch(4),
        rows.map(lambda x, y: (x, y)).batch(4).prefetch(2),
        rows.cache().batch(4),
        rows.batch(4).cache().prefetch(2),
    ):
        assert read(made) == list(range(ROWS))
        assert row_count(made).rows == ROWS
        assert batch_rows(made) == 4


def generated() -> Iterator[Any]:
    yield np.zeros((2, 1)), np.zeros(2)


def test_data_sets_that_would_give_others_or_disturb_are_not_read(rows: Any) -> None:
    import tensorflow as tf

    def noisy(x: Any, y: Any) -> Any:
        return x + tf.random.normal([1]), y

    python = tf.data.Dataset.from_generator(
        generated, output_signature=(tf.TensorSpec((2, 1)), tf.TensorSpec((2,)))
    )
    unordered = tf.data.Options()
    unordered.deterministic = False
    for made, why in (
        (rows.shuffle(4).batch(4), "shuffled"),
        (rows.batch(4).map(noisy), "random numbers"),
        (python, "Python code"),
        (rows.batch(4).with_options(unordered), "order"),
        (rows.repeat().batch(4), "never ends"),
        (generated(), "cannot be read a second time"),
    ):
        with pytest.raises(CannotReadAgainError, match=why):
            read(made)


def test_once_training_is_over_the_order_does_not_matter(rows: Any) -> None:
    source = RowSource(x=rows.shuffle(4).batch(4))
    found = [batch.x.numpy() for batch in source.batches(is_over=True)]
    assert sorted(np.concatenate(found).reshape(-1).tolist()) == list(range(ROWS))
    endless = RowSource(x=rows.repeat().batch(4), steps=3)
    assert sum(len(batch.x) for batch in endless.batches(is_over=True)) == 12


def test_rows_are_counted_only_where_they_are_known(rows: Any) -> None:
    assert row_count(rows.batch(4, drop_remainder=True)).rows == 8
    for made in (
        rows.filter(lambda x, y: y > 3).batch(4),
        rows.batch(4).take(1),
    ):
        found = row_count(made)
        assert found.rows is None
        assert "does not tell" in found.reason
    assert row_count(generated()).reason == "a generator does not tell how many rows it has"
    assert row_count({"a": np.zeros((7, 2)), "b": np.zeros(7)}).rows == 7


def test_a_repeated_row_counts_once_and_is_not_validated_on_twice(rows: Any) -> None:
    for made in (
        rows.repeat(3).batch(4),
        rows.batch(4).repeat(),
        rows.shuffle(4).repeat().batch(4),
    ):
        assert row_count(made).rows == ROWS
    twice = RowSource(x=rows.batch(5).repeat(), steps=4)
    with pytest.raises(CannotReadAgainError, match="repeats its rows"):
        list(twice.batches())
    assert sum(len(batch.x) for batch in RowSource(x=twice.x, steps=2).batches()) == ROWS


def test_a_pydataset_that_draws_numbers_is_not_read_while_it_trains() -> None:
    import keras

    class Noisy(keras.utils.PyDataset):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.rng = np.random.default_rng(0)

        def __len__(self) -> int:
            return 2

        def __getitem__(self, index: int) -> Any:
            return self.rng.normal(size=(4, 1)), np.zeros(4)

    noisy = Noisy()
    before = noisy.rng.bit_generator.state
    with pytest.raises(CannotReadAgainError, match="draws random numbers"):
        read(noisy)
    assert noisy.rng.bit_generator.state == before
    assert sum(len(batch.x) for batch in RowSource(x=noisy).batches(is_over=True)) == 8


def test_validation_steps_bound_the_rows() -> None:
    x = np.arange(ROWS, dtype="float32")
    assert read(x, x, steps=3) == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]


def test_tables_are_read_as_keras_feeds_them() -> None:
    class Column:
        """What a column of pandas offers."""

        shape = (3,)

        def to_numpy(self) -> Any:
            return np.arange(3.0)

    (batch,) = RowSource(x=Column(), batch_size=4).batches()
    assert batch.x.shape == (3, 1)
