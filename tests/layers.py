"""The floors of the package: which may import which; `python -m tests.layers` prints how it is.

A unit is a module or a package of `advisor/`. `FLOORS` lists them from the ground up: a unit
imports only from floors below its own, and units on one floor don't import each other.
`INNER_FLOORS` says the same within a package that has rooms.
"""

import ast
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

import advisor

PACKAGE = Path(advisor.__file__).parent
FACE = Path("__init__.py")  # the package's face: it offers names of every floor

Floors = Sequence[Sequence[str]]

FLOORS: Floors = (
    ("errors", "values", "version"),
    ("atomic", "keras_internals", "regularization"),
    ("inputs",),
    ("evidence", "settings"),
    ("rulebook",),
    ("candidates", "gate"),
    ("probes",),
    ("training", "recommend"),
    ("report", "surgery", "recorder"),
    ("pipeline",),
    ("cli",),
    ("__main__",),
)
INNER_FLOORS: Mapping[str, Floors] = {
    "training": (
        ("machine", "reason", "silence"),
        ("rows",),
        ("model",),
        ("engine",),
        ("row_losses",),
        ("evaluate", "trainer"),
    ),
    "report": (
        ("page", "probes", "unchecked"),
        ("content",),
        ("charts", "readings"),
        ("wording",),
        ("formats",),
        ("report",),
        ("assemble",),
    ),
}


def modules() -> tuple[Path, ...]:
    """Every module, relative to the package."""
    return tuple(sorted(path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py")))


def name_of(module: Path) -> str:
    """`training/rows/binding.py` is `training.rows.binding`; a package goes by its folder."""
    parts = module.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def imports() -> Mapping[str, frozenset[str]]:
    """The modules that each module imports, those inside functions and for types too."""
    names = {name_of(module) for module in modules()}
    return {name_of(module): frozenset(_imported(module, names)) for module in modules()}


def _imported(module: Path, names: set[str]) -> Iterator[str]:
    for node in ast.walk(tree_of(module)):
        match node:
            case ast.ImportFrom(module=str(source), names=aliases) if _is_ours(source):
                for alias in aliases:
                    whole = f"{source}.{alias.name}".removeprefix("advisor.")
                    yield whole if whole in names else source.partition(".")[2]
            case ast.Import(names=aliases):
                yield from (a.name.partition(".")[2] for a in aliases if _is_ours(a.name))


def _is_ours(name: str) -> bool:
    return name.split(".", maxsplit=1)[0] == "advisor"


@cache
def tree_of(module: Path) -> ast.Module:
    """The module's syntax tree."""
    return ast.parse((PACKAGE / module).read_text(encoding="utf-8"))


def floor_of(name: str, floors: Floors) -> int:
    """The floor of a unit; LookupError for one that no floor holds."""
    for index, units in enumerate(floors):
        if name in units:
            return index
    raise LookupError(f"{name} stands on no floor: add it to FLOORS")


def back_imports() -> tuple[tuple[str, str], ...]:
    """The imports that run back, as pairs of importing and imported module, `advisor` being ()."""
    outer = _back((), FLOORS)
    inner = (pair for package, floors in INNER_FLOORS.items() for pair in _back((package,), floors))
    return (*outer, *inner)


def _back(package: tuple[str, ...], floors: Floors) -> Iterator[tuple[str, str]]:
    depth = len(package)
    for source, targets in sorted(imports().items()):
        for target in sorted(targets):
            pair = [tuple(name.split(".")) for name in (source, target)]
            if any(parts[:depth] != package or not any(parts[depth:]) for parts in pair):
                continue
            above, below = (parts[depth] for parts in pair)
            if above != below and floor_of(above, floors) <= floor_of(below, floors):
                yield source, target


def neighbours_of(package: str) -> set[str]:
    """The packages beside this one, in the same folder, that it imports from."""
    folder = package.rpartition(".")[0]
    depth = len(folder.split(".")) if folder else 0
    beside = {
        target.split(".")[depth]
        for source, targets in imports().items()
        for target in targets
        if f"{source}.".startswith(f"{package}.") and target.startswith(folder) and target != folder
    }
    rooms = {
        path.parent.name for path in (PACKAGE / folder.replace(".", "/")).glob("*/__init__.py")
    }
    return (beside & rooms) - {package.rpartition(".")[2]}


def circles() -> tuple[tuple[str, ...], ...]:
    """Modules that import each other in a circle, in whichever way."""
    reached = {name: _reached(name) for name in imports()}
    found = {
        tuple(sorted(other for other in reached[name] if name in reached[other]))
        for name in reached
        if name in reached[name]
    }
    return tuple(sorted(found))


def _reached(name: str) -> frozenset[str]:
    """Every module that `name` imports, and that those import."""
    seen: set[str] = set()
    waiting = list(imports()[name])
    while waiting:
        module = waiting.pop()
        if module and module not in seen:  # "" is the package's face
            seen.add(module)
            waiting += imports().get(module, ())
    return frozenset(seen)


def height() -> int:
    """The floors that the imports among units need: the longest way down, counted in units."""
    below: dict[str, set[str]] = {}
    for source, targets in imports().items():
        unit = source.split(".")[0]
        others = {target.split(".")[0] for target in targets} - {unit, ""}
        if unit:
            below.setdefault(unit, set()).update(others)

    def longest(unit: str, path: tuple[str, ...] = ()) -> int:
        under = (u for u in below.get(unit, ()) if u not in path)
        return 1 + max((longest(other, (*path, unit)) for other in under), default=0)

    return max(longest(unit) for unit in below)


def main() -> None:
    """Print the figures of the structure."""
    root = [module for module in modules() if len(module.parts) == 1]
    lines = sum((PACKAGE / m).read_text(encoding="utf-8").count("\n") for m in modules())
    print(f"{len(modules())} modules, {lines} lines, {len(root)} modules at the root")
    print(f"{height()} floors, {len(FLOORS)} of them named in FLOORS")
    print(f"{len(back_imports())} imports that run back: {list(back_imports())}")
    print(f"{len(circles())} circles: {list(circles())}")


if __name__ == "__main__":
    main()
