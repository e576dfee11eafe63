"""What probe trainings add to a verdict that the files leave open."""

from dataclasses import replace

from advisor.probes.outcome import Expected, Outcome
from advisor.recommend.wording import metric_words, percent
from advisor.regularization import FAMILIES, Strategy
from advisor.rulebook.rule import SEVERITIES, SEVERITY_CUTS, Severity, Verdict


def with_probes(verdict: Verdict, outcome: Outcome) -> Verdict:
    """Over-regularized, if no rule decides and fresh trainings confirm that less is better.

    The gate must not see this: its decision rests on the files alone.
    """
    expected = outcome.expected
    is_shown = outcome.label == "confirmed" and is_less(outcome.pick.strategy)
    if verdict.name != "undecided" or not is_shown or expected is None:
        return verdict
    verb = "raises" if outcome.is_maximized else "lowers"
    return replace(
        verdict,
        name="over-regularized",
        severity=_severity(expected),
        reason=(
            "The probe trainings show it, while the files leave it open: less of the present "
            f"regularization ({outcome.pick.name}) {verb} the {metric_words(expected.metric)} by "
            f"{_gain(expected)}"
        ),
    )


def is_less(strategy: Strategy) -> bool:
    """True if every family that the strategy changes ends below its largest present strength."""
    present = {
        family: max((c.before for c in strategy.changes if c.family == family), default=0.0)
        for family in FAMILIES
    }
    return bool(strategy.changes) and all(
        strategy.strength(change.family) < present[change.family] for change in strategy.changes
    )


def _severity(expected: Expected) -> Severity:
    """By the change as a share of the current recipe's loss, or of its metric.

    The cuts are those of a rebound; at least mild.
    """
    share = abs(expected.change / expected.baseline) if expected.baseline else 0.0
    reached: tuple[Severity, ...] = tuple(s for s, cut in SEVERITY_CUTS.items() if share >= cut)
    return max(reached, key=SEVERITIES.index, default="mild")


def _gain(expected: Expected) -> str:
    """`46%` for a loss; for another metric the change in its own unit."""
    if not expected.metric.endswith("loss") or not expected.baseline:
        return f"{abs(expected.change):.2g}"
    return percent(abs(expected.change / expected.baseline)).removeprefix("+")
