"""What the rules say about the pick of the probe trainings: for it, against it, and alone."""

from collections.abc import Iterator, Sequence
from math import isfinite

from advisor.probes.outcome import Outcome
from advisor.recommend.recommendation import Recommendation
from advisor.recommend.wording import percent, strengths_in_words
from advisor.regularization import FAMILIES, Change, Family, Strategy
from advisor.rulebook.rule import Findings, Suggestion

_RULES_NAMED = 3


def _strengthened(changes: Sequence[Change]) -> set[Family]:
    return {change.family for change in changes if change.to > change.before}


def _suggestions(findings: Findings) -> Iterator[tuple[str, str | None, Suggestion]]:
    for finding in findings.fired:
        if finding.rule.suggest is not None:
            yield finding.title, finding.layer, finding.rule.suggest


def rules_that_agree(changes: Sequence[Change], findings: Findings) -> tuple[str, ...]:
    """The rules that suggest what the trainings picked."""
    return _some(f"a rule agrees: {title}" for title in _agreeing(changes, findings))


def _agreeing(changes: Sequence[Change], findings: Findings) -> Sequence[str]:
    stronger = _strengthened(changes)
    weaker = {change.family for change in changes if change.to < change.before}
    return [
        title
        for title, _, suggestion in _suggestions(findings)
        if any(suggestion.weights.get(family, 0.0) > 0 for family in stronger)
        or set(suggestion.reduce) & weaker
    ]


def rules_that_do_not(
    outcome: Outcome, by_rules: Recommendation, changes: Sequence[Change], findings: Findings
) -> tuple[str, ...]:
    """The rules that argue against the pick, and what the rules alone would have recommended."""
    stronger = _strengthened(changes)
    layers = {change.layer for change in changes}
    agreeing = _agreeing(changes, findings)  # a rule that agrees in part counts as agreeing
    against = [
        title
        for title, layer, suggestion in _suggestions(findings)
        if title not in agreeing
        and (layer is None or layer in layers)
        and stronger & {*suggestion.forbid, *suggestion.reduce}
    ]
    return (
        *_some(f"the trainings contradict a rule: {title}" for title in against),
        *rules_alone(outcome, by_rules, Strategy(changes=tuple(changes))),
    )


def _some(sentences: Iterator[str]) -> tuple[str, ...]:
    unique = list(dict.fromkeys(sentences))
    more = len(unique) - _RULES_NAMED
    if more <= 0:
        return tuple(unique)
    others = "does 1 more rule" if more == 1 else f"do {more} more rules"
    return (*unique[:_RULES_NAMED], f"and so {others}")


def rules_alone(outcome: Outcome, by_rules: Recommendation, picked: Strategy) -> tuple[str, ...]:
    """What the rules would have chosen, and how the recipe nearest to it did."""
    families = {family for family in FAMILIES if family in by_rules.strategy.split("+")}
    if by_rules.action == "keep" or by_rules.strategy == picked.family:
        return ()
    strengths = strengths_in_words(by_rules.strengths) or "to nothing"
    said = f"the rules alone would {by_rules.action} {strengths}"
    trained = [result for result in outcome.arms if result.runs]  # a screen has another scale
    tried = [result for result in trained if set(result.arm.doses) == families and families]
    if not tried or not isfinite(tried[0].relative):
        return (f"{said}; no such recipe was trained to the end",)
    best = tried[0]
    return (f"{said}; the best such recipe that was trained, {best.name}, came to "
            f"{percent(best.relative)}",)  # fmt: skip
