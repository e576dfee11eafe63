"""A saved model with newly initialised weights; this module loads and builds the model."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from advisor.errors import InputError
from advisor.inputs.files.bounded_json import parse_json
from advisor.inputs.files.json_value import mapping_of
from advisor.inputs.model_file import CONFIG, MAX_CONFIG_BYTES, WEIGHTS, read_model
from advisor.surgery.archive_copy import Members, open_members, write_archive
from advisor.training.model.initialize import InitialWeights
from advisor.training.model.load import load_model

_WHOLE_NUMBERS = ("int8", "uint8")
_MAX_WEIGHTS_BYTES = 16 << 30


def initialize_fresh(
    path: Path, output: Path, *, seed: int, imports: Sequence[str], trust: bool
) -> None:
    """Write the `.keras` file at `path` to `output` with the weights that `seed` gives.

    Frozen layers and adapted preprocessing keep their weights. The optimizer's state is that before
    its first step. Raises InputError as `load_model` does, and for a quantized model.
    """
    if any(
        tensor.dtype in _WHOLE_NUMBERS
        for layer in read_model(path).layers
        if layer.trainable
        for tensor in layer.tensors
    ):
        raise InputError(
            f"{path.name}: is quantized, and integer weights can't be initialised; use --fresh on "
            "the model before it was quantized"
        )
    with open_members(path) as members, tempfile.TemporaryDirectory(prefix="advisor-") as folder:
        saved = _saved(path, Path(folder), members, seed=seed, imports=imports, trust=trust)
        # The rest stays as it was: what Keras writes again contains the date.
        write_archive(members, output, {WEIGHTS: saved}, {})


def _saved(
    path: Path, folder: Path, members: Members, *, seed: int, imports: Sequence[str], trust: bool
) -> bytes:
    """The weights file of the initialised model, with the optimizer's state if it has one."""
    config = mapping_of(parse_json(members.text(CONFIG, MAX_CONFIG_BYTES), path.name))
    if mapping_of(config.get("compile_config")).get("optimizer"):
        model = load_model(path, trust=trust, imports=imports)
        model.compile_from_config(model.get_compile_config())
    else:  # `load_model` gives compiled models only
        model = load_model(path, trust=trust, imports=imports, loss="mse", optimizer="sgd")
        model.optimizer = None
    InitialWeights(model).assign(seed)
    model.save(folder / "model.keras")
    with open_members(folder / "model.keras") as written:
        return written.text(WEIGHTS, _MAX_WEIGHTS_BYTES)
