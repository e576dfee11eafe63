"""Each unit of the package imports only from the floors below it, and nothing in a circle."""

import ast
import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests import layers
from tests.layers import FLOORS, INNER_FLOORS, PACKAGE, Floors, name_of, tree_of

HEAVY = {"tensorflow", "keras", "sklearn", "h5py", "tensorboard"}
# A callback is a subclass of Keras' own; it is imported when `Recorder` is first asked for.
MAY_IMPORT_KERAS_AT_THE_TOP = {"recorder/callback.py"}
MAY_IMPORT_KERAS = {"cli/demo_network.py", "pipeline/probing.py", "inputs/live_model.py"}
KERAS_PACKAGES = {"keras_internals", "training", "recorder"}
MODULES = layers.modules()


def packages_in(nodes: Iterable[ast.AST]) -> set[str]:
    names = set()
    for node in nodes:
        match node:
            case ast.Import(names=aliases):
                names |= {alias.name.split(".")[0] for alias in aliases}
            case ast.ImportFrom(module=str(name)):
                names.add(name.split(".")[0])
    return names


def units_of(package: str) -> set[str]:
    names = (name_of(module).removeprefix(package).strip(".") for module in MODULES
             if name_of(module).startswith(package))  # fmt: skip
    return {name.split(".")[0] for name in names} - {""}


ROOMS = sorted(
    name_of(module)
    for module in MODULES
    if module.name == "__init__.py"
    and (len(module.parts) == 2 or (module.parts[0] in INNER_FLOORS and len(module.parts) == 3))
)


@pytest.mark.parametrize("room", ROOMS)
def test_a_package_says_what_it_imports_from(room: str) -> None:
    docstring = ast.get_docstring(tree_of(Path(*room.split("."), "__init__.py"))) or ""
    line = re.search(r"^Imports from ([^.]*)\.$", docstring, re.MULTILINE)
    assert line, f"{room}: no line 'Imports from ...'"
    said = " ".join(line.group(1).split())
    names = set() if said.startswith(("no other", "the ground")) else set(said.split(", "))
    assert names == layers.neighbours_of(room)


def test_no_import_runs_back() -> None:
    assert not layers.back_imports()


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert not layers.circles()


@pytest.mark.parametrize(("package", "floors"), [("", FLOORS), *INNER_FLOORS.items()])
def test_every_unit_stands_on_one_floor(package: str, floors: Floors) -> None:
    standing = [unit for floor in floors for unit in floor]
    assert sorted(standing) == sorted(units_of(package))


def test_an_import_that_runs_back_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        layers,
        "imports",
        lambda: {"inputs.history": frozenset({"report.report"}), "report.report": frozenset()},
    )
    assert layers.back_imports() == (("inputs.history", "report.report"),)


def test_an_import_between_units_of_one_floor_runs_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        layers, "imports", lambda: {"report.page": frozenset({"surgery.edit", "report.report"})}
    )
    assert layers.back_imports() == (
        ("report.page", "surgery.edit"),
        ("report.page", "report.report"),
    )


def test_a_circle_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    circle = {
        "a": frozenset({"b"}),
        "b": frozenset({"c"}),
        "c": frozenset({"a"}),
        "d": frozenset("a"),
    }
    monkeypatch.setattr(layers, "imports", lambda: circle)
    assert layers.circles() == (("a", "b", "c"),)


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_heavy_packages_are_never_imported_at_the_top(module: Path) -> None:
    allowed = {"keras"} if str(module) in MAY_IMPORT_KERAS_AT_THE_TOP else set()
    assert not packages_in(tree_of(module).body) & (HEAVY - allowed)


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_keras_is_imported_only_where_models_are_run(module: Path) -> None:
    if str(module) not in MAY_IMPORT_KERAS and module.parts[0] not in KERAS_PACKAGES:
        assert not packages_in(ast.walk(tree_of(module))) & {"keras", "tensorflow"}


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_modules_stay_readable_in_one_sitting(module: Path) -> None:
    lines = (PACKAGE / module).read_text(encoding="utf-8").count("\n")
    assert lines <= 300, f"{module} has {lines} lines: split it by noun"
