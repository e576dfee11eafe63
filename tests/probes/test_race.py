"""The race as a whole, on simulated trainings of a known truth."""

from dataclasses import replace
from math import inf

import pytest

from advisor.candidates.arm import Arm
from advisor.candidates.search_space import SearchSpace
from advisor.probes.outcome import Outcome
from advisor.probes.race import Progress, Protocol, RaceSettings, race
from advisor.probes.trial import Costs, Trial, TrialCurve
from tests.probes.fake_trainer import FakeTrainer, Task, costs, space
from tests.probes.simulation import run, sample_case, scored

ALL = space("l1", "l2", "dropout")
HELPFUL = Task(gains={"l1": 0.05, "l2": 0.4, "dropout": 0.1}, synergy=0.0)
USELESS = Task(gains={"l1": -0.05, "l2": -0.05, "dropout": -0.05})


def settings(**given: object) -> RaceSettings:
    return RaceSettings(**{"n_train": 300, "n_val": 100, "onset": 10, **given})  # type: ignore[arg-type]


def raced(
    task: Task = HELPFUL, network: SearchSpace = ALL, *, trials: float = 26, **given: object
) -> Outcome:
    return race(network, FakeTrainer(task, network), costs(trials=trials), settings(**given))


def test_what_helps_is_found_confirmed_and_announced() -> None:
    outcome = raced()
    assert outcome.label == "confirmed"
    assert 1e-3 <= outcome.pick.strategy.strength("l2") <= 0.1
    assert outcome.expected is not None
    assert outcome.expected.low < outcome.expected.change < outcome.expected.high < 0
    assert outcome.expected.changed == pytest.approx(
        outcome.expected.baseline + outcome.expected.change
    )
    assert outcome.pick.relative == pytest.approx(-0.4, abs=0.1)
    assert outcome.arms[0] == outcome.pick
    assert "current" in [arm.name for arm in outcome.arms]


def test_where_nothing_helps_the_recipe_is_kept_and_the_closest_arm_shown() -> None:
    outcome = raced(USELESS)
    assert (outcome.label, outcome.pick.name, outcome.expected) == ("keep", "current", None)
    assert outcome.pick.strategy.changes == ()
    assert outcome.contender is not None
    assert outcome.contender.name != "current"
    assert outcome.stopping_epoch == pytest.approx(10, abs=3)
    assert outcome.stopping_gain > 0.1  # the curve rises by .2 behind its best epoch


def test_the_epoch_to_stop_at_is_the_lower_median_of_the_current_recipes_best_ones() -> None:
    def later_with_each_seed(trial: Trial) -> None:
        trainer.onset = 5 + 2 * trial.seed

    even = replace(USELESS, epoch_noise=0.0)
    trainer = FakeTrainer(even, ALL, before=later_with_each_seed)
    outcome = race(ALL, trainer, costs(trials=20), settings())
    own = [each.best_epoch for each in outcome.trials if each.arm == "current"]
    assert (own, outcome.stopping_epoch) == ([7, 9, 11, 13], 9)


def test_where_the_recipe_leads_the_arms_next_to_it_get_a_second_look() -> None:
    def rounds(outcome: Outcome) -> int:
        return sum(t.phase == "finals" and t.arm == "current" for t in outcome.trials)

    harmful = Task(gains={"l1": -0.5, "l2": -0.5, "dropout": -0.5})
    kept, changed = raced(harmful, trials=40), raced(HELPFUL, trials=40)
    assert rounds(kept) == rounds(changed) + 1
    assert not [t for t in kept.trials if t.phase == "confirm"]


def test_equal_seeds_give_equal_races_and_others_other_pairs() -> None:
    assert raced() == raced()
    pairs = [{(t.trial.seed, t.trial.split) for t in raced(seed=s).trials} for s in (0, 1)]
    assert not pairs[0] & pairs[1]


def test_arms_of_a_round_are_paired_and_the_winner_is_confirmed_on_fresh_pairs() -> None:
    outcome = raced()
    pairs = {phase: {(t.trial.seed, t.trial.split) for t in outcome.trials if t.phase == phase}
             for phase in ("anchors", "finals", "confirm")}  # fmt: skip
    assert len(pairs["anchors"]) == 1
    assert len(pairs["finals"]) > 1
    assert not pairs["anchors"] & pairs["finals"]
    assert not pairs["confirm"] & (pairs["anchors"] | pairs["finals"])
    for pair in set().union(*pairs.values()):
        arms = [t.arm for t in outcome.trials if (t.trial.seed, t.trial.split) == pair]
        assert arms.count("current") == 1
        assert len(set(arms)) == len(arms)
    assert outcome.expected is not None
    assert outcome.expected.runs == len(pairs["confirm"])
    assert all(t.trial.split > 0 for t in outcome.trials)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("trials", [1, 2, 3, 5, 7, 9, 12, 20, 33])
def test_the_budget_is_never_exceeded(trials: int, seed: int) -> None:
    outcome = raced(trials=trials, budget=2.5, seed=seed)
    assert outcome.cost <= 2.5 + 1e-9
    trained = sum(t.trial.epochs for t in outcome.trials)
    assert outcome.trainings == pytest.approx(trained / 30)
    paid = 0.5 + trained / 30 * (2.0 / trials)  # the setup, and a share of a full trial an epoch
    assert outcome.cost == pytest.approx(paid)


def test_a_budget_for_nothing_says_what_would_do() -> None:
    price = Costs(full=1.0, setup=0.1, epochs=30, steps_per_epoch=50)
    outcome = race(ALL, FakeTrainer(HELPFUL, ALL), price, settings(budget=0.9))
    assert (outcome.label, outcome.trials, outcome.arms) == ("keep", (), ())
    assert outcome.pick.runs == 0
    # the setup and two trials of half the epochs: .1 + 2 * .5
    assert any("--budget 1.1 would" in note for note in outcome.notes)


def test_dear_trials_are_screened_warm_and_decided_from_scratch() -> None:
    outcome = raced(trials=8)
    warm = [t for t in outcome.trials if t.phase == "screen"]
    assert {(t.trial.start, t.trial.split) for t in warm} == {("saved", 0)}
    assert min(t.trial.epochs * 10 for t in warm) >= 50
    assert all(t.trial.start == "scratch" for t in outcome.trials if t.phase != "screen")
    assert all(t.trial.epochs >= 15 for t in outcome.trials if t.phase != "screen")
    assert outcome.pick.runs > 0
    assert any(arm.runs == 0 for arm in outcome.arms)
    assert any("15 of 30 epochs" in note for note in outcome.notes)
    assert outcome.epochs == 30


def test_batch_normalization_keeps_more_survivors() -> None:
    for has, kept in ((False, 4), (True, 5)):
        outcome = raced(trials=8, has_batch_normalization=has)
        screened = {t.arm for t in outcome.trials if t.phase == "screen"}
        anchored = {t.arm for t in outcome.trials if t.phase == "anchors"} - {"current"}
        assert anchored < screened
        assert len(anchored) >= min(kept, 4)


def test_what_is_still_falling_is_trained_longer() -> None:
    outcome = race(
        ALL,
        FakeTrainer(HELPFUL, ALL, onset=14),  # regularized arms are best at epoch 21
        costs(trials=11),
        settings(onset=10),
    )
    longer = [t for t in outcome.trials if t.trial.epochs == 22]  # 1.5 times 15
    assert longer
    assert all(t.best_epoch > 15 for t in longer)
    again = {t.arm for t in outcome.trials if t.trial.epochs == 15 and t.best_epoch == 15}
    assert {t.arm for t in longer} <= again
    assert outcome.cost <= 2.5


class Interrupting(FakeTrainer):
    """Stopped by the user in the `at`-th trial."""

    def __init__(self, at: int) -> None:
        super().__init__(HELPFUL, ALL)
        self.at = at

    def train(self, trial: Trial) -> TrialCurve:
        if len(self.trials) == self.at:
            raise KeyboardInterrupt
        return super().train(trial)


@pytest.mark.parametrize("at", range(26))
def test_an_interrupt_ends_the_race_with_what_is_there(at: int) -> None:
    outcome = race(ALL, Interrupting(at), costs(trials=26), settings())
    assert outcome.is_cut_short == (len(outcome.trials) == at)
    assert len(outcome.trials) <= at
    assert any("ended before its plan" in note for note in outcome.notes) == outcome.is_cut_short
    if outcome.expected is None:
        assert outcome.label != "confirmed"


def test_the_time_limit_ends_the_race() -> None:
    trainer = FakeTrainer(HELPFUL, ALL)
    given = settings(has_expired=lambda: len(trainer.trials) >= 5)
    outcome = race(ALL, trainer, costs(trials=26), given)
    assert outcome.is_cut_short
    assert len(outcome.trials) == 5


def test_only_named_arms_run_beside_the_current_recipe_and_none() -> None:
    network = space("l1", "l2", "dropout", present={"dropout": 0.2})
    arms = (Arm(doses={"l2": 0.01}, share=0), Arm(doses={"l1": 0.1}, share=0))
    outcome = raced(network=network, arms=arms)
    names = {t.arm for t in outcome.trials}
    assert names == {"current", "none", "L2 0.01", "L1 0.1"}
    assert outcome.pick.name == "L2 0.01"


def test_a_named_arm_without_a_place_is_left_out_and_said() -> None:
    arms = (Arm(doses={"l2": 0.01}, share=0), Arm(doses={"dropout": 0.5}, share=0))
    outcome = raced(network=space("l2"), arms=arms)
    assert {t.arm for t in outcome.trials} == {"current", "L2 0.01"}
    assert any("'dropout 0.5' was left out" in note for note in outcome.notes)


def test_more_named_arms_than_the_budget_holds_are_dropped_from_the_end() -> None:
    arms = tuple(Arm(doses={"l2": 10.0**-k}, share=0) for k in range(1, 6))
    outcome = raced(arms=arms, trials=3, policy="last")
    assert {t.arm for t in outcome.trials} == {"current", "L2 0.1", "L2 0.01"}
    assert any("too small for L2 0.001, L2 0.0001" in note for note in outcome.notes)


def test_a_network_of_one_family() -> None:
    outcome = raced(network=space("dropout"))
    assert {change.kind for t in outcome.trials for change in t.trial.strategy.changes} == {
        "Dropout"
    }


def test_a_network_without_places() -> None:
    outcome = raced(network=space())
    assert (outcome.label, outcome.trials) == ("keep", ())
    assert any("no place for regularization" in note for note in outcome.notes)


def test_where_rules_forbid_every_place_the_notes_name_them() -> None:
    lag = "The running variance lags"
    network = replace(space(), forbidden={"l1": (lag,), "l2": (lag, "L2 is there")})
    outcome = raced(network=network, arms=(Arm(doses={"l2": 0.01}), Arm(doses={"dropout": 0.5})))
    assert outcome.trials == ()
    assert outcome.notes[:3] == (
        "'current + L2 0.01' was left out: The running variance lags; L2 is there",
        "'current + dropout 0.5' was left out: the network has no place for it",
        "nothing was probed: The running variance lags; L2 is there",
    )


def test_too_much_regularization_is_taken_away() -> None:
    network = space("l1", "l2", "dropout", present={"l2": 1.0})
    outcome = raced(replace_gains(0.02), network)
    assert outcome.label == "confirmed"
    (change,) = [c for c in outcome.pick.strategy.changes if c.kind == "l2"]
    assert change.to < change.before == 1.0


def replace_gains(gain: float) -> Task:
    return replace(USELESS, gains={"l1": gain, "l2": gain, "dropout": gain})


def test_the_grid_grows_where_the_best_dose_lies_beyond_it() -> None:
    task = replace(HELPFUL, optima={"l1": 1e-3, "l2": 0.6, "dropout": 0.4}, width=0.6)
    outcome = raced(task, space("l2"), trials=60)
    assert outcome.pick.strategy.strength("l2") > 0.1


def test_a_fixed_split_varies_the_seed_alone_and_says_so() -> None:
    outcome = raced(splits="fixed")
    assert {t.trial.split for t in outcome.trials} == {0}
    assert len({t.trial.seed for t in outcome.trials}) > 3
    assert any("one validation split" in note for note in outcome.notes)


class Accuracy(FakeTrainer):
    """Reports 1 - loss / 2 as the objective."""

    def train(self, trial: Trial) -> TrialCurve:
        curve = super().train(trial)
        return replace(curve, objective=tuple(1 - loss / 2 for loss in curve.val_loss))


def test_a_metric_that_is_maximized() -> None:
    given = settings(objective="val_accuracy", maximize=True)
    outcome = race(ALL, Accuracy(HELPFUL, ALL), costs(trials=26), given)
    assert outcome.label == "confirmed"
    assert outcome.expected is not None
    assert outcome.expected.metric == "val_accuracy"
    assert 0 < outcome.expected.low < outcome.expected.change < outcome.expected.high
    assert outcome.pick.change > 0


class Diverging(FakeTrainer):
    """The current recipe overflows."""

    def train(self, trial: Trial) -> TrialCurve:
        curve = super().train(trial)
        if trial.strategy.changes:
            return curve
        lost = (inf,) * trial.epochs
        return TrialCurve(val_loss=lost, val_halves=(lost, lost), objective=lost, steps=curve.steps)


def test_a_diverging_recipe_is_replaced_without_an_announced_figure() -> None:
    outcome = race(ALL, Diverging(HELPFUL, ALL), costs(trials=26), settings())
    assert (outcome.label, outcome.expected) == ("tentative", None)
    assert outcome.pick.name != "current"
    assert outcome.pick.stopped < 1
    assert any("overflowed" in note for note in outcome.notes)


def test_the_last_epoch_decides_where_it_is_asked_for() -> None:
    task = replace(USELESS, rebound=0.0)
    stopped, last = (raced(replace(HELPFUL, rebound=2.0), policy=p) for p in ("stopped", "last"))
    assert last.expected is not None and stopped.expected is not None
    assert last.expected.change < stopped.expected.change  # stopping takes the rebound away
    assert raced(task, policy="last").label == "keep"


def test_progress_is_told_as_each_trial_begins() -> None:
    told: list[Progress] = []
    outcome = race(ALL, FakeTrainer(HELPFUL, ALL), costs(trials=26), settings(), told.append)
    *begun, end = told
    assert [each.done for each in begun] == list(range(len(outcome.trials)))
    assert [each.arm for each in begun] == [t.arm for t in outcome.trials]
    assert [each.phase for each in begun] == [t.phase for t in outcome.trials]
    assert all(each.planned >= each.done + 1 and not each.is_over for each in begun)
    assert [each.best for each in begun[:2]] == [None, None]
    assert (end.is_over, end.done, end.planned) == (True, len(outcome.trials), len(outcome.trials))


def test_progress_says_what_leads_as_the_outcome_does() -> None:
    told: list[Progress] = []
    outcome = race(ALL, FakeTrainer(HELPFUL, ALL), costs(trials=26), settings(), told.append)
    assert outcome.label == "confirmed"
    assert (told[-1].best, told[-1].best_change) == (outcome.pick.name, outcome.pick.relative)


def test_simulated_tasks_are_picked_well_and_announced_truly() -> None:
    scores = [scored(case, run(case, Protocol(), 26)) for case in map(sample_case, range(60))]
    assert sum(score.regret for score in scores) / 60 < 0.25  # .13 over 400 tasks
    assert sum(score.is_harm for score in scores) <= 6
    covered = [score.is_covered for score in scores if score.is_covered is not None]
    assert len(covered) > 40
    assert sum(covered) / len(covered) >= 0.85
