"""Whether, when and how to stop a training early: from its curves, or from probe trainings."""

from collections.abc import Mapping, Sequence
from math import isfinite, log
from statistics import median_low

from advisor.evidence.measurement import Evidence
from advisor.inputs.model_facts import ModelFacts
from advisor.probes.outcome import ArmResult, Outcome, TrialResult
from advisor.recommend.recommendation import EarlyStopping
from advisor.recommend.stopping_code import LEAST_PATIENCE, holds_penalty, stopping_code
from advisor.recommend.wording import is_current
from advisor.regularization import PENALTIES, Change, Family

_CROSS_ENTROPIES = (
    "binary_crossentropy",
    "categorical_crossentropy",
    "sparse_categorical_crossentropy",
)
# Within this range of the loss of guessing, a loss counts as guessing [judgement]. Far above it,
# row weights may have scaled the loss.
_AT_CHANCE = (0.99, 1.05)


def stopping_by_curves(
    evidence: Evidence,
    model: ModelFacts | None,
    changes: Sequence[Change],
    strengths: Mapping[Family, float],
    *,
    epochs: int | None = None,
) -> EarlyStopping | None:
    """The epoch to stop at, if stopping gains anything beyond the curve's noise.

    `strengths` are those of the advice; they count if no model was given. `epochs` is the length
    of a full training, if that is not the history's length.
    """
    epoch, gain = (_number(evidence, f"stopping.{name}") for name in ("epoch", "gain"))
    if epoch is None or gain is None or gain <= 0:
        return None
    length = epochs or _number(evidence, "history.epochs") or 0
    adds_penalty = any(strengths.get(family, 0.0) > 0 for family in PENALTIES)
    has_penalty = adds_penalty if model is None else holds_penalty(model, changes)
    return _stopping(int(epoch), gain, length, model, has_penalty=has_penalty)


def stopping_by_probes(
    outcome: Outcome, evidence: Evidence, model: ModelFacts | None, changes: Sequence[Change]
) -> EarlyStopping | None:
    """When to stop the current recipe, or the pick if only that one needs it.

    Probes shorter than a full training can't show when; the curves of one may. None if the pick
    only guesses at its best epoch: such weights are worth nothing.
    """
    if is_guessing(outcome.pick.stopped, guessing_loss(outcome, evidence, model)):
        return None
    if probed_length(outcome) < outcome.epochs:
        by_curves = stopping_by_curves(evidence, model, changes, {}, epochs=outcome.epochs)
        if by_curves is not None:
            return by_curves
    epoch, gain = outcome.stopping_epoch, outcome.stopping_gain
    if not isfinite(gain):
        return None
    if gain <= 0:
        if not _is_worse_at_the_end(outcome.pick, outcome):
            return None
        epoch, gain = _best_epoch(outcome.pick, outcome), 0.0
    has_penalty = model is not None and holds_penalty(model, changes)
    return _stopping(epoch, gain, outcome.epochs, model, has_penalty=has_penalty)


def _stopping(
    epoch: int, gain: float, epochs: float, model: ModelFacts | None, *, has_penalty: bool
) -> EarlyStopping:
    """With a callback whose patience is a tenth of the run's `epochs`."""
    patience = max(LEAST_PATIENCE, round(epochs / 10))
    return EarlyStopping(
        epoch=epoch,
        gain=gain,
        code=stopping_code(model, patience=patience, has_penalty=has_penalty),
        is_by_data_loss=has_penalty,
    )


def _is_worse_at_the_end(pick: ArmResult, outcome: Outcome) -> bool:
    """True if the figures hold for the best epoch alone."""
    if outcome.policy == "last" or is_current(pick):
        return False
    return pick.last < pick.stopped if outcome.is_maximized else pick.last > pick.stopped


def _best_epoch(arm: ArmResult, outcome: Outcome) -> int:
    return median_low(result.best_epoch for result in _trained(outcome) if result.arm == arm.name)


def probed_length(outcome: Outcome) -> int:
    """The epochs that the current recipe was trained for from scratch; 0 if it was not."""
    current = {result.name for result in outcome.arms if is_current(result)}
    own = (result.trial.epochs for result in _trained(outcome) if result.arm in current)
    return max(own, default=0)


def _trained(outcome: Outcome) -> list[TrialResult]:
    return [result for result in outcome.trials if result.trial.start == "scratch"]


def guessing_loss(outcome: Outcome, evidence: Evidence, model: ModelFacts | None) -> float | None:
    """The loss of guessing all classes with the same probability; None if it is not known.

    It is -log(1 / classes) for a cross-entropy, with or without label smoothing.
    """
    chance = _number(evidence, "accuracy.chance")
    if outcome.objective != "val_loss" or chance is None or chance <= 0 or model is None:
        return None
    return -log(chance) if model.loss in _CROSS_ENTROPIES else None


def is_guessing(loss: float, guess: float | None) -> bool:
    """True if the loss is about that of guessing."""
    return guess is not None and _AT_CHANCE[0] * guess <= loss <= _AT_CHANCE[1] * guess


def _number(evidence: Evidence, name: str) -> float | None:
    value = evidence.model.values.get(name)
    return float(value) if isinstance(value, int | float) else None
