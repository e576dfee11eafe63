"""The versions that the private names were tried on, and the error where another lacks one."""

from importlib import import_module
from typing import Any, Final, Literal

from advisor.errors import UntriedVersionError

Library = Literal["keras", "tensorflow"]

# The oldest and the newest version that the whole suite passes with. The oldest are the lower
# bounds in pyproject.toml: `tests/oldest.sh` runs them.
TRIED: Final[dict[Library, tuple[str, str]]] = {
    "keras": ("3.12.1", "3.15.1"),
    "tensorflow": ("2.18.0", "2.21.0"),
}
_TITLES: Final[dict[Library, str]] = {"keras": "Keras", "tensorflow": "TensorFlow"}
_NONE = object()


def private(owner: Any, name: str, library: Library = "keras") -> Any:
    """The private attribute of an object; raises UntriedVersionError where there is none."""
    value = getattr(owner, name, _NONE)
    if value is _NONE:
        raise lacking(f"{type(owner).__name__}.{name}", library)
    return value


def lacking(name: str, library: Library = "keras") -> UntriedVersionError:
    """What to raise where the library of this version keeps something elsewhere."""
    version = getattr(import_module(library), "__version__", "")
    title, (oldest, newest) = _TITLES[library], TRIED[library]
    return UntriedVersionError(
        f"{title} {version} has no {name}, which advisor needs; install a version that it was"
        f" tried with: {library}>={oldest},<={newest}"
    )
