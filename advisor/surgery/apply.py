"""Building changes of regularization, such as a report's, into a model file."""

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from advisor.errors import InputError, UsageError
from advisor.inputs.model_facts import ModelFacts
from advisor.inputs.model_file import open_model
from advisor.inputs.report_file import ReportFile
from advisor.recommend.layer_code import generic_code, paste_code
from advisor.recommend.stopping_code import LEAST_PATIENCE, holds_penalty, stopping_code
from advisor.regularization import Strategy
from advisor.surgery.archive_copy import copy_file
from advisor.surgery.edit import edit_model
from advisor.surgery.refusal import EditRefused
from advisor.values import dataclass

_FUSED = ("GroupQueryAttention", "MultiHeadAttention")  # without dropout, one kernel does it all


@dataclass(frozen=True, kw_only=True)
class Applied:
    """What was written: the file, the changes in it, and what to know about them."""

    output: Path
    strategy: Strategy
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        count = len(self.strategy.changes)
        return f"Applied({self.output}: {count} change{'' if count == 1 else 's'})"


@dataclass(frozen=True, kw_only=True)
class Fresh:
    """How to initialise new weights; this loads the model.

    `imports` are modules that define the user's own classes. `trust` lets code in the file run.
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
    """Write the model with the strategy's changes to `output`; a plain copy if there are none.

    Predictions and the optimizer's state stay the same, unless the state is to be reset or the
    weights are to be `fresh`. The model is read; it is run only for `fresh`.

    Raises EditRefused, with the change as code, if the file has no place for it. Raises InputError
    if a file is damaged or can't be written, UsageError if `output` is the model itself.
    """
    _check_output(model, output)
    with open_model(model) as facts:
        if fresh is None:
            _edit(model, facts, strategy, output, resets_optimizer=resets_optimizer)
        else:
            _edit_fresh(model, facts, strategy, output, fresh)
        return Applied(output=output, strategy=strategy, notes=tuple(_notes(facts, strategy)))


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


def _edit_fresh(
    model: Path, facts: ModelFacts, strategy: Strategy, output: Path, fresh: Fresh
) -> None:
    from advisor.surgery.fresh_weights import initialize_fresh

    with tempfile.TemporaryDirectory(prefix="advisor-") as folder:
        edited = (Path(folder) / model.name).with_suffix(".keras")  # its name is in messages
        _edit(model, facts, strategy, edited, resets_optimizer=False)
        initialize_fresh(edited, output, seed=fresh.seed, imports=fresh.imports, trust=fresh.trust)


def strategy_of_report(report: ReportFile, model: Path, *, is_forced: bool = False) -> Strategy:
    """What the report recommends for this model.

    Raises InputError if the report is about another file, unless `is_forced`: places are then
    matched by layer names.
    """
    with open_model(model) as facts:
        is_other = None not in (report.model_sha256, facts.sha256)
        if is_other and report.model_sha256 != facts.sha256 and not is_forced:
            raise InputError(
                f"{report.source}: is about another model file than {facts.source} (their "
                "SHA-256 differ); check this one again, or give --force to match layers by name"
            )
    return report.strategy


def _check_output(model: Path, output: Path) -> None:
    if output.exists() and output.samefile(model):
        raise UsageError(f"{output}: is the model itself; write the new one elsewhere")
    if output.suffix != ".keras":
        raise UsageError(f"{output}: Keras only loads files called .keras; name it so")


def _code(facts: ModelFacts, strategy: Strategy) -> str:
    """The changes as code; without layer names if the file doesn't have them."""
    known = {layer.path for layer in facts.layers}
    named = [
        change
        for change in strategy.changes
        if change.layer in known or any(path.startswith(f"{change.layer}/") for path in known)
    ]
    if len(named) == len(strategy.changes):
        code = paste_code(facts, named)
    else:
        code = generic_code(strategy.strengths)
    if stopping := _stopping(facts, strategy):
        return f"{code}\n# To stop early, by the loss without its penalty:\n{stopping}"
    return code


def _stopping(facts: ModelFacts, strategy: Strategy) -> str:
    """How to stop early if the changes leave a penalty in `val_loss`; "" if they don't."""
    if not holds_penalty(facts, strategy.changes):
        return ""
    return stopping_code(facts, patience=LEAST_PATIENCE, has_penalty=True)


def _notes(facts: ModelFacts, strategy: Strategy) -> Iterator[str]:
    layers = {layer.path: layer for layer in facts.layers}
    has_masks = any(
        layer.class_name == "Masking" or layer.config.get("mask_zero") is True
        for layer in facts.layers
    )
    for change in strategy.changes:
        layer = layers.get(change.layer)
        if layer is None:
            continue
        if not layer.trainable and change.is_penalty and change.to > 0:
            yield f"{layer.path} is frozen: its penalty acts once the layer is trainable"
        is_switched = (change.before > 0) != (change.to > 0)
        if layer.class_name in _FUSED and change.slot == "dropout" and is_switched and has_masks:
            yield (
                f"{layer.path}: Keras computes attention differently with dropout than without, so "
                "predictions may differ if padding is not masked after it"
            )
    if code := _stopping(facts, strategy):
        yield f"Keras adds the penalty to val_loss. To stop early by the loss without it:\n\n{code}"
