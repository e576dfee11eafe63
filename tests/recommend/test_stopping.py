"""Whether, when and how to stop early: what is said must hold for a full training."""

from dataclasses import replace
from math import log
from typing import Any

import pytest

from advisor.evidence.measurement import Evidence
from advisor.inputs.model_facts import ModelFacts
from advisor.probes.outcome import Outcome
from advisor.recommend import EarlyStopping, recommend_from_probes
from advisor.recommend.stopping import guessing_loss, probed_length
from tests.builders import dense, evidence, l2, model, suggestion, verdict
from tests.builders import findings as fired
from tests.report.sample_probes import CONFIRMED, KEEP, MODEL, READINGS, RULES, TENTATIVE

GUESSED = evidence({"accuracy.chance": 0.1})
REGULARIZED = model(
    dense("hidden_1", 128, 64, regularizers=l2(0.01)), dense("digit", 10, 128, ["hidden_1"])
)
CLASSIFIER = replace(MODEL, loss="categorical_crossentropy")


def stopping(
    race: Outcome, readings: Evidence = READINGS, facts: ModelFacts | None = MODEL
) -> EarlyStopping | None:
    return recommend_from_probes(race, verdict("healthy"), RULES, readings, facts).early_stopping


def shortened(race: Outcome, epochs: int) -> Outcome:
    """The same race with all its trainings cut after so many of the 31 epochs."""
    trials = tuple(
        replace(each, trial=replace(each.trial, epochs=epochs), best_epoch=epochs)
        for each in race.trials
    )
    return replace(race, trials=trials)


def test_probes_are_as_long_as_the_trainings_of_the_current_recipe_from_scratch() -> None:
    assert probed_length(shortened(KEEP, 11)) == 11
    assert probed_length(replace(KEEP, trials=())) == 0


@pytest.mark.parametrize("gain", [0.0, 0.06])
def test_after_shortened_probes_the_whole_curve_says_when_to_stop(gain: float) -> None:
    found = stopping(replace(shortened(KEEP, 14), stopping_epoch=14, stopping_gain=gain))
    assert found is not None
    assert (found.epoch, found.gain) == (12, 0.5)  # the history's
    alone = stopping(replace(shortened(KEEP, 14), stopping_gain=gain), evidence())
    assert (alone is None) == (gain == 0)


def test_after_full_probes_these_say_it() -> None:
    found = stopping(KEEP)
    assert found is not None
    assert (found.epoch, found.gain) == (27, 0.024)


def test_patience_is_a_tenth_of_a_full_training() -> None:
    found = stopping(replace(shortened(KEEP, 14), epochs=120))
    assert found is not None
    assert "patience=12" in found.code
    short = stopping(KEEP)
    assert short is not None
    assert "patience=5" in short.code


def test_a_pick_that_ends_worse_than_its_best_is_stopped_where_the_current_recipe_needs_not() -> (
    None
):
    found = stopping(replace(CONFIRMED, stopping_gain=0.0, stopping_epoch=31))
    assert found is not None
    assert (found.epoch, found.gain) == (12, 0.0)  # its trials were at their best in epoch 12
    assert stopping(replace(CONFIRMED, stopping_gain=0.0, policy="last")) is None
    assert stopping(replace(KEEP, stopping_gain=0.0)) is None


@pytest.mark.tensorflow
@pytest.mark.parametrize(
    ("race", "facts", "by_data_loss"),
    [
        (CONFIRMED, MODEL, True),  # adds L2
        (TENTATIVE, MODEL, False),  # adds dropout
        (KEEP, MODEL, False),
        (KEEP, REGULARIZED, True),
    ],
)
def test_beside_a_penalty_the_code_follows_the_data_loss(
    race: Outcome, facts: ModelFacts, by_data_loss: bool
) -> None:
    found = stopping(race, facts=facts)
    assert found is not None
    assert found.is_by_data_loss is by_data_loss
    assert ("value - float(penalty)" in found.code) is by_data_loss
    names: dict[str, Any] = {}
    exec(f"import keras\n{found.code}", names)
    if by_data_loss:
        assert names["callbacks"][0].monitor == "val_loss"


def at(stopped: float, race: Outcome = KEEP) -> Outcome:
    """The same race whose pick is at its best with such a loss."""
    pick = replace(race.pick, stopped=stopped)
    arms = tuple(pick if each.name == pick.name else each for each in race.arms)
    return replace(race, pick=pick, arms=arms, stopping_gain=0.4)


@pytest.mark.parametrize(
    ("stopped", "is_advised"),
    # log(10) = 2.303; 1 % below it is 2.280, 5 % above it 2.418
    [(2.30, False), (2.29, False), (2.35, False), (2.25, True), (2.5, True)],
)
def test_weights_that_only_guess_are_not_worth_stopping_for(
    stopped: float, is_advised: bool
) -> None:
    assert (stopping(at(stopped), GUESSED, CLASSIFIER) is not None) is is_advised


def test_a_pick_that_learns_is_stopped_though_the_current_recipe_guesses() -> None:
    assert CONFIRMED.pick.stopped < log(10)
    race = replace(CONFIRMED, stopping_gain=0.4)
    assert stopping(race, GUESSED, CLASSIFIER) is not None


def test_what_guessing_reads_is_known_of_cross_entropies_alone() -> None:
    assert guessing_loss(KEEP, GUESSED, CLASSIFIER) == pytest.approx(log(10))
    assert guessing_loss(KEEP, GUESSED, MODEL) is None
    assert guessing_loss(KEEP, evidence(), CLASSIFIER) is None
    assert guessing_loss(replace(KEEP, objective="val_accuracy"), GUESSED, CLASSIFIER) is None


def test_rules_alone_print_the_same_code() -> None:
    from advisor.recommend import recommend

    spoken = fired(suggestion("few-rows", {"l2": 0.6}))
    for facts in (MODEL, None):
        advice = recommend(verdict("overfitting"), spoken, READINGS, facts)
        assert advice.early_stopping is not None
        assert "StopByDataLoss" in advice.early_stopping.code
    dropout = fired(suggestion("wide", {"dropout": 1.2}))
    plain = recommend(verdict("overfitting"), dropout, READINGS, MODEL).early_stopping
    assert plain is not None
    assert plain.code.startswith("keras.callbacks.EarlyStopping(patience=5")
