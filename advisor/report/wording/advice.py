"""The recommendation in words, the same in every format that people read."""

from collections.abc import Iterator

from advisor.recommend import EarlyStopping, Recommendation
from advisor.recommend.wording import (
    improvement,
    interval,
    is_not_borne_out,
    percent,
    short_metric,
    strengths_in_words,
)
from advisor.regularization import SPECS, Change
from advisor.report.content import ReportContent
from advisor.report.probes import Probes

_MUCH = 0.1  # of the last loss: from here on stopping early gets a separate line


def announcement(report: ReportContent) -> tuple[str, ...]:
    """What probe trainings come to, for the head of a report: the advice, its worth, a warning.

    Empty where the advice rests on the rules alone.
    """
    advice = report.recommendation
    if advice.basis == "rules":
        return ()
    lines = [f"{_what(report)} ({_certainty(report)})"]
    if advice.expected is not None and _lacks_support(report):
        lines.append(f"Fresh trainings alone show no gain: {interval(advice.expected)}")
    elif advice.expected is not None:
        metric = short_metric(advice.expected.metric)
        lines.append(f"Expected change of the {metric} on new data: {interval(advice.expected)}")
    elif advice.action == "keep":
        lines.extend(_closest(report))
    else:
        lines.append("No change is announced: no fresh training was left to measure it.")
    lines.extend(_worth_of_stopping(report))
    return tuple(lines)


def _lacks_support(report: ReportContent) -> bool:
    """True if fresh trainings alone don't support the advice."""
    expected, probes = report.recommendation.expected, report.probes
    if expected is None or probes is None:
        return False
    return is_not_borne_out(expected, is_maximized=probes.is_maximized)


def _worth_of_stopping(report: ReportContent) -> Iterator[str]:
    """What stopping early saves by itself, where that is much and more than the rest of the advice.

    Not where it is known that the user stops early already.
    """
    stopping, probes = report.recommendation.early_stopping, report.probes
    if stopping is None or probes is None or stopping.gain < _MUCH:
        return
    if stopping.gain <= _share_gained(report.recommendation, probes):
        return
    restores = report.evidence.get("training.restores_best_weights")
    if restores is None or restores.value is False:
        change = stopping.gain if probes.is_maximized else -stopping.gain
        yield (
            f"Stop early near epoch {stopping.epoch} of {probes.epochs}: {percent(change)} against "
            "the last epoch, by that alone"
        )


def _share_gained(advice: Recommendation, probes: Probes) -> float:
    """The improvement that is announced, as a share of what the current recipe reads; else 0."""
    expected = advice.expected
    if expected is None or expected.baseline == 0:
        return 0.0
    gained = improvement(expected, is_maximized=probes.is_maximized)
    return max(0.0, gained / abs(expected.baseline))


def _closest(report: ReportContent) -> Iterator[str]:
    probes = report.probes
    for arm in probes.arms if probes is not None else ():
        if probes is not None and arm.name == probes.closest and arm.relative is not None:
            yield f"Closest candidate: {arm.name}, {percent(arm.relative)}"


def cut_short_line(report: ReportContent) -> str:
    """That the race did not end as planned, and what it rests on then; "" where it did."""
    probes = report.probes
    if probes is None or not probes.is_cut_short:
        return ""
    count = len(probes.trials)
    finished = "1 training that" if count == 1 else f"{count} trainings that"
    return (
        f"CUT SHORT: the probes ended before their plan did; this rests on the {finished} finished"
    )


def recommendation_line(report: ReportContent) -> str:
    """The advice in one line, with what it rests on and how sure it is."""
    confidence = report.recommendation.confidence
    return f"{_what(report)} ({_certainty(report)}, confidence {confidence})"


def _what(report: ReportContent) -> str:
    """What to do; only a suggestion if fresh trainings alone don't support it."""
    what = _act(report.recommendation)
    return f"Perhaps {what[0].lower()}{what[1:]}" if _lacks_support(report) else what


def _act(advice: Recommendation) -> str:
    strengths = strengths_in_words(advice.strengths)
    match advice.action:
        case "keep":
            return "Keep the regularization as it is"
        case "add":
            return f"Add {strengths}{_only_place(advice)}"
        case "reduce" if not strengths:
            gone = dict.fromkeys(SPECS[change.family].label for change in advice.changes)
            return f"Remove {' and '.join(gone)}"
        case "reduce":
            return f"Weaken the regularization to {strengths}"
        case "replace":
            return f"Change the regularization to {strengths}"


def _only_place(advice: Recommendation) -> str:
    """` to encoder`, where one layer alone is changed."""
    places = {change.layer for change in advice.changes}
    return f" to {places.pop()}" if len(places) == 1 else ""


def _certainty(report: ReportContent) -> str:
    advice = report.recommendation
    if advice.basis == "rules":
        return "by the rules alone"
    expected = advice.expected
    match advice.label:
        case "confirmed":
            return "confirmed by probe trainings"
        case "keep":
            return "no candidate beats it beyond noise"
        case _ if _lacks_support(report):
            return "tentative: all its trainings together support it, fresh ones alone do not"
        case _ if expected is not None and expected.probability is not None:
            return f"tentative: {expected.probability:.0%} likely to help"
        case _:
            return "tentative: not beyond noise" if expected else "tentative: not yet confirmed"


def untested_line(report: ReportContent) -> str:
    """What would test the advice if it rests on rules alone; "" if nothing is changed."""
    advice = report.recommendation
    if advice.basis == "probes" or advice.action == "keep":
        return ""
    return "No training has tested this advice: train with and without it on your data to see."


def shown_change(change: Change) -> tuple[str, str, str, str, str]:
    """Layer, what to set there, its strength now, the new one, and the range worth trying."""
    return (
        change.layer,
        _what_is_set(change),
        f"{change.before:.3g}" if change.before > 0 else "none",
        f"{change.to:.3g}",
        f"{change.low:.3g} to {change.high:.3g}",
    )


def _what_is_set(change: Change) -> str:
    spec = SPECS[change.family]
    if spec.is_penalty:
        return f"{spec.label} in {change.slot}"
    if change.slot == "output":
        return f"{change.kind} after it"
    return f"{change.kind} {change.slot}" if change.slot == spec.layer_slot else change.slot


def stopping_line(report: ReportContent, stopping: EarlyStopping) -> str:
    """How to stop early, and what that alone is worth; ends before code of several lines.

    What it is worth stands among the probes, where they measured it.
    """
    without = "by the loss without its L1/L2 penalty" if stopping.is_by_data_loss else ""
    if report.recommendation.basis == "probes":
        is_assumed = report.probes is not None and report.probes.policy == "stopped"
        words = ("Stop early", "as these figures assume" if is_assumed else "beside it", without)
        line = ", ".join(filter(None, words))
    else:
        line = (
            f"Stopping at epoch {stopping.epoch} alone would have saved {stopping.gain:.0%} of the "
            f"final validation loss{without and f'; stop {without}'}"
        )
    return f"{line}:" if without else f"{line}: {stopping.code}"


def stopping_block(stopping: EarlyStopping) -> str:
    """The code if it takes a class; "" if it is in the line."""
    return stopping.code if stopping.is_by_data_loss else ""
