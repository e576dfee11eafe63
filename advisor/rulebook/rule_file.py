"""A rule file: TOML is read within limits, checked key by key, and turned into a Rule.

Nothing in a file is executed. A file that is not a rule is refused with its name and the key.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import get_args

import tomli

from advisor.errors import RuleError
from advisor.evidence.measurement import Scope, Value
from advisor.regularization import FAMILIES, SPECS, Family, Where
from advisor.rulebook.conditions import parse_condition
from advisor.rulebook.rule import SEVERITIES, Rule, StrengthRange, Suggestion, VerdictName
from advisor.rulebook.rule_table import RuleTable
from advisor.rulebook.titles import check_sentence
from advisor.rulebook.vocabulary import KIND_IN_WORDS, Catalog, Vocabulary

MAX_BYTES = 64 * 1024
MAX_DOTS = 200  # in a line: tomli takes quadratic time for a key of many parts
MAX_CLAUSES = 30
MAX_NAME_PARTS = 6  # of a dotted name in an example
MOST_WEIGHT = 2  # of a rule for one family
MISSING = "missing"  # as the value of a name in a counterexample: it was not measured

REQUIRED_KEYS = ("id", "title", "rationale", "cite", "when")
OPTIONAL_KEYS = (
    *("scope", "verdict", "severity", "caveat", "suggest"),
    *("example", "counterexamples"),  # optional to run, not to pass `advisor rules test`
)
SUGGEST_KEYS = ("weights", "strengths", "where", "reduce", "forbid", "strength_without_data")
SCOPES: tuple[Scope, ...] = get_args(Scope)
WHERES: tuple[Where, ...] = get_args(Where)
VERDICTS: tuple[VerdictName, ...] = tuple(
    name for name in get_args(VerdictName) if name != "undecided"
)

_RULE_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def read_rule(path: Path, catalog: Catalog) -> Rule:
    """The rule in `path`; a RuleError says which key is wrong and how to fix it."""
    source = str(path)
    table = RuleTable(source, "", _parse(path), (*REQUIRED_KEYS, *OPTIONAL_KEYS))
    _check_id(table, path)
    scope = table.choice("scope", SCOPES, default="model")
    vocabulary = Vocabulary(catalog=catalog, scope=scope)
    when = table.texts("when")
    if len(when) > MAX_CLAUSES:
        raise table.fault("when", f"{len(when)} clauses, but at most {MAX_CLAUSES} are read")
    conditions = tuple(
        parse_condition(clause, vocabulary, f"{source}: when[{index}]")
        for index, clause in enumerate(when)
    )
    rule = Rule(
        id=path.stem,
        title=_sentence(table, "title", vocabulary),
        rationale=table.prose("rationale"),
        cite=table.texts("cite"),
        when=when,
        scope=scope,
        verdict=table.choice("verdict", VERDICTS) if "verdict" in table else None,
        severity=table.choice("severity", SEVERITIES, default="none"),
        caveat=_sentence(table, "caveat", vocabulary) if "caveat" in table else None,
        suggest=_suggestion(table.table("suggest", SUGGEST_KEYS)) if "suggest" in table else None,
        example=_readings(table, "example", vocabulary),
        counterexamples=_counterexamples(table, vocabulary),
        source=source,
        conditions=conditions,
    )
    _check_agreement(rule, table)
    return rule


def _parse(path: Path) -> Mapping[str, object]:
    try:
        with path.open("rb") as file:
            text = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise RuleError(f"{path}: cannot be read ({error.strerror})") from error
    if len(text) > MAX_BYTES:
        raise RuleError(f"{path}: larger than {MAX_BYTES} bytes, which no rule needs")
    lines = text.splitlines() if text.count(b".") > MAX_DOTS else ()
    if any(line.count(b".") > MAX_DOTS for line in lines):
        raise RuleError(f"{path}: a line has more than {MAX_DOTS} dots, which no rule needs")
    try:
        return tomli.loads(text.decode())
    except UnicodeDecodeError as error:
        raise RuleError(f"{path}: not UTF-8 text") from error
    except RecursionError as error:
        raise RuleError(f"{path}: too deeply nested") from error
    except ValueError as error:  # TOMLDecodeError, and numbers with too many digits
        raise RuleError(f"{path}: not TOML: {error}") from error


def is_rule_id(text: str) -> bool:
    """True for lower-case words and numbers with single dashes between them."""
    return bool(_RULE_ID.fullmatch(text))


def _check_id(table: RuleTable, path: Path) -> None:
    rule_id = table.text("id")
    if not is_rule_id(rule_id):
        raise table.fault("id", f"{rule_id!r} is not lower-case-words-with-dashes")
    if rule_id != path.stem:
        raise table.fault("id", f"{rule_id!r} is not the file's name; call the file {rule_id}.toml")


def _check_agreement(rule: Rule, table: RuleTable) -> None:
    """Raise RuleError if one key contradicts another."""
    if rule.verdict == "healthy" and rule.severity != "none":
        raise table.fault("severity", f"a healthy model has none, but this is {rule.severity!r}")
    if rule.verdict not in (None, "healthy") and rule.severity == "none":
        raise table.fault("severity", f"{rule.verdict!r} needs mild, moderate or severe")
    if rule.suggest and rule.suggest.where == "layer" and rule.scope != "layer":
        raise table.fault("suggest.where", "'layer' needs a rule with scope = \"layer\"")


def _sentence(table: RuleTable, key: str, vocabulary: Vocabulary) -> str:
    sentence = table.prose(key)
    check_sentence(sentence, vocabulary, f"{table.source}: {key}")
    return sentence


def _suggestion(table: RuleTable) -> Suggestion:
    weights: dict[Family, float] = {}
    strengths: dict[Family, StrengthRange] = {}
    strength_without_data: dict[Family, float] = {}
    given_weights = table.table("weights", FAMILIES, optional=True)
    given_strengths = table.table("strengths", FAMILIES, optional=True)
    stated = table.table("strength_without_data", FAMILIES, optional=True)
    for family in FAMILIES:
        if family in given_weights:
            weights[family] = given_weights.number(family, at_least=0, at_most=MOST_WEIGHT)
        if family in given_strengths:
            bounds = given_strengths.table(family, ("start", "low", "high"))
            strengths[family] = _strength_range(bounds, family)
        if family in stated:
            strength_without_data[family] = _stated_strength(stated, family)
    return Suggestion(
        weights=weights,
        strengths=strengths,
        where=table.choice("where", WHERES, default="hidden"),
        reduce=table.choices("reduce", FAMILIES),
        forbid=table.choices("forbid", FAMILIES),
        strength_without_data=strength_without_data,
    )


def _stated_strength(table: RuleTable, family: Family) -> float:
    strength = table.number(family, at_least=0)
    if strength == 0 or strength >= SPECS[family].scale.end:
        raise table.fault(
            family, f"it must be above 0, and a rate also below 1, but it is {strength:g}"
        )
    return strength


def _strength_range(table: RuleTable, family: Family) -> StrengthRange:
    low, start, high = (table.number(key, at_least=0) for key in ("low", "start", "high"))
    if not low <= start <= high:
        raise table.fault("start", f"low <= start <= high is needed: {low:g}, {start:g}, {high:g}")
    spec = SPECS[family]
    if high >= spec.scale.end:
        what = f"a {spec.label} {spec.quantity} must be below {spec.scale.end:g}"
        raise table.fault("high", f"{what}, but it is {high:g}")
    return StrengthRange(start=start, low=low, high=high)


def _counterexamples(table: RuleTable, vocabulary: Vocabulary) -> Mapping[str, Mapping[str, Value]]:
    changes = table.table("counterexamples", None, optional=True)
    return {name: _readings(changes, name, vocabulary, may_miss=True) for name in changes}


def _readings(
    table: RuleTable, key: str, vocabulary: Vocabulary, *, may_miss: bool = False
) -> Mapping[str, Value]:
    """Values by dotted name: TOML nests `history.epochs = 40`, this makes it flat again."""
    readings: dict[str, Value] = {}
    nested = table.table(key, None, optional=True)
    waiting = [(name, nested.get(name)) for name in nested]
    while waiting:
        name, value = waiting.pop(0)
        if isinstance(value, dict):
            if name.count(".") >= MAX_NAME_PARTS:
                raise table.fault(key, f"the name {name[:80]!r} has too many parts")
            waiting[:0] = [(f"{name}.{part}", inner) for part, inner in value.items()]
            continue
        kind = vocabulary.kind(name)
        if kind is None:
            raise table.fault(key, vocabulary.complaint(name))
        if may_miss and value == MISSING:
            readings[name] = MISSING
        elif kind == "number":
            readings[name] = nested.as_number(value, name)
        elif isinstance(value, bool if kind == "truth" else str):
            readings[name] = value
        else:
            raise nested.wrong(name, KIND_IN_WORDS[kind], value)
    return readings
