"""Which journal a race writes, by its model, rows, recipe, code, versions and machine."""

import json
from collections.abc import Mapping, Set
from dataclasses import asdict, is_dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from advisor.inputs.dataset import Array, Dataset, Rows
from advisor.probes.journal import Journal
from advisor.settings.settings import Settings
from advisor.training.rows.streamed import StreamedDataset
from advisor.version import __version__

_FOLDER = "probes"
_FORMAT = 1  # of a journal's lines
_BYTES_AT_ONCE = 2**24


def open_journal(
    model: Any,
    model_sha256: str | None,
    dataset: Dataset | StreamedDataset,
    settings: Settings,
    recipe: Mapping[str, object],
) -> Journal | None:
    """The journal in the user's cache; None if the inputs can't be identified.

    `recipe` is all that `make_trainer` gets besides the model and its rows. There is no journal
    for a live model, a model folder, rows that are streamed from code, or a model whose own code
    is not in a file.
    """
    folder = _cache_folder() if settings.journal else None
    key = journal_key(model, model_sha256, dataset, settings, recipe) if folder else None
    return None if folder is None or key is None else Journal(folder / _FOLDER, key)


def journal_key(
    model: Any,
    model_sha256: str | None,
    dataset: Dataset | StreamedDataset,
    settings: Settings,
    recipe: Mapping[str, object],
) -> str | None:
    """A hash of everything that a trial's curve depends on besides the trial.

    None if `open_journal` returns None for these inputs.
    """
    from advisor.training.machine import machine
    from advisor.training.model.own_code import own_code_sha256

    if model_sha256 is None:
        return None
    data_sha256 = _data_sha256(dataset)
    code_sha256 = own_code_sha256(model, settings.imports, trust=settings.trust)
    if data_sha256 is None or code_sha256 is None:
        return None
    material = {
        "format": _FORMAT,
        "advisor": __version__,
        "machine": machine(),
        "model": model_sha256,
        "code": [code_sha256, *settings.imports, settings.trust],
        "compiled": [settings.loss, settings.optimizer],
        "data": data_sha256,
        "rows": [settings.target, settings.group, settings.use_test],
        "recipe": recipe,
    }
    return sha256(json.dumps(material, sort_keys=True, default=_plain).encode()).hexdigest()


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Set):
        return sorted(value, key=repr)
    raise TypeError(f"a {type(value).__name__} in the key of a journal")


def _cache_folder() -> Path | None:
    from platformdirs import user_cache_dir

    folder = Path(user_cache_dir("advisor", appauthor=False))
    return folder if folder.is_absolute() else None  # without a known home folder


def _data_sha256(dataset: Dataset | StreamedDataset) -> str | None:
    """The hash of the arrays that trials see; for streamed rows, of their files."""
    digest = sha256(json.dumps([dataset.input_names, dataset.target_names]).encode())
    if isinstance(dataset, StreamedDataset):
        if dataset.sha256 is None:
            return None
        digest.update(dataset.sha256.encode())
        return digest.hexdigest()
    arrays = [*_arrays(dataset.train), *_arrays(dataset.val), dataset.groups]
    if any(array is not None and array.dtype.hasobject for array in arrays):
        return None
    for array in arrays:
        digest.update(b"none" if array is None else f"{array.dtype.str} {array.shape} ".encode())
        if array is not None:
            _update(digest, array)
    return digest.hexdigest()


def _arrays(rows: Rows) -> tuple[Array | None, ...]:
    return (*rows.inputs, *rows.targets, rows.weights)


def _update(digest: Any, array: Array) -> None:
    """Update the digest with the array's bytes, a piece at a time."""
    step = max(1, _BYTES_AT_ONCE // max(1, array.nbytes // max(1, len(array))))
    for start in range(0, len(array), step):
        digest.update(np.ascontiguousarray(array[start : start + step]).tobytes())
