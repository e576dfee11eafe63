"""Building a recommendation into a model's file: from a report, or from strengths given by hand."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from advisor.arm import Arm
from advisor.errors import InputError, UsageError
from advisor.evidence.gather import gather
from advisor.evidence.measurement import Evidence
from advisor.inputs.model_facts import ModelFacts
from advisor.inputs.model_file import open_model
from advisor.inputs.report_file import read_report
from advisor.menu import Menu, menu_of
from advisor.places import Structure
from advisor.regularization import FAMILIES, Family, Strategy
from advisor.rulebook.apply import apply as apply_rules
from advisor.rulebook.rule import Findings
from advisor.rulebook.rulebook import load_rules, shipped_rules
from advisor.surgery.archive_copy import copy_file
from advisor.surgery.code import generic_code, paste_code
from advisor.surgery.edit import edit_model
from advisor.surgery.refusal import EditRefused
from advisor.surgery.stopping import LEAST_PATIENCE, holds_penalty, stopping_code
from advisor.values import dataclass

_FUSED = ("GroupQueryAttention", "MultiHeadAttention")  # without dropout, one kernel does it all
LARGEST_RATE = 0.9  # of the grids that were measured; one unit in ten is left
LARGEST_STRENGTH = 1000.0  # nothing is learned beyond it


@dataclass(frozen=True, kw_only=True)
class Applied:
    """What was written: the file, the changes in it, and what to know about them."""

    output: Path
    strategy: Strategy
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Fresh:
    """Newly initialised weights are wanted, which takes loading the model.

    `imports` are modules that define the user's own classes; `trust` lets code in the file run.
    """

    seed: int = 0
    imports: Sequence[str] = ()
    trust: bool = False


def apply(
    model: Path,
    strategy: Strategy,
    output: Path,
    *,
    resets_optimizer: bool = False,
    fresh: Fresh | None = None,
) -> Applied:
    """Write the model with the strategy's changes to `output`; the same file where there are none.

    Predictions stay the same, and so does the optimizer's state, unless it is to be reset or the
    weights are to be `fresh`. The model is read, and only run for `fresh`. Raises EditRefused,
    with the change as code, where the file has no place for it, InputError where a file is
    damaged or can't be written, UsageError where `output` is the model itself.
    """
    _check_output(model, output)
    with open_model(model) as facts:
        if fresh is None:
            _edit(model, facts, strategy, output, resets_optimizer=resets_optimizer)
        else:
            _edit_anew(model, facts, strategy, output, fresh)
        notes = (*strategy.notes, *_notes(facts, strategy))
        return Applied(output=output, strategy=strategy, notes=notes)


def _edit(
    model: Path, facts: ModelFacts, strategy: Strategy, output: Path, *, resets_optimizer: bool
) -> None:
    if not strategy.changes and not resets_optimizer and facts.file_format == "keras-v3":
        copy_file(model, output)
        return
    try:
        edit_model(model, facts, strategy, output, resets_optimizer=resets_optimizer)
    except EditRefused as refused:
        message = f"{facts.source}: {refused}"
        raise EditRefused(message, code=_code(facts, strategy)) from refused


def _edit_anew(
    model: Path, facts: ModelFacts, strategy: Strategy, output: Path, fresh: Fresh
) -> None:
    from advisor.training.fresh import initialize_anew

    with tempfile.TemporaryDirectory(prefix="advisor-") as folder:
        edited = (Path(folder) / model.name).with_suffix(".keras")  # as messages call it
        _edit(model, facts, strategy, edited, resets_optimizer=False)
        initialize_anew(edited, output, seed=fresh.seed, imports=fresh.imports, trust=fresh.trust)


def strategy_of_report(report: Path, model: Path, *, is_forced: bool = False) -> Strategy:
    """What the report recommends for this very model.

    Raises InputError where it is about another file, unless `is_forced`: places are then taken by
    the names of layers.
    """
    found = read_report(report)
    with open_model(model) as facts:
        is_other = None not in (found.model_sha256, facts.sha256)
        if is_other and found.model_sha256 != facts.sha256 and not is_forced:
            raise InputError(
                f"{found.source}: is about another model file than {facts.source} (their SHA-256 "
                "differ); check this one anew, or give --force to go by the names of layers"
            )
    return found.strategy


def strategy_by_hand(model: Path, doses: Mapping[Family, float]) -> Strategy:
    """`doses` at the places where probes would try them, 0 to remove a family everywhere.

    Families without a dose stay as they are. A dose of dropout means half of it for whole feature
    maps and recurrent states. Layers where a shipped rule forbids a family stay without it if
    there are others, and the strategy's notes say so. Raises UsageError for a strength out of
    range, or where the model has no place for it.
    """
    for family, dose in doses.items():
        is_rate = family == "dropout"
        if not 0 <= dose <= (LARGEST_RATE if is_rate else LARGEST_STRENGTH):
            expected = f"from 0 to {LARGEST_RATE if is_rate else LARGEST_STRENGTH:g}"
            raise UsageError(f"--{family} {dose:g}: a strength {expected} is expected")
    with open_model(model) as facts:
        evidence = gather(facts, None, statistics={})  # what layers are needs no weights
        structure = Structure(model=facts, evidence=evidence)
        findings = _of_layers(evidence)
        every = menu_of(Findings(fired=(), undecided=()), structure)
        added = {family: dose for family, dose in doses.items() if dose > 0}
        for family, dose in added.items():
            if not every.places.get(family):
                raise UsageError(f"--{family} {dose:g}: {facts.source} has no place for it")
        # Where rules forbid every place, whoever asks for the family by name has the last word.
        menu = replace(every, places={**every.places, **menu_of(findings, structure).places})
    removed = menu.strategy(Arm(share=0)).changes
    return Strategy(
        changes=(
            *menu.strategy(Arm(doses=added)).changes,
            *(change for change in removed if doses.get(change.family) == 0),
        ),
        notes=tuple(
            f"--{family} {dose:g} is {said}"
            for family, dose in added.items()
            if (said := _forbidden(family, menu, every, findings))
        ),
    )


def _of_layers(evidence: Evidence) -> Findings:
    """What the shipped rules say of single layers by their kind and place alone."""
    rules = [rule for rule in load_rules((shipped_rules(),)) if rule.scope == "layer"]
    return Findings(fired=apply_rules(rules, evidence).fired, undecided=())


def _forbidden(family: Family, menu: Menu, every: Menu, findings: Findings) -> str:
    """`not put on conv, conv_1 (why)`: the layers where rules forbid the family, by the reason."""
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
    is_kept = menu.places[family] == every.places[family]
    start = "put, against a rule, on" if is_kept else "not put on"
    return f"{start} {'; '.join(named)}" if layers else ""


def _check_output(model: Path, output: Path) -> None:
    if output.exists() and output.samefile(model):
        raise UsageError(f"{output}: is the model itself; write the new one elsewhere")
    if output.suffix != ".keras":
        raise UsageError(f"{output}: Keras loads files called .keras only; name it so")


def _code(facts: ModelFacts, strategy: Strategy) -> str:
    """The changes as code; without layers' names where the file doesn't have them."""
    known = {layer.path for layer in facts.layers}
    named = [
        change
        for change in strategy.changes
        if change.layer in known or any(path.startswith(f"{change.layer}/") for path in known)
    ]
    if len(named) == len(strategy.changes):
        code = paste_code(facts, named)
    else:
        code = generic_code({family: strategy.strength(family) for family in FAMILIES})
    if not holds_penalty(facts, strategy.changes):
        return code
    stopping = stopping_code(facts, patience=LEAST_PATIENCE, has_penalty=True)
    return f"{code}\n# To stop early, by the loss without its penalty:\n{stopping}"


def _notes(facts: ModelFacts, strategy: Strategy) -> Iterator[str]:
    layers = {layer.path: layer for layer in facts.layers}
    trained = {path for path, layer in layers.items() if layer.trainable}
    if any(c.family != "dropout" and c.to > 0 and c.layer in trained for c in strategy.changes):
        yield (
            "Keras adds the penalty to val_loss: stop early by the loss without it, with the "
            "callback that `advisor check` prints"
        )
    has_masks = any(
        layer.class_name == "Masking" or layer.config.get("mask_zero") is True
        for layer in facts.layers
    )
    for change in strategy.changes:
        layer = layers.get(change.layer)
        if layer is None:
            continue
        if not layer.trainable and change.family != "dropout" and change.to > 0:
            yield f"{layer.path} is frozen: its penalty acts once the layer is trainable"
        is_switched = (change.before > 0) != (change.to > 0)
        if layer.class_name in _FUSED and change.slot == "dropout" and is_switched and has_masks:
            yield (
                f"{layer.path}: Keras computes attention otherwise with dropout than without, so "
                "that predictions may differ where padding is not masked behind it"
            )
