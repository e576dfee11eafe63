"""The stages of a `tf.data` pipeline, as TensorFlow makes them."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from advisor.keras_internals.tf_dataset import (
    Work,
    batch_size_of,
    drops_remainder,
    functions_of,
    is_tf_dataset,
    source_of,
    stages_before,
    work_of,
)

pytestmark = pytest.mark.tensorflow

OPTIONS = tf.data.Options()
OPTIONS.deterministic = True
STAGES: dict[str, tuple[Callable[[Any], Any], Work]] = {
    "prefetch": (lambda rows: rows.prefetch(1), "keeps"),
    "cache": (lambda rows: rows.cache(), "keeps"),
    "options": (lambda rows: rows.with_options(OPTIONS), "keeps"),
    "map": (lambda rows: rows.map(lambda row: row + 1), "keeps"),
    "parallel map": (lambda rows: rows.map(lambda row: row + 1, num_parallel_calls=2), "keeps"),
    "shuffle": (lambda rows: rows.shuffle(4), "keeps"),
    "repeat": (lambda rows: rows.repeat(2), "repeats"),
    "batch": (lambda rows: rows.batch(3), "batches"),
    "parallel batch": (lambda rows: rows.batch(3, num_parallel_calls=2), "batches"),
    "filter": (lambda rows: rows.filter(lambda row: row > 1), "other"),
    "take": (lambda rows: rows.take(2), "other"),
    "unbatch": (lambda rows: rows.batch(3).unbatch(), "other"),
    "window": (lambda rows: rows.window(3), "other"),
}


def rows() -> Any:
    return tf.data.Dataset.from_tensor_slices(np.arange(7))


@pytest.mark.parametrize(("stage", "work"), STAGES.values(), ids=STAGES)
def test_a_stage_tells_what_it_does_with_rows(stage: Callable[[Any], Any], work: Work) -> None:
    made = stage(rows())
    assert work_of(made) == work
    if work == "keeps":
        assert int(made.cardinality()) == 7


def test_a_dataset_is_told_from_arrays_and_from_what_wraps_one() -> None:
    assert is_tf_dataset(rows().batch(2))
    assert not is_tf_dataset(np.arange(7))
    assert not is_tf_dataset(iter(rows()))


def test_stages_lead_back_to_the_source() -> None:
    source = rows()
    mapped = source.map(lambda row: row)
    assert list(stages_before(mapped)) == [source]
    assert list(stages_before(source)) == []
    assert list(stages_before(tf.data.Dataset.zip((source, mapped)))) == [source, mapped]


@pytest.mark.parametrize("stage", ["batch", "parallel batch", "repeat"])
def test_a_stage_that_batches_or_repeats_has_one_source(stage: str) -> None:
    source = rows()
    assert source_of(STAGES[stage][0](source)) is source


@pytest.mark.parametrize("parallel", [None, 2])
@pytest.mark.parametrize("drops", [True, False])
def test_a_batch_tells_its_size_and_whether_it_drops_the_last(
    drops: bool, parallel: int | None
) -> None:
    batched = rows().batch(3, drop_remainder=drops, num_parallel_calls=parallel)
    assert (batch_size_of(batched), drops_remainder(batched)) == (3, drops)


def test_the_users_functions_show_their_operations() -> None:
    (function,) = functions_of(rows().map(lambda row: row + tf.random.uniform((), 0, 9, tf.int64)))
    kinds = {operation.type for operation in function.function.graph.get_operations()}
    assert "RandomUniformInt" in kinds
    assert list(functions_of(rows())) == []
