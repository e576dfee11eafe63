"""How probe trainings split the user's rows: drawn again, by groups, or always as they are."""

from collections.abc import Mapping

from advisor.inputs.dataset import Dataset
from advisor.inputs.row_weights import RowWeights, row_weights
from advisor.inputs.splits import advised_splits
from advisor.probes.outcome import Splits
from advisor.training.rows.streamed import StreamedDataset

_WORDS: Mapping[Splits, str] = {"fixed": "kept as they are", "group": "drawn by whole groups"}


def probe_splits(
    dataset: Dataset | StreamedDataset, wanted: Splits | None
) -> tuple[Splits, tuple[str, ...]]:
    """The kind of split, and sentences about it; streamed rows have only one split."""
    if isinstance(dataset, StreamedDataset):
        return "fixed", ("The rows are streamed, so every trial keeps the same split.",)
    weights = row_weights(dataset)
    if wanted is not None:
        return wanted, _on_weights(wanted, weights)
    kind, why = _advised(dataset, weights)
    sentences = (
        [f"Splits are {_WORDS[kind]}: {why}; use --splits to change that."]
        if kind in _WORDS
        else []
    )
    return kind, (*sentences, *_on_weights(kind, weights))


def _advised(dataset: Dataset, weights: RowWeights) -> tuple[Splits, str]:
    if weights.unknown is not None:
        return "fixed", weights.unknown
    return advised_splits(dataset)


def _on_weights(kind: Splits, weights: RowWeights) -> tuple[str, ...]:
    """The note on the weights of rows that change sides; none do if the split is fixed."""
    return () if kind == "fixed" or weights.note is None else (weights.note,)
