"""Weights files written with h5py, group by group, and read back by our own reader."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from advisor.inputs.files.file_window import whole_file
from advisor.inputs.hdf5 import Hdf5Tree, read_hdf5

Group = tuple[str | None, list[Any]]  # the layer's name, and its variables: arrays or shapes


def weights_tree(path: Path, groups: Mapping[str, Group]) -> Hdf5Tree:
    """A file with `<group>/vars` for every group: its name attribute, and variables 0, 1, ..."""
    import h5py

    with h5py.File(path, "w") as file:
        for group, (name, variables) in groups.items():
            place = file.create_group(f"{group}/vars".lstrip("/"))
            if name is not None:
                place.attrs["name"] = name
            for index, variable in enumerate(variables):
                place[str(index)] = filled(variable)
    return read_hdf5(whole_file(path), path.name)


def datasets_tree(
    path: Path, datasets: Mapping[str, Any], attributes: Mapping[str, Mapping[str, Any]]
) -> Hdf5Tree:
    """A file with these datasets, and these attributes by group."""
    import h5py

    with h5py.File(path, "w") as file:
        for name, values in datasets.items():
            file[name] = filled(values)
        for group, named in attributes.items():
            place = file.require_group(group)
            for name, value in named.items():
                place.attrs[name] = value
    return read_hdf5(whole_file(path), path.name)


def filled(variable: Any) -> Any:
    """The array itself, or one of the given shape."""
    return np.zeros(variable, "float32") if isinstance(variable, tuple) else variable


def marked(shape: tuple[int, ...], mark: float) -> Any:
    """An array that can be told by its first value."""
    return np.full(shape, mark, "float32")
