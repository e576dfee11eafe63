"""Which splits the probes take, and what the report says of them."""

from typing import Any

import numpy as np
import pytest

from advisor.inputs.dataset import Dataset, Rows
from advisor.pipeline.probe_splits import probe_splits
from advisor.probes.outcome import Splits
from advisor.training.rows.streamed import StreamedDataset

EVEN, UNEVEN = np.array([1.0] * 30), np.array([1.0, 2.0] * 15)
ONE_WEIGHT = (
    "Only training rows have sample weights: validation rows drawn for training get that of their "
    "class, and for validation all rows count equally."
)
UNTOLD = (
    "Splits are kept as they are: only training rows have sample weights, which differ from row to "
    "row; use --splits to change that."
)


def rows(weights: Any = None, **facts: Any) -> Dataset:
    """40 rows of a regression without order, of which 30 train."""
    random = np.random.default_rng(0)
    x, y = random.normal(size=(40, 3)), random.normal(size=40)
    return Dataset(
        source="data.npz",
        sha256=None,
        train=Rows(inputs=(x[:30],), targets=(y[:30],), weights=weights),
        val=Rows(inputs=(x[30:],), targets=(y[30:],)),
        **facts,
    )


@pytest.mark.parametrize(
    ("dataset", "kind", "notes"),
    [
        (rows(), "resample", ()),
        (rows(EVEN), "resample", (ONE_WEIGHT,)),
        (rows(UNEVEN), "fixed", (UNTOLD,)),
        (
            rows(groups=np.arange(40) // 4),
            "group",
            ("Splits are drawn by whole groups: rows are grouped; use --splits to change that.",),
        ),
    ],
    ids=["plain", "one weight", "weights that can't be told", "groups"],
)
def test_splits_follow_from_the_rows(
    dataset: Dataset, kind: Splits, notes: tuple[str, ...]
) -> None:
    assert probe_splits(dataset, None) == (kind, notes)


@pytest.mark.parametrize("wanted", ["resample", "fixed", "group"])
def test_the_users_word_counts_and_is_not_explained(wanted: Splits) -> None:
    assert probe_splits(rows(groups=np.arange(40) // 4), wanted) == (wanted, ())


def test_the_split_as_it_is_mixes_no_weights() -> None:
    assert probe_splits(rows(EVEN), "fixed") == ("fixed", ())
    assert probe_splits(rows(EVEN), "resample") == ("resample", (ONE_WEIGHT,))


def test_streamed_rows_keep_the_one_split_whatever_is_wanted() -> None:
    streamed = StreamedDataset(source="rows", sha256=None, train=(), val=(), n_train=3, n_val=2)
    kind, (note,) = probe_splits(streamed, "resample")
    assert kind == "fixed"
    assert note.startswith("The rows are streamed")
