"""A Python literal, as `str(history.history)` prints it, read without running anything."""

import ast
import math
import warnings

from advisor.errors import InputError

MAX_LITERAL = 2 * 2**20  # bytes; the syntax tree takes some fifty times as much memory
_MAX_DEPTH = 100

_CONSTANTS = {"nan": math.nan, "inf": math.inf, "NaN": math.nan, "Infinity": math.inf}
_WRAPPERS = frozenset({"float16", "float32", "float64", "int32", "int64", "float", "int", "array"})


def parse_literal(text: str, source: str) -> object:
    """The dict, list or number that `text` spells; InputError where it is anything else.

    Beyond what `ast.literal_eval` reads these stand for their values: `nan`, `inf`,
    `np.float32(0.5)`, `array([0.5, 0.4], dtype=float32)`.
    """
    if len(text) > MAX_LITERAL:
        raise InputError(
            f"{source}: is more than {MAX_LITERAL // 2**20} MB of printed Python; export it with"
            " json.dump"
        )
    if _depth(text) > _MAX_DEPTH:
        raise InputError(f"{source}: nests deeper than {_MAX_DEPTH} levels; it is not read")
    try:
        with warnings.catch_warnings(action="ignore"):  # of odd escapes in the text
            tree = ast.parse(text.strip(), mode="eval")
        return _value(tree.body)
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError) as error:
        raise InputError(
            f"{source}: is neither JSON nor a printed Python dict; export it with"
            " json.dump(history.history, file)"
        ) from error


def _depth(text: str) -> int:
    depth = deepest = 0
    for character in text:
        if character in "([{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in ")]}":
            depth -= 1
    return deepest


def _value(node: ast.expr) -> object:
    match node:
        case ast.Dict(keys=keys, values=values) if None not in keys:
            pairs = zip(keys, values, strict=True)
            return {_key(key): _value(value) for key, value in pairs if key is not None}
        case ast.List(elts=entries) | ast.Tuple(elts=entries):
            return [_value(entry) for entry in entries]
        case ast.Name(id=name) if name in _CONSTANTS:
            return _CONSTANTS[name]
        case ast.Call(args=[argument], func=ast.Name(id=name) | ast.Attribute(attr=name)) if (
            name in _WRAPPERS
        ):
            return _value(argument)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            number = _value(operand)
            if isinstance(number, int | float):
                return -number
        case ast.Constant(value=str() | int() | float() | None):
            return node.value
    raise ValueError(f"{type(node).__name__} is not a literal")


def _key(node: ast.expr) -> str:
    key = _value(node)
    if not isinstance(key, str | int | float):
        raise ValueError("a key is neither a name nor a number")
    return str(key)
