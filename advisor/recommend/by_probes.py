"""What probe trainings showed -> what to do."""

from collections.abc import Sequence
from dataclasses import replace
from math import isfinite

from advisor.evidence.measurement import Evidence
from advisor.inputs.model_facts import ModelFacts
from advisor.probes.outcome import ArmResult, Expected, Label, Outcome
from advisor.recommend.beside_rules import rules_alone, rules_that_agree, rules_that_do_not
from advisor.recommend.by_rules import code_of, in_order, recommend
from advisor.recommend.recommendation import (
    Action,
    Alternative,
    Confidence,
    Recommendation,
)
from advisor.recommend.stopping import stopping_by_probes
from advisor.recommend.wording import (
    interval,
    is_current,
    is_finite,
    is_not_borne_out,
    measured,
    percent,
    reading,
    trainings,
    unborne,
)
from advisor.regularization import Change, Strategy
from advisor.rulebook.rule import Findings, Verdict

_ALTERNATIVES = 3
_ENOUGH_TO_KEEP = 2  # paired trainings: a candidate that lost only one may have had bad luck


def recommend_from_probes(
    outcome: Outcome,
    verdict: Verdict,
    findings: Findings,
    evidence: Evidence,
    model: ModelFacts | None,
) -> Recommendation:
    """The race's pick, whatever the verdict.

    The rules' advice is kept after a run that diverged, and if no candidate was trained. A healthy
    network may still get `add`, if trainings show that it pays.
    """
    by_rules = recommend(verdict, findings, evidence, model)
    if not any(result.runs for result in outcome.arms if not is_current(result)):
        why = "no candidate could be trained in full, so this advice rests on the rules alone"
        return replace(by_rules, why=(*by_rules.why, why))
    if verdict.name == "diverged":
        return _not_followed(by_rules, outcome)
    changes = in_order(_effective(outcome.pick), model)
    if outcome.label == "keep" or not changes:
        return _keep(outcome, by_rules, evidence, model)
    strategy = Strategy(changes=changes)
    return Recommendation(
        action=_action(changes),
        basis="probes",
        confidence=_confidence(outcome, outcome.label),
        strategy=strategy.family,
        strengths=strategy.strengths,
        changes=changes,
        why=(
            _how_it_did(outcome),
            *rules_that_agree(changes, findings),
            *rules_that_do_not(outcome, by_rules, changes, findings),
        ),
        early_stopping=stopping_by_probes(outcome, evidence, model, changes),
        code=code_of(model, changes, strategy.strengths),
        alternatives=_alternatives(outcome, model),
        expected=announced(outcome),
        label=outcome.label,
    )


def announced(outcome: Outcome) -> Expected | None:
    """The expected change; None if fresh trainings didn't measure it and its interval."""
    expected = outcome.expected
    return expected if expected is not None and is_finite(expected) else None


def challenger(outcome: Outcome) -> tuple[ArmResult | None, Expected | None]:
    """The arm that got fresh trainings, and what they showed.

    It is the pick, or the nearest candidate if the current recipe is kept.
    """
    if not is_current(outcome.pick):
        return outcome.pick, announced(outcome)
    if outcome.contender is not None:
        expected = outcome.contender_expected
        return outcome.contender, expected if expected and is_finite(expected) else None
    return next((result for result in outcome.arms if not is_current(result)), None), None


def _effective(result: ArmResult) -> tuple[Change, ...]:
    return tuple(change for change in result.strategy.changes if change.to != change.before)


def _action(changes: Sequence[Change]) -> Action:
    is_weaker = [change.to < change.before for change in changes]
    if all(is_weaker):
        return "reduce"
    return "replace" if any(is_weaker) else "add"


def _confidence(outcome: Outcome, label: Label) -> Confidence:
    """By the label; low if no fresh training supports it, or if there were too few trainings."""
    tested, expected = challenger(outcome)
    if label == "keep":
        is_thin = expected is None and (tested is None or tested.runs < _ENOUGH_TO_KEEP)
        return "low" if outcome.is_cut_short or is_thin else "medium"
    if expected is None or is_not_borne_out(expected, is_maximized=outcome.is_maximized):
        return "low"
    return "high" if label == "confirmed" else "medium"


def _how_it_did(outcome: Outcome) -> str:
    expected = announced(outcome)
    pick = outcome.pick
    if expected is None:
        return (
            f"{pick.name} was {_apart(pick.relative)} the current recipe {_over(pick)}; no fresh "
            "training was left to confirm it, so no change is announced"
        )
    if is_not_borne_out(expected, is_maximized=outcome.is_maximized):
        every = f"all {trainings(pick.runs, 'paired ')} together suggest {pick.name}"
        return f"{every}: {percent(pick.relative)}; but {unborne(expected)}"
    return measured(pick.name, expected)


def _apart(relative: float) -> str:
    return f"at {percent(relative)} relative to" if isfinite(relative) else "not comparable with"


def _keep(
    outcome: Outcome, by_rules: Recommendation, evidence: Evidence, model: ModelFacts | None
) -> Recommendation:
    """Nothing to change, and how near the closest candidate came."""
    return Recommendation(
        action="keep",
        basis="probes",
        confidence=_confidence(outcome, "keep"),
        strategy="none",
        strengths=Strategy().strengths,
        changes=(),
        why=(_closest(outcome), *rules_alone(outcome, by_rules, Strategy())),
        early_stopping=stopping_by_probes(outcome, evidence, model, ()),
        code="",
        alternatives=_alternatives(outcome, model),
        label="keep",
    )


def _closest(outcome: Outcome) -> str:
    """The candidate that came nearest, with its interval if fresh trainings measured it."""
    closest, expected = challenger(outcome)
    if closest is None:
        return "no candidate was trained, so none could beat the current recipe"
    said = "no candidate beats the current recipe beyond noise"
    if expected is not None:
        fresh = trainings(expected.runs, "fresh paired ")
        return f"{said}; closest: {closest.name}, {interval(expected)} over {fresh}"
    if not isfinite(closest.relative):
        return said
    return f"{said}; closest: {closest.name}, {percent(closest.relative)} {_over(closest)}"


def _over(result: ArmResult) -> str:
    return f"over {trainings(result.runs)}" if result.runs else "in the screen"


def _not_followed(by_rules: Recommendation, outcome: Outcome) -> Recommendation:
    """The rules' advice after a run that diverged: fixing that comes before regularization."""
    if is_current(outcome.pick) or outcome.label == "keep":
        return by_rules
    why = (
        f"{outcome.pick.name} won the probe trainings, but a run that diverged must be fixed first"
    )
    return replace(by_rules, why=(*by_rules.why, why))


def _alternatives(outcome: Outcome, model: ModelFacts | None) -> tuple[Alternative, ...]:
    """The next best arms: those ahead of the current recipe, or the nearest if that is kept."""
    others = [
        result
        for result in outcome.arms
        if result.name != outcome.pick.name and result.runs and _effective(result)
    ]
    if not is_current(outcome.pick):
        others = [result for result in others if _behind(result.change, outcome) < 0]
    return tuple(
        Alternative(
            strategy=result.strategy.family,
            changes=in_order(_effective(result), model),
            why=_why_second(result, outcome),
        )
        for result in others[:_ALTERNATIVES]
    )


def _behind(difference: float, outcome: Outcome) -> float:
    """A difference of the objective, above 0 if it is for the worse."""
    return -difference if outcome.is_maximized else difference


def _why_second(other: ArmResult, outcome: Outcome) -> str:
    pick = outcome.pick
    ours, theirs = reading(pick, outcome), reading(other, outcome)
    if not (isfinite(ours) and isfinite(theirs)) or ours == 0:
        return f"{other.name}: no finite figure to compare, {_over(other)}"
    behind = _behind(theirs - ours, outcome) / abs(ours)
    if behind >= 0:
        return f"{other.name}: {behind:.1%} behind, {_over(other)}"
    if is_current(pick):
        return f"{other.name}: {-behind:.1%} ahead {_over(other)}, which is within noise"
    return f"{other.name}: {-behind:.1%} ahead, but {_over(other)} compared with {pick.runs}"
