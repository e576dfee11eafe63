"""Findings -> the strategies worth trying, best first: families, strengths and places."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace

from advisor.candidates.place import Place
from advisor.candidates.placement import Placement
from advisor.inputs.model_facts import position
from advisor.regularization import FAMILIES, SPECS, Change, Family, Strategy, Where
from advisor.rulebook.rule import Finding, Findings, StrengthRange, Suggestion
from advisor.values import dataclass

# A family joins the best one if the rules suggest it nearly as strongly [judgement: the best single
# regularizer roughly ties the searched cocktail, Kadra et al. 2021].
_JOINS_AT = 0.7
_SPECIFIC: Mapping[Where, int] = {
    "hidden": 0,
    "last-block": 1,
    "convolutional": 1,
    "recurrent": 1,
    "first": 1,
    "layer": 2,
}


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """One strategy, how strongly the rules suggest it, and which rules do.

    `strengths` are those that trials of each family start from, even if no model was given to say
    where it goes. `strength_without_data` is what to recommend without trials, if a rule states it.
    """

    families: tuple[Family, ...]
    strategy: Strategy
    strengths: Mapping[Family, StrengthRange]
    score: float
    supporters: tuple[Finding, ...]
    strength_without_data: Mapping[Family, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class _Vote:
    """One fired rule's support for one family."""

    finding: Finding
    weight: float
    where: Where
    strength: StrengthRange | None


def propose_more(findings: Findings, placement: Placement | None) -> tuple[Proposal, ...]:
    """Strategies that regularize more, best first; none if the rules veto every family."""
    singles = [
        single
        for family in FAMILIES
        if (single := _single(family, findings, placement)) is not None
    ]
    singles.sort(key=lambda proposal: -proposal.score)
    pairs = [
        _together(first, second)
        for index, first in enumerate(singles)
        for second in singles[index + 1 :]
    ]
    leading = [
        pair for pair in pairs if min(_scores(pair, singles)) >= _JOINS_AT * singles[0].score
    ][:1]
    rest = [pair for pair in pairs if pair not in leading]
    return (*leading, *singles, *rest)


def propose_less(findings: Findings, placement: Placement | None) -> Proposal | None:
    """The present regularization, weakened where a rule asks for it; None if nothing can be."""
    if placement is None:
        return None
    changes: dict[tuple[str, str, str], Change] = {}
    supporters: list[Finding] = []
    for finding in findings.fired:
        suggestion = finding.rule.suggest
        if suggestion is None or not suggestion.reduce:
            continue
        weaker = list(_weaker(suggestion.reduce, finding.layer, placement))
        changes |= {(c.layer, c.slot, c.kind): c for c in weaker}
        if weaker:
            supporters.append(finding)
    if not changes:
        return None
    strategy = Strategy(changes=tuple(changes.values()))
    return Proposal(
        families=tuple(f for f in FAMILIES if any(c.family == f for c in strategy.changes)),
        strategy=strategy,
        strengths={},
        score=float(len(supporters)),
        supporters=tuple(supporters),
    )


def _single(family: Family, findings: Findings, placement: Placement | None) -> Proposal | None:
    votes = [_Vote(finding=f, weight=s.weights[family], where=s.where,
                   strength=s.strengths.get(family))
             for f, s in _suggestions(findings) if s.weights.get(family, 0.0) > 0]  # fmt: skip
    vetoes = {f.layer for f, s in _suggestions(findings) if family in s.forbid}
    if placement is not None:  # a rule doesn't count if its layers take none of the family
        votes = [vote for vote in votes if any(_allowed_places(family, vote, vetoes, placement))]
    strength = _strength(votes)
    if not votes or None in vetoes or strength is None:
        return None
    stated = _stated_strength(family, findings)
    changes = () if placement is None else _changes(family, votes, vetoes, placement, stated)
    if placement is not None and not changes:
        return None
    return Proposal(
        families=(family,),
        strategy=Strategy(changes=changes),
        strengths={family: strength},
        score=_score(votes),
        supporters=tuple({vote.finding.rule.id: vote.finding for vote in votes}.values()),
        strength_without_data={} if stated is None else {family: stated},
    )


def _stated_strength(family: Family, findings: Findings) -> float | None:
    """The weakest that any rule states: too much does far more harm than too little (measured)."""
    stated = (
        s.strength_without_data[family]
        for _, s in _suggestions(findings)
        if family in s.strength_without_data
    )
    return min(stated, default=None)


def _score(votes: Sequence[_Vote]) -> float:
    """The sum over rules. One that fired for many layers counts once, or depth would decide."""
    by_rule: dict[str, float] = {}
    for vote in votes:
        rule = vote.finding.rule.id
        by_rule[rule] = max(vote.weight, by_rule.get(rule, 0.0))
    return sum(by_rule.values())


def _suggestions(findings: Findings) -> Iterator[tuple[Finding, Suggestion]]:
    for finding in findings.fired:
        if finding.rule.suggest is not None:
            yield finding, finding.rule.suggest


def _strength(votes: Sequence[_Vote]) -> StrengthRange | None:
    """The strength of the most specific rule; among equally specific ones, the heaviest."""
    stated = [vote for vote in votes if vote.strength is not None]
    if not stated:
        return None
    loudest = max(stated, key=lambda vote: (_SPECIFIC[vote.where], vote.weight))
    assert loudest.strength is not None
    return loudest.strength


def _changes(
    family: Family,
    votes: Sequence[_Vote],
    vetoes: set[str | None],
    placement: Placement,
    strength_without_data: float | None,
) -> tuple[Change, ...]:
    """The change at each place that the votes mean, with the strength of the most specific vote."""
    loudest = max(vote.weight for vote in votes)
    chosen: dict[tuple[str, str], Change] = {}
    rank: dict[tuple[str, str], tuple[int, float]] = {}
    for vote in votes:
        strength = vote.strength or _strength(votes)
        if strength is None or vote.weight < loudest / 2:
            continue
        for place in _allowed_places(family, vote, vetoes, placement):
            key = (place.layer, place.slot)
            own_rank = (_SPECIFIC[vote.where], vote.weight)
            change = _stronger(place, _starting(strength, strength_without_data))
            if change is not None and (key not in rank or own_rank > rank[key]):
                rank[key], chosen[key] = own_rank, change
    return tuple(sorted(chosen.values(), key=lambda c: position(placement.model, c.layer)))


def _starting(strength: StrengthRange, start: float | None) -> StrengthRange:
    """The range with another start, which may be outside of what one rule would try."""
    if start is None:
        return strength
    return replace(
        strength, start=start, low=min(strength.low, start), high=max(strength.high, start)
    )


def _allowed_places(
    family: Family, vote: _Vote, vetoes: set[str | None], placement: Placement
) -> Iterator[Place]:
    layers = placement.layers(vote.where, vote.finding.layer)
    for place in placement.places(family, layers, or_head=vote.where == "last-block"):
        if place.owner not in vetoes and place.layer not in vetoes:
            yield place


def _stronger(place: Place, strength: StrengthRange) -> Change | None:
    """The change to make at a place: the starting strength, or a step above the present one."""
    if place.present <= 0:
        to = strength.start
    else:
        raised = SPECS[place.family].scale.raised(place.present)
        to = min(strength.high, max(strength.start, raised))
    if to <= place.present:
        return None
    return place.change(to, low=max(strength.low, place.present), high=strength.high)


def _weaker(
    families: Sequence[Family], layer: str | None, placement: Placement
) -> Iterator[Change]:
    """Changes that weaken every present strength of `families`, only at `layer` if given."""
    for place in placement.present_places(families):
        if layer is not None and layer not in (place.owner, place.layer):
            continue
        weakened = place.present * SPECS[place.family].weakened
        yield place.change(weakened, low=0.0, high=place.present)


def _together(first: Proposal, second: Proposal) -> Proposal:
    """Both at once, each at its own strength and places."""
    families = tuple(f for f in FAMILIES if f in (*first.families, *second.families))
    changes = (*first.strategy.changes, *second.strategy.changes)
    known = {finding.rule.id: finding for finding in (*first.supporters, *second.supporters)}
    return Proposal(
        families=families,
        strategy=Strategy(changes=changes),
        strengths={**first.strengths, **second.strengths},
        score=(first.score + second.score) / 2,
        supporters=tuple(known.values()),
        strength_without_data={**first.strength_without_data, **second.strength_without_data},
    )


def _scores(pair: Proposal, singles: Sequence[Proposal]) -> list[float]:
    return [single.score for single in singles if single.families[0] in pair.families]
