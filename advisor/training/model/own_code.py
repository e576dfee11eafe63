"""The user's own code that a model is made of, as a hash that changes with it."""

import sys
import sysconfig
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any

from advisor.errors import InputError
from advisor.inputs.files.file_window import sha256_of
from advisor.training.model.load import own_objects

_INSTALLED = ("stdlib", "platstdlib", "purelib", "platlib")


def own_code_sha256(model: Any, imports: Iterable[str], *, trust: bool) -> str | None:
    """The hash of the user's source files that training `model` may run; "" if there are none.

    These are the files of the packages that its custom classes and functions come from, and all
    loaded modules that are not installed, which those may call. None if some code has no file, as
    in a notebook: whether it is the same another time can't be known.
    """
    import keras

    registered = keras.saving.get_custom_objects().values()
    objects = [*own_objects(model).values(), *registered]
    names = {*imports, *(str(part.__module__) for part in objects)}
    if not names and not trust:
        return ""
    if any(_file(sys.modules.get(name)) is None for name in names):
        return None
    packages = {name.partition(".")[0] for name in names}
    installed = (Path(__file__).parents[1], *(Path(sysconfig.get_path(p)) for p in _INSTALLED))
    digest = sha256()
    for name, module in sorted(sys.modules.items()):
        file = _file(module)
        if file is None:
            continue
        is_installed = any(file.is_relative_to(folder) for folder in installed)
        if is_installed and name.partition(".")[0] not in packages:
            continue
        try:
            digest.update(f"{name} {sha256_of(file)}\n".encode())
        except InputError:
            return None
    return digest.hexdigest()


def _file(module: ModuleType | None) -> Path | None:
    file = getattr(module, "__file__", None)
    return Path(file) if isinstance(file, str) else None
