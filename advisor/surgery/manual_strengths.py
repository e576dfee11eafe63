"""Strengths given by a user -> changes at the places where probes would try them."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from advisor.candidates.arm import Arm
from advisor.candidates.placement import Placement
from advisor.candidates.search_space import SearchSpace, search_space_of
from advisor.errors import UsageError
from advisor.evidence.architecture.layer_flow import LayerFlow
from advisor.evidence.gather import gather, run_of
from advisor.evidence.measurement import Evidence
from advisor.evidence.weights.kernels import ModelWeights
from advisor.inputs.model_file import open_model
from advisor.regularization import SPECS, Family, Strategy
from advisor.rulebook.apply import apply as apply_rules
from advisor.rulebook.rule import Findings
from advisor.rulebook.rulebook import load_rules, shipped_rules


def strategy_by_hand(
    model: Path, doses: Mapping[Family, float]
) -> tuple[Strategy, tuple[str, ...]]:
    """`doses` at the places where probes would try them, 0 to remove a family everywhere.

    Families without a dose stay as they are. A dose of dropout is halved for whole feature maps
    and recurrent states. If a shipped rule forbids a family at some layers, it goes only on the
    others, if there are any. Sentences beside the strategy say so.

    Raises UsageError for a strength out of range, or if the model has no place for it.
    """
    for family, dose in doses.items():
        largest = SPECS[family].scale.limit
        if not 0 <= dose <= largest:
            raise UsageError(f"--{family} {dose:g}: a strength from 0 to {largest:g} is expected")
    with open_model(model) as facts:
        # The kinds of layers can be read without weights.
        weights = ModelWeights(flow=LayerFlow(model=facts), statistics={})
        evidence = gather(run_of(None, weights), weights)
        placement = Placement(model=facts, evidence=evidence)
        findings = _of_layers(evidence)
        every = search_space_of(Findings(fired=(), undecided=()), placement)
        added = {family: dose for family, dose in doses.items() if dose > 0}
        for family, dose in added.items():
            if not every.places.get(family):
                raise UsageError(f"--{family} {dose:g}: {facts.source} has no place for it")
        # If rules forbid every place, a user who asks for the family still gets it.
        space = replace(
            every, places={**every.places, **search_space_of(findings, placement).places}
        )
    removed = space.strategy(Arm(share=0)).changes
    changes = (
        *space.strategy(Arm(doses=added)).changes,
        *(change for change in removed if doses.get(change.family) == 0),
    )
    notes = (
        f"--{family} {dose:g} is {said}"
        for family, dose in added.items()
        if (said := _forbidden(family, space, every, findings))
    )
    return Strategy(changes=changes), tuple(notes)


def _of_layers(evidence: Evidence) -> Findings:
    """What the shipped rules say about single layers, by their kind and place alone."""
    rules = [rule for rule in load_rules((shipped_rules(),)) if rule.scope == "layer"]
    return Findings(fired=apply_rules(rules, evidence).fired, undecided=())


def _forbidden(family: Family, space: SearchSpace, every: SearchSpace, findings: Findings) -> str:
    """`not put on conv, conv_1 (why)`: the layers where rules forbid the family, by reason."""
    layers: dict[str, list[str]] = {}
    for place in every.places[family]:
        forbidding = (
            finding.title
            for finding in findings.fired
            if finding.layer in (place.owner, place.layer)
            and finding.rule.suggest is not None
            and family in finding.rule.suggest.forbid
        )
        if title := next(forbidding, None):
            layers.setdefault(title, []).append(place.owner)
    named = (f"{', '.join(dict.fromkeys(owners))} ({title})" for title, owners in layers.items())
    is_kept = space.places[family] == every.places[family]
    start = "put, against a rule, on" if is_kept else "not put on"
    return f"{start} {'; '.join(named)}" if layers else ""
