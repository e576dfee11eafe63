"""How probe trainings split the user's rows: drawn anew, by groups, or always as they are."""

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
    """The kind of split, and what is to be said about it; rows that are streamed have but one."""
    if isinstance(dataset, StreamedDataset):
        return "fixed", ("The rows are streamed, so every trial keeps the one split.",)
    weights = row_weights(dataset)
    if wanted is not None:
        return wanted, _on_weights(wanted, weights)
    kind, why = _advised(dataset, weights)
    told = [f"Splits are {_WORDS[kind]}: {why}; --splits says otherwise."] if kind in _WORDS else []
    return kind, (*told, *_on_weights(kind, weights))


def _advised(dataset: Dataset, weights: RowWeights) -> tuple[Splits, str]:
    if weights.unknown is not None:
        return "fixed", weights.unknown
    return advised_splits(dataset)


def _on_weights(kind: Splits, weights: RowWeights) -> tuple[str, ...]:
    """What rows that change sides weigh; none do where the one split is kept."""
    return () if kind == "fixed" or weights.note is None else (weights.note,)
