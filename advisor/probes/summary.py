"""The trials of a race -> its outcome: the pick, how sure it is, and what is announced of it."""

from collections.abc import Iterable, Iterator, Sequence
from math import ceil, inf, isfinite
from statistics import median_low

from advisor.candidates.arm import Arm, arm_name
from advisor.candidates.search_space import SearchSpace
from advisor.probes.choice import BASELINE, BASELINE_NAME
from advisor.probes.interval import Interval, interval
from advisor.probes.label import assumed_gain_probability, label_of
from advisor.probes.ledger import Ledger
from advisor.probes.outcome import ArmResult, Expected, Label, Outcome, Policy, TrialResult
from advisor.probes.pooling import mean, paired_differences, readings_by_pair, relative_change
from advisor.probes.trial import Start
from advisor.regularization import Family


def summarize(ledger: Ledger, *, named: Sequence[Arm], is_cut_short: bool) -> Outcome:
    """The outcome of what has run, be it all or a part."""
    winner = ledger.chosen()
    label, fresh = _label(ledger, winner)
    pick = BASELINE_NAME if label == "keep" else winner
    arms = _arm_results(ledger, pick)
    expected = _expected(ledger, fresh)
    contender = winner if winner != BASELINE_NAME else _closest(arms)
    stopping_epoch, stopping_gain = _stopping(ledger)
    is_kept = label == "keep"
    return Outcome(
        pick=_find(arms, pick) or _unmeasured(ledger),
        label=label,
        expected=None if is_kept else expected,
        arms=arms,
        trials=tuple(ledger.trials),
        policy=ledger.settings.policy,
        objective=ledger.settings.objective,
        splits=ledger.settings.splits,
        seed=ledger.settings.seed,
        stopping_epoch=stopping_epoch,
        stopping_gain=stopping_gain,
        epochs=ledger.costs.epochs,
        cost=ledger.spent if ledger.trials else 0.0,
        trainings=sum(t.trial.epochs for t in ledger.trials) / ledger.costs.epochs,
        is_cut_short=is_cut_short,
        is_maximized=ledger.settings.maximize,
        notes=tuple(_notes(ledger, named, is_cut_short)),
        contender=_find(arms, contender) if is_kept else None,
        contender_expected=expected if is_kept else None,
    )


def _label(ledger: Ledger, winner: str) -> tuple[Label, Interval | None]:
    """The label of `winner`, and the interval from fresh trials in the direction of a loss."""
    if winner == BASELINE_NAME:
        return "keep", None
    settings, protocol = ledger.settings, ledger.protocol
    sign = -1.0 if settings.maximize else 1.0
    fresh = [sign * d for d in _differences(_fresh(ledger), winner, settings.policy)]
    bounds = interval(fresh, n_train=settings.n_train, n_val=settings.n_val, level=protocol.level)
    probability = assumed_gain_probability(
        [sign * d for d in _differences(ledger.trials, winner, settings.policy)],
        spread=protocol.assumed_spread * _scale(ledger),
        n_train=settings.n_train,
        n_val=settings.n_val,
    )
    return label_of(bounds, probability, tentative_at=protocol.tentative_at), bounds


def _fresh(ledger: Ledger) -> list[TrialResult]:
    return [trial for trial in ledger.trials if trial.phase == "confirm"]


def _differences(
    trials: Sequence[TrialResult], arm: str, policy: Policy, start: Start = "scratch"
) -> tuple[float, ...]:
    return paired_differences(trials, arm, BASELINE_NAME, policy, start)


def _scale(ledger: Ledger) -> float:
    """The size of the current recipe's readings; 1 where they overflowed."""
    own = readings_by_pair(ledger.trials, BASELINE_NAME, ledger.settings.policy)
    scale = abs(mean(tuple(own.values())))
    return scale if isfinite(scale) else 1.0


def _expected(ledger: Ledger, fresh: Interval | None) -> Expected | None:
    if fresh is None:
        return None
    settings = ledger.settings
    own = readings_by_pair(_fresh(ledger), BASELINE_NAME, settings.policy)
    baseline = mean(tuple(own.values()))
    change, bounds = fresh.mean, (fresh.low, fresh.high)
    if settings.maximize:
        change, bounds = -fresh.mean, (-fresh.high, -fresh.low)
    return Expected(
        metric="val_data_loss" if settings.objective == "val_loss" else settings.objective,
        policy=settings.policy,
        baseline=baseline,
        changed=baseline + change,
        change=change,
        low=bounds[0],
        high=bounds[1],
        level=ledger.protocol.level,
        runs=len(own),
        probability=fresh.gain_probability,
    )


def _arm_results(ledger: Ledger, pick: str) -> tuple[ArmResult, ...]:
    """All arms: the pick, then by their change; those that were only screened come last."""
    results = [_arm_result(ledger, name) for name in ledger.arms if _has_run(ledger, name)]
    sign = -1.0 if ledger.settings.maximize else 1.0
    return tuple(
        sorted(
            results,
            key=lambda result: (result.name != pick, result.runs == 0, sign * result.change),
        )
    )


def _has_run(ledger: Ledger, name: str) -> bool:
    return any(trial.arm == name for trial in ledger.trials)


def _arm_result(ledger: Ledger, name: str) -> ArmResult:
    arm = ledger.arms[name]
    runs = len(readings_by_pair(ledger.trials, name, "last"))
    start: Start = "scratch" if runs else "saved"
    return ArmResult(
        name=name,
        arm=arm,
        strategy=ledger.space.strategy(arm),
        runs=runs,
        stopped=_on_baseline_scale(ledger, name, "stopped", start),
        last=_on_baseline_scale(ledger, name, "last", start),
        change=mean(_differences(ledger.trials, name, ledger.settings.policy, start)),
        relative=relative_change(ledger.trials, name, BASELINE_NAME, ledger.settings.policy, start),
    )


def _on_baseline_scale(ledger: Ledger, name: str, policy: Policy, start: Start) -> float:
    """The current recipe's mean plus the arm's mean difference; its own where that overflowed."""
    own = tuple(readings_by_pair(ledger.trials, BASELINE_NAME, policy, start).values())
    level = mean(own) if own else inf
    if not isfinite(level):
        return mean(tuple(readings_by_pair(ledger.trials, name, policy, start).values()))
    return level + mean(_differences(ledger.trials, name, policy, start))


def _find(arms: Sequence[ArmResult], name: str | None) -> ArmResult | None:
    return next((arm for arm in arms if arm.name == name), None)


def _closest(arms: Sequence[ArmResult]) -> str | None:
    """The best arm that was run as often as any, beside the current recipe."""
    others = [arm for arm in arms if arm.name != BASELINE_NAME and arm.runs > 0]
    most = max((arm.runs for arm in others), default=0)
    return next((arm.name for arm in others if arm.runs == most), None)


def _unmeasured(ledger: Ledger) -> ArmResult:
    """The current recipe where nothing could be run: no readings, as `runs` says."""
    return ArmResult(
        name=BASELINE_NAME,
        arm=BASELINE,
        strategy=ledger.space.strategy(BASELINE),
        runs=0,
        stopped=0.0,
        last=0.0,
        change=0.0,
        relative=0.0,
    )


def _stopping(ledger: Ledger) -> tuple[int, float]:
    """When to stop the current recipe, and the share of its last reading that this is worth.

    0 and 0 where it was not trained.
    """
    own = [t for t in ledger.trials if t.arm == BASELINE_NAME and t.trial.start == "scratch"]
    if not own:
        return 0, 0.0
    epoch = median_low(trial.best_epoch for trial in own)
    stopped, last = mean([t.stopped for t in own]), mean([t.last for t in own])
    if not isfinite(stopped):
        return epoch, 0.0
    gain = 1.0 if not isfinite(last) else _saved(stopped, last, ledger.settings.maximize)
    return epoch, gain


def _saved(stopped: float, last: float, is_maximized: bool) -> float:
    saved = stopped - last if is_maximized else last - stopped
    return max(0.0, saved / abs(last)) if last else 0.0


def _notes(ledger: Ledger, named: Sequence[Arm], is_cut_short: bool) -> Iterator[str]:
    settings, plan = ledger.settings, ledger.plan
    yield from ledger.space.notes
    for arm in settings.arms:
        if not ledger.space.is_possible(arm):
            why = _forbidding(ledger.space, arm.doses) or "the network has no place for it"
            yield f"{arm_name(arm)!r} was left out: {why}"
    if not ledger.space.families and not ledger.space.has_present:
        why = _forbidding(ledger.space, ledger.space.forbidden)
        yield f"nothing was probed: {why or 'the network has no place for regularization'}"
    elif plan.allocation is None:
        need = ledger.costs.setup + 2 * ledger.costs.of(plan.epochs)
        yield (
            f"nothing was probed: a budget of {ledger.budget:g} trainings does not hold the "
            f"current recipe and one change; --budget {ceil(100 * need - 1e-6) / 100:g} would"
        )
    elif len(named) > plan.allocation.anchors:
        left = ", ".join(arm_name(arm) for arm in named[plan.allocation.anchors :])
        yield f"the budget was too small for {left}"
    if plan.allocation is not None and ledger.trials and plan.epochs < ledger.costs.epochs:
        yield (
            f"probes ran {plan.epochs} of {ledger.costs.epochs} epochs: "
            "their last epoch is not that of a full training"
        )
    if settings.splits == "fixed":
        yield "all probes share one validation split: its own luck is not in the interval"
    if not isfinite(_largest_baseline(ledger)):
        yield "the current recipe's loss overflowed in a probe"
    if is_cut_short:
        yield "the race was ended before its plan was done"


def _forbidding(space: SearchSpace, families: Iterable[Family]) -> str:
    """The titles of the rules that take every place from any of `families`; "" without one."""
    titles = (title for family in families for title in space.forbidden.get(family, ()))
    return "; ".join(dict.fromkeys(titles))


def _largest_baseline(ledger: Ledger) -> float:
    own = [t for t in ledger.trials if t.arm == BASELINE_NAME]
    return max((abs(value) for t in own for value in (t.stopped, t.last)), default=0.0)
