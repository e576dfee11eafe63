"""Telling a saved model from a training history, by what the file holds."""

from pathlib import Path
from typing import Literal

from advisor.errors import InputError
from advisor.inputs.file_format import REFUSALS, sniff

InputKind = Literal["model", "history"]

MODEL_ENDINGS = frozenset({".keras", ".h5", ".hdf5"})
_MODEL_FOLDER_FILES = ("config.json", "saved_model.pb", "checkpoint", "model.weights.h5")


def kind_of(path: Path) -> InputKind:
    """What `path` holds; everything that is no model is taken for a history.

    The reader of that kind then says what is wrong with it. Raises InputError where there is no
    such file.
    """
    if path.is_dir():
        is_model = any((path / name).exists() for name in _MODEL_FOLDER_FILES)
        return "model" if is_model else "history"
    if not path.exists():
        raise InputError(f"{path}: no such file; give a saved model, a training history, or both")
    # Pickles and arrays are read as histories; what they hold of a model can't be read.
    return "history" if sniff(path) in ("unknown", "pickle", "npz") else "model"


def refuse_a_named_model(path: Path) -> None:
    """Raise InputError, with what is wrong, for what is called a model and holds none."""
    if path.suffix.lower() in MODEL_ENDINGS and kind_of(path) == "history":
        raise InputError(f"{path}: {REFUSALS[sniff(path)]}")
