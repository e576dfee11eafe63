"""The optimizer's state before its first step, written over the saved one."""

from advisor.inputs.files.file_window import FileWindow
from advisor.inputs.hdf5 import read_hdf5
from advisor.inputs.hdf5.swaps import Patches
from advisor.inputs.model_facts import ModelFacts
from advisor.surgery.refusal import EditRefused

# All slots of these begin at 0; those of others begin at 0.1 or 1.
_FROM_ZERO = frozenset(
    {"SGD", "RMSprop", "Adam", "AdamW", "Adamax", "Adadelta", "Lion", "Lamb", "Nadam"}
)


def reset_patches(window: FileWindow, model: ModelFacts) -> Patches:
    """Zeros for the optimizer's step count and slots in the weights file; its learning rate stays.

    Raises EditRefused for an optimizer whose slots don't begin at 0.
    """
    optimizer = model.optimizer
    stored = [
        dataset
        for path, dataset in read_hdf5(window, model.source).datasets.items()
        if path.startswith("/optimizer/")
    ]
    if not stored:
        return {}
    if optimizer is None or optimizer.name not in _FROM_ZERO:
        name = optimizer.name if optimizer else "the optimizer"
        raise EditRefused(f"the initial state of {name} isn't known; compile the model again")
    # Without a schedule, the second variable is the learning rate.
    kept = () if optimizer.schedule else ("/optimizer/vars/1",)
    return {
        dataset.offset: bytes(dataset.stored_size)
        for dataset in stored
        if dataset.name not in kept and dataset.stored_size
    }
