"""Each layer of the package imports only from the layers above it."""

import ast
from collections.abc import Iterable
from pathlib import Path

import pytest

import advisor

PACKAGE = Path(advisor.__file__).parent

# From the values that everything uses down to the command line; one entry a module or package.
LAYERS = [
    "values",
    "errors",
    "atomic",
    "regularization",
    "trial",
    "inputs",
    "setting_values",
    "gate_settings",
    "settings",
    "evidence",
    "rulebook",
    "places",
    "candidates",
    "arm",
    "menu",
    "by_hand",
    "surgery",
    "training",
    "recorder",
    "probes",
    "apply",
    "probe_journal",
    "probe_splits",
    "proof",
    "recommend",
    "probed_verdict",
    "report",
    "gate",
    "case",
    "keywords",
    "diagnosis",
    "new_baseline",
    "assertion",
    "demo",
    "options",
    "gate_options",
    "console",
    "progress",
    "commands",
    "cli",
    "__main__",
]
HEAVY = {"tensorflow", "keras", "sklearn", "h5py", "tensorboard"}
# A callback is a subclass of Keras' own; it is imported when `Recorder` is first asked for.
MAY_IMPORT_KERAS_AT_THE_TOP = {"recorder/callback.py"}
MAY_IMPORT_KERAS = {"demo.py", "proof.py", "inputs/live_model.py"}
KERAS_LAYERS = {"training", "recorder"}
MODULES = sorted(path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py"))


def layer_of(module: Path) -> str:
    return module.parts[0].removesuffix(".py")


def imported_layers(module: Path) -> set[str]:
    layers = set()
    for node in ast.walk(tree_of(module)):
        match node:
            case ast.ImportFrom(module="advisor", names=names):
                layers |= {alias.name for alias in names if alias.name in LAYERS}
            case ast.ImportFrom(module=str(name)) if name.startswith("advisor."):
                layers.add(name.split(".")[1])
            case ast.Import(names=names):
                layers |= {a.name.split(".")[1] for a in names if a.name.startswith("advisor.")}
    return layers


def tree_of(module: Path) -> ast.Module:
    return ast.parse((PACKAGE / module).read_text(encoding="utf-8"))


def packages_in(nodes: Iterable[ast.AST]) -> set[str]:
    names = set()
    for node in nodes:
        match node:
            case ast.Import(names=aliases):
                names |= {alias.name.split(".")[0] for alias in aliases}
            case ast.ImportFrom(module=str(name)):
                names.add(name.split(".")[0])
    return names


LAYERED = [module for module in MODULES if module != Path("__init__.py")]  # it offers all names


@pytest.mark.parametrize("module", LAYERED, ids=str)
def test_module_imports_only_from_layers_above(module: Path) -> None:
    own = LAYERS.index(layer_of(module))
    below = {name for name in imported_layers(module) if LAYERS.index(name) > own}
    assert not below, f"{module} imports from below: {sorted(below)}"


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_heavy_packages_are_never_imported_at_the_top(module: Path) -> None:
    allowed = {"keras"} if str(module) in MAY_IMPORT_KERAS_AT_THE_TOP else set()
    assert not packages_in(tree_of(module).body) & (HEAVY - allowed)


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_keras_is_imported_only_where_models_are_run(module: Path) -> None:
    if str(module) not in MAY_IMPORT_KERAS and layer_of(module) not in KERAS_LAYERS:
        assert not packages_in(ast.walk(tree_of(module))) & {"keras", "tensorflow"}


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_modules_stay_readable_in_one_sitting(module: Path) -> None:
    lines = (PACKAGE / module).read_text(encoding="utf-8").count("\n")
    assert lines <= 300, f"{module} has {lines} lines: split it by noun"
