"""What probe trainings showed, as the report holds it: nothing in it is NaN or infinite."""

from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from typing import TYPE_CHECKING

from advisor.probes.outcome import (
    ArmResult,
    Label,
    Outcome,
    Phase,
    Policy,
    Splits,
    TrialResult,
)
from advisor.probes.trial import Start
from advisor.recommend.by_probes import challenger
from advisor.recommend.stopping import is_guessing, probed_length
from advisor.recommend.wording import is_current
from advisor.regularization import FAMILIES, SPECS, Family, Strategy
from advisor.values import dataclass

if TYPE_CHECKING:  # what races is imported only where it is asked to
    from advisor.probes.proof import Proof


@dataclass(frozen=True, kw_only=True)
class ProbedArm:
    """One recipe over all of its trainings; null if they gave no finite figure.

    `runs` counts trainings from scratch; if it is 0, the figures are those of the screen. `doses`
    is what the recipe sets, `share` the share of the present strengths that it keeps elsewhere,
    `families` the families that it changes or sets. `low` and `high` bound the change in fresh
    trainings, if the arm had any.
    """

    name: str
    doses: Mapping[Family, float]
    share: float
    families: str
    runs: int
    stopped: float | None
    last: float | None
    change: float | None
    relative: float | None
    low: float | None
    high: float | None
    is_current: bool
    is_pick: bool


@dataclass(frozen=True, kw_only=True)
class ProbeTrial:
    """One training: what was random in it, and its two readings."""

    arm: str
    phase: Phase
    seed: int
    split: int
    start: Start
    epochs: int
    stopped: float | None
    last: float | None
    best_epoch: int


@dataclass(frozen=True, kw_only=True)
class DosePoint:
    """A dose of one family with the mean readings of its arm."""

    arm: str
    dose: float
    runs: int
    stopped: float | None
    last: float | None


@dataclass(frozen=True, kw_only=True)
class Stopping:
    """When to stop the current recipe, and the share of its last loss that this alone saves.

    `last_epoch` is the last epoch of its probes, which is earlier than that of a full training if
    the race was short of time. `guess` is the loss of guessing, if the recipe never gets below it.
    """

    epoch: int
    gain: float | None
    last_epoch: int
    guess: float | None = None


@dataclass(frozen=True, kw_only=True)
class Probes:
    """The whole race.

    The pick is the first of the arms; then come the others from best to worst, then those that were
    only screened. Trials are in the order in which they ran. `is_maximized` says that a higher
    objective is better. `dose_response` holds, for each family, the arms that set only this family,
    by dose; the network without it (or with its present strength) is among them. `closest` is the
    best other arm if the recipe is kept. `batch_size` and `epochs` are those of the user's full
    training. `cost_in_fits` counts `fit` runs of the user's model, `cost_in_trainings` optimizer
    steps in full trainings.
    """

    engine: str  # "compiled": the compiled program; "fit": Keras' own fit
    label: Label
    policy: Policy
    objective: str
    is_maximized: bool
    splits: Splits
    seed: int
    batch_size: int
    epochs: int
    is_cut_short: bool
    arms: tuple[ProbedArm, ...]
    trials: tuple[ProbeTrial, ...]
    dose_response: Mapping[Family, tuple[DosePoint, ...]]
    stopping: Stopping
    cost_in_fits: float | None
    cost_in_trainings: float | None
    notes: tuple[str, ...] = ()
    closest: str | None = None

    def reading(self, result: ProbedArm | DosePoint) -> float | None:
        """What the policy reads of an arm or a dose."""
        return result.stopped if self.policy == "stopped" else result.last

    def current(self) -> ProbedArm | None:
        """The user's own recipe; None where it was not trained to its end."""
        return next((arm for arm in self.arms if arm.is_current), None)


def probes_shown(proof: "Proof", guess: float | None = None) -> Probes:
    """The race for the report; `guess` is the loss of guessing, where that is known."""
    outcome = proof.outcome
    tested, _ = challenger(outcome)
    return Probes(
        engine=proof.engine,
        label=outcome.label,
        policy=outcome.policy,
        objective=outcome.objective,
        is_maximized=outcome.is_maximized,
        splits=outcome.splits,
        seed=outcome.seed,
        batch_size=proof.recipe.batch_size,
        epochs=proof.recipe.epochs,
        is_cut_short=outcome.is_cut_short,
        arms=tuple(_arm(result, outcome) for result in outcome.arms),
        trials=tuple(_trial(trial) for trial in outcome.trials),
        dose_response=_dose_response(outcome.arms),
        stopping=_stopping(outcome, guess),
        cost_in_fits=_finite(outcome.cost),
        cost_in_trainings=_finite(outcome.trainings),
        notes=tuple(dict.fromkeys((*outcome.notes, *_half_rates(outcome), *proof.notes))),
        closest=tested.name if tested is not None and is_current(outcome.pick) else None,
    )


def _stopping(outcome: Outcome, guess: float | None) -> Stopping:
    own = next((result for result in outcome.arms if is_current(result)), None)
    return Stopping(
        epoch=outcome.stopping_epoch,
        gain=_finite(outcome.stopping_gain),
        last_epoch=probed_length(outcome),
        guess=guess if own is not None and is_guessing(own.stopped, guess) else None,
    )


def _half_rates(outcome: Outcome) -> Iterator[str]:
    """What a dose of a family means where a place takes half of it, as the search space sets it."""
    halved = {
        change.family
        for result in outcome.arms
        for change in result.strategy.changes
        if SPECS[change.family].has_halves and 2 * change.to == result.arm.doses.get(change.family)
    }
    for family in FAMILIES:
        if family in halved:
            what = "half of it for whole feature maps and recurrent states"
            yield f"a dose of {SPECS[family].label} means {what}"


def _arm(result: ArmResult, outcome: Outcome) -> ProbedArm:
    is_pick = result.name == outcome.pick.name
    tested, expected = challenger(outcome)
    if tested is None or tested.name != result.name:
        expected = None
    return ProbedArm(
        name=result.name,
        doses=result.arm.doses,
        share=result.arm.share,
        families=_families(result),
        runs=result.runs,
        stopped=_finite(result.stopped),
        last=_finite(result.last),
        change=_finite(result.change),
        relative=_finite(result.relative),
        low=None if expected is None else expected.low,
        high=None if expected is None else expected.high,
        is_current=is_current(result),
        is_pick=is_pick,
    )


def _families(result: ArmResult) -> str:
    """The families that the arm sets or changes: `none` where it only takes away or keeps."""
    return "+".join(f for f in FAMILIES if f in result.arm.doses) or result.strategy.family


def _trial(result: TrialResult) -> ProbeTrial:
    return ProbeTrial(
        arm=result.arm,
        phase=result.phase,
        seed=result.trial.seed,
        split=result.trial.split,
        start=result.trial.start,
        epochs=result.trial.epochs,
        stopped=_finite(result.stopped),
        last=_finite(result.last),
        best_epoch=result.best_epoch,
    )


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None


def _dose_response(arms: Sequence[ArmResult]) -> Mapping[Family, tuple[DosePoint, ...]]:
    """For each family that an arm sets alone, its points in the order of doses."""
    return {
        family: tuple(sorted(points, key=lambda point: point.dose))
        for family in FAMILIES
        if (points := _points(family, arms))
    }


def _points(family: Family, arms: Sequence[ArmResult]) -> list[DosePoint]:
    """The arms that set `family` alone, at all of its places, on one and the same background.

    Those that were only screened stand on another scale and are left out.
    """
    trained = [result for result in arms if result.runs]
    alone = [
        result for result in trained if set(result.arm.doses) == {family} and not result.arm.where
    ]
    if not alone:
        return []
    shares = [result.arm.share for result in alone]
    share = max(sorted(set(shares)), key=shares.count)
    chosen = [result for result in alone if result.arm.share == share]
    points = [_point(result, result.arm.doses[family]) for result in chosen]
    origin = _origin(family, share, chosen, trained)
    return [*points, *([origin] if origin is not None else [])]


def _origin(
    family: Family, share: float, chosen: Sequence[ArmResult], arms: Sequence[ArmResult]
) -> DosePoint | None:
    """The arm that the doses are added to, at the dose that it has: none, or the present one."""
    is_bare = not any(change.before > 0 for result in arms for change in result.strategy.changes)
    wanted = 1.0 if is_bare else share
    origins = [result for result in arms if not result.arm.doses and result.arm.share == wanted]
    if not origins:
        return None
    present = max(_present(result.strategy, family) for result in chosen) * wanted
    taken = {result.arm.doses[family] for result in chosen}
    return None if present in taken else _point(origins[0], present)


def _present(strategy: Strategy, family: Family) -> float:
    return max((c.before for c in strategy.changes if c.family == family), default=0.0)


def _point(result: ArmResult, dose: float) -> DosePoint:
    return DosePoint(
        arm=result.name,
        dose=dose,
        runs=result.runs,
        stopped=_finite(result.stopped),
        last=_finite(result.last),
    )
