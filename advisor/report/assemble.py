"""The stages' values -> the report: what was found, said so that every format can show it."""

from collections.abc import Collection, Mapping, Sequence
from math import isfinite
from typing import TYPE_CHECKING

from advisor.evidence.measurement import Evidence
from advisor.inputs.history import History, Series
from advisor.inputs.model_facts import ModelFacts
from advisor.recommend import Recommendation
from advisor.recommend.stopping import guessing_loss
from advisor.report.content import Inputs, ReportedCurve, ReportedFinding, ReportedUndecided
from advisor.report.probes import Probes, probes_shown
from advisor.report.readings import layers_shown, readings_shown, reasons_shown
from advisor.report.report import Report
from advisor.rulebook.rule import Finding, Findings, UndecidedRule, Verdict

if TYPE_CHECKING:  # what races is imported only where it is asked to
    from advisor.probes.proof import Proof


def assemble(
    *,
    version: str,
    model: ModelFacts | None,
    history: History | None,
    inputs: Inputs,
    evidence: Evidence,
    findings: Findings,
    verdict: Verdict,
    recommendation: Recommendation,
    seconds: float,
    proof: "Proof | None" = None,
    notes: Sequence[str] = (),
) -> Report:
    """The report of one check; `seconds` is its duration.

    `proof` is what probe trainings showed. `notes` are sentences on the user's rows.
    """
    given = {
        need
        for need, has_it in (("model", model is not None), ("history", history is not None))
        if has_it
    }
    return Report(
        advisor_version=version,
        inputs=inputs,
        verdict=verdict.name,
        severity=verdict.severity,
        reason=verdict.reason,
        findings=tuple(_finding(finding) for finding in findings.fired),
        undecided=tuple(_undecided(rule, given) for rule in findings.undecided),
        recommendation=recommendation,
        caveats=_caveats(model, history, findings, [n for n in notes if n not in _notes(proof)]),
        evidence=readings_shown(evidence.model),
        missing=reasons_shown(evidence.model),
        layers=layers_shown(model, evidence),
        curves=_curves(history),
        timing=_timing(seconds, proof),
        probes=_probes(proof, evidence, model),
    )


def _probes(proof: "Proof | None", evidence: Evidence, model: ModelFacts | None) -> Probes | None:
    if proof is None:
        return None
    return probes_shown(proof, guessing_loss(proof.outcome, evidence, model))


def _notes(proof: "Proof | None") -> Sequence[str]:
    return () if proof is None else proof.notes


def _timing(seconds: float, proof: "Proof | None") -> Mapping[str, float]:
    timing = {"seconds": round(seconds, 3)}
    return timing if proof is None else {**timing, "probe_seconds": round(proof.seconds, 3)}


def _finding(finding: Finding) -> ReportedFinding:
    rule = finding.rule
    return ReportedFinding(
        rule=rule.id,
        title=finding.title,
        layer=finding.layer,
        severity=rule.severity,
        verdict=rule.verdict,
        evidence=finding.evidence,
        rationale=rule.rationale,
        cite=rule.cite,
    )


def _undecided(undecided: UndecidedRule, given: Collection[str]) -> ReportedUndecided:
    """What it lacks; an input that was given and does not tell would not tell when asked for."""
    missing = undecided.missing
    needs = {lack.needs for lack in missing.values() if lack.needs is not None} - set(given)
    return ReportedUndecided(
        rule=undecided.rule.id,
        verdict=undecided.rule.verdict,
        layer=undecided.layer,
        missing={name: lack.reason for name, lack in sorted(missing.items())},
        needs=tuple(sorted(needs)),
    )


def _caveats(
    model: ModelFacts | None,
    history: History | None,
    findings: Findings,
    notes: Sequence[str],
) -> tuple[str, ...]:
    """What to know when reading the figures: from the rules, then from the files themselves."""
    from_rules = [finding.caveat for finding in findings.fired if finding.caveat]
    from_files = [
        f"{source.source}: {note}"
        for source in (model, history)
        if source is not None
        for note in source.notes
    ]
    unknown = (
        [
            f"{history.source}: whether a higher or a lower {name!r} is better is not known; "
            f"say it with --metric {name}:max or --metric {name}:min"
            for name in history.undirected
        ]
        if history is not None
        else []
    )
    return tuple(dict.fromkeys([*from_rules, *from_files, *notes, *unknown]))


def _curves(history: History | None) -> tuple[ReportedCurve, ...]:
    """Every metric that was logged, the loss first."""
    if history is None:
        return ()
    names = sorted({*history.train, *history.validation}, key=lambda name: (name != "loss", name))
    return tuple(
        ReportedCurve(
            metric=name,
            train=_points(history.train.get(name)),
            validation=_points(history.validation.get(name)),
        )
        for name in names
    )


def _points(series: Series | None) -> tuple[tuple[int, float | None], ...]:
    """Epoch and value; a value that is not a finite number is None, as JSON has no word for it."""
    if series is None:
        return ()
    return tuple(
        (epoch, value if isfinite(value) else None)
        for epoch, value in zip(series.epochs, series.values, strict=True)
    )
