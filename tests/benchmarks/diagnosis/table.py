"""Prints the tables: `python -m tests.benchmarks.diagnosis.table [--half open|kept]`.

Thresholds are set on the open half; the kept half is what is reported.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from typing import get_args

from tests.benchmarks.diagnosis import scores
from tests.benchmarks.diagnosis.baselines import BASELINES
from tests.benchmarks.diagnosis.cases import LabelledCase, load_cases
from tests.benchmarks.diagnosis.scores import ANSWERS, Answered, Counts
from tests.benchmarks.diagnosis.tasks import Half
from tests.benchmarks.diagnosis.truth import LABELS

Predict = Callable[[LabelledCase], str]


def predictors() -> dict[str, Predict]:
    """Rule name to prediction: advisor first, then the baselines."""
    from tests.benchmarks.diagnosis.replay import verdict_of_history, verdict_with_model

    rules: dict[str, Predict] = {
        "advisor": verdict_with_model,
        "history alone": verdict_of_history,
    }
    for name, rule in BASELINES.items():
        rules[name] = lambda case, rule=rule: rule(case.history)  # type: ignore[misc]
    return rules


def answers(cases: Sequence[LabelledCase], predict: Predict) -> list[Answered]:
    return [
        Answered(task=case.task["name"], truth=case.label, answer=predict(case)) for case in cases
    ]


def confusion_table(name: str, counts: Counts) -> str:
    """Truth by row, answer by column."""
    lines = [f"{name}: truth by row, answer by column", _row("", [a[:11] for a in ANSWERS])]
    for label, row in zip(LABELS, counts, strict=True):
        lines.append(_row(label, [f"{count:.0f}" for count in row]))
    return "\n".join(lines)


def score_line(name: str, answered: Sequence[Answered]) -> str:
    counts, samples = scores.confusion(answered), scores.resampled(answered)
    macro = scores.percentile_interval(float(scores.macro_f1(counts)), scores.macro_f1(samples))
    alarm = scores.percentile_interval(float(scores.alarm_f1(counts)), scores.alarm_f1(samples))
    cells = [macro, alarm, scores.false_alarm_rate(counts), scores.detection_rate(counts)]
    return f"{name:<18}" + "".join(f"{cell!s:>24}" for cell in cells)


def difference_line(name: str, ours: Sequence[Answered], theirs: Sequence[Answered]) -> str:
    """Ours minus theirs: macro-F1, alarm F1 (paired over tasks), McNemar on the alarm's truth."""
    cells = []
    for measure in (scores.macro_f1, scores.alarm_f1):
        value = float(measure(scores.confusion(ours)) - measure(scores.confusion(theirs)))
        samples = measure(scores.resampled(ours)) - measure(scores.resampled(theirs))
        cells.append(scores.percentile_interval(value, samples))
    p_value = scores.mcnemar(_right(ours), _right(theirs))
    return f"{name:<18}" + "".join(f"{cell!s:>24}" for cell in cells) + f"  p = {p_value:.4f}"


def report(cases: Sequence[LabelledCase]) -> str:
    """Every rule's confusion table, then their scores, then advisor's lead."""
    given = {name: answers(cases, predict) for name, predict in predictors().items()}
    tables = [confusion_table(name, scores.confusion(a)) for name, a in given.items()]
    titles = ("macro-F1", "overfitting-or-not F1", "false alarms", "detected")
    lines = [f"{'rule':<18}" + "".join(f"{title:>24}" for title in titles)]
    lines += [score_line(name, answered) for name, answered in given.items()]
    lines.append("\nadvisor's lead")
    lines += [
        difference_line(name, given["advisor"], theirs)
        for name, theirs in given.items()
        if name != "advisor"
    ]
    return "\n\n".join([*tables, "\n".join(lines)])


def _right(answered: Sequence[Answered]) -> list[bool]:
    return [(a.truth == "overfitting") == (a.answer == "overfitting") for a in answered]


def _row(name: str, cells: Sequence[str]) -> str:
    return f"  {name:<18}" + "".join(f"{cell:>13}" for cell in cells)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=get_args(Half), help="one half only")
    wanted = parser.parse_args().half
    for half in (wanted,) if wanted else get_args(Half):
        cases = [case for case in load_cases() if case.half == half]
        print(f"== {half} half: {len(cases)} trainings\n\n{report(cases)}\n")


if __name__ == "__main__":
    main()
