"""The language of `when`: a clause is parsed and checked once, then judged, and never executed.

The language is an allow-list over Python's own grammar: names of measurements, numbers, quoted
text, comparisons (also chained), `and`, `or`, `not`, `+`, `-`, `*`, `/` and parentheses. Names and
kinds are checked when a clause is parsed. A judgement is True, False or Undecided.
"""

import ast
import warnings
from collections.abc import Callable, Mapping
from dataclasses import field
from operator import add, eq, ge, gt, le, lt, mul, ne, sub, truediv
from typing import Any

from advisor.errors import RuleError
from advisor.evidence.measurement import MeasurementKind, Readings
from advisor.rulebook import judgement
from advisor.rulebook.judgement import Evaluate, Judgement, Undecided
from advisor.rulebook.vocabulary import KIND_IN_WORDS, Vocabulary
from advisor.values import dataclass

MAX_LENGTH = 500  # characters of a clause
MAX_DEPTH = 20  # operators inside one another

COMPARISONS: Mapping[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Lt: lt,
    ast.LtE: le,
    ast.Gt: gt,
    ast.GtE: ge,
    ast.Eq: eq,
    ast.NotEq: ne,
}
ARITHMETIC: Mapping[type[ast.AST], Callable[[float, float], float]] = {
    ast.Add: add,
    ast.Sub: sub,
    ast.UAdd: add,
    ast.USub: sub,
    ast.Mult: mul,
    ast.Div: truediv,
}
LANGUAGE = "use names of measurements, numbers, 'text', comparisons, and/or/not, + - * /"
NOT_IN_LANGUAGE = f"clauses can't contain this; {LANGUAGE}"


@dataclass(frozen=True, kw_only=True)
class Condition:
    """A clause that was parsed and checked; `names` are its measurements, as they appear."""

    text: str
    names: tuple[str, ...]
    evaluate: Evaluate = field(repr=False, compare=False)

    def judge(self, readings: Readings) -> Judgement:
        """True, False, or Undecided if a measurement that matters is missing."""
        judged = self.evaluate(readings)
        return judged if isinstance(judged, Undecided) else bool(judged)


def parse_condition(text: str, vocabulary: Vocabulary, place: str) -> Condition:
    """Parse a clause; a RuleError starts with `place` and marks the fault with a caret."""
    text = text.strip()
    if not text:
        raise RuleError(f"{place}: the clause is empty")
    if len(text) > MAX_LENGTH:
        raise RuleError(
            f"{place}: the clause has {len(text)} characters, but at most {MAX_LENGTH} are read; "
            "split it into several"
        )
    if not text.isprintable():
        raise RuleError(f"{place}: the clause {text!r} must be one line of printable characters")
    clause = _Clause(text, vocabulary, place)
    root = clause.parse()
    kind, evaluate = clause.compile(root, depth=0)
    if kind != "truth":
        raise clause.fault(
            root, f"a clause must be true or false, but this is {KIND_IN_WORDS[kind]}"
        )
    if not clause.names:
        raise clause.fault(root, "a clause must name a measurement")
    return Condition(text=text, names=tuple(clause.names), evaluate=evaluate)


class _Clause:
    """The clause being parsed: turns each node into a closure over readings, or refuses it."""

    def __init__(self, text: str, vocabulary: Vocabulary, place: str) -> None:
        self.text = text
        self.vocabulary = vocabulary
        self.place = place
        self.names: dict[str, None] = {}  # an ordered set

    def parse(self) -> ast.expr:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")  # "1if x" only warns: here it is a syntax error
                return ast.parse(self.text, mode="eval").body
        except SyntaxError as error:
            end = len(self.text)  # if Python gives no offset, the clause ended too early
            start = min(error.offset - 1, end) if error.offset else end
            raise self._error(f"not a clause ({error.msg}); {LANGUAGE}", start, start + 1) from None
        except (ValueError, RecursionError, MemoryError) as error:
            raise self._error("too deeply nested", 0, len(self.text)) from error

    def compile(self, node: ast.expr, depth: int) -> tuple[MeasurementKind, Evaluate]:
        """The node's kind, and the function that gives its value for readings."""
        if depth > MAX_DEPTH:
            raise self.fault(node, f"nested more than {MAX_DEPTH} deep; split the clause")
        match node:
            case ast.Name() | ast.Attribute():
                return self._name(node)
            case ast.Constant():
                return self._constant(node)
            case ast.Compare():
                return "truth", self._compare(node, depth)
            case ast.BoolOp(op=operator, values=parts):
                judged = [self._expect("truth", part, depth) for part in parts]
                return "truth", judgement.combine(judged, decisive=isinstance(operator, ast.Or))
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return "truth", judgement.negate(self._expect("truth", operand, depth))
            case ast.UnaryOp() | ast.BinOp():
                return "number", self._arithmetic(node, depth)
            case _:
                raise self.fault(node, NOT_IN_LANGUAGE)

    def fault(self, node: ast.expr, message: str) -> RuleError:
        return self._error(message, *self._span(node))

    def _name(self, node: ast.Name | ast.Attribute) -> tuple[MeasurementKind, Evaluate]:
        parts: list[str] = []
        part: ast.expr = node
        while isinstance(part, ast.Attribute):
            parts.append(part.attr)
            part = part.value
        if not isinstance(part, ast.Name):
            raise self.fault(node, f"only a measurement's name may contain a dot; {LANGUAGE}")
        name = ".".join([part.id, *reversed(parts)])
        kind = self.vocabulary.kind(name)
        if kind is None:
            raise self.fault(node, self.vocabulary.complaint(name))
        self.names[name] = None
        return kind, judgement.look_up(name)

    def _constant(self, node: ast.Constant) -> tuple[MeasurementKind, Evaluate]:
        value = node.value
        if isinstance(value, str):
            return "text", judgement.constant(value)
        if isinstance(value, bool):
            raise self.fault(node, "write a truth's name alone, or 'not' before it")
        if not isinstance(value, int | float):
            raise self.fault(node, NOT_IN_LANGUAGE)
        try:
            number = float(value)
        except OverflowError:
            number = float("inf")
        if not abs(number) < float("inf"):
            raise self.fault(node, "the number is too large")
        return "number", judgement.constant(number)

    def _compare(self, node: ast.Compare, depth: int) -> Evaluate:
        sides = [node.left, *node.comparators]
        compiled = [self.compile(side, depth + 1) for side in sides]
        pairs: list[Evaluate] = []
        for index, operator in enumerate(node.ops):
            (left_kind, left), (right_kind, right) = compiled[index], compiled[index + 1]
            compare = COMPARISONS.get(type(operator))
            if compare is None:
                raise self.fault(node, f"'in' and 'is' are not part of the language; {LANGUAGE}")
            if left_kind != right_kind:
                raise self.fault(
                    sides[index + 1],
                    f"cannot compare {KIND_IN_WORDS[left_kind]} with {KIND_IN_WORDS[right_kind]}",
                )
            if left_kind != "number" and compare not in (eq, ne):
                raise self.fault(node, f"{KIND_IN_WORDS[left_kind]} has no order; use == or !=")
            pairs.append(judgement.relate(compare, left, right))
        return pairs[0] if len(pairs) == 1 else judgement.combine(pairs, decisive=False)

    def _arithmetic(self, node: ast.UnaryOp | ast.BinOp, depth: int) -> Evaluate:
        operation = ARITHMETIC.get(type(node.op))
        if operation is None:
            raise self.fault(node, NOT_IN_LANGUAGE)
        if isinstance(node, ast.BinOp):
            left = self._expect("number", node.left, depth)
            right = self._expect("number", node.right, depth)
        else:  # a sign: -x is 0 - x
            left = judgement.constant(0.0)
            right = self._expect("number", node.operand, depth)
        start, end = self._span(node)
        return judgement.calculate(operation, left, right, self.text[start:end])

    def _expect(self, expected: MeasurementKind, node: ast.expr, depth: int) -> Evaluate:
        kind, evaluate = self.compile(node, depth + 1)
        if kind != expected:
            raise self.fault(
                node, f"{KIND_IN_WORDS[expected]} is needed here, but this is {KIND_IN_WORDS[kind]}"
            )
        return evaluate

    def _span(self, node: ast.expr) -> tuple[int, int]:
        """The node's start and end in characters (`ast` counts UTF-8 bytes)."""
        line = self.text.encode()
        end = len(line) if node.end_col_offset is None else node.end_col_offset
        return len(line[: node.col_offset].decode()), len(line[:end].decode())

    def _error(self, message: str, start: int, end: int) -> RuleError:
        carets = " " * start + "^" * max(end - start, 1)
        return RuleError(f"{self.place}: {message}\n    {self.text}\n    {carets}")
