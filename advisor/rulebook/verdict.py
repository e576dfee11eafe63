"""The verdict: one word for all findings, by precedence, or why there can't be one yet."""

from collections import Counter
from collections.abc import Iterable, Mapping

from advisor.evidence.measurement import Need
from advisor.rulebook.rule import (
    SEVERITIES,
    Finding,
    Findings,
    Rule,
    Severity,
    UndecidedRule,
    Verdict,
    VerdictName,
)

# The first to fire wins: a run that diverged says nothing about the rest, and so on.
PRECEDENCE: tuple[VerdictName, ...] = (
    "diverged",
    "over-regularized",
    "overfitting",
    "underfitting",
    "healthy",
)

# Inputs that sharpen a verdict if given; loss and val_loss are enough for one.
OPTIONAL_INPUTS: Mapping[Need, str] = {
    "model": "the model",
    "data": "the data",
    "train-size": "the number of training rows",
    "val-size": "the number of validation rows",
    "recorder": "a record of how fit was called",
}


Rank = tuple[int, int]  # of the verdict (higher wins), then of the severity
NO_RANK: Rank = (0, 0)  # below every verdict


def decide(findings: Findings) -> Verdict:
    """The verdict of the highest precedence that fired, with its highest severity.

    It is `undecided` if nothing fired, or if a rule of higher precedence is undecided and lacks
    more than an input that was not given. The reason names undecided rules that could change the
    verdict or raise its severity.
    """
    best = max(
        (finding for finding in findings.fired if finding.rule.verdict),
        key=lambda finding: _rank(finding.rule),
        default=None,
    )
    rank = _rank(best.rule) if best else NO_RANK
    open_rules = sorted(
        (
            lacking
            for lacking in findings.undecided
            if lacking.rule.verdict and _rank(lacking.rule) > rank
        ),
        key=lambda lacking: _rank(lacking.rule),
        reverse=True,
    )
    blocking = [
        lacking for lacking in open_rules if _rank(lacking.rule)[0] > rank[0] and _blocks(lacking)
    ]
    name: VerdictName = "undecided"
    severity: Severity = "none"
    if best and best.rule.verdict and not blocking:
        name, severity = best.rule.verdict, best.rule.severity
    return Verdict(name=name, severity=severity, reason=_reason(best, blocking, open_rules))


def _rank(rule: Rule) -> Rank:
    if rule.verdict is None:
        return NO_RANK
    return len(PRECEDENCE) - PRECEDENCE.index(rule.verdict), SEVERITIES.index(rule.severity)


def _blocks(rule: UndecidedRule) -> bool:
    """True if it lacks more than inputs that were not given, so that it can't be ruled out."""
    return any(missing.needs not in OPTIONAL_INPUTS for missing in rule.missing.values())


def _reason(
    best: Finding | None, blocking: list[UndecidedRule], open_rules: list[UndecidedRule]
) -> str:
    """One line for the user."""
    if blocking:
        why = _why(blocking)
        if best is None:
            return f"Cannot decide: {why}"
        verdicts = _listed(lacking.rule.verdict or "" for lacking in blocking)
        return f"{best.title}, but {verdicts} can't be ruled out: {why}"
    if best is None:
        inputs = _inputs(open_rules)
        return "No rule gives a verdict" + (f"; {inputs} could decide more" if inputs else "")
    worse = [lacking for lacking in open_rules if lacking.rule.verdict == best.rule.verdict]
    if worse:
        severity = worse[0].rule.severity
        return f"{best.title}; it is not known whether it is {severity}: {_why(worse)}"
    return best.title


def _why(rules: list[UndecidedRule]) -> str:
    """The reason that most of the rules share, with the first measurement missing for it."""
    lacks = [(n, missing) for rule in rules for n, missing in rule.missing.items()]
    shared = Counter(missing.reason for _, missing in lacks if missing.needs not in OPTIONAL_INPUTS)
    reasons = shared or Counter(missing.reason for _, missing in lacks)
    reason = reasons.most_common(1)[0][0]
    return f"{reason} ({next(name for name, missing in lacks if missing.reason == reason)})"


def _inputs(rules: list[UndecidedRule]) -> str:
    needs = {missing.needs for rule in rules for missing in rule.missing.values()}
    return _listed(words for need, words in OPTIONAL_INPUTS.items() if need in needs)


def _listed(words: Iterable[str]) -> str:
    """`a, b or c`, each word once; "" for no words."""
    *first, last = dict.fromkeys(words) or [""]
    return f"{', '.join(first)} or {last}" if first else last
