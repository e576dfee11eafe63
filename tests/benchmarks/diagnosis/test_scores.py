"""Scores worked by hand, baselines on curves drawn by hand, labels from effects."""

from __future__ import annotations

import numpy as np
import pytest

from tests.benchmarks.diagnosis import scores
from tests.benchmarks.diagnosis.baselines import BASELINES
from tests.benchmarks.diagnosis.cases import load_cases, save_cases
from tests.benchmarks.diagnosis.scores import Answered
from tests.benchmarks.diagnosis.task_list import TASKS, halves
from tests.benchmarks.diagnosis.truth import Effect, effects_of, label_of


def answered(*pairs: tuple[str, str]) -> list[Answered]:
    return [Answered(task=f"t{i % 2}", truth=t, answer=a) for i, (t, a) in enumerate(pairs)]


PAIRS = (
    ("overfitting", "overfitting"),
    ("overfitting", "overfitting"),
    ("overfitting", "healthy"),
    ("healthy", "healthy"),
    ("healthy", "overfitting"),
    ("underfitting", "undecided"),
)


def test_macro_f1_is_the_mean_over_labels_that_occur() -> None:
    # overfitting: 2*2/(3+3) = 2/3; healthy: 2*1/(2+2) = 1/2; underfitting: 0; mean 7/18
    counts = scores.confusion(answered(*PAIRS))
    assert float(scores.macro_f1(counts)) == pytest.approx(7 / 18)


def test_alarm_f1_is_the_mean_of_both_sides() -> None:
    # alarm: 2*2/(2*2+1+1) = 2/3; silence: hits 2 (healthy, undecided): 2*2/(2*2+1+1) = 2/3
    assert float(scores.alarm_f1(scores.confusion(answered(*PAIRS)))) == pytest.approx(2 / 3)


def test_false_alarms_are_counted_among_the_truly_not_overfitting() -> None:
    rate = scores.false_alarm_rate(scores.confusion(answered(*PAIRS)))
    assert rate.value == pytest.approx(1 / 3)


def test_wilson_interval_of_one_in_ten() -> None:
    # centre (.1 + .19207) / 1.38415 = .21101; spread 1.95996 / 1.38415 * sqrt(.009 + .0096036)
    interval = scores.wilson(1, 10)
    assert (interval.low, interval.high) == pytest.approx((0.0179, 0.4042), abs=1e-4)


def test_mcnemar_counts_only_discordant_pairs() -> None:
    # 5 against 0 discordant: 2 / 2**5
    first = [True] * 5 + [True, False]
    second = [False] * 5 + [True, False]
    assert scores.mcnemar(first, second) == pytest.approx(0.0625)
    assert scores.mcnemar([True], [True]) == 1.0


def test_resampling_keeps_tasks_whole() -> None:
    # two tasks of three cases each: every sample has six
    samples = scores.resampled(answered(*PAIRS))
    assert samples.shape[0] == scores.RESAMPLES
    assert set(samples.sum(axis=(1, 2))) == {6.0}


@pytest.mark.parametrize(
    ("val_loss", "loss", "alarms"),
    [
        ([1.0, 0.8, 0.7, 0.65], [1.0, 0.8, 0.7, 0.64], set()),
        ([1.0, 0.8, 0.9, 0.9], [1.0, 0.8, 0.85, 0.85], {"Prechelt GL_5"}),
        ([1.0, 0.8, 0.7, 0.65], [1.0, 0.5, 0.3, 0.2], {"gap ratio > .1"}),
        ([0.5, *[0.51] * 5, 0.4], [0.5] * 7, {"EarlyStopping(5)"}),
        ([1.0, float("nan"), float("nan")], [1.0, float("nan"), float("nan")], set()),
    ],
)
def test_baselines(val_loss: list[float], loss: list[float], alarms: set[str]) -> None:
    history = {"val_loss": val_loss, "loss": loss}
    assert {n for n, rule in BASELINES.items() if rule(history) == "overfitting"} == alarms


ARMS = {
    "base": [1.0, 1.1, 0.9, 1.0],
    "stop": [0.9, 1.0, 0.8, 0.9],
    "longer": [1.0, 1.1, 0.9, 1.0],
    "longer-best": [1.0, 1.1, 0.9, 1.0],
    "wider": [2.0, 2.0, 2.0, float("nan")],
    "l2=0.001": [0.5, 0.5, 1.0, 1.0],
    "l2=0.01": [1.0, 1.0, 0.5, 0.5],
    "dropout=0.3": [0.95, 1.05, 0.85, 0.95],
    "dropout=0.5": [2.0, 2.0, 2.0, 2.0],
    "dropout=0.3 l2=0.001": [2.0, 2.0, 2.0, 2.0],
}


def test_effects_are_paired_and_relative_to_the_base() -> None:
    # every seed gains .1 of a mean base of 1.0
    stop = effects_of(ARMS)["stop"]
    assert (stop.gain, stop.standard_error) == pytest.approx((0.1, 0.0), abs=1e-9)


def test_the_regularizer_is_valued_on_seeds_that_did_not_choose_it() -> None:
    # seeds 3, 4 choose l2=0.01, worth 0, .1 on seeds 1, 2; seeds 1, 2 choose l2=0.001: -.1, 0
    assert effects_of(ARMS)["regularize"].gain == pytest.approx(0.0, abs=1e-9)


HELPS = Effect(gain=0.2, standard_error=0.01)
NOISY = Effect(gain=0.2, standard_error=0.11)
SMALL = Effect(gain=0.04, standard_error=0.001)


@pytest.mark.parametrize(
    ("helping", "label"),
    [
        ({"stop": HELPS, "remove": HELPS, "wider": HELPS}, "over-regularized"),
        ({"stop": HELPS, "wider": HELPS}, "overfitting"),
        ({"regularize": HELPS, "longer": HELPS}, "overfitting"),
        ({"stop": NOISY, "longer-best": HELPS}, "underfitting"),
        ({"stop": SMALL, "regularize": NOISY}, "healthy"),
    ],
)
def test_first_match_labels(helping: dict[str, Effect], label: str) -> None:
    assert label_of({"loss": [1.0, 0.5]}, helping) == label


@pytest.mark.parametrize("loss", [[1.0, float("nan")], [1.0, 0.4, 1.1]])
def test_divergence_comes_first(loss: list[float]) -> None:
    assert label_of({"loss": loss}, {"remove": HELPS}) == "diverged"


def test_a_task_is_in_one_half_and_halves_are_balanced() -> None:
    half = halves()
    assert set(half) == {task.name for task in TASKS}
    assert abs(list(half.values()).count("open") - len(half) / 2) <= 1


def test_the_store_is_rebuilt_byte_for_byte(tmp_path: object) -> None:
    from pathlib import Path

    from tests.benchmarks.diagnosis.cases import RESULTS

    target = Path(str(tmp_path))
    save_cases(load_cases(), target)
    for path in sorted(RESULTS.glob("cases-*.json.gz")):
        assert (target / path.name).read_bytes() == path.read_bytes()
        assert path.stat().st_size < 100_000
    assert len(load_cases()) >= 150
    assert all(np.isfinite(case.test_loss[0]) for case in load_cases())
