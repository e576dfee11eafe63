"""Verdict and findings -> what to do: the action, the strengths, the places, the code."""

from collections.abc import Mapping

from advisor.candidates.placement import Placement
from advisor.candidates.proposals import Proposal, propose_less, propose_more
from advisor.evidence.measurement import Evidence
from advisor.inputs.model_facts import ModelFacts, position
from advisor.recommend.layer_code import generic_code, paste_code
from advisor.recommend.recommendation import (
    Alternative,
    Confidence,
    EarlyStopping,
    Recommendation,
)
from advisor.recommend.stopping import stopping_by_curves
from advisor.regularization import FAMILIES, Change, Family, Strategy
from advisor.rulebook.rule import SEVERITIES, Findings, Verdict


def recommend(
    verdict: Verdict, findings: Findings, evidence: Evidence, model: ModelFacts | None
) -> Recommendation:
    """What the rules alone recommend; `keep` is as much an answer as `add`."""
    placement = None if model is None else Placement(model=model, evidence=evidence)
    less = propose_less(findings, placement)
    match verdict.name:
        case "overfitting":
            more = propose_more(findings, placement)
            if more:
                return _regularize_more(verdict, more, less, model, evidence)
            return _nothing_more(findings, stopping_by_curves(evidence, model, (), {}))
        case "healthy" if less is None:
            return _keep("medium", ("the run shows no overfitting that regularization could fix",))
        case "healthy" | "over-regularized" | "underfitting" | "diverged" | "undecided":
            if less is not None:
                return _regularize_less(verdict, less, model)
            return _keep("low", (_NOT_MORE[verdict.name],))


_NOT_MORE: Mapping[str, str] = {
    "over-regularized": "there is too much regularization, but none of it is in this file",
    "underfitting": (
        "the run had not settled, or the network is too small: fix that before regularizing"
    ),
    "diverged": "the run diverged: fix the training (learning rate, data, loss) first",
    "undecided": "the inputs do not show whether the network overfits",
}


def _regularize_more(
    verdict: Verdict,
    more: tuple[Proposal, ...],
    less: Proposal | None,
    model: ModelFacts | None,
    evidence: Evidence,
) -> Recommendation:
    best, *others = more
    changes = in_order(_without_conflicts(best, less), model)
    strengths = {family: _strength(best, changes, family) for family in best.families}
    return Recommendation(
        action="replace" if any(c.to < c.before for c in changes) else "add",
        basis="rules",
        confidence=_confidence(verdict, best, others),
        strategy="+".join(best.families),
        strengths=dict.fromkeys(FAMILIES, 0.0) | strengths,
        changes=changes,
        why=tuple(finding.title for finding in best.supporters),
        early_stopping=stopping_by_curves(evidence, model, changes, strengths),
        code=code_of(model, changes, strengths),
        alternatives=tuple(
            Alternative(
                strategy="+".join(other.families),
                changes=other.strategy.changes,
                why=_second(other, best),
            )
            for other in others
        ),
    )


def _without_conflicts(best: Proposal, less: Proposal | None) -> tuple[Change, ...]:
    """The changes of both; weakening wins if one slot is to be strengthened and weakened."""
    weaker = () if less is None else less.strategy.changes
    taken = {(change.layer, change.slot, change.kind) for change in weaker}
    return tuple(
        c for c in best.strategy.changes if (c.layer, c.slot, c.kind) not in taken
    ) + tuple(weaker)


def in_order(changes: tuple[Change, ...], model: ModelFacts | None) -> tuple[Change, ...]:
    """The changes layer by layer in the model's order, as the user goes through the code."""
    if model is None:
        return changes
    return tuple(
        sorted(changes, key=lambda c: (position(model, c.layer), c.slot == "output", c.kind))
    )


def _strength(best: Proposal, changes: tuple[Change, ...], family: Family) -> float:
    placed = [change.to for change in changes if change.family == family]
    return (
        max(placed)
        if placed
        else best.strength_without_data.get(family, best.strengths[family].start)
    )


def _regularize_less(verdict: Verdict, less: Proposal, model: ModelFacts | None) -> Recommendation:
    changes = less.strategy.changes
    strengths = less.strategy.strengths
    return Recommendation(
        action="reduce",
        basis="rules",
        confidence="medium" if verdict.name == "over-regularized" else "low",
        strategy=less.strategy.family,
        strengths=strengths,
        changes=changes,
        why=tuple(finding.title for finding in less.supporters),
        early_stopping=None,
        code=code_of(model, changes, strengths),
    )


def _nothing_more(findings: Findings, stopping: EarlyStopping | None) -> Recommendation:
    """Overfitting with no family left to propose: the rules that argue against them.

    If one rule vetoes them all, the cause lies elsewhere (the split, the labels). The best epoch
    of such a curve is worth nothing either.
    """
    vetoes = [(f, f.rule.suggest.forbid) for f in findings.fired if f.rule.suggest is not None]
    elsewhere = [f.title for f, forbidden in vetoes if set(forbidden) == set(FAMILIES)]
    if elsewhere:
        return _keep("medium", tuple(dict.fromkeys(elsewhere)))
    against = dict.fromkeys(f.title for f, forbidden in vetoes if forbidden)
    why = "every family is vetoed by a rule or is already at its strongest"
    return _keep("medium", (why, *against), stopping)


def _keep(
    confidence: Confidence, why: tuple[str, ...], stopping: EarlyStopping | None = None
) -> Recommendation:
    return Recommendation(
        action="keep",
        basis="rules",
        confidence=confidence,
        strategy="none",
        strengths=Strategy().strengths,
        changes=(),
        why=why,
        early_stopping=stopping,
        code="",
    )


def code_of(
    model: ModelFacts | None,
    changes: tuple[Change, ...],
    strengths: Mapping[Family, float],
) -> str:
    """The code to paste, with the model's own layers if a model was given."""
    return generic_code(strengths) if model is None else paste_code(model, changes)


def _confidence(verdict: Verdict, best: Proposal, others: list[Proposal]) -> Confidence:
    """`medium` if overfitting is plain and one strategy is clearly ahead, else `low`.

    Never `high`: on 7 of 40 data sets no regularizer helped at all (Kadra et al. 2021), and no
    rule can see that.
    """
    is_plain = SEVERITIES.index(verdict.severity) >= SEVERITIES.index("moderate")
    rivals = [
        other.score
        for other in others
        if len(other.families) == 1 and other.families[0] not in best.families
    ]
    is_ahead = best.score >= 1.0 and best.score > 1.25 * max(rivals, default=0.0)
    return "medium" if is_plain and is_ahead else "low"


def _second(other: Proposal, best: Proposal) -> str:
    """Why an alternative came second, with figures that the user can look up."""
    rules = ", ".join(dict.fromkeys(finding.rule.id for finding in other.supporters))
    if set(other.families) < set(best.families):
        return f"the rules score it {other.score:.2g} alone, and its partner nearly as high"
    if len(other.families) > 1:
        return f"{other.score:.2g} against {best.score:.2g}: the rules support its parts unequally"
    return f"the rules score it {other.score:.2g} against {best.score:.2g} ({rules})"
