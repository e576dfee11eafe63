"""No room but `keras_internals` uses what Keras and TensorFlow keep private."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import layers

HOME = "keras_internals"
PRIVATE_PACKAGES = ("keras.src", "tensorflow.python")
BY_NAME = {"getattr", "hasattr", "setattr", "delattr"}
# Names inside weights files: Keras writes them, and nothing of a live model is touched.
NAMES_IN_FILES = {
    "inputs/weight_files/weight_holders.py": {"_compile_loss", "_compile_metrics"},
}
OTHERS = [module for module in layers.modules() if module.parts[0] != HOME]


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def imported(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Import(names=aliases):
            yield from (alias.name for alias in aliases)
        case ast.ImportFrom(module=str(source), names=aliases):
            yield from (f"{source}.{alias.name}" for alias in aliases)


def written(node: ast.AST) -> str:
    """A string's text, that of an f-string up to its first value; "" for anything else."""
    match node:
        case ast.Constant(value=str(text)) | ast.JoinedStr(values=[ast.Constant(value=text), *_]):
            return str(text)
    return ""


def texts(tree: ast.AST) -> set[str]:
    """What strings start with; a part further on in an f-string is a suffix, and no name."""
    nodes = list(ast.walk(tree))
    parts = {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values}
    return {written(node) for node in nodes if id(node) not in parts}


def private_uses(tree: ast.AST) -> Iterator[str]:
    """Private attributes of objects other than `self` and `cls`, and imports from inside."""
    for node in ast.walk(tree):
        yield from (name for name in imported(node) if f"{name}.".startswith(
            tuple(f"{package}." for package in PRIVATE_PACKAGES)))  # fmt: skip
        match node:
            case ast.Attribute(value=ast.Name(id="self" | "cls")):
                pass
            case ast.Attribute(attr=name) if is_private(name):
                yield name
            case ast.Call(func=ast.Name(id=function), args=[_, name, *_]) if function in BY_NAME:
                if is_private(written(name)):
                    yield written(name)


def private_names() -> set[str]:
    """Every private name that the home itself speaks of."""
    nodes = (
        node
        for module in layers.modules()
        if module.parts[0] == HOME
        for node in ast.walk(layers.tree_of(module))
    )
    names = {n.attr if isinstance(n, ast.Attribute) else written(n) for n in nodes}
    return {name for name in names if is_private(name) and name.isidentifier()}


@pytest.mark.parametrize("module", OTHERS, ids=str)
def test_no_other_room_uses_a_private_name(module: Path) -> None:
    assert not list(private_uses(layers.tree_of(module)))


@pytest.mark.parametrize("module", OTHERS, ids=str)
def test_no_other_room_hands_on_a_private_name(module: Path) -> None:
    found = texts(layers.tree_of(module)) & private_names()
    assert found == NAMES_IN_FILES.get(str(module), set())


def test_the_home_has_many_private_names() -> None:
    assert {"_flatten_layers", "_compile_loss", "_getframe", "_dropout_mask"} <= private_names()


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("from keras.src import backend", "keras.src.backend"),
        ("import tensorflow.python.eager", "tensorflow.python.eager"),
        ("from tensorflow import python", "tensorflow.python"),
        ("model._compile_loss(y)", "_compile_loss"),
        ("self.model._flatten_layers()", "_flatten_layers"),
        ("setattr(cell, '_dropout_mask', None)", "_dropout_mask"),
        ("getattr(layer, f'_{slot}_mask')", "_"),
    ],
)
def test_a_private_use_is_found(code: str, name: str) -> None:
    assert list(private_uses(ast.parse(code))) == [name]


def test_what_is_our_own_is_no_private_use() -> None:
    code = "self._model = cls._made(type(self).__name__, getattr(keras, '__version__'))"
    assert not list(private_uses(ast.parse(code)))
