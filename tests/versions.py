"""The versions a run is in: the oldest that pyproject.toml promises, and those installed.

`python -m tests.versions oldest` prints pip's constraints, `... installed` one line.
"""

import platform
import re
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

from advisor.keras_internals.tried import TRIED

PYPROJECT = Path(__file__).parents[1] / "pyproject.toml"
_LOWER_BOUND = re.compile(r"(?P<name>[\w.-]+)\s*>=\s*(?P<version>[\w.]+)")


def requirements(*extras: str) -> list[str]:
    """The project's dependencies, with those of the extras named."""
    project = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]
    optional = project["optional-dependencies"]
    return [*project["dependencies"], *(line for extra in extras for line in optional[extra])]


def oldest(requirement: str) -> tuple[str, str]:
    """A requirement's name and lower bound; each must begin with one."""
    bound = _LOWER_BOUND.match(requirement)
    if bound is None:
        raise ValueError(f"pyproject.toml: {requirement!r} does not begin with `name>=version`")
    return bound["name"], bound["version"]


def installed(name: str) -> str:
    """`keras 3.16.0 (newer than tried: 3.15.1)`."""
    from packaging.version import Version  # `oldest` runs where nothing is installed yet

    newest: dict[str, str] = {library: newest for library, (_, newest) in TRIED.items()}
    is_newer = name in newest and Version(version(name)) > Version(newest[name])
    return f"{name} {version(name)}" + (f" (newer than tried: {newest[name]})" if is_newer else "")


def main(which: str) -> None:
    match which:
        case "oldest":
            for requirement in requirements("dev"):
                print("==".join(oldest(requirement)))
        case "installed":
            names = [oldest(requirement)[0] for requirement in requirements()]
            print(f"python {platform.python_version()}, {', '.join(map(installed, names))}")
        case _:
            raise SystemExit(__doc__)


if __name__ == "__main__":
    main(*sys.argv[1:])
