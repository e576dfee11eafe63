"""Confusion tables, F1 and false alarm rates, with intervals.

Intervals of macro-F1 and of differences come from resampling whole tasks, as cases of one task
share their generator; the false alarm rate's is Wilson's, which takes cases as independent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb, sqrt

import numpy as np
import numpy.typing as npt

from tests.benchmarks.diagnosis.truth import LABELS

ANSWERS: tuple[str, ...] = (*LABELS, "undecided")
"""What may be predicted; `undecided` is never the truth, never a false alarm, never right."""
ALARM = ANSWERS.index("overfitting")
Z95 = 1.959964
RESAMPLES = 2000

Counts = npt.NDArray[np.float64]
"""Counts [..., truth in LABELS, answer in ANSWERS]."""


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A value with its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


@dataclass(frozen=True, kw_only=True)
class Answered:
    """One case's task, true label and predicted answer."""

    task: str
    truth: str
    answer: str


def confusion(answered: Sequence[Answered]) -> Counts:
    """Counts [truth, answer]."""
    counts = np.zeros((len(LABELS), len(ANSWERS)))
    for case in answered:
        counts[LABELS.index(case.truth), ANSWERS.index(case.answer)] += 1
    return counts


def f1_scores(counts: Counts) -> npt.NDArray[np.float64]:
    """F1 [..., label] = 2 hits / (2 hits + misses + false claims); NaN where a label is absent."""
    square = counts[..., : len(LABELS)]
    hits = np.diagonal(square, axis1=-2, axis2=-1)
    actual, claimed = counts.sum(axis=-1), square.sum(axis=-2)
    with np.errstate(invalid="ignore"):
        scores = 2 * hits / (actual + claimed)
    return np.where(actual > 0, scores, np.nan)


def macro_f1(counts: Counts) -> npt.NDArray[np.float64]:
    """Mean F1 [...] of the labels that occur in the truth."""
    return np.asarray(np.nanmean(f1_scores(counts), axis=-1))


def alarm_f1(counts: Counts) -> npt.NDArray[np.float64]:
    """Macro-F1 [...] of the question "overfitting or not?", the only one the rules answer."""
    hits = counts[..., ALARM, ALARM]
    misses = counts[..., ALARM, :].sum(axis=-1) - hits
    false = counts[..., :, ALARM].sum(axis=-1) - hits
    silent = counts.sum(axis=(-2, -1)) - hits - misses - false
    with np.errstate(invalid="ignore"):
        positive = 2 * hits / (2 * hits + misses + false)
        negative = 2 * silent / (2 * silent + misses + false)
    return np.asarray((positive + negative) / 2)


def false_alarm_rate(counts: Counts) -> Interval:
    """Share of the truly not overfitting that are called overfitting, Wilson interval."""
    false = counts[:, ALARM].sum() - counts[ALARM, ALARM]
    return wilson(int(false), int(counts.sum() - counts[ALARM].sum()))


def detection_rate(counts: Counts) -> Interval:
    """Share of the truly overfitting that are called so, Wilson interval."""
    return wilson(int(counts[ALARM, ALARM]), int(counts[ALARM].sum()))


def wilson(successes: int, trials: int) -> Interval:
    """Wilson 1927: the score interval of a proportion; the whole of [0, 1] without trials."""
    if trials == 0:
        return Interval(value=float("nan"), low=0.0, high=1.0)
    share, extra = successes / trials, Z95**2 / trials
    centre = (share + extra / 2) / (1 + extra)
    spread = Z95 / (1 + extra) * sqrt(share * (1 - share) / trials + extra / (4 * trials))
    return Interval(value=share, low=max(0.0, centre - spread), high=min(1.0, centre + spread))


def mcnemar(first: Sequence[bool], second: Sequence[bool]) -> float:
    """Exact two-sided p-value that two paired rules are right equally often."""
    only_first = sum(a and not b for a, b in zip(first, second, strict=True))
    only_second = sum(b and not a for a, b in zip(first, second, strict=True))
    discordant, rarer = only_first + only_second, min(only_first, only_second)
    tail: float = sum(comb(discordant, k) for k in range(rarer + 1)) / 2**discordant
    return min(1.0, 2 * tail)


def resampled(answered: Sequence[Answered], seed: int = 0) -> Counts:
    """Confusions [RESAMPLES, truth, answer] of bootstrap samples of whole tasks.

    The same tasks in the same order and the same seed give the same samples, so differences of
    two rules on one set of cases are paired.
    """
    tasks = sorted({case.task for case in answered})
    per_task = np.stack([confusion([c for c in answered if c.task == t]) for t in tasks])
    share = np.full(len(tasks), 1 / len(tasks))
    drawn = np.random.default_rng(seed).multinomial(len(tasks), share, size=RESAMPLES)
    return np.asarray(np.einsum("bt,tla->bla", drawn, per_task))


def percentile_interval(value: float, samples: npt.NDArray[np.float64]) -> Interval:
    low, high = np.nanpercentile(samples, [2.5, 97.5])
    return Interval(value=float(value), low=float(low), high=float(high))
