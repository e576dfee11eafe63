"""The race: trains arms in pairs with the current recipe, and says which one to recommend.

The race begins with anchors across the families on one fresh seed and split, after a warm screen
if trials are expensive. Each later round has a new seed and split, and runs the arms that a surface
over all trials so far finds promising. Last, the winner is confirmed on seeds and splits that were
not used to choose it.
"""

from collections.abc import Callable, Sequence

from advisor.candidates.arm import Arm, arm_name
from advisor.candidates.search_space import SearchSpace
from advisor.probes.choice import BASELINE, BASELINE_NAME
from advisor.probes.combine import anchors, lattice, screened
from advisor.probes.ledger import Expired, Ledger
from advisor.probes.outcome import Outcome, TrialResult
from advisor.probes.plan import Protocol, RacePlan, RaceSettings, plan_race, survivors
from advisor.probes.progress import Progress
from advisor.probes.summary import summarize
from advisor.probes.trial import Costs, Trainer

__all__ = ["Progress", "Protocol", "RaceSettings", "race"]

# How much worse than the best an arm may be to be trained longer: beyond, it won't catch up.
_CATCHES_UP = 0.1
NONE = Arm(share=0)
# Where the current recipe leads, so many of the pairs reserved for confirming a winner go to one
# more look at the arms next to it: there is nothing else to confirm.
_SECOND_LOOK = 2


def race(
    space: SearchSpace,
    trainer: Trainer,
    costs: Costs,
    settings: RaceSettings,
    on_trial: Callable[[Progress], None] | None = None,
    protocol: Protocol = Protocol(),  # noqa: B008 - frozen
) -> Outcome:
    """Run the race within the budget. The outcome's notes say what was missing.

    `on_trial` is called when each trial begins, and again when the race is over. A
    KeyboardInterrupt from the trainer, or an expired time limit, ends the race with the trials
    finished so far.
    """
    named = _named(space, settings)
    plan = plan_race(costs, settings, protocol, named=len(named))
    ledger = Ledger(
        space=space,
        trainer=trainer,
        costs=costs,
        settings=settings,
        protocol=protocol,
        plan=plan,
        on_trial=on_trial,
    )
    is_cut_short = False
    try:
        _run(ledger, plan, named)
    except (KeyboardInterrupt, Expired):
        is_cut_short = True
    ledger.end()
    return summarize(ledger, named=named, is_cut_short=is_cut_short)


def _named(space: SearchSpace, settings: RaceSettings) -> tuple[Arm, ...]:
    """The user's arms that the network has places for, and none; () where the user named none."""
    if not settings.arms:
        return ()
    arms = [arm for arm in (NONE, *settings.arms) if space.is_possible(arm)]
    return tuple({space.strategy(arm): arm for arm in arms if space.strategy(arm).changes}.values())


def _run(ledger: Ledger, plan: RacePlan, named: Sequence[Arm]) -> None:
    allocation = plan.allocation
    first = named or anchors(ledger.space)
    if allocation is None or not first:
        return
    if plan.screen_arms:
        first = _screen(ledger, plan.screen_arms)
    first = first[: allocation.anchors]
    _explore(ledger, first)
    candidates = lattice(ledger.space) if allocation.is_open else first
    number = 2
    while _round(ledger, candidates, number, allocation.choosing, allocation.confirm):
        number += 1
    if ledger.chosen() == BASELINE_NAME and allocation.confirm > _SECOND_LOOK:
        kept = allocation.confirm - _SECOND_LOOK
        _round(ledger, candidates, number, _choosing(ledger) + 2 * _SECOND_LOOK, kept)
        number += 1
    winner = ledger.arms[ledger.chosen()]
    if arm_name(winner) != BASELINE_NAME:
        _confirm(ledger, winner, number)


def _screen(ledger: Ledger, count: int) -> tuple[Arm, ...]:
    """Warm trials from the saved weights, on the split whose training rows these have seen."""
    candidates = screened(ledger.space)[:count]
    pair = ledger.pair(0)
    ledger.run(BASELINE, "screen", pair, "saved")
    results = [(arm, ledger.run(arm, "screen", pair, "saved")) for arm in candidates]
    ranked = sorted(results, key=lambda pair: _warm_score(ledger, pair[1]))
    best = [arm for arm, _ in ranked if arm != NONE]
    kept = survivors(ledger.settings, ledger.protocol)
    return tuple([*(arm for arm in candidates if arm == NONE), *best][:kept])


def _warm_score(ledger: Ledger, result: TrialResult) -> float:
    """The last reading: the first epochs still show the saved weights, whatever the arm."""
    return -result.last if ledger.settings.maximize else result.last


def _explore(ledger: Ledger, first: Sequence[Arm]) -> None:
    """The first round: the current recipe and the anchors on one seed and split."""
    pair = ledger.pair(1)
    scored: list[tuple[Arm, float]] = []
    for arm in (BASELINE, *(_on_best_share(arm, scored) for arm in first)):
        if not scored or ledger.space.strategy(arm) not in ledger.tried():
            scored.append((arm, ledger.score(ledger.run(arm, "anchors", pair))))
    _extend(ledger, scored)


def _on_best_share(arm: Arm, scored: Sequence[tuple[Arm, float]]) -> Arm:
    """Doses that join what is there now join as much of it as has proved best so far."""
    bare = [pair for pair in scored if not pair[0].doses]
    if not arm.doses or arm.share == 0 or len(bare) < 2:
        return arm
    share = min(bare, key=lambda pair: pair[1])[0].share
    return Arm(doses=arm.doses, share=share, where=arm.where)


def _extend(ledger: Ledger, scored: Sequence[tuple[Arm, float]]) -> None:
    """Train again, for longer, what was still improving at its end and isn't far from the best.

    Only where what is planned stays affordable at the greater length.
    """
    longer = min(ledger.costs.epochs, round(ledger.plan.epochs * ledger.protocol.extension))
    if longer <= ledger.plan.epochs:
        return
    limit = min(score for _, score in scored)
    limit += _CATCHES_UP * abs(limit)
    unfinished = {t.arm for t in ledger.trials if t.best_epoch == t.trial.epochs}
    for arm, score in sorted(scored, key=lambda pair: pair[1]):
        if score > limit or arm_name(arm) not in unfinished:
            continue
        if not ledger.affords(_price_of_length(ledger, longer), _reserve(ledger)):
            return
        ledger.extend(arm, longer)
        ledger.run(arm, "refine", ledger.pair(1))


def _price_of_length(ledger: Ledger, epochs: int) -> float:
    """One longer trial now, and what later rounds cost more for it."""
    allocation = ledger.plan.allocation
    rounds = allocation.rounds + allocation.confirm if allocation else 0
    more = ledger.costs.of(epochs) - ledger.costs.of(ledger.plan.epochs)
    return ledger.costs.of(epochs) + rounds * more


def _reserve(ledger: Ledger) -> float:
    """What the rounds still to come cost, with the lengths that are known by now."""
    allocation = ledger.plan.allocation
    if allocation is None:
        return 0.0
    trials = allocation.more + 2 * allocation.confirm
    rounds = allocation.rounds + allocation.confirm
    usual = ledger.costs.of(ledger.plan.epochs)
    extended = sum(ledger.price([arm]) - usual for arm in ledger.arms.values())
    return trials * usual + rounds * extended


def _round(
    ledger: Ledger, candidates: Sequence[Arm], number: int, choosing: int, confirm: int
) -> bool:
    """One more seed and split for the current recipe and what is promising; False where none fits.

    All trials up to the choice are `choosing`, and `confirm` pairs are kept back.
    """
    allocation = ledger.plan.allocation
    most = allocation.finalists if allocation else 0
    count = min(most, choosing - _choosing(ledger) - 1)
    if count < 1:
        return False
    running = ledger.promising(candidates, count, number)
    while running and not ledger.affords(
        ledger.price([BASELINE, *running]), confirm * ledger.price([BASELINE, running[0]])
    ):
        running.pop()
    for arm in (BASELINE, *running) if running else ():
        ledger.run(arm, "finals", ledger.pair(number))
    return bool(running)


def _choosing(ledger: Ledger) -> int:
    """The trials that the choice rests on so far; one that was run again for longer counts once."""
    return sum(trial.phase in ("anchors", "finals") for trial in ledger.trials)


def _confirm(ledger: Ledger, winner: Arm, number: int) -> None:
    """Winner and current recipe on seeds and splits that took no part in the choice.

    What the race has saved on the way goes to further pairs.
    """
    planned = ledger.plan.allocation.confirm if ledger.plan.allocation else 0
    if not planned:
        return
    for index in range(number, number + max(planned, ledger.protocol.most_confirm)):
        if not ledger.affords(ledger.price([BASELINE, winner])):
            return
        for arm in (BASELINE, winner):
            ledger.run(arm, "confirm", ledger.pair(index))
